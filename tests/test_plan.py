"""Planning reads only what changed, and still sees everything that the change concerns."""

import json
from typing import Any

import psycopg
import pytest

from reconciler.desired.git_files import GitTree
from tests.builders import Repository, node, registry, service, tool
from tests.conftest import Toolreg
from tests.roles import login


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the files whose content was read from git."""
    paths: list[str] = []
    original = GitTree.read

    def recorded(self: GitTree, entries: Any) -> Any:
        listed = list(entries)
        paths.extend(entry.path for entry in listed)
        return original(self, listed)

    monkeypatch.setattr(GitTree, "read", recorded)
    return paths


def test_only_changed_files_are_read(repository: Repository, toolreg: Toolreg, read: list[str]) -> None:
    """Cost follows the change. registry.yaml alone is read each time, for its limits."""
    repository.add(*(tool(f"tool{number}") for number in range(5)))
    repository.commit()
    toolreg("apply")
    repository.add(tool("tool3", version="2.0.0"))
    repository.commit()
    read.clear()

    assert "~ update Tool/tool3" in toolreg("plan", "--ref", "HEAD").out

    assert sorted(read) == ["registry/registry.yaml", "registry/tools/tool3.yaml"]


def test_unchanged_files_are_known_by_their_blob_where_the_applied_commit_is_gone(
    repository: Repository, toolreg: Toolreg, read: list[str]
) -> None:
    repository.add(tool("kept"), tool("changed"))
    repository.commit()
    toolreg("apply")
    repository.add(tool("changed", version="2.0.0"))
    repository.git("add", "-A")
    repository.git("commit", "-q", "--amend", "-m", "Rewritten")
    repository.git("update-ref", "-d", "ORIG_HEAD")
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "-q", "--prune=now")
    read.clear()

    assert "Plan: 0 to create, 1 to update, 0 to delete." in toolreg("plan", "--ref", "HEAD").out

    assert sorted(read) == ["registry/registry.yaml", "registry/tools/changed.yaml"]


def test_all_files_are_read_when_the_schemas_changed(
    repository: Repository, toolreg: Toolreg, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was valid under other rules may not be any more."""
    repository.add(tool())
    repository.commit()
    toolreg("apply")
    read.clear()
    monkeypatch.setattr("reconciler.core.manifest.contract._LOADER", "another")

    assert toolreg("plan", "--ref", "HEAD", "--detailed-exitcode").code == 0

    assert "registry/tools/lookup.yaml" in read


def test_removing_what_an_unchanged_file_names_is_refused(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool(node="worker"), node())
    repository.commit()
    toolreg("apply")
    repository.remove("nodes/worker.yaml")
    repository.commit()

    result = toolreg("apply")

    assert result.code == 1
    assert "registry/tools/lookup.yaml:18:9: error: this revision removes Node/worker" in result.err


def test_a_name_that_an_unchanged_file_has_is_refused(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool())
    repository.commit()
    toolreg("apply")
    repository.write("tools/team/lookup.yaml", tool())
    repository.commit()

    result = toolreg("apply")

    assert result.code == 1
    assert "registry/tools/lookup.yaml:4:9: error: Tool/lookup is declared twice" in result.err
    assert "registry/tools/team/lookup.yaml:4:9: error: Tool/lookup is declared twice" in result.err


