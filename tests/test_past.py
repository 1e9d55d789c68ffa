"""What was declared earlier: read back, compared, and restored."""

import random
import re
import shutil
from typing import Any

import psycopg
import pytest
from psycopg import sql

from reconciler import assets
from tests.builders import Repository, node, registry, run, tool
from tests.conftest import Toolreg
from tests.roles import login
from tests.test_maintain import age_revisions, with_history

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
    conn.execute(b"DELETE FROM registry.tools WHERE name IN ('kept', 'renamed')")

    result = toolreg("rollback", 1, *WHY, "-o", "json")

    assert result.code == 0, result.err
    assert rows(conn) == before == declared(conn, 1) == declared(conn, 4)
    changes = [
        [change[key] for key in ("action", "name", "formerName", "drifted")] for change in result.json["changes"]
    ]
    assert changes == [
        ["create", "kept", None, True],
        ["create", "removed", None, False],
        ["delete", "renamed", None, True],
        ["move", "renamed", "other", False],
    ]
    assert toolreg("rollback", 3, *WHY).code == 0
    assert rows(conn) == later == declared(conn, 3)


def test_a_rollback_is_recorded_and_shown_as_what_it_is(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    first = applied(repository, toolreg, tool())
    applied(repository, toolreg, tool(version="2.0.0"))

    result = toolreg("rollback", 1, "--reason", " Refunds \x1b[31mfail. ")

    assert result.code == 0
    assert '      spec.version: "2.0.0" -> "1.0.0"\n' in result.out
    assert "Applied as revision 3 with the content of revision 1 to " in result.err
    told = r"rollback to revision 1: Refunds \u001b[31mfail."
    assert f"\n     {told}\n" in toolreg("history").out
    assert f"\n     {told}\n" in toolreg("history", "tool/lookup").out
    assert f"\n            {told}\n" in toolreg("status").out
    assert f"  revision    3, {told}\n" in toolreg("describe", "tool/lookup").out
    found = conn.execute(b"SELECT source, commit, restored, reason, subject FROM api.revisions WHERE number = 3")
    assert found.fetchone() == ("history", first, 1, "Refunds \x1b[31mfail.", "Change")
    newest = toolreg("history", "--limit", 1, "-o", "json").items[0]
    assert (newest["source"], newest["restored"], newest["repairs"]) == ("history", 1, False)
    assert toolreg("plan", "--worktree").code == 0
    assert toolreg("rollback", 1, *WHY).out == "Nothing to do: the database matches.\n"
    assert toolreg("rollback", 2, *WHY, "--detailed-exitcode").code == 2
    assert toolreg("rollback", 3, *WHY).code == 0
    assert [one["restored"] for one in toolreg("history", "-o", "json").items] == [1, 2, 1, None, None]


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
    newest, refused = toolreg("history", "--limit", 2, "-o", "json").items
    assert (newest["overridden"], refused["outcome"], refused["restored"]) == (["too-many-deletions"], "refused", 1)
    assert "\n     overrode too-many-deletions\n" in toolreg("history").out


def test_what_is_protected_now_stays(repository: Repository, toolreg: Toolreg) -> None:
    applied(repository, toolreg)
    applied(repository, toolreg, tool(metadata={"protected": True}), tool("other"))

    result = toolreg("rollback", 1, *WHY, "--max-deletes", 2)

    assert result.code == 3
    assert "error: Tool/lookup is protected; remove metadata.protected in one revision, and roll back in " in result.err


def test_the_usual_rights_are_enough(repository: Repository, toolreg: Toolreg, database: str, conn: Conn) -> None:
    """A reconciler rolls back, whoever reads looks back; a file that moved is remembered by either."""
    applied(repository, toolreg, tool())
    repository.move("services/api.yaml", "services/team/api.yaml")
    repository.add(tool(version="2.0.0"))
    repository.commit()
    with login(database, "toolreg_reconciler") as reconciler, login(database, "toolreg_agent") as agent:
        assert run("apply", "--database", reconciler, cwd=repository.top).code == 0
        after = rows(conn)
        assert run("rollback", 1, *WHY, "--database", agent, cwd=repository.top).code == 1
        assert run("rollback", 1, *WHY, "--database", reconciler, cwd=repository.top).code == 0
        for command in (("get", "tools", "--at", 1), ("diff", 1, 2), ("history", "--kind", "tool")):
            assert run(*command, "--database", agent, cwd=repository.top).code == 0
    assert rows(conn) != after == declared(conn, 2)
    assert rows(conn) == declared(conn, 1) == declared(conn, 3)


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


# ---- What was declared


@pytest.fixture
def _three(repository: Repository, toolreg: Toolreg) -> None:
    """A tool is created, refused to be deleted, renamed and changed, while another one comes and a node goes."""
    applied(repository, toolreg, tool("old"), node(), node("spare"))
    repository.remove("tools/old.yaml")
    repository.commit()
    assert toolreg("apply").code == 3
    changed = tool("new", version="2.0.0", category="MOVED", metadata={"movedFrom": "old", "tags": ["late"]})
    applied(repository, toolreg, changed, tool("other"), gone=("nodes/spare.yaml",))


def asked(conn: Conn, *arguments: object, **named: object) -> list[str]:
    """Return the names that api.registry_at knows."""
    given = [*(b"%s" for _ in arguments), *(f"{name} => %({name})s".encode() for name in named)]
    statement = b"SELECT name FROM api.registry_at(" + b", ".join(given) + b") ORDER BY name"
    return [name for (name,) in conn.execute(statement, named or arguments)]


@pytest.mark.usefixtures("_three")
def test_the_database_knows_what_was_declared(toolreg: Toolreg, conn: Conn) -> None:
    conn.execute(b"UPDATE registry.tools SET manifest = replace(manifest::text, 'active', 'retired')::json")
    (first, last) = conn.execute(
        b"SELECT finished_at FROM registry.revisions WHERE outcome = 'applied' ORDER BY number"
    ).fetchall()

    assert asked(conn, 1) == ["api", "old", "spare", "worker"]
    assert asked(conn, 3) == ["api", "new", "other", "worker"]
    assert asked(conn, at=first[0]) == asked(conn, at=last[0] - (last[0] - first[0]) / 2) == asked(conn, 1)
    assert asked(conn, at=last[0]) == asked(conn, at="infinity") == asked(conn, 3)
    row = conn.execute(
        b"SELECT kind, owner, manifest #>> '{spec,lifecycle}', path, revision, author, subject"
        b" FROM api.registry_at(3) WHERE name = 'new'"
    ).fetchone()
    assert row == ("Tool", "team", "active", "registry/tools/new.yaml", 3, "Ada Lovelace <ada@example.com>", "Change")
    assert toolreg("query", "registry_at", "--param", "number=1", "-o", "json").code == 0


@pytest.mark.parametrize(
    ("asking", "said"),
    [
        ("number => 2", "revision 2 was refused, and changed nothing; the last one that was applied is 3"),
        ("number => 4", "there is no revision 4; the last one that was applied is 3"),
        ("number => -1", "there is no revision -1"),
        ("", "expected either a revision or a time"),
        ("number => 1, at => now()", "expected either a revision or a time"),
        ("at => '2001-01-01 00:00Z'", "nothing was applied yet at 2001-01-01"),
        ("at => '-infinity'", "nothing was applied yet at -infinity"),
    ],
)
@pytest.mark.usefixtures("_three")
def test_what_cannot_be_known_is_an_error(conn: Conn, asking: str, said: str) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=f"^{re.escape(said)}"):
        conn.execute(f"SELECT * FROM api.registry_at({asking})".encode())


