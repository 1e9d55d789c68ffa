"""What was declared earlier: read back, compared, and restored."""

import shutil
from typing import Any

import psycopg
import pytest

from tests.builders import Repository, node, registry, tool
from tests.conftest import Toolreg

Conn = psycopg.Connection[Any]
WHY = ("--reason", "Refunds fail.")


def rows(conn: Conn) -> list[tuple[Any, ...]]:
    """Return every row with what it says, its identity and the file that it was read from."""
    return conn.execute(
        b"SELECT kind, name, id, manifest::text, path, blob FROM registry.resources ORDER BY kind, name"
    ).fetchall()


def declared(conn: Conn, revision: int) -> list[tuple[Any, ...]]:
    """Return what the database says that was declared at a revision, as `rows` does."""
    return conn.execute(
        b"SELECT kind, name, id, manifest::text, path, blob FROM api.registry_at(%s) ORDER BY kind, name", (revision,)
    ).fetchall()


def applied(repository: Repository, toolreg: Toolreg, *manifests: dict[str, Any], gone: tuple[str, ...] = ()) -> str:
    """Apply a commit with these manifests and without those files, and return its id."""
    repository.add(*manifests)
    for inside in gone:
        repository.remove(inside)
    commit = repository.commit()
    result = toolreg("apply")
    assert result.code == 0, result.err
    return commit


def put_in(conn: Conn, name: str, like: str) -> None:
    """Put in a tool by hand."""
    conn.execute(
        b"WITH entity AS (INSERT INTO registry.entities (kind, name) VALUES ('Tool', %(name)s) RETURNING id)"
        b" INSERT INTO registry.tools (id, manifest)"
        b" SELECT entity.id, replace(tool.manifest::text, %(like)s, %(name)s)::json"
        b" FROM registry.tools AS tool, entity WHERE tool.name = %(like)s",
        {"name": name, "like": like},
    )


# ---- Rollback


