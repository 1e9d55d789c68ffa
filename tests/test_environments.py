"""`registry/environments/<env>/` holds JSON merge patches: what differs between environments, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from reconciler.assets import load_contract
from reconciler.core.manifest.merge_patch import is_set_by, list_leaves, merge_patch
from reconciler.core.manifest.patch import check_patch
from reconciler.core.manifest.patch_schema import make_patch_schema
from reconciler.desired.environments import open_environment
from reconciler.desired.git_files import GitTree
from reconciler.planning.affected import find_affected
from tests.builders import Repository, Result, node, run, service, tool
from tests.conftest import Begin, Beginning, Toolreg

CONTRACT = load_contract()
RFC_7396: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
"""The test cases of RFC 7396, appendix A."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=2), part, max_size=3),
    max_leaves=12,
)


def patch(kind: str = "Node", name: str = "worker", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "toolreg/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def begin_shop(repository: Repository, toolreg: Toolreg) -> None:
    """A tool on a node, of which staging has another address, and production another node."""
    repository.add(node(), node("worker2"), tool("pay", node="worker", limits={"timeout": "30s"}))
    repository.write("environments/staging/nodes/worker.yaml", patch(address="http://staging:1"))
    repository.write("environments/production/tools/team/pay.yaml", patch("Tool", "pay", node="worker2"))
    repository.commit()
    assert toolreg("apply", "--env", "staging").code == 0


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    return begin(begin_shop)


@pytest.fixture
def shop(repository: Repository) -> Repository:
    """A registry with environments `staging` and `production`, on no database."""
    repository.add(node(), node("worker2"), tool("pay", node="worker", limits={"timeout": "30s"}))
    repository.write("environments/staging/nodes/worker.yaml", patch(address="http://staging:1"))
    repository.write("environments/production/tools/team/pay.yaml", patch("Tool", "pay", node="worker2"))
    repository.commit()
    return repository


def validate(repository: Repository, *arguments: object) -> list[str]:
    """Return the lines of problems that validate prints."""
    return run("validate", *arguments, cwd=repository.top).out.splitlines()[:-1]


def read_addresses(toolreg: Toolreg) -> dict[str, str]:
    with psycopg.connect(toolreg.database) as conn:
        return dict(conn.execute("SELECT name, address FROM registry.nodes").fetchall())


def read_manifests(toolreg: Toolreg) -> list[Any]:
    with psycopg.connect(toolreg.database) as conn:
        return conn.execute(
            "SELECT name, manifest::text, path, blob FROM registry.nodes UNION ALL"
            " SELECT name, manifest::text, path, blob FROM registry.tools ORDER BY 1"
        ).fetchall()


def list_environments_of_revisions(toolreg: Toolreg) -> list[tuple[str, str | None]]:
    with psycopg.connect(toolreg.database) as conn:
        rows = conn.execute("SELECT outcome, environment FROM registry.revisions ORDER BY number")
        return [(outcome, environment) for outcome, environment in rows]


@pytest.mark.parametrize(("original", "change", "result"), RFC_7396)
def test_a_merge_patch_is_applied_as_in_the_examples_of_its_rfc(original: Any, change: Any, result: Any) -> None:
    assert merge_patch(original, change) == result


@given(json_values, json_values)
def test_a_merge_patch_is_idempotent_and_leaves_its_arguments(original: Any, change: Any) -> None:
    before = repr((original, change))
    once = merge_patch(original, change)

    assert merge_patch(once, change) == once
    assert repr((original, change)) == before
    assert all(is_set_by(change, pointer) for pointer in list_leaves(change))


def test_a_valid_patch_is_no_problem_in_any_environment(shop: Repository) -> None:
    assert validate(shop) == validate(shop, "--env", "staging") == validate(shop, "--ref", "HEAD") == []


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "a field that is the same everywhere": ("nodes/worker", patch(status="inactive"), "6:3 patch-field"),
    "a field of the metadata": (
        "nodes/worker",
        patch() | {"metadata": {"name": "worker", "owner": "x"}},
        "5:3 patch-field",
    ),
    "a version": ("tools/pay", patch("Tool", "pay", version="2.0.0"), "6:3 patch-field"),
    "the whole spec removed": ("nodes/worker", patch() | {"spec": None}, "5:1 patch-field"),
    "nothing": ("nodes/worker", patch(), "5:7 patch-without-effect"),
    "no spec": ("nodes/worker", {k: v for k, v in patch().items() if k != "spec"}, "1:1 patch-without-effect"),
    "the same value": ("nodes/worker", patch(address="http://worker:8000"), "6:3 patch-without-effect"),
    "an unknown resource": ("nodes/wroker", patch(name="wroker", address="http://a:1"), "4:9 patch-without-resource"),
    "another kind": ("nodes/worker", patch("Tool", address="http://a:1"), "2:7 kind-folder"),
    "another name": ("nodes/worker", patch(name="worker2", address="http://a:1"), "4:9 name-file"),
    "no kind": ("nodes/worker", {"apiVersion": "toolreg/v1", "metadata": {"name": "worker"}}, "1:13 patch-envelope"),
    "another version of the contract": (
        "nodes/worker",
        patch(address="a") | {"apiVersion": "x"},
        "1:13 patch-envelope",
    ),
    "a wrong value": ("nodes/worker", patch(address="nowhere"), "6:12 schema"),
    "a required field removed": ("nodes/worker", patch(address=None), "6:3 missing-property"),
    "an unknown field": ("tools/pay", patch("Tool", "pay", limits={"timout": "1s"}), "7:5 unknown-property"),
    "a reference to nothing": ("tools/pay", patch("Tool", "pay", node="worker3"), "6:9 dangling-reference"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_wrong_patch_is_told_at_its_place_in_the_patch(shop: Repository, what: str) -> None:
    inside, content, expected = BAD[what]
    shop.write(f"environments/test/{inside}.yaml", content)

    lines = validate(shop)

    place, _, rule = expected.rpartition(" ")
    assert any(f".yaml:{place}: error: " in line and line.endswith(f"[{rule}]") for line in lines), lines
    assert {line.partition(":")[0] for line in lines} == {f"registry/environments/test/{inside}.yaml"}


def test_every_problem_of_a_patch_is_told_in_one_run(shop: Repository) -> None:
    shop.write("environments/staging/nodes/worker.yaml", patch(address="nowhere", status="inactive") | {"kind": "Node"})
    shop.write(
        "environments/staging/tools/pay.yaml",
        patch("Tool", "pay", node="worker2", service="shop", limits={"timeout": "30s"}),
    )

    places = [line.split(": error")[0].removeprefix("registry/environments/staging/") for line in validate(shop)]

    assert places == ["nodes/worker.yaml:6:12", "nodes/worker.yaml:7:3", "tools/pay.yaml:7:3"]


@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        ("environments/worker.yaml", "not-a-manifest"),
        ("environments/staging/worker.yaml", "not-a-manifest"),
        ("environments/staging/things/worker.yaml", "unknown-folder"),
        ("environments/Staging/nodes/worker.yaml", "unknown-folder"),
        ("environments/staging/nodes/worker.yml", "not-a-manifest"),
    ],
)
def test_a_file_that_would_be_no_patch_is_told(shop: Repository, inside: str, rule: str) -> None:
    shop.write(inside, patch(address="http://a:1"))

    assert [line.rpartition("[")[2] for line in validate(shop)] == [f"{rule}]"]