@pytest.mark.usefixtures("_three")
def test_get_shows_what_was_declared(toolreg: Toolreg, conn: Conn) -> None:
    """Filters, formats and suggestions are those of the time; what was changed by hand since does not matter."""
    conn.execute(b"UPDATE registry.tools SET manifest = replace(manifest::text, 'active', 'retired')::json")

    listed = toolreg("get", "tools", "--at", 1)

    assert [line.split()[0] for line in listed.out.splitlines()] == ["NAME", "old"]
    assert re.fullmatch(r"As of revision 1, applied at \S+Z\.\n", listed.err)
    assert toolreg("get", "tool/old", "--at", 1, "-o", "json").json == tool("old")
    assert "version: 1.0.0" in toolreg("get", "tools", "--at", 1, "-o", "yaml").out
    names = [one["metadata"]["name"] for one in toolreg("get", "tools", "--at", 3, "-o", "json").items]
    assert names == ["new", "other"]
    for chosen in (("--category", "MOVED"), ("--tag", "late")):
        (found,) = toolreg("get", "tools", "--at", 3, *chosen, "-o", "json").items
        assert found["metadata"]["name"] == "new"
        assert toolreg("get", "tools", "--at", 1, *chosen).err.endswith("There were no such tools.\n")
    assert len(toolreg("get", "tools", "--at", 1, "--owner", "team", "-o", "json").items) == 1
    assert "at revision 1, Tool/new was called Tool/old" in toolreg("get", "tool/new", "--at", 1).err
    assert "there was no Tool/othr at revision 3; did you mean" in toolreg("get", "tool/othr", "--at", 3).err
    assert "there was no Tool/other at revision 1" in toolreg("get", "tool/other", "--at", 1).err