def test_names_and_identities_come_back(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Also where another resource was given a name meanwhile, which a plan by names would take for the same one."""
    applied(repository, toolreg, node(), tool("kept"), tool("renamed", node="worker"), tool("removed"))
    before = rows(conn)
    repository.move("tools/kept.yaml", "tools/team/kept.yaml")
    moved = tool("other", node="worker", metadata={"movedFrom": "renamed"})
    applied(repository, toolreg, moved, gone=("tools/renamed.yaml", "tools/removed.yaml"))
    applied(repository, toolreg, tool("renamed"))
    later = rows(conn)
    conn.execute(b"DELETE FROM registry.tools WHERE name = 'kept'")

    result = toolreg("rollback", 1, *WHY, "-o", "json")

    assert result.code == 0, result.err
    assert rows(conn) == before == declared(conn, 1) == declared(conn, 4)
    assert [(change["action"], change["name"], change["formerName"]) for change in result.json["changes"]] == [
        ("create", "kept", None),
        ("create", "removed", None),
        ("delete", "renamed", None),
        ("move", "renamed", "other"),
    ]
    assert toolreg("rollback", 3, *WHY).code == 0
    assert rows(conn) == later == declared(conn, 3)


def test_a_rollback_is_recorded_and_shown_as_what_it_is(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    first = applied(repository, toolreg, tool())
    applied(repository, toolreg, tool(version="2.0.0"))

    result = toolreg("rollback", 1, "--reason", " Refunds \x1b[31mfail. ")

    assert result.code == 0
    assert '      spec.version: "2.0.0" -> "1.0.0"\n' in result.out
    assert "Applied as revision 3 from commit " in result.err
    assert ", with the content of revision 1 to " in result.err
    told = r"rollback to revision 1: Refunds \u001b[31mfail."
    assert f"\n     {told}\n" in toolreg("history").out
    assert f"\n     {told}\n" in toolreg("history", "tool/lookup").out
    assert f"\n            {told}\n" in toolreg("status").out
    assert f"  revision    3, {told}\n" in toolreg("describe", "tool/lookup").out
    found = conn.execute(b"SELECT source, commit, restored, reason, subject FROM api.revisions WHERE number = 3")
    assert found.fetchone() == ("history", first, 1, "Refunds \x1b[31mfail.", "Change")
    newest = toolreg("history", "--limit", 1, "-o", "json").json[0]
    assert (newest["source"], newest["restored"], newest["repairs"]) == ("history", 1, False)
    assert toolreg("plan", "--worktree").code == 0
    assert toolreg("rollback", 1, *WHY).out == "Nothing to do: the database matches.\n"
    assert toolreg("rollback", 2, *WHY, "--detailed-exitcode").code == 2
    assert toolreg("rollback", 3, *WHY).code == 0
    assert [one["restored"] for one in toolreg("history", "-o", "json").json] == [1, 2, 1, None, None]


def test_git_is_not_needed(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    applied(repository, toolreg, tool("old"))
    applied(repository, toolreg, tool("new"))
    before = rows(conn)
    shutil.rmtree(repository.top / ".git")
    shutil.rmtree(repository.top / "registry")

    dry = toolreg("rollback", 1, *WHY, "--dry-run", "--detailed-exitcode")

    assert (dry.code, rows(conn)) == (2, before)
    assert "- delete Tool/new  was registry/tools/new.yaml" in dry.out
    assert "Dry run: nothing was written." in dry.err
    assert toolreg("rollback", 1, *WHY).code == 0
    assert len(rows(conn)) == len(before) - 1


def test_what_was_rolled_back_is_not_applied_again_by_itself(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    old = applied(repository, toolreg, tool())
    new = applied(repository, toolreg, tool(version="2.0.0"))
    toolreg("rollback", 1, *WHY)

    result = toolreg("apply")

    assert result.code == 3
    assert f"revision 3 rolled back commit {new[:12]}" in result.err
    assert toolreg("apply", "--ref", old).code == 3
    assert toolreg("apply", "--allow-rewind").code == 0
    toolreg("rollback", 1, *WHY)
    applied(repository, toolreg, tool("newer"))
    versions = conn.execute(b"SELECT name, version FROM registry.tools ORDER BY name").fetchall()
    assert versions == [("lookup", "2.0.0"), ("newer", "1.0.0")]
    assert toolreg("plan", "--detailed-exitcode").code == 0


def test_rolling_forward_is_no_rollback_of_the_commit(repository: Repository, toolreg: Toolreg) -> None:
    applied(repository, toolreg, tool())
    applied(repository, toolreg, tool(version="2.0.0"))
    toolreg("rollback", 1, *WHY)

    assert toolreg("rollback", 2, *WHY).code == 0
    assert toolreg("apply", "--detailed-exitcode").code == 0


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (2, 1, "revision 2 was refused, and changed nothing; the last one that was applied is 4"),
        (3, 1, "revision 3 failed, and changed nothing; the last one that was applied is 4"),
        (4, 1, "revision 4 is the one that is applied now; toolreg history shows earlier ones"),
        (5, 1, "there is no revision 5; the last one that was applied is 4"),
        (2**63 - 1, 1, "there is no revision 9223372036854775807"),
        (2**63, 64, "is not in the range"),
        (0, 64, "is not in the range"),
        ("HEAD~1", 64, "is not a valid integer"),
    ],
)
def test_only_an_earlier_applied_revision_is_restored(
    repository: Repository, toolreg: Toolreg, number: object, code: int, said: str
) -> None:
    applied(repository, toolreg, tool())
    repository.remove("tools/lookup.yaml")
    repository.commit()
    assert toolreg("apply").code == 3
    repository.write("tools/broken.yaml", "kind: Tool")
    repository.commit()
    assert toolreg("apply").code == 1
    applied(repository, toolreg, tool(version="2.0.0"), gone=("tools/broken.yaml",))

    result = toolreg("rollback", number, *WHY)

    assert (result.code, said in result.err) == (code, True), result.err


@pytest.mark.parametrize("reason", [None, "", " \n", "x" * 1001, "\udcff", "\0"])
def test_a_rollback_has_a_reason(toolreg: Toolreg, reason: str | None) -> None:
    assert toolreg("rollback", 1, *(() if reason is None else ("--reason", reason))).code == 64


def test_nothing_is_rolled_back_where_nothing_was_applied(toolreg: Toolreg) -> None:
    result = toolreg("rollback", 1, *WHY)

    assert (result.code, result.err) == (1, "error: nothing was applied yet\n")


def test_the_guards_against_deletions_hold(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """The limits are those in force, not those of the revision that is restored."""
    repository.write("registry.yaml", registry(limits={"maxDeletions": {"percent": 100}}))
    applied(repository, toolreg, tool())
    repository.write("registry.yaml", registry())
    applied(repository, toolreg, *(tool(f"new_{number}") for number in range(10)))
    before = rows(conn)

    result = toolreg("rollback", 1, *WHY)

    assert result.code == 3
    assert "would delete 10 of 11 tools (limit 30%). If that is meant: --max-deletes 10\n" in result.err
    assert rows(conn) == before
    assert toolreg("rollback", 1, *WHY, "--max-deletes", 10).code == 0
    assert len(rows(conn)) == len(before) - 10
    newest, refused = toolreg("history", "--limit", 2, "-o", "json").json
    assert (newest["overridden"], refused["outcome"], refused["restored"]) == (["too-many-deletions"], "refused", 1)
    assert "\n     overrode too-many-deletions\n" in toolreg("history").out


def test_what_is_protected_now_stays(repository: Repository, toolreg: Toolreg) -> None:
    applied(repository, toolreg)
    applied(repository, toolreg, tool(metadata={"protected": True}), tool("other"))

    result = toolreg("rollback", 1, *WHY, "--max-deletes", 2)

    assert result.code == 3
    assert "error: Tool/lookup is protected; remove metadata.protected in one revision, and roll back in " in result.err


def test_a_suspension_holds(repository: Repository, toolreg: Toolreg) -> None:
    applied(repository, toolreg, tool())
    applied(repository, toolreg, tool(version="2.0.0"))
    toolreg("suspend", "--reason", "The bank is down.")

    assert toolreg("rollback", 1, *WHY).code == 3
    assert toolreg("rollback", 1, *WHY, "--override-suspend").code == 0


def test_what_was_changed_by_hand_is_put_right_and_what_was_put_in_stays(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    applied(repository, toolreg, tool(), tool("gone"), tool("kept"))
    before = rows(conn)
    applied(repository, toolreg, tool("late"), tool("later"), gone=("tools/gone.yaml",))
    conn.execute(
        b"UPDATE registry.tools SET manifest = replace(manifest::text, 'active', 'retired')::json WHERE name = 'kept'"
    )
    conn.execute(b"DELETE FROM registry.tools WHERE name IN ('lookup', 'late')")
    put_in(conn, "foreign", like="kept")

    result = toolreg("rollback", 1, *WHY)

    assert result.code == 0, result.err
    assert [row for row in rows(conn) if row[1] != "foreign"] == before
    assert "! Tool/foreign is in the database but was never applied; it stays as it is" in result.out
    assert toolreg("status", "-o", "json").json["drift"] == {
        "changed": [],
        "missing": [],
        "unmanaged": ["Tool/foreign"],
    }


def test_what_the_database_rejects_is_told(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Here somebody put in a row by hand under a name that a resource had that is called otherwise now."""
    applied(repository, toolreg, tool("kept"), tool("renamed"))
    applied(repository, toolreg, tool("other", metadata={"movedFrom": "renamed"}), gone=("tools/renamed.yaml",))
    put_in(conn, "renamed", like="kept")
    before = rows(conn)

    result = toolreg("rollback", 1, *WHY)

    assert result.code == 1
    assert "the database rejects a row of tools" in result.err
    assert rows(conn) == before
