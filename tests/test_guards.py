"""What guards refuse, what they say, and which option overrides each."""

import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.builders import Repository, node, registry, run, service, tool
from tests.conftest import Toolreg

Conn = psycopg.Connection[Any]


def tools(conn: Conn) -> int:
    row = conn.execute(b"SELECT count(*) FROM registry.tools").fetchone()
    return int(row[0]) if row else 0


def outcomes(conn: Conn) -> list[tuple[str, list[str]]]:
    return conn.execute(b"SELECT outcome, overridden FROM registry.revisions ORDER BY number").fetchall()


def many(repository: Repository, count: int, **spec: Any) -> None:
    """Commit so many tools, and what registry.yaml says."""
    repository.write("registry.yaml", registry(**spec))
    repository.add(*(tool(f"tool_{number}") for number in range(count)))
    repository.commit()


def without(repository: Repository, count: int) -> None:
    """Commit that so many of the tools are gone."""
    for number in range(count):
        repository.remove(f"tools/tool_{number}.yaml")
    repository.commit()


# ---- Deletions


@pytest.mark.parametrize(
    ("there", "gone", "limits", "said"),
    [
        (10, 3, {}, None),
        (10, 4, {}, "would delete 4 of 10 tools (limit 30%). If that is meant: toolreg apply --max-deletes 4"),
        (20, 9, {}, "would delete 9 of 20 tools (limit 30%). If that is meant: toolreg apply --max-deletes 9"),
        (9, 8, {}, None),
        (9, 9, {}, "would delete 9 of 9 tools (never all of a kind). If that is meant: toolreg apply --max-deletes 9"),
        (1, 1, {}, "would delete 1 of 1 tools (never all of a kind)"),
        (4, 1, {"percent": 20, "ofAtLeast": 4}, "would delete 1 of 4 tools (limit 20%)"),
        (4, 1, {"percent": 0, "ofAtLeast": 4}, "would delete 1 of 4 tools (limit 0%)"),
        (10, 9, {"percent": 100}, None),
        (10, 10, {"percent": 100}, "would delete 10 of 10 tools"),
    ],
)
def test_more_deletions_than_the_registry_allows_are_refused(
    repository: Repository,
    toolreg: Toolreg,
    conn: Conn,
    there: int,
    gone: int,
    limits: dict[str, int],
    said: str | None,
) -> None:
    many(repository, there, limits={"maxDeletions": limits})
    assert toolreg("apply").code == 0
    without(repository, gone)

    result = toolreg("apply")

    assert result.code == (3 if said else 0)
    assert tools(conn) == (there if said else there - gone)
    if said:
        assert said in result.err
        assert "Nothing was changed in the database." in result.err
        assert result.out.count("blocked: it would be one of ") == gone
        assert toolreg("apply", "--max-deletes", gone - 1).code == 3
        assert toolreg("apply", "--max-deletes", gone).code == 0
        assert tools(conn) == there - gone
        assert outcomes(conn)[1:] == [("refused", []), ("refused", []), ("applied", ["too-many-deletions"])]


def test_a_blocked_plan_is_shown_whole_and_marked(repository: Repository, toolreg: Toolreg) -> None:
    many(repository, 10)
    repository.add(node())
    repository.commit()
    toolreg("apply")
    repository.add(tool("new"))
    without(repository, 4)

    text, listed = toolreg("plan"), toolreg("plan", "-o", "json")

    assert text.code == listed.code == 3
    assert "+ create Tool/new" in text.out
    assert text.out.count("blocked: it would be one of 4 of 10 tools (limit 30%)\n") == 4
    assert "Plan: 1 to create, 0 to update, 4 to delete." in text.out
    assert text.err.startswith("error: this revision would delete 4 of 10 tools (limit 30%).")
    (refusal,) = listed.json["refusals"]
    assert refusal["rule"] == "too-many-deletions"
    assert refusal["blocks"] == [f"Tool/tool_{number}" for number in range(4)]
    assert len(listed.json["changes"]) == 5
    refused = toolreg("apply", "-o", "json")
    assert (refused.code, refused.json) == (3, listed.json | {"source": "commit"})
    assert toolreg("plan", "--max-deletes", 4).code == 0


def test_a_revision_cannot_loosen_the_guard_that_it_has_to_pass(repository: Repository, toolreg: Toolreg) -> None:
    """Nor can a rewritten registry.yaml in the same commit: the one that is applied counts."""
    many(repository, 10)
    toolreg("apply")
    repository.write("registry.yaml", registry(limits={"maxDeletions": {"percent": 100}}))
    without(repository, 4)

    assert toolreg("apply").code == 3

    repository.git("revert", "--no-edit", "HEAD")
    repository.write("registry.yaml", registry(limits={"maxDeletions": {"percent": 100}}))
    repository.commit()
    assert toolreg("apply").code == 0
    without(repository, 4)
    assert toolreg("apply").code == 0