@pytest.mark.usefixtures("_three")
def test_a_revision_is_also_a_time_or_a_commit(toolreg: Toolreg, conn: Conn) -> None:
    conn.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'Asia/Tokyo'").format(sql.Identifier(conn.info.dbname)))
    row = conn.execute(
        b"SELECT to_char(finished_at AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI:SS.US'),"
        b" to_char(finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || 'Z', commit"
        b" FROM registry.revisions WHERE number = 1"
    ).fetchone()
    assert row
    local, exact, commit = row

    for word in (local, exact, commit, commit[:12].upper()):
        result = toolreg("get", "tools", "--at", word)
        assert "As of revision 1, applied at " in result.err, result.err
        assert ("is read in Asia/Tokyo, the time zone of the database session" in result.err) == (word == local)
    assert "As of revision 3, applied" in toolreg("get", "tools", "--at", "1ms").err
    assert toolreg("get", "tools", "--at", "1d").err.startswith("error: nothing was applied yet at ")
    assert "error: no applied revision comes from a commit fffffff" in toolreg("get", "tools", "--at", "fffffff").err
    twin = record_commit(conn, commit[:10])
    several = toolreg("get", "tools", "--at", commit[:9])
    assert f"2 commits that were applied begin with {commit[:9]}: " in several.err
    assert toolreg("get", "tools", "--at", twin).code == 0
    for wrong in ("HEAD", "yesterday", "2026-02-30", "abcdef", "", "1.5", "-1", "9" * 30, "2026-01-01T00:00+99:00"):
        assert toolreg("get", "tools", "--at", wrong).code == 64, wrong


def record_commit(conn: Conn, beginning: str) -> str:
    """Record a revision of a commit whose id begins as another one does, and return it."""
    commit = (beginning + ("0" if beginning[-1] != "0" else "1")).ljust(40, "a")
    conn.execute(
        b"INSERT INTO registry.revisions (number, outcome, source, folder, commit, started_at)"
        b" SELECT max(number) + 1, 'applied', 'commit', 'registry', %s, now() FROM registry.revisions",
        (commit,),
    )
    return commit


# ---- What differs


@pytest.mark.usefixtures("_three")
def test_diff_follows_identities(toolreg: Toolreg) -> None:
    there = toolreg("diff", 1, 3, "--detailed-exitcode")
    back = toolreg("diff", 3, 1, "-o", "json")

    assert there.code == 2
    assert [line for line in there.out.splitlines() if line.startswith("  ") and line[4] != " "] == [
        "  - deleted Node/spare  was registry/nodes/spare.yaml",
        "  > moved Tool/new (was old)  registry/tools/new.yaml",
        "  + created Tool/other  registry/tools/other.yaml",
    ]
    assert '      spec.version: "1.0.0" -> "2.0.0"\n' in there.out
    summary = re.sub(r"\(\S+Z\)", "(then)", there.out.splitlines()[-1])
    assert summary == "Between revision 1 (then) and revision 3 (then): 1 created, 1 moved, 1 deleted."
    assert toolreg("diff", 1).out == there.out
    assert [(one["action"], one["name"], one["formerName"]) for one in back.json["changes"]] == [
        ("create", "spare", None),
        ("move", "old", "new"),
        ("delete", "other", None),
    ]
    assert (back.json["from"]["revision"], back.json["to"]["revision"]) == (3, 1)
    assert toolreg("diff", 3, "--detailed-exitcode").code == 0
    assert "Nothing differs between revision 3 " in toolreg("diff", 3, 3).out


def test_a_name_that_went_from_one_to_another_is_two_resources(repository: Repository, toolreg: Toolreg) -> None:
    applied(repository, toolreg, tool("a"))
    applied(repository, toolreg, tool("b", metadata={"movedFrom": "a"}), gone=("tools/a.yaml",))
    applied(repository, toolreg, tool("a"))
    toolreg("rollback", 1, *WHY)

    found = toolreg("diff", 3, 1, "-o", "json").json["changes"]

    assert [(one["action"], one["name"], one["formerName"]) for one in found] == [
        ("delete", "a", None),
        ("move", "a", "b"),
    ]
    assert toolreg("diff", 1, 4).out.startswith("Nothing differs")
    assert toolreg("diff", 4, "-o", "json").json["from"]["restored"] == 1