def test_two_patches_of_one_resource_in_one_environment_are_told(shop: Repository) -> None:
    shop.write("environments/staging/nodes/team/worker.yaml", patch(address="http://other:1"))

    assert [line.rpartition("[")[2] for line in validate(shop)] == ["duplicate-name]"]
    assert run("plan", "--env", "staging", "--against", "HEAD", cwd=shop.top).code == 1


def test_more_environments_than_fifty_are_told_and_not_judged(shop: Repository) -> None:
    for number in range(50):
        shop.write(f"environments/e{number}/nodes/worker.yaml", patch(address=f"http://e{number}:1"))

    lines = validate(shop)

    names = ["production/tools/team/pay.yaml", "staging/nodes/worker.yaml"]
    assert [line.split(":1:1: ")[0] for line in lines] == [f"registry/environments/{name}" for name in names]
    assert all(line.endswith("[too-many-environments]") for line in lines)


def test_a_folder_with_the_name_of_no_environment_forges_no_output(shop: Repository) -> None:
    shop.write("environments/\x1b[31mred/nodes/worker.yaml", patch(address="http://a:1"))

    unknown, planned = run("plan", "--env", "prod", cwd=shop.top), run("plan", "--against", "HEAD", cwd=shop.top)

    assert "\x1b" not in unknown.err + planned.err + planned.out + run("validate", cwd=shop.top).out
    assert "expected production, staging" in unknown.err