def test_replacing_every_resource_of_a_kind_is_deleting_them(repository: Repository, toolreg: Toolreg) -> None:
    """As it looks where somebody renames and forgets movedFrom."""
    many(repository, 2)
    toolreg("apply")
    repository.add(tool("other_0"), tool("other_1"))
    without(repository, 2)

    assert toolreg("apply").code == 3


def test_several_kinds_are_named_in_one_message(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(node(), tool())
    repository.commit()
    toolreg("apply")
    repository.remove("nodes/worker.yaml")
    repository.remove("tools/lookup.yaml")
    repository.commit()

    result = toolreg("apply")

    assert result.code == 3
    assert "1 of 1 nodes (never all of a kind) and 1 of 1 tools (never all of a kind)" in result.err
    assert result.err.endswith("If that is meant: toolreg apply --max-deletes 2\n")


def test_rows_that_no_registry_put_there_do_not_count(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """A kind is deleted whole, whatever somebody added by hand."""
    repository.add(node())
    repository.commit()
    toolreg("apply")
    conn.execute(b"INSERT INTO registry.entities (kind, name) VALUES ('Node', 'foreign')")
    conn.execute(
        b"INSERT INTO registry.nodes (id, manifest) SELECT entity.id,"
        b" replace(node.manifest::text, 'worker\"', 'foreign\"')::json"
        b" FROM registry.nodes AS node, registry.entities AS entity WHERE entity.name = 'foreign'"
    )
    repository.remove("nodes/worker.yaml")
    repository.commit()

    result = toolreg("apply")

    assert result.code == 3
    assert "1 of 1 nodes" in result.err


@pytest.mark.parametrize("what", ["empty", "no registry.yaml", "a link", "a file", "gone"])
def test_a_registry_that_is_not_there_is_not_one_that_was_emptied(
    repository: Repository, toolreg: Toolreg, conn: Conn, what: str
) -> None:
    many(repository, 1)
    assert toolreg("apply").code == 0
    if what == "no registry.yaml":
        repository.remove("registry.yaml")
    else:
        repository.git("mv", "registry", "elsewhere")
        if what == "a link":
            (repository.top / "registry").symlink_to("elsewhere")
        elif what == "a file":
            (repository.top / "registry").write_text("nothing")
        elif what == "empty":
            (repository.top / "registry").mkdir()
            repository.write(".gitkeep", "")
    repository.commit()
    if what in ("a link", "a file"):
        # The commit is what counts, not what lies in the work tree.
        (repository.top / "registry").unlink()
        (repository.top / "registry").mkdir()

    for command in ("plan", "apply"):
        result = toolreg(command, "--ref", "HEAD")
        assert result.code == 3, result.err
        assert "registry/registry.yaml: there is no such file at commit" in result.err
        assert "create it, or name the folder with --registry" in result.err
    assert tools(conn) == 1


def test_a_registry_that_cannot_be_read_is_refused(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Here an object of the repository is missing, as after a disk failed."""
    many(repository, 1)
    toolreg("apply")
    repository.add(tool("new"))
    repository.commit()
    name = repository.git("rev-parse", "HEAD:registry/tools")
    (repository.top / ".git/objects" / name[:2] / name[2:]).unlink()

    result = toolreg("apply")

    assert result.code == 3
    assert "error: the registry cannot be read: git failed: " in result.err
    assert tools(conn) == 1


# ---- Protected resources


def test_a_protected_resource_is_not_deleted(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Unprotecting and deleting are two revisions; a number of deletions that is allowed does not matter."""
    repository.add(tool(metadata={"protected": True}), tool("other"))
    repository.commit()
    toolreg("apply")
    repository.remove("tools/lookup.yaml")
    repository.remove("tools/other.yaml")
    repository.commit()

    result = toolreg("apply", "--max-deletes", 2)

    assert result.code == 3
    assert "- delete Tool/lookup  was registry/tools/lookup.yaml\n      blocked: it is protected\n" in result.out
    assert result.out.count("blocked") == 1
    assert "Tool/lookup is protected; remove metadata.protected in one revision" in result.err
    assert tools(conn) == 2
    repository.add(tool(), tool("other"))
    repository.commit()
    assert toolreg("apply").code == 0
    repository.remove("tools/lookup.yaml")
    repository.commit()
    assert toolreg("apply").code == 0
    assert tools(conn) == 1


def test_no_change_by_hand_takes_the_protection_away(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """What was declared counts; and a row that somebody protects by hand stays, too."""
    repository.add(tool(metadata={"protected": True}), tool("other"), tool("third"))
    repository.commit()
    toolreg("apply")
    conn.execute(b"UPDATE registry.tools SET manifest = replace(manifest::text, 'true', 'false')::json")
    other = b"UPDATE registry.tools SET manifest = jsonb_set(manifest::jsonb, '{metadata,protected}', 'true')::json"
    conn.execute(other + b" WHERE name = 'other'")
    repository.remove("tools/lookup.yaml")
    repository.remove("tools/other.yaml")
    repository.commit()

    result = toolreg("apply")

    assert result.code == 3
    assert "Tool/lookup, Tool/other are protected; " in result.err
    assert tools(conn) == 3


def test_a_protected_resource_may_be_changed_and_renamed(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool(metadata={"protected": True}))
    repository.commit()
    toolreg("apply")
    repository.remove("tools/lookup.yaml")
    repository.add(tool("found", metadata={"protected": True, "movedFrom": "lookup"}, version="2.0.0"))
    repository.commit()

    assert toolreg("apply").code == 0


# ---- Without deleting


def test_the_rest_is_applied_and_what_was_left_is_said(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """What was left stays pending: the next plan shows it, from the same commit or another."""
    many(repository, 10)
    toolreg("apply")
    repository.add(tool("new"))
    without(repository, 4)

    result = toolreg("apply", "--no-delete")

    assert result.code == 0
    assert "! Tool/tool_0 is no longer declared; it stays, since nothing is to be deleted" in result.out
    assert result.out.count("stays") == 4
    assert "Plan: 1 to create, 0 to update, 0 to delete." in result.out
    assert tools(conn) == 11
    assert "left 4 no longer declared: toolreg plan --ref HEAD shows them" in toolreg("status").out
    assert toolreg("plan", "--ref", "HEAD", "-o", "json").json["summary"]["delete"] == 4
    again = toolreg("apply", "--no-delete")
    assert again.code == 0
    assert "Nothing to do: the database matches, but for what is no longer declared." in again.out
    repository.add(tool("newer"))
    repository.commit()
    assert toolreg("plan", "--ref", "HEAD", "-o", "json").json["summary"] == {
        "create": 1,
        "update": 0,
        "move": 0,
        "delete": 4,
    }
    assert toolreg("apply", "--max-deletes", 4).code == 0
    assert tools(conn) == 8
    assert toolreg("plan", "--detailed-exitcode", "--ref", "HEAD").code == 0


def test_what_names_something_that_is_renamed_cannot_be_left(repository: Repository, toolreg: Toolreg) -> None:
    """Its row would name nothing any more."""
    repository.add(node(), tool(node="worker"), tool("other"))
    repository.commit()
    toolreg("apply")
    repository.remove("tools/lookup.yaml")
    repository.remove("nodes/worker.yaml")
    repository.add(node("executor", metadata={"movedFrom": "worker"}))
    repository.commit()

    result = toolreg("apply", "--no-delete")

    assert result.code == 3
    assert "Tool/lookup cannot be left: /spec/node in it names Node/worker, which is renamed." in result.err
    assert "> move Node/executor (was worker)" in result.out
    assert toolreg("apply").code == 0


# ---- Monotone history


def test_an_older_commit_is_refused(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    repository.add(tool())
    old = repository.commit()
    repository.add(tool("other"))
    new = repository.commit()
    toolreg("apply")

    result = toolreg("apply", "--ref", old)

    assert result.code == 3
    assert f"commit {old[:12]} is older than commit {new[:12]}, which revision 1 applied" in result.err
    assert result.err.endswith("If that is meant: toolreg apply --allow-rewind\n")
    assert tools(conn) == 2
    assert "Applying this would be refused now: commit" in toolreg("plan", "--ref", old).err
    assert toolreg("apply", "--ref", old, "--allow-rewind").code == 0
    assert tools(conn) == 1
    assert outcomes(conn) == [("applied", []), ("refused", []), ("applied", ["rewind"])]
    assert toolreg("apply").code == 0
    assert tools(conn) == 2


@pytest.mark.parametrize("how", ["amended", "pruned", "a branch", "unrelated"])
def test_a_commit_that_does_not_descend_is_refused(
    repository: Repository, toolreg: Toolreg, database: str, tmp_path: Path, how: str
) -> None:
    repository.add(tool("applied"))
    applied = repository.commit()
    assert toolreg("apply").code == 0
    other = repository
    if how == "a branch":
        repository.git("checkout", "-q", "-b", "side", "HEAD~1")
        repository.add(tool())
        repository.commit()
    elif how == "unrelated":
        other = Repository.create(tmp_path / "other")
        other.add(tool())
        other.commit()
    else:
        repository.add(tool())
        repository.git("add", "-A")
        repository.git("commit", "-q", "--amend", "-m", "Rewritten")
        if how == "pruned":
            repository.git("reflog", "expire", "--expire=now", "--all")
            repository.git("gc", "-q", "--prune=now")
    asked = other.git("rev-parse", "HEAD")

    result = run("apply", "--database", database, cwd=other.top)

    assert result.code == 3
    assert f"commit {asked[:12]} does not descend from commit {applied[:12]}, which revision 1 applied" in result.err
    assert ("is not in this repository" in result.err) == (how in ("pruned", "unrelated"))
    assert result.err.endswith("If that is meant: toolreg apply --allow-rewind\n")
    assert run("apply", "--allow-rewind", "--max-deletes", 1, "--database", database, cwd=other.top).code == 0


def test_a_merge_of_the_applied_commit_is_newer(repository: Repository, toolreg: Toolreg) -> None:
    repository.git("checkout", "-q", "-b", "side")
    repository.add(tool("side"))
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.add(tool("trunk"))
    repository.commit()
    toolreg("apply")
    assert toolreg("apply", "--ref", "side").code == 3
    repository.git("merge", "-q", "--no-edit", "side")

    assert toolreg("apply").code == 0


def test_files_outside_git_cannot_be_told_to_be_newer(
    repository: Repository, toolreg: Toolreg, database: str, tmp_path: Path
) -> None:
    repository.add(tool())
    repository.commit()
    toolreg("apply")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run(["cp", "-r", repository.top / "registry", elsewhere], check=True)

    result = run("apply", "--worktree", "--database", database, cwd=elsewhere)

    assert result.code == 3
    assert "these files come from no commit" in result.err
    assert run("apply", "--worktree", "--allow-rewind", "--database", database, cwd=elsewhere).code == 0


def test_a_work_tree_is_as_new_as_what_is_checked_out(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool())
    old = repository.commit()
    repository.add(tool("other"))
    repository.commit()
    toolreg("apply")
    repository.add(tool("uncommitted"))
    assert toolreg("apply", "--worktree").code == 0
    repository.git("stash", "-q", "-u")
    repository.git("checkout", "-q", old)

    result = toolreg("apply", "--worktree")

    assert result.code == 3
    assert "is older than commit" in result.err


def test_files_that_were_not_committed_are_not_said_to_come_from_the_commit(
    repository: Repository, toolreg: Toolreg
) -> None:
    repository.add(tool())
    commit = repository.commit()
    repository.add(tool("uncommitted"))

    result = toolreg("apply", "--worktree")

    assert f"Applied as revision 1 from the work tree at commit {commit[:12]} to " in result.err


def test_a_service_that_is_still_named_is_no_matter_of_guards(repository: Repository, toolreg: Toolreg) -> None:
    """Every problem of the files is told first, as without a guard."""
    repository.add(service("other"), tool(service="other"))
    repository.commit()
    toolreg("apply")
    repository.remove("services/other.yaml")
    repository.commit()

    assert toolreg("apply", "--max-deletes", 0).code == 1


def test_each_refusal_is_told_on_a_line_of_its_own(repository: Repository, toolreg: Toolreg) -> None:
    """Each ends with what overrides it, however long the others are."""
    repository.add(*(tool(f"tool_{number}", metadata={"protected": number < 3}) for number in range(10)))
    old = repository.git("rev-parse", "HEAD")
    repository.commit()
    toolreg("apply")

    result = toolreg("apply", "--ref", old)

    assert result.code == 3
    _, *lines = result.err.splitlines()
    assert [line.rpartition(": ")[2] for line in lines[1:]] == [
        "toolreg apply --max-deletes 10",
        "toolreg apply --allow-rewind",
    ]
    assert lines[0].startswith("error: Tool/tool_0, Tool/tool_1, Tool/tool_2 are protected; ")


def test_an_older_commit_is_not_to_be_mended(repository: Repository, toolreg: Toolreg) -> None:
    """What it lacks beside what is there now is no matter: that it is older is what is wrong with it."""
    old = repository.git("rev-parse", "HEAD")
    repository.add(service("other"), tool(service="other"))
    repository.commit()
    toolreg("apply")
    repository.remove("tools/lookup.yaml")
    repository.git("checkout", "-q", "-b", "side", old)
    repository.add(tool(service="nobody"))
    broken = repository.commit()

    refused = toolreg("apply", "--ref", broken)

    assert refused.code == 3
    assert f"commit {broken[:12]} does not descend from commit " in refused.err
    assert toolreg("plan", "--ref", broken).code == 1
    assert "there is no Service/nobody" in toolreg("apply", "--ref", broken, "--allow-rewind").err
