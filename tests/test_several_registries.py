"""Several registries share a database: each owns its resources and revisions, and never touches those of another."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler.database.connection import connect
from reconciler.serving.observation import observe
from tests.builders import Repository, registry, service, tool
from tests.conftest import Begin, Beginning, Toolreg


def named(name: str, **metadata: Any) -> dict[str, Any]:
    made = registry()
    return made | {"metadata": made["metadata"] | {"name": name} | metadata}


def make_other(top: Path) -> Repository:
    """Return a repository with the registry `other`, of the service `mail`."""
    other = Repository.create(top)
    other.remove("services/api.yaml")
    other.write("registry.yaml", named("other"))
    other.add(service("mail"))
    other.commit("Begin the other")
    return other


class Other(Toolreg):
    """The command line in the repository of the registry `other`."""

    def __init__(self, repository: Repository, database: str) -> None:
        super().__init__(repository, database)
        self.repository = repository


@pytest.fixture(scope="module")
def other_top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository that `other` begins with a copy of."""
    return make_other(tmp_path_factory.mktemp("beginning-other") / "repository").top


@pytest.fixture(scope="module")
def beginning(begin: Begin, other_top: Path) -> Beginning:
    """The registry `test` with three tools and the registry `other` with its service, in one database."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        repository.add(*(tool(f"tool{number}") for number in range(3)))
        repository.commit("Add tools")
        assert toolreg("apply").code == 0
        assert Other(Repository(other_top), toolreg.database)("apply").code == 0

    return begin(fill)


@pytest.fixture
def other(applied: Repository, other_top: Path, database: str) -> Other:
    """The command line in a repository of the registry `other`, which is applied, too."""
    return Other(Repository.create(applied.top.parent / "other", other_top), database)


def list_names(conn: psycopg.Connection[Any]) -> list[str]:
    rows = conn.execute("SELECT kind || '/' || name FROM registry.resources ORDER BY 1").fetchall()
    return [name for (name,) in rows]


def test_each_registry_plans_nothing_after_its_apply(toolreg: Toolreg, other: Other) -> None:
    assert toolreg("plan", "--detailed-exitcode").code == 0
    assert other("plan", "--detailed-exitcode").code == 0


def test_deletions_of_one_leave_the_other(
    toolreg: Toolreg, other: Other, applied: Repository, conn: psycopg.Connection[Any]
) -> None:
    applied.remove("tools/tool0.yaml")
    applied.commit("Remove a tool")
    other.repository.add(service("post"))
    other.repository.commit("Add a service")

    assert toolreg("apply").code == 0
    assert other("apply").code == 0

    assert list_names(conn) == ["Service/api", "Service/mail", "Service/post", "Tool/tool1", "Tool/tool2"]


def test_limits_on_deletions_count_only_the_own_resources(toolreg: Toolreg, other: Other, applied: Repository) -> None:
    other.repository.add(*(service(f"service{number}") for number in range(40)))
    other.repository.commit("Add services")
    assert other("apply").code == 0
    applied.add(*(service(f"own{number}") for number in range(9)))
    applied.commit("Add services")
    assert toolreg("apply").code == 0
    for number in range(5):
        applied.remove(f"services/own{number}.yaml")
    applied.commit("Remove half of the services")

    refused = toolreg("apply")

    assert refused.code == 3
    assert "5 of 10 services" in refused.err


def test_a_resource_of_another_registry_is_refused_with_both_names(
    toolreg: Toolreg, other: Other, conn: psycopg.Connection[Any]
) -> None:
    other.repository.add(service("api", version="2.0.0"))
    other.repository.commit("Declare a service of the other registry")

    planned, refused = other("plan"), other("apply")

    assert (planned.code, refused.code) == (3, 3)
    assert (
        "Service/api belongs to registry test of this database, and registry other declares it, too."
        " Rename or remove in one of both" in refused.err
    )
    assert "movedFrom" not in refused.err
    assert conn.execute("SELECT version FROM api.services WHERE name = 'api'").fetchone() == ("1.0.0",)
    assert toolreg("plan", "--detailed-exitcode").code == 0


def test_a_resource_given_up_by_one_registry_goes_on_in_the_other(
    toolreg: Toolreg, other: Other, applied: Repository, conn: psycopg.Connection[Any]
) -> None:
    (before,) = conn.execute("SELECT id FROM registry.tools WHERE name = 'tool0'").fetchone() or ("",)
    applied.remove("tools/tool0.yaml")
    applied.commit("Give the tool up")
    assert toolreg("apply").code == 0
    other.repository.add(tool("tool0", service="mail"))
    other.repository.commit("Take the tool over")
    assert other("apply").code == 0

    assert conn.execute("SELECT id FROM registry.tools WHERE name = 'tool0'").fetchone() == (before,)
    assert toolreg("plan", "--detailed-exitcode").code == 0
    back = toolreg("rollback", "1", "--reason", "Get the tool back")
    assert back.code == 3
    assert "Tool/tool0 belongs to registry other" in back.err


def test_a_rollback_restores_one_registry_alone(
    toolreg: Toolreg, other: Other, applied: Repository, conn: psycopg.Connection[Any]
) -> None:
    applied.write("tools/tool0.yaml", tool("tool0", version="2.0.0"))
    applied.commit("Change a tool")
    assert toolreg("apply").code == 0
    other.repository.add(service("post"))
    other.repository.commit("Add a service")
    assert other("apply").code == 0

    elsewhere = toolreg("rollback", "2", "--reason", "Back", "--registry", "registry")
    done = toolreg("rollback", "1", "--reason", "Back", "--registry", "registry")

    assert elsewhere.code == 1
    assert 'revision 2 is of registry "other", not of "test", which --registry names' in elsewhere.err
    assert done.code == 0, done.err
    assert conn.execute("SELECT version FROM api.tools WHERE name = 'tool0'").fetchone() == ("1.0.0",)
    assert "Service/post" in list_names(conn)
    assert other("plan", "--detailed-exitcode").code == 0
    assert conn.execute("SELECT registry FROM registry.revisions ORDER BY number DESC LIMIT 1").fetchone() == ("test",)


def test_drift_is_repaired_by_its_own_registry(toolreg: Toolreg, other: Other, conn: psycopg.Connection[Any]) -> None:
    conn.execute(
        "UPDATE registry.services SET manifest = jsonb_set(manifest::jsonb, '{spec,version}', '\"9.9.9\"')::json"
        " WHERE name = 'mail'"
    )
    conn.execute("DELETE FROM registry.tools WHERE name = 'tool2'")

    assert "mail" not in toolreg("plan").out
    assert "tool2" not in other("plan").out
    fixed = toolreg("drift", "--fix")

    assert fixed.code == 0, fixed.err
    assert conn.execute("SELECT version FROM api.services WHERE name = 'mail'").fetchone() == ("1.0.0",)
    assert "Tool/tool2" in list_names(conn)
    assert toolreg("drift", "--detailed-exitcode").code == 0
    assert conn.execute(
        "SELECT registry, reason FROM registry.revisions WHERE number > 2 ORDER BY registry"
    ).fetchall() == [("other", "drift repaired"), ("test", "drift repaired")]


def test_another_name_of_a_registry_is_refused_until_it_says_its_former_one(
    toolreg: Toolreg, other: Other, applied: Repository, conn: psycopg.Connection[Any]
) -> None:
    applied.write("registry.yaml", named("renamed"))
    applied.commit("Rename the registry")
    refused = toolreg("apply")
    assert refused.code == 3
    assert "if renamed is the new name of test: metadata.movedFrom: test in registry.yaml" in refused.err

    applied.write("registry.yaml", named("renamed", movedFrom="test"))
    applied.commit("Tell its former name")
    assert "nothing" in toolreg("plan").out.lower()
    done = toolreg("apply")

    assert done.code == 0, done.err
    assert conn.execute("SELECT name FROM registry.registries ORDER BY id").fetchall() == [("renamed",), ("other",)]
    assert conn.execute("SELECT DISTINCT registry FROM api.registry_at(1)").fetchall() == [("renamed",)]
    applied.remove("tools/tool0.yaml")
    applied.commit("Remove a tool")
    assert toolreg("apply").code == 0
    assert list_names(conn) == ["Service/api", "Service/mail", "Tool/tool1", "Tool/tool2"]
    assert other("plan", "--detailed-exitcode").code == 0


def test_a_failed_attempt_is_recorded_for_its_registry(other: Other, conn: psycopg.Connection[Any]) -> None:
    other.repository.add(tool("broken", service="absent"))
    other.repository.commit("Name an absent service")
    assert other("apply").code == 1

    assert conn.execute(
        "SELECT revision.outcome, revision.registry, known.name FROM registry.revisions AS revision"
        " INNER JOIN registry.registries AS known ON known.id = revision.registry_id ORDER BY number DESC LIMIT 1"
    ).fetchone() == ("failed", "other", "other")


def test_status_get_history_and_drift_tell_the_registries_apart(
    toolreg: Toolreg, other: Other, conn: psycopg.Connection[Any]
) -> None:
    conn.execute("DELETE FROM registry.tools WHERE name = 'tool2'")
    conn.execute("UPDATE registry.services SET manifest = (manifest::jsonb || '{\"x\": 1}')::json WHERE name = 'mail'")

    status = toolreg("status").out
    assert "Applied     registry other\n" in status
    assert "Applied     registry test\n" in status
    assert [*toolreg("status", "-o", "json").json["registries"]] == ["other", "test"]
    assert toolreg("get", "services").out.splitlines()[0].split()[:2] == ["NAME", "REGISTRY"]
    assert "REGISTRY" not in toolreg("get", "tools").out
    history = toolreg("history").out.splitlines()
    assert [line.split()[-1] for line in history] == ["REGISTRY", "other", "test"]
    drifted = toolreg("drift").out
    assert ", registry test" in drifted
    assert ", registry other" in drifted
    assert "REGISTRY" not in toolreg("history", "--registry", "registry").out
    assert "tool2" not in other("drift", "--registry", "registry").out
    assert other("drift", "--registry", "registry", "--fix").code == 0
    assert list_names(conn) == ["Service/api", "Service/mail", "Tool/tool0", "Tool/tool1"]


def test_a_folder_of_no_registry_of_the_database_is_an_error(toolreg: Toolreg, other: Other) -> None:
    other.repository.write("registry.yaml", named("third"))

    refused = other("history", "--registry", "registry")

    assert (refused.code, toolreg("history", "--registry", "registry").code) == (1, 0)
    assert "no registry of this database, which has other, test" in refused.err


def test_one_registry_is_suspended_while_the_other_is_applied(
    toolreg: Toolreg, other: Other, applied: Repository
) -> None:
    applied.remove("tools/tool0.yaml")
    applied.commit("Remove a tool")
    other.repository.add(service("post"))
    other.repository.commit("Add a service")

    assert "Suspended registry test until" in toolreg("suspend", "--registry", "registry", "--reason", "Down").out

    assert (toolreg("apply").code, other("apply").code) == (3, 0)
    assert "Suspended   for registry test by" in toolreg("status").out
    assert "Resumed" not in other("resume", "--registry", "registry").out
    assert toolreg("suspend", "--reason", "All").code == 0
    assert toolreg("resume").out.count("Resumed.") == 2
    assert toolreg("apply").code == 0


def test_the_loop_looks_at_its_own_registry(
    toolreg: Toolreg, other: Other, applied: Repository, conn: psycopg.Connection[Any], database: str
) -> None:
    conn.execute("DELETE FROM registry.tools WHERE name = 'tool2'")

    with connect(database) as own:
        mine, another, nobody = (observe(own, name) for name in ("test", "other", "third"))

    assert (mine.number, mine.drifted, mine.commit) == (1, 1, applied.git("rev-parse", "HEAD"))
    assert (another.number, another.drifted, another.commit) == (2, 0, other.repository.git("rev-parse", "HEAD"))
    assert (nobody.number, nobody.drifted) == (None, 0)
    assert toolreg("apply").code == 0


def let_other_name(other: Other, *registries: str) -> None:
    """Have the registry `other` name the service `api` of the registry `test`."""
    other.repository.write("registry.yaml", named("other") | {"spec": registry(registries=[*registries])["spec"]})
    other.repository.add(tool("borrowed", service="api"))
    other.repository.commit("Name a service of the other registry")


def test_a_resource_of_another_registry_is_named_if_registry_yaml_says_so(toolreg: Toolreg, other: Other) -> None:
    other.repository.add(tool("borrowed", service="api"))
    other.repository.commit("Name a service of the other registry")
    refused = other("apply")
    assert refused.code == 1
    assert (
        "there is no Service/api in this registry; registry test of this database has it: to name it, add test to"
        " spec.registries" in refused.err
    )
    assert "Service/api" in other.offline("validate").err + other.offline("validate").out

    let_other_name(other, "test")

    assert other.offline("validate").code == 0
    done = other("apply")
    assert done.code == 0, done.err
    assert other("plan", "--detailed-exitcode").code == 0
    assert toolreg("plan", "--detailed-exitcode").code == 0


def test_a_registry_that_may_be_named_no_more_leaves_no_reference_behind(other: Other) -> None:
    other.repository.add(tool("borrowed", service="api"))
    let_other_name(other, "test")
    assert other("apply").code == 0
    other.repository.write("registry.yaml", named("other"))
    other.repository.commit("Name no other registry")

    planned = other("plan", "--ref", "HEAD")
    against = other.offline("plan", "--ref", "HEAD", "--against", "HEAD~1")

    assert (planned.code, against.code) == (1, 1)
    assert "borrowed.yaml" in planned.err
    assert "which spec.registries of registry.yaml lacks now [dangling-reference]" in planned.err
    assert "borrowed.yaml" in against.err


def test_an_unreadable_registry_yaml_at_the_first_apply_is_an_error_with_its_line(
    toolreg: Toolreg, applied: Repository
) -> None:
    assert applied.top
    applied.git("checkout", "-q", "--orphan", "strange")
    for text in ("kind: [", "spec: {unknown: 1}\n"):
        applied.write("registry.yaml", text)
        applied.commit("Begin strangely")

        result = toolreg("apply")

        assert result.code == 1, result.err
        assert "registry/registry.yaml:1:" in result.err


def test_an_absent_resource_dangles_at_the_plan_even_if_other_registries_are_named(other: Other) -> None:
    let_other_name(other, "test")
    other.repository.add(tool("borrowed", service="absent"))
    other.repository.commit("Name an absent service")

    assert other.offline("validate").code == 0
    assert "there is no Service/absent in this registry" in other("plan").err


def test_a_resource_that_another_registry_names_is_not_deleted(
    toolreg: Toolreg, other: Other, applied: Repository, conn: psycopg.Connection[Any]
) -> None:
    let_other_name(other, "test")
    assert other("apply").code == 0
    applied.add(service("api2"))
    for number in range(3):
        applied.write(f"tools/tool{number}.yaml", tool(f"tool{number}", service="api2"))
    applied.remove("services/api.yaml")
    applied.commit("Replace the service")

    refused = toolreg("apply", "--max-deletes", 1)

    assert refused.code == 3
    assert (
        "Service/api of registry test would be deleted, but Tool/borrowed of registry other names it."
        " Remove the name there first" in refused.err
    )
    other.repository.remove("tools/borrowed.yaml")
    other.repository.commit("Name it no more")
    assert other("apply", "--max-deletes", 1).code == 0
    assert toolreg("apply", "--max-deletes", 1).code == 0
    assert "Service/api" not in list_names(conn)


def test_views_of_api_name_the_registry(applied: Repository, conn: psycopg.Connection[Any]) -> None:
    assert applied
    assert conn.execute("SELECT name, registry FROM api.services ORDER BY name").fetchall() == [
        ("api", "test"),
        ("mail", "other"),
    ]
    assert conn.execute("SELECT DISTINCT registry FROM api.tools").fetchall() == [("test",)]
    assert conn.execute("SELECT DISTINCT registry FROM api.history ORDER BY 1").fetchall() == [("other",), ("test",)]


def test_a_saved_plan_stands_while_another_registry_is_applied(
    toolreg: Toolreg, other: Other, applied: Repository, tmp_path: Path
) -> None:
    applied.remove("tools/tool0.yaml")
    applied.commit("Remove a tool")
    assert toolreg("plan", "--ref", "HEAD", "--out", tmp_path / "plan.json").code == 0
    other.repository.add(service("post"))
    other.repository.commit("Add a service")
    assert other("apply").code == 0

    done = toolreg("apply", "--plan", tmp_path / "plan.json")

    assert done.code == 0, done.err


def test_a_row_inserted_by_hand_is_taken_by_the_registry_that_declares_it(
    toolreg: Toolreg, other: Other, conn: psycopg.Connection[Any]
) -> None:
    manifest = json.dumps(service("post"))
    conn.execute(
        "WITH made AS (INSERT INTO registry.entities (kind, name) VALUES ('Service', 'post') RETURNING id)"
        " INSERT INTO registry.services (id, manifest) SELECT id, %s FROM made",
        (manifest,),
    )
    other.repository.add(service("post"))
    other.repository.commit("Declare the row")
    assert other("apply").code == 0

    assert conn.execute("SELECT registry FROM api.services WHERE name = 'post'").fetchone() == ("other",)
    assert toolreg("plan", "--detailed-exitcode").code == 0