def test_a_new_reference_to_an_unchanged_file_is_found(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(node())
    repository.commit()
    toolreg("apply")
    repository.add(tool(node="worker"))
    repository.commit()

    assert toolreg("apply").code == 0


def test_more_resources_than_the_registry_allows_are_refused(repository: Repository, toolreg: Toolreg) -> None:
    repository.write("registry.yaml", registry(limits={"maxResources": 2}))
    repository.add(tool())
    repository.commit()
    assert toolreg("apply").code == 0
    repository.add(node())
    repository.commit()

    for command in ("validate", "apply"):
        result = toolreg(command) if command == "apply" else toolreg.offline(command)
        assert result.code == 1
        assert "there are 3 resources, but spec.limits.maxResources is 2" in result.out + result.err


def test_the_work_tree_is_planned_as_it_lies(repository: Repository, toolreg: Toolreg) -> None:
    """Changed, new and removed files, committed or not; without those that git is told to ignore."""
    repository.add(tool("changed"), tool("removed"), tool("kept"))
    repository.commit()
    toolreg("apply")
    repository.write("../.gitignore", "ignored.yaml\n")
    repository.add(tool("changed", version="2.0.0"), tool("new"), tool("ignored"))
    repository.remove("tools/removed.yaml")

    changes = toolreg("plan", "-o", "json").json["changes"]

    assert [(change["action"], change["name"]) for change in changes] == [
        ("update", "changed"),
        ("create", "new"),
        ("delete", "removed"),
    ]
    assert toolreg("plan", "--ref", "HEAD", "--detailed-exitcode").code == 0


def test_apply_says_what_it_leaves_out(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool())

    result = toolreg("apply")

    assert "Uncommitted changes in registry are left out; --worktree would read them." in result.err
    assert "Tool/lookup" not in result.out


def test_a_dry_run_writes_nothing(repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]) -> None:
    result = toolreg("apply", "--dry-run", "--detailed-exitcode")

    assert result.code == 2
    assert "+ create Service/api" in result.out
    assert conn.execute("SELECT count(*) FROM registry.revisions").fetchone() == (0,)
    assert repository.git("status", "--porcelain") == ""


def test_a_plan_names_nested_fields(repository: Repository, toolreg: Toolreg) -> None:
    schema = {"type": "object", "properties": {"amount": {"type": "integer", "minimum": 1}}}
    repository.add(tool(inputSchema=schema))
    repository.commit()
    toolreg("apply")
    schema["properties"] = {"amount": {"minimum": 5, "type": "integer"}, "odd key": {"description": "\x1b[31mred"}}
    repository.add(tool(inputSchema=schema))

    text = toolreg("plan").out

    assert "spec.inputSchema.properties.amount.minimum: 1 -> 5" in text
    assert "spec.inputSchema.properties.amount: the order of its keys" in text
    assert 'spec.inputSchema.properties["odd key"]: added {"description":"\\u001b[31mred"}' in text
    assert "\x1b" not in text


def test_the_digest_names_the_changes(repository: Repository, toolreg: Toolreg) -> None:
    """The same for everybody who plans the same, another one for anything else."""
    repository.add(tool())
    one = toolreg("plan", "-o", "json").json["digest"]
    again = toolreg("plan", "-o", "json").json["digest"]
    repository.add(tool(version="1.0.1"))
    other = toolreg("plan", "-o", "json").json["digest"]

    assert one == again != other


def test_a_rename_keeps_identity_and_history(
    repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    """Once applied, movedFrom may stay in the file or go; neither is another move."""
    repository.add(tool("old"))
    repository.commit()
    toolreg("apply")
    identity = conn.execute("SELECT id FROM api.tools").fetchall()
    repository.remove("tools/old.yaml")
    repository.add(tool("new", metadata={"movedFrom": "old"}))
    repository.commit()
    assert toolreg("apply").code == 0
    assert conn.execute("SELECT id FROM api.tools WHERE name = 'new'").fetchall() == identity
    repository.add(tool("new", version="1.1.0", metadata={"movedFrom": "old"}))
    repository.commit()
    assert "~ update Tool/new" in toolreg("apply").out
    repository.add(tool("new", version="1.1.0"))
    repository.commit()
    assert toolreg("apply").out == "Nothing to do: the database matches.\n"

    versions = conn.execute("SELECT action, name FROM api.history WHERE kind = 'Tool' ORDER BY revision").fetchall()

    assert versions == [("create", "old"), ("move", "new"), ("update", "new")]
    assert conn.execute("SELECT id FROM api.tools").fetchall() == identity


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ([tool("old"), tool("new", metadata={"movedFrom": "old"})], "Tool/old is still there"),
        (
            [tool("new", metadata={"movedFrom": "old"}), tool("newer", metadata={"movedFrom": "old"})],
            "only one of them can be it",
        ),
        ([tool("taken", metadata={"movedFrom": "old"})], "Tool/taken is already in the database"),
    ],
    ids=["source-is-still-there", "two-claim-it", "target-is-another"],
)
def test_a_rename_that_would_blur_identities_is_refused(
    repository: Repository, toolreg: Toolreg, files: list[dict[str, Any]], problem: str
) -> None:
    repository.add(tool("old"), tool("taken"))
    repository.commit()
    toolreg("apply")
    for name in ("old", "taken"):
        repository.remove(f"tools/{name}.yaml")
    repository.add(*files)

    result = toolreg("plan")

    assert result.code == 1
    assert problem in result.err
    assert "[moved-from]" in result.err