def test_env_narrows_the_report_to_one_environment(shop: Repository) -> None:
    for name in ("staging", "production"):
        shop.write(f"environments/{name}/nodes/worker2.yaml", patch(name="worker2", status="inactive"))

    assert [line.split("/")[2] for line in validate(shop, "--env", "staging")] == ["staging"]
    assert len(validate(shop)) == 2


@pytest.mark.parametrize("command", ["validate", "lint", "plan", "apply"])
def test_an_unknown_environment_is_an_error_that_names_the_known_ones(shop: Repository, command: str) -> None:
    result = run(command, "--env", "prod", cwd=shop.top)

    assert result.code == 1
    assert 'no environment "prod" in environments/; expected production, staging' in result.err


def test_the_variable_names_an_environment_too(shop: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLREG_ENV", "prod")

    assert "no environment" in run("plan", "--against", "HEAD", cwd=shop.top).err


def test_lint_tells_a_secret_in_a_patch(shop: Repository) -> None:
    secret = "AKIA" + "QYLPMN5HHHFPZAM2"
    shop.write(
        "environments/staging/services/api.yaml", patch("Service", "api", endpoint=f"http://{secret}.example.com")
    )

    lines = run("lint", cwd=shop.top).out

    assert "environments/staging/services/api.yaml" in lines
    assert "[secret]" in lines
    assert secret not in lines


def test_only_new_problems_of_patches_are_told_against_a_commit(shop: Repository) -> None:
    shop.write("environments/old/nodes/worker.yaml", patch(status="inactive"))
    shop.commit()
    shop.git("checkout", "-q", "-b", "feature")
    shop.add(tool("pay", node="worker2", limits={"timeout": "30s"}))
    shop.write("environments/staging/nodes/worker2.yaml", patch(name="worker2", status="inactive"))
    shop.commit()

    lines = validate(shop, "--against", "main")

    assert sorted(line.rpartition("[")[2] for line in lines) == ["patch-field]", "patch-without-effect]"]
    assert not any("/old/" in line for line in lines)


@pytest.mark.usefixtures("begun")
def plan_all(repository: Repository, *arguments: object) -> Result:
    return run("plan", "--against", "main", "-o", "json", *arguments, cwd=repository.top)


def test_a_merge_is_planned_for_every_environment(shop: Repository) -> None:
    shop.git("checkout", "-q", "-b", "feature")
    shop.add(node(address="http://worker:9"), node("worker2", protocols=["REST"]))
    shop.write("environments/production/nodes/worker2.yaml", patch(name="worker2", address="http://prod:2"))
    shop.commit()

    document = plan_all(shop).json
    text = run("plan", "--against", "main", cwd=shop.top).out

    assert [change["name"] for change in document["changes"]] == ["worker", "worker2"]
    environments = document["environments"]
    assert list(environments) == ["production", "staging"]
    assert environments["staging"]["unchanged"] == ["Node/worker"]
    assert environments["staging"]["changes"] == []
    assert [change["name"] for change in environments["production"]["changes"]] == ["worker2"]
    assert "Environment staging:\n  = Node/worker stays as it is: a patch says what it says" in text
    assert 'spec.address: "http://worker:8000" -> "http://prod:2"' in text.partition("Environment production:")[2]


def test_a_changed_patch_is_planned_without_a_changed_manifest(shop: Repository) -> None:
    shop.git("checkout", "-q", "-b", "feature")
    change_patch(shop)
    shop.remove("environments/production/tools/team/pay.yaml")
    shop.commit()

    result = plan_all(shop, "--detailed-exitcode")
    alone = plan_all(shop, "--env", "staging").json

    assert result.code == 2
    assert result.json["changes"] == []
    changes = {name: plan["changes"] for name, plan in result.json["environments"].items()}
    assert [change["name"] for change in changes["staging"]] == ["worker"] == [c["name"] for c in alone["changes"]]
    assert [change["name"] for change in changes["production"]] == ["pay"]


def test_a_merge_that_breaks_an_environment_is_refused(shop: Repository) -> None:
    shop.git("checkout", "-q", "-b", "feature")
    shop.remove("nodes/worker2.yaml")
    shop.commit()

    result = plan_all(shop)

    assert result.code == 1
    assert "registry/environments/production/tools/team/pay.yaml:6:9: error" in result.err


def test_a_first_plan_shows_the_patched_resources_of_every_environment(shop: Repository) -> None:
    document = run("plan", "-o", "json", cwd=shop.top).json

    names = {name: [change["name"] for change in plan["changes"]] for name, plan in document["environments"].items()}
    assert names == {"production": ["pay"], "staging": ["worker"]}
    assert len(document["changes"]) == 4


@pytest.mark.parametrize("output", ["markdown", "github", "sarif", "junit", "gitlab", "rdjson"])
def test_each_format_renders_a_plan_with_environments(shop: Repository, output: str) -> None:
    shop.git("checkout", "-q", "-b", "feature")
    change_patch(shop)
    shop.commit()

    result = run("plan", "--against", "main", "-o", output, cwd=shop.top)

    assert result.code == 0, result.err
    assert output != "markdown" or "#### Environment `staging`" in result.out


@pytest.mark.usefixtures("begun")
def test_an_applied_environment_holds_its_patches_and_is_recorded(toolreg: Toolreg) -> None:
    assert read_addresses(toolreg) == {"worker": "http://staging:1", "worker2": "http://worker:8000"}
    assert ", environment staging, " in toolreg("status").out
    assert list_environments_of_revisions(toolreg) == [("applied", "staging")]
    assert toolreg("plan", "--env", "staging", "--detailed-exitcode").code == 0
    assert toolreg("apply", "--env", "staging").code == 0
    assert list_environments_of_revisions(toolreg) == [("applied", "staging")]


def test_a_row_tells_the_file_of_its_manifest(begun: Repository, toolreg: Toolreg) -> None:
    with psycopg.connect(toolreg.database) as conn:
        row = conn.execute("SELECT path, blob FROM registry.nodes WHERE name = 'worker'").fetchone()

    path = "registry/nodes/worker.yaml"
    assert row == (path, begun.git("rev-parse", f"HEAD:{path}"))


@pytest.mark.parametrize("asked", [(), ("--env", "production")])
@pytest.mark.usefixtures("begun")
def test_another_environment_than_the_applied_one_is_refused(toolreg: Toolreg, asked: tuple[str, ...]) -> None:
    planned, applied = toolreg("plan", *asked), toolreg("apply", *asked)

    assert (planned.code, applied.code) == (3, 3)
    assert applied.err.count('the database holds environment "staging"') == 1
    assert "add --env staging. If the switch is meant: toolreg apply --switch-env" in applied.err
    assert read_addresses(toolreg)["worker"] == "http://staging:1"


@pytest.mark.usefixtures("begun")
def test_a_switch_reverts_the_patches_of_the_former_environment(toolreg: Toolreg) -> None:
    switched = toolreg("apply", "--env", "production", "--switch-env", "-o", "json")

    assert switched.code == 0, switched.err
    assert [change["name"] for change in switched.json["changes"]] == ["worker", "pay"]
    assert switched.json["environment"] == "production"
    assert read_addresses(toolreg)["worker"] == "http://worker:8000"
    assert toolreg("plan", "--env", "production", "--detailed-exitcode").code == 0
    assert list_environments_of_revisions(toolreg)[-1] == ("applied", "production")


def test_a_switch_between_equal_environments_is_recorded(begun: Repository, toolreg: Toolreg) -> None:
    begun.write("environments/copy/nodes/worker.yaml", patch(address="http://staging:1"))
    begun.commit()

    assert toolreg("apply", "--env", "copy").code == 3
    assert toolreg("apply", "--env", "copy", "--switch-env").code == 0
    assert list_environments_of_revisions(toolreg)[-1] == ("applied", "copy")


def change_patch(repository: Repository) -> None:
    repository.write("environments/staging/nodes/worker.yaml", patch(address="http://staging:2"))


def remove_patch(repository: Repository) -> None:
    repository.remove("environments/staging/nodes/worker.yaml")
    repository.write("environments/staging/nodes/worker2.yaml", patch(name="worker2", address="http://second:1"))


def move_patch(repository: Repository) -> None:
    repository.move("environments/staging/nodes/worker.yaml", "environments/staging/nodes/team/worker.yaml")


def change_manifest(repository: Repository) -> None:
    repository.add(node(protocols=["REST"]))


def move_manifest(repository: Repository) -> None:
    repository.move("nodes/worker.yaml", "nodes/team/worker.yaml")


AFTER: list[tuple[Callable[[Repository], None], dict[str, str], list[str]]] = [
    (change_patch, {"worker": "http://staging:2", "worker2": "http://worker:8000"}, ["worker"]),
    (remove_patch, {"worker": "http://worker:8000", "worker2": "http://second:1"}, ["worker", "worker2"]),
    (move_patch, {"worker": "http://staging:1", "worker2": "http://worker:8000"}, []),
    (change_manifest, {"worker": "http://staging:1", "worker2": "http://worker:8000"}, ["worker"]),
    (move_manifest, {"worker": "http://staging:1", "worker2": "http://worker:8000"}, []),
]


@pytest.mark.parametrize(("edit", "addresses", "changed"), AFTER)
@pytest.mark.parametrize("source", [("--ref", "HEAD"), ("--worktree",)])
def test_a_changed_patch_changes_its_resource_alone(
    begun: Repository,
    toolreg: Toolreg,
    edit: Callable[[Repository], None],
    addresses: dict[str, str],
    changed: list[str],
    source: tuple[str, ...],
) -> None:
    edit(begun)
    begun.commit()

    applied = toolreg("apply", "--env", "staging", *source, "-o", "json")

    assert applied.code == 0, applied.err
    assert [change["name"] for change in applied.json["changes"]] == changed
    assert read_addresses(toolreg) == addresses
    assert toolreg("plan", "--env", "staging", "--ref", "HEAD", "--detailed-exitcode").code == 0


def test_only_files_of_changed_patches_are_read(begun: Repository, conn: Any) -> None:
    change_patch(begun)
    begun.commit()
    source = open_environment(GitTree(_open(begun), "registry", "HEAD"), "staging")

    with conn.transaction():
        affected = find_affected(conn, source, CONTRACT, lambda _: None)

    assert [manifest.path for manifest in affected.loaded.manifests] == ["registry/nodes/worker.yaml"]


def _open(repository: Repository) -> Any:
    from reconciler.desired.git.repository import Repository as Git  # noqa: PLC0415  The name is that of a builder.

    return Git.around(repository.top)


def test_a_renamed_resource_is_renamed_with_its_patch(begun: Repository, toolreg: Toolreg) -> None:
    begun.remove("nodes/worker.yaml")
    begun.remove("environments/staging/nodes/worker.yaml")
    begun.add(node("boss", metadata={"movedFrom": "worker"}), tool("pay", node="boss", limits={"timeout": "30s"}))
    begun.write("environments/staging/nodes/boss.yaml", patch(name="boss", address="http://staging:1"))
    begun.commit()

    applied = toolreg("apply", "--env", "staging", "-o", "json")

    assert applied.code == 0, applied.err
    assert {change["name"]: change["action"] for change in applied.json["changes"]} == {"boss": "move", "pay": "update"}
    assert read_addresses(toolreg)["boss"] == "http://staging:1"


def test_a_deleted_manifest_leaves_no_patch_behind(begun: Repository, toolreg: Toolreg) -> None:
    begun.remove("nodes/worker.yaml")
    begun.add(tool("pay", node="worker2", limits={"timeout": "30s"}))
    begun.commit()

    result = toolreg("apply", "--env", "staging")

    assert result.code == 1
    assert "environments/staging/nodes/worker.yaml:4:9: error: there is no Node/worker to patch" in result.err


def test_an_invalid_patch_stops_the_revision(begun: Repository, toolreg: Toolreg) -> None:
    begun.write("environments/staging/nodes/worker.yaml", patch(address="nowhere"))
    begun.commit()

    result = toolreg("apply", "--env", "staging")

    assert result.code == 1
    assert "registry/environments/staging/nodes/worker.yaml:6:12: error" in result.err
    assert read_addresses(toolreg)["worker"] == "http://staging:1"


def test_a_node_that_a_patch_names_is_not_removed(begun: Repository, toolreg: Toolreg) -> None:
    assert toolreg("apply", "--env", "production", "--switch-env").code == 0
    begun.remove("nodes/worker2.yaml")
    begun.commit()

    result = toolreg("apply", "--env", "production")

    assert result.code == 1
    assert "registry/environments/production/tools/team/pay.yaml:6:9: error" in result.err


@pytest.mark.usefixtures("begun")
def test_drift_is_repaired_to_the_patched_value(toolreg: Toolreg) -> None:
    with psycopg.connect(toolreg.database) as conn:
        conn.execute(
            "UPDATE registry.nodes SET manifest = replace(manifest::text, 'staging:1', 'elsewhere:1')::json"
            " WHERE name = 'worker'"
        )
    assert read_addresses(toolreg)["worker"] == "http://elsewhere:1"
    assert toolreg("adopt", "node/worker", "--overwrite").code == 1

    assert toolreg("apply", "--env", "staging").code == 0

    assert read_addresses(toolreg)["worker"] == "http://staging:1"
    assert toolreg("plan", "--env", "staging", "--detailed-exitcode").code == 0


@pytest.mark.usefixtures("begun")
def test_a_repair_keeps_the_environment(toolreg: Toolreg) -> None:
    with psycopg.connect(toolreg.database) as conn:
        conn.execute("DELETE FROM registry.tools")

    assert toolreg("drift", "--fix").code == 0

    assert list_environments_of_revisions(toolreg)[-1] == ("applied", "staging")
    assert toolreg("plan", "--env", "staging", "--detailed-exitcode").code == 0


def test_a_registry_applied_commit_by_commit_equals_one_applied_at_once(begun: Repository, toolreg: Toolreg) -> None:
    for edit in (change_patch, change_manifest, move_manifest, remove_patch):
        edit(begun)
        begun.commit()
        assert toolreg("apply", "--env", "staging").code == 0
    stepwise = read_manifests(toolreg)
    assert toolreg("apply", "--env", "production", "--switch-env").code == 0

    assert toolreg("apply", "--env", "staging", "--switch-env").code == 0

    assert read_manifests(toolreg) == stepwise


def test_a_rollback_restores_the_environment_of_its_revision(begun: Repository, toolreg: Toolreg) -> None:
    assert toolreg("apply", "--env", "production", "--switch-env").code == 0
    change_patch(begun)
    begun.commit()
    assert toolreg("apply", "--env", "production").code == 0

    assert toolreg("rollback", "1", "--reason", "It was better.").code == 0

    assert list_environments_of_revisions(toolreg)[-1] == ("applied", "staging")
    assert read_addresses(toolreg)["worker"] == "http://staging:1"
    begun.commit("Newer")
    assert toolreg("apply", "--env", "staging").code == 0
    assert read_addresses(toolreg)["worker"] == "http://staging:2"


def test_a_saved_plan_keeps_its_environment(begun: Repository, toolreg: Toolreg, tmp_path: Path) -> None:
    change_patch(begun)
    begun.commit()
    file = tmp_path / "plan.json"
    assert toolreg("plan", "--ref", "HEAD", "--env", "staging", "--out", file).code == 0

    assert toolreg("apply", "--plan", file, "--env", "production").code == 64
    assert toolreg("apply", "--plan", file).code == 0
    assert read_addresses(toolreg)["worker"] == "http://staging:2"


def test_a_registry_without_environments_is_recorded_without_one(toolreg: Toolreg) -> None:
    assert toolreg("apply").code == 0
    assert list_environments_of_revisions(toolreg) == [("applied", None)]


HOSTILE = {
    "null everywhere": b"apiVersion: null\nkind: null\nmetadata: null\nspec: null\n",
    "deep": b"apiVersion: toolreg/v1\nkind: Node\nmetadata: {name: worker}\nspec: " + b"{a: " * 500 + b"}" * 500,
    "as deep as allowed": b"kind: Node\nmetadata: {name: worker}\nspec: " + b"{a: " * 98 + b"}" * 98,
    "huge": b"spec: " + b"x" * (2 << 20),
    "many keys": b"spec:\n" + b"".join(b"  k%d: null\n" % number for number in range(40_000)),
    "aliases": b"spec: &a {address: *a}\n",
    "a list": b"- op: remove\n  path: /spec\n",
    "empty": b"",
    "no text": b"\xff\xfe\x00",
    "a merge key": b"spec:\n  <<: {address: x}\n",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_patch_is_at_most_a_hundred_problems(shop: Repository, what: str) -> None:
    shop.write("environments/staging/nodes/worker.yaml", HOSTILE[what])

    lines = validate(shop)

    assert 0 < len(lines) <= 101
    assert all(line.startswith("registry/environments/staging/nodes/worker.yaml:") for line in lines)


@given(st.binary(max_size=300) | json_values.map(lambda value: repr(value).encode("utf-8", "replace")))
def test_no_bytes_of_a_patch_raise(data: bytes) -> None:
    check_patch("registry/environments/a/nodes/worker.yaml", "nodes/worker.yaml", data, CONTRACT)


SCHEMAS = {name: Draft202012Validator(make_patch_schema(kind)) for name, kind in CONTRACT.kinds.items() if kind.plural}
VALID = [
    patch(address="http://a:1", capacity={"cpus": 2}, location=None),
    patch(healthCheck={"timeout": "1s"}),
    patch("Tool", "pay", node=None, limits={"rate": {"per": "1m"}, "timeout": None}),
    patch("Service", "api", auth={"credentials": {"token": "env:A", "old": None}}),
    patch("Service", "api", auth={"flows": {"clientCredentials": {"tokenUrl": "https://a.example.com"}}}),
]
INVALID = [
    patch(address="nowhere"),
    patch(status="active"),
    patch("Tool", "pay", limits={"timout": "1s"}),
    patch("Service", "api", auth={"type": "none"}),
    patch() | {"metadata": {"name": "worker", "owner": "x"}},
]


def test_an_editor_accepts_what_an_environment_may_change() -> None:
    assert [content for content in VALID if not SCHEMAS[content["kind"]].is_valid(content)] == []
    assert [content for content in INVALID if SCHEMAS[content["kind"]].is_valid(content)] == []


def test_schemas_of_patches_are_printed_and_written_beside_environments(shop: Repository) -> None:
    printed = run("schema", "node", "--patch", cwd=shop.top)

    assert run("schema", "exceptions", "--patch", cwd=shop.top).code == 1
    assert printed.json["$id"].endswith("/node.patch.schema.json")
    assert "created  schemas/node.patch.schema.json" in run("schema", "--write", cwd=shop.top).out
    assert json.loads((shop.top / "schemas/node.patch.schema.json").read_text("utf-8")) == printed.json


def test_fmt_formats_patches_in_the_order_of_their_kind(shop: Repository) -> None:
    path = shop.write("environments/staging/nodes/worker.yaml", dict(reversed(patch(address="http://a:1").items())))

    assert run("fmt", "registry/environments", cwd=shop.top).out == "registry/environments/staging/nodes/worker.yaml\n"
    assert path.read_text("utf-8").startswith("apiVersion: toolreg/v1\nkind: Node\nmetadata:")


def test_a_service_may_change_its_secrets_and_addresses(shop: Repository) -> None:
    shop.add(service(auth={"type": "http", "scheme": "bearer", "credentials": {"token": "env:TOKEN"}}))
    content = patch(
        "Service", "api", endpoint="https://s.example.com", auth={"credentials": {"token": "vault:s/token"}}
    )
    shop.write("environments/staging/services/api.yaml", content)

    assert validate(shop) == []
    shop.write("environments/staging/services/api.yaml", patch("Service", "api", auth={"scheme": "basic"}))
    assert [line.rpartition("[")[2] for line in validate(shop)] == ["patch-field]"]
