"""A rename keeps what belongs to a resource, and is refused where it could not."""

import json
from typing import Any

import psycopg
import pytest

from reconciler.core.manifest import contract
from tests.builders import Repository, tool
from tests.conftest import Toolreg

Conn = psycopg.Connection[Any]
IDS = b"SELECT name, id::text FROM api.tools"


def ids(conn: Conn) -> dict[str, str]:
    return dict(conn.execute(IDS).fetchall())


def rename(repository: Repository, old: str, new: str, **spec: Any) -> None:
    repository.remove(f"tools/{old}.yaml")
    repository.add(tool(new, metadata={"movedFrom": old}, **spec))
    repository.commit(f"Rename {old} to {new}")


def begin(repository: Repository, toolreg: Toolreg, *names: str) -> None:
    """Apply some tools."""
    repository.add(*map(tool, names))
    repository.commit()
    assert toolreg("apply").code == 0


def test_where_it_came_from_may_go_from_the_file_without_a_change(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """It says what to do once; the manifest in the database does not repeat it."""
    begin(repository, toolreg, "old")
    rename(repository, "old", "new")
    assert "> move Tool/new (was old)" in toolreg("apply").out
    assert toolreg("plan", "--detailed-exitcode").code == 0
    repository.add(tool("new"))
    repository.commit()

    planned = toolreg("plan", "--detailed-exitcode")

    assert (planned.code, planned.out) == (0, "Nothing to do: the database matches.\n")
    assert toolreg("apply").code == 0
    assert "movedFrom" not in toolreg("get", "tool", "new", "-o", "yaml").out
    assert conn.execute(b"SELECT count(*) FROM api.history WHERE name = 'new'").fetchone() == (1,)


def test_logs_overrides_history_and_blame_follow_a_rename(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    begin(repository, toolreg, "old")
    conn.execute(b"SELECT api.log_invocation('old', 'success', 5, agent => 'one')")
    conn.execute(b"SELECT api.set_tool_override('old', 'unavailable', 'It is broken.')")
    rename(repository, "old", "new", version="2.0.0")

    assert toolreg("apply").code == 0

    assert conn.execute(b"SELECT tool, tool_as_called FROM api.invocations").fetchall() == [("new", "old")]
    assert "Tool/new is unavailable" in toolreg("plan").out
    for name in ("old", "new"):
        listed = toolreg("history", f"tool/{name}", "-o", "json").json
        assert [version["action"] for version in listed["versions"]] == ["move", "create"]
    blamed = toolreg("blame", "tool/new").out.splitlines()
    assert [line[0] for line in blamed if "spec.version" in line or "spec.category" in line] == ["2", "1"]


def test_a_chain_of_names_is_renamed_at_once(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    begin(repository, toolreg, "a", "b")
    before = ids(conn)
    repository.remove("tools/a.yaml")
    repository.add(tool("b", metadata={"movedFrom": "a"}), tool("c", metadata={"movedFrom": "b"}))
    repository.commit()

    assert toolreg("apply").code == 0

    assert ids(conn) == {"b": before["a"], "c": before["b"]}
    assert toolreg("plan", "--detailed-exitcode").code == 0
    repository.add(tool("b", version="3.0.0", metadata={"movedFrom": "a"}))
    repository.commit()
    assert "~ update Tool/b" in toolreg("apply").out
    assert ids(conn) == {"b": before["a"], "c": before["b"]}


def test_a_rename_that_is_reverted_is_a_rename(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    begin(repository, toolreg, "old", "other")
    before = ids(conn)
    rename(repository, "old", "new")
    toolreg("apply")
    repository.git("revert", "--no-edit", "HEAD")

    result = toolreg("apply")

    assert "> move Tool/old (was new)" in result.out
    assert ids(conn) == before
    rename(repository, "old", "new")
    assert toolreg("apply").code == 0
    assert ids(conn)["new"] == before["old"]


def test_a_resource_that_was_removed_comes_back_under_another_name(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """As where somebody forgets movedFrom and adds it in the next revision."""
    begin(repository, toolreg, "old", "other")
    before = ids(conn)
    repository.remove("tools/old.yaml")
    repository.commit()
    toolreg("apply")
    repository.add(tool("new", metadata={"movedFrom": "old"}, version="2.0.0"))
    repository.commit()

    assert "+ create Tool/new" in toolreg("apply").out

    assert ids(conn)["new"] == before["old"]
    repository.add(tool("old"))
    repository.commit()
    assert toolreg("apply").code == 0
    assert ids(conn)["old"] != before["old"]


def test_a_former_name_that_never_was_is_refused(repository: Repository, toolreg: Toolreg) -> None:
    begin(repository, toolreg, "old")
    repository.add(tool("new", metadata={"movedFrom": "odl"}), tool("old", metadata={"movedFrom": "older"}))
    repository.commit()

    result = toolreg("apply")

    assert result.code == 1
    assert "registry/tools/new.yaml:7:14: error: there never was a Tool/odl here; name the resource" in result.err
    assert "registry/tools/old.yaml:7:14: error: there never was a Tool/older here" in result.err
    assert "[moved-from]" in result.err


@pytest.mark.parametrize("folder", ["tools", "tools/team/[a]"])
def test_a_former_name_of_commits_that_were_not_applied_is_known(
    repository: Repository, toolreg: Toolreg, conn: Conn, folder: str
) -> None:
    """Added and renamed since the last apply: there is nothing to rename, and nothing wrong."""
    begin(repository, toolreg, "other")
    repository.write(f"{folder}/between.yaml", tool("between"))
    repository.commit()
    repository.remove(f"{folder}/between.yaml")
    repository.add(tool("new", metadata={"movedFrom": "between"}))
    repository.commit()

    assert toolreg("apply").code == 0

    assert ids(conn).keys() == {"other", "new"}


def test_a_database_that_is_filled_for_the_first_time_has_nothing_to_rename(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    repository.add(tool("new", metadata={"movedFrom": "old"}))
    repository.commit()

    assert toolreg("apply").code == 0

    assert ids(conn).keys() == {"new"}
    repository.add(tool("new", version="2.0.0", metadata={"movedFrom": "old"}))
    repository.commit()
    assert toolreg("apply").code == 0


def test_a_name_that_was_left_for_another_is_not_left_twice(repository: Repository, toolreg: Toolreg) -> None:
    begin(repository, toolreg, "old")
    rename(repository, "old", "new")
    toolreg("apply")
    repository.add(tool("newer", metadata={"movedFrom": "old"}))
    repository.commit()

    result = toolreg("apply")

    assert result.code == 1
    assert "Tool/old was renamed to Tool/new already; remove metadata.movedFrom [moved-from]" in result.err


def test_a_former_name_is_free_when_its_resource_is_renamed_on(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """What comes under a name that another one once had is that one again only if nobody else says to be it."""
    begin(repository, toolreg, "a", "other")
    before = ids(conn)
    rename(repository, "a", "b")
    toolreg("apply")
    repository.add(tool("a", version="2.0.0"))
    rename(repository, "b", "c")

    result = toolreg("apply")

    assert result.code == 0, result.err
    assert ids(conn)["c"] == before["a"] != ids(conn)["a"]


def test_of_two_former_names_that_come_back_neither_is_the_resource(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    begin(repository, toolreg, "a", "other")
    before = ids(conn)
    rename(repository, "a", "b")
    toolreg("apply")
    rename(repository, "b", "c")
    toolreg("apply")
    repository.remove("tools/c.yaml")
    repository.add(tool("a"), tool("b"))
    repository.commit()

    result = toolreg("apply")

    assert result.code == 0, result.err
    assert before["a"] not in ids(conn).values()


def test_a_row_that_was_put_in_by_hand_is_no_former_name(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    begin(repository, toolreg, "other")
    conn.execute(
        b"WITH entity AS (INSERT INTO registry.entities (kind, name) VALUES ('Tool', 'old') RETURNING id)"
        b" INSERT INTO registry.tools (id, manifest) SELECT id, %s FROM entity",
        [json.dumps(tool("old"))],
    )
    repository.add(tool("new", metadata={"movedFrom": "old"}))
    repository.commit()

    result = toolreg("apply")

    assert result.code == 1
    assert "registry/tools/new.yaml:7:14: error: Tool/old was put in by hand and never applied; remove" in result.err


def test_a_name_is_not_the_former_one_of_itself(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool("new", metadata={"movedFrom": "new"}))
    repository.commit()

    for command in ("plan", "apply"):
        result = toolreg(command)
        assert result.code == 1
        assert "registry/tools/new.yaml:7:14: error: Tool/new has this name already; name the one" in result.err
    assert toolreg.offline("validate").code == 1


def test_what_a_file_said_when_it_was_applied_is_not_done_later(
    repository: Repository, toolreg: Toolreg, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that was filled with both names of a swap knows nothing of it; reading all files again is no news."""
    repository.add(tool("a", metadata={"movedFrom": "b"}), tool("b", version="2.0.0", metadata={"movedFrom": "a"}))
    repository.commit()
    toolreg("apply")

    monkeypatch.setattr(contract, "_LOADER", "another")

    assert toolreg("plan", "--detailed-exitcode").out == "Nothing to do: the database matches.\n"