def test_a_name_taken_over_by_a_rename_leaves_the_old_identity_to_history(
    repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    """`b` was removed for good; then `a` becomes `b`. Two identities, one name each at its time."""
    repository.add(tool("a"), tool("b"))
    repository.commit()
    toolreg("apply")
    identity = conn.execute("SELECT id FROM api.tools WHERE name = 'a'").fetchall()
    repository.remove("tools/b.yaml")
    repository.commit()
    toolreg("apply")
    repository.remove("tools/a.yaml")
    repository.add(tool("b", metadata={"movedFrom": "a"}))
    repository.commit()

    assert toolreg("apply").code == 0

    assert conn.execute("SELECT id FROM api.tools").fetchall() == identity
    assert conn.execute("SELECT count(DISTINCT entity_id) FROM api.history WHERE name = 'b'").fetchone() == (2,)


def test_a_row_that_was_put_in_by_hand_is_reported_and_stays(
    repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    repository.commit()
    toolreg("apply")
    manifest = json.dumps(service("foreign"))
    conn.execute(b"INSERT INTO registry.entities (kind, name) VALUES ('Service', 'foreign')")
    conn.execute(
        b"INSERT INTO registry.services (id, manifest)"
        b" SELECT id, %s::json FROM registry.entities WHERE name = 'foreign'",
        [manifest],
    )

    result = toolreg("apply", "--detailed-exitcode")

    assert result.code == 0
    assert "! Service/foreign is in the database but was never applied; it stays as it is" in result.out
    assert conn.execute("SELECT count(*) FROM api.services").fetchone() == (2,)


def test_a_role_of_the_reconciler_may_apply_and_nothing_more(repository: Repository, database: str) -> None:
    repository.add(tool(), node())
    repository.commit()
    with login(database, "toolreg_reconciler") as as_role:
        toolreg = Toolreg(repository, as_role)

        assert toolreg("apply").code == 0
        repository.remove("nodes/worker.yaml")
        repository.add(tool(version="1.0.1", metadata={"tags": ["a"]}))
        repository.commit()
        assert toolreg("apply", "--max-deletes", 1).code == 0
        assert toolreg("plan", "--detailed-exitcode").code == 0
        with psycopg.connect(as_role) as limited, pytest.raises(psycopg.errors.InsufficientPrivilege):
            limited.execute("DELETE FROM registry.history")


@pytest.mark.faults
def test_long_lists_are_compared_in_bounded_time(repository: Repository, toolreg: Toolreg) -> None:
    """Matching 40,000 equal items one by one would take minutes."""
    items = ["same"] * 40_000
    repository.add(tool(examples=[{"input": {"items": items}}]))
    repository.commit()
    toolreg("apply")
    repository.add(tool(examples=[{"input": {"items": ["first", *items, "last"]}}]))

    assert 'spec.examples[0].input.items: added "first", "last"' in toolreg("plan").out


def test_a_registry_that_moves_to_another_folder_is_no_change(
    repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    repository.add(tool())
    repository.commit()
    toolreg("apply")
    repository.git("mv", "registry", "catalogue")
    repository.git("commit", "-q", "-m", "Move")

    result = toolreg("apply", "--registry", "catalogue")

    assert (result.code, result.out) == (0, "Nothing to do: the database matches.\n"), result.err
    assert conn.execute("SELECT path FROM api.tools").fetchall() == [("catalogue/tools/lookup.yaml",)]


def test_a_name_that_was_meant_is_found_among_files_that_were_not_read_again(
    repository: Repository, toolreg: Toolreg
) -> None:
    repository.add(service("payment-gateway"), tool(service="payment-gateway"))
    repository.commit()
    assert toolreg("apply").code == 0
    repository.add(tool(service="payment-gatway"))

    planned = toolreg("plan")

    assert planned.code == 1
    assert "there is no Service/payment-gatway in this registry; did you mean payment-gateway? [dangling" in planned.err
    assert planned.err.count("dangling-reference") == 1