@pytest.mark.usefixtures("_three")
def test_what_cannot_be_compared_is_told(toolreg: Toolreg) -> None:
    assert "revision 2 was refused, and changed nothing" in toolreg("diff", 1, 2).err
    assert toolreg("diff", 1, 9).code == 1
    assert toolreg("diff", "one").code == 64
    assert toolreg("diff").code == 64


# ---- Which revisions


def test_history_is_chosen_by_time_author_and_kind(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    def numbers(*chosen: object) -> list[int]:
        return [one["revision"] for one in toolreg("history", *chosen, "-o", "json").items]

    applied(repository, toolreg, tool())
    repository.add(tool(version="2.0.0"))
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "By another", "--author", "Grace Höpper <grace@example.com>")
    assert toolreg("apply").code == 0
    applied(repository, toolreg, node())
    age_revisions(conn, 5)
    applied(repository, toolreg, node("late"))

    assert numbers("--author", "LOVELACE") == [4, 3, 1]
    assert numbers("--author", "HÖPPER") == numbers("--author", "grace@") == [2]
    assert numbers("--author", "a%e") == []
    assert numbers("--kind", "nodes") == [4, 3]
    assert numbers("--since", "3d") == [4]
    assert numbers("--since", "7d", "--author", "ada", "--kind", "tool") == [1]
    limited = toolreg("history", "--kind", "node", "--limit", 1)
    assert "\n4  " in limited.out
    assert limited.err == "Older ones are left out; --limit 2 shows more.\n"
    assert toolreg("history", "--author", "nobody").err == "There are no such revisions.\n"
    of_tool = toolreg("history", "tool/lookup", "--author", "grace", "-o", "json").json["versions"]
    assert [(one["revision"], len(one["fields"])) for one in of_tool] == [(2, 1)]
    assert toolreg("history", "tool/lookup", "--since", "3d").err == "There are no such versions of Tool/lookup.\n"
    told = toolreg("history", "--since", "2026-01-01").err
    assert re.fullmatch(r"2026-01-01 is read in \S+, the time zone of the database session: \S+Z\.\n", told)
    assert toolreg("history", "tool/lookup", "--kind", "tool").code == 64
    assert toolreg("history", "--since", "lately").code == 64
    assert toolreg("history", "--kind", "nods").code == 1


# ---- What was purged


def test_a_state_that_is_not_wholly_known_is_refused(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    with_history(repository, toolreg)
    conn.execute(b"UPDATE runtime.settings SET keep_history = '30 days'")
    age_revisions(conn, 100)
    repository.move("services/api.yaml", "services/team/api.yaml")
    applied(repository, toolreg, tool("new", version="3.0.0"))
    before = {number: declared(conn, number) for number in (4, 5)}
    assert toolreg("maintain", "purge_history").code == 0

    for number in (1, 2, 3):
        said = f"what was declared at revision {number} is not wholly known any more, since old versions were removed"
        for command in (("rollback", number, *WHY), ("get", "tools", "--at", number), ("diff", 5, number)):
            result = toolreg(*command)
            assert (result.code, said in result.err) == (1, True), result.err
        assert f"{said}; it is from 4 on" in toolreg("diff", number).err
    assert {number: declared(conn, number) for number in (4, 5)} == before
    assert toolreg("rollback", 4, *WHY).code == 0
    assert rows(conn) == before[4]


def test_a_migration_finds_out_how_far_back_states_are_whole(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """Versions may have been purged, and files moved, before anybody noted it."""
    statements = (assets.SQL / "migrations/0016_keep_past_states.sql").read_bytes().split(b";\n")
    (horizon,) = (text[text.index(b"SELECT") :] for text in statements if b"INTO registry.horizon" in text)
    (relocations,) = (text for text in statements if b"INTO registry.relocations" in text)
    with_history(repository, toolreg)
    repository.move("services/api.yaml", "services/team/api.yaml")
    applied(repository, toolreg)
    conn.execute(b"SET toolreg.purging = on")
    conn.execute(b"DELETE FROM registry.relocations")
    assert declared(conn, 5) != rows(conn)
    conn.execute(relocations)
    assert declared(conn, 5) == rows(conn)
    assert conn.execute(horizon).fetchone() == (0,)
    conn.execute(b"UPDATE runtime.settings SET keep_history = '30 days'")
    age_revisions(conn, 100)
    toolreg("maintain", "purge_history")

    assert conn.execute(horizon).fetchone() == conn.execute(b"SELECT revision FROM registry.horizon").fetchone() == (4,)


# ---- At random


class Files:
    """The files of a registry that change at random: tools and the nodes that some of them name."""

    def __init__(self, repository: Repository, dice: random.Random) -> None:
        self._repository = repository
        self._dice = dice
        # By kind and name: the folder, the version, and the name of the node.
        self._tools: dict[str, tuple[str, int, str | None]] = {}
        self._nodes: dict[str, str] = {}

    def change(self) -> None:
        """Make some changes and write the files anew. What is renamed says so; every name may come back later."""
        self._formerly: dict[str, str] = {}
        for _ in range(self._dice.randint(1, 5)):
            self._dice.choice([self._put, self._put, self._remove, self._rename, self._swap, self._node])()
        for folder in ("tools", "nodes"):
            shutil.rmtree(self._repository.top / "registry" / folder, ignore_errors=True)
        for name, address in self._nodes.items():
            self._repository.write(f"nodes/{name}.yaml", node(name, address=address))
        for name, (folder, version, on) in self._tools.items():
            metadata = {"movedFrom": self._formerly[name]} if name in self._formerly else {}
            manifest = tool(name, metadata=metadata, version=f"{version}.0.0", **({"node": on} if on else {}))
            self._repository.write(f"tools/{folder}{name}.yaml", manifest)

    def _put(self) -> None:
        on = self._dice.choice([None, *self._nodes])
        self._tools[self._dice.choice("abcdef")] = (self._dice.choice(["", "team/"]), self._dice.randint(1, 3), on)

    def _remove(self) -> None:
        if self._tools:
            name = self._dice.choice([*self._tools])
            del self._tools[name]
            self._formerly.pop(name, None)

    def _rename(self) -> None:
        free = [*{*"abcdef"} - self._tools.keys() - {*self._formerly.values()}]
        known = [*self._tools.keys() - self._formerly.keys() & self._tools.keys()]
        if free and known and not self._formerly:
            old, new = self._dice.choice(sorted(known)), self._dice.choice(sorted(free))
            self._tools[new] = self._tools.pop(old)
            self._formerly[new] = old

    def _swap(self) -> None:
        if len(self._tools) > 1 and not self._formerly:
            one, other = self._dice.sample(sorted(self._tools), 2)
            self._tools[one], self._tools[other] = self._tools[other], self._tools[one]
            self._formerly = {one: other, other: one}

    def _node(self) -> None:
        name = self._dice.choice("xy")
        if name in self._nodes and name not in {on for _, _, on in self._tools.values()}:
            del self._nodes[name]
        else:
            self._nodes[name] = f"http://{name}:{self._dice.randint(1, 9)}"


def by_hand(conn: Conn, dice: random.Random) -> None:
    """Change or remove a tool by hand."""
    names = [name for (name,) in conn.execute(b"SELECT name FROM registry.tools ORDER BY name")]
    if names:
        removed = b"DELETE FROM registry.tools"
        changed = b"UPDATE registry.tools SET manifest = replace(manifest::text, 'active', 'retired')::json"
        conn.execute(dice.choice([removed, changed]) + b" WHERE name = %s", (dice.choice(names),))


@pytest.mark.parametrize("seed", range(2))
def test_every_state_that_was_applied_can_be_had_again(
    repository: Repository, toolreg: Toolreg, conn: Conn, seed: int
) -> None:
    """Row by row, with identities and files, whatever was done in between."""
    dice = random.Random(seed)  # noqa: S311  A test that can be repeated.
    files = Files(repository, dice)
    known: dict[int, list[tuple[Any, ...]]] = {}

    def done(*command: object) -> None:
        result = toolreg(*command, "--max-deletes", 100)
        assert result.code in (0, 1 if command[0] == "apply" else 0), result.err
        newest = conn.execute(b"SELECT max(number) FROM registry.revisions WHERE outcome = 'applied'").fetchone()
        if newest and newest[0] is not None:
            known.setdefault(newest[0], rows(conn))

    while len(known) < 6:
        files.change()
        done("apply", "--worktree", "--allow-rewind")
    for _ in range(5):
        if dice.random() < 0.5:
            by_hand(conn, dice)
        past = dice.choice(sorted(known)[:-1])
        done("rollback", past, *WHY)
        assert rows(conn) == known[past]
        if dice.random() < 0.4:
            files.change()
            # Whoever changed the files does not know what was rolled back, so they may be refused.
            done("apply", "--worktree", "--allow-rewind")

    assert len(known) > 6
    assert {number: declared(conn, number) for number in known} == known
