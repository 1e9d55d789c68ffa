"""Applying: one commit becomes one revision, whole or not at all."""

from typing import Any

import psycopg

from tests.builders import Repository, node, tool
from tests.conftest import Toolreg


def rows(conn: psycopg.Connection[Any], statement: bytes) -> list[tuple[Any, ...]]:
    return conn.execute(statement).fetchall()


def test_a_commit_becomes_a_revision(repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]) -> None:
    """Every row says which commit, path and author put it there."""
    repository.add(tool())
    commit = repository.commit("Add a tool")

    assert toolreg("apply").code == 0

    assert rows(conn, b"SELECT name, commit, author, path, revision FROM api.tools") == [
        ("lookup", commit, "Ada Lovelace <ada@example.com>", "registry/tools/lookup.yaml", 1)
    ]


def test_applying_again_writes_nothing(repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]) -> None:
    repository.add(tool())
    repository.commit()
    toolreg("apply")
    everything = (
        b"SELECT xmin::text, id::text FROM registry.entities UNION ALL SELECT xmin::text, id::text FROM registry.tools"
    )
    before = rows(conn, everything) + rows(conn, b"TABLE registry.revisions")

    again = toolreg("apply", "--detailed-exitcode")

    assert (again.code, again.out) == (0, "Nothing to do: the database matches.\n")
    assert rows(conn, everything) + rows(conn, b"TABLE registry.revisions") == before


def test_what_is_gone_from_git_is_gone_from_the_tables(
    repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    """Its history stays, and it gets its identity back when it is restored."""
    repository.add(tool(metadata={"tags": ["a", "b"]}))
    repository.commit()
    toolreg("apply")
    identity = rows(conn, b"SELECT id FROM api.tools")
    repository.remove("tools/lookup.yaml")
    repository.commit()
    assert toolreg("apply", "--max-deletes", 1).code == 0
    assert rows(conn, b"TABLE registry.tools") == rows(conn, b"TABLE registry.tool_tags") == []
    assert rows(conn, b"SELECT action FROM api.history WHERE kind = 'Tool' ORDER BY revision") == [
        ("create",),
        ("delete",),
    ]
    repository.git("revert", "--no-edit", "HEAD")

    assert toolreg("apply").code == 0

    assert rows(conn, b"SELECT id FROM api.tools") == identity


def test_moving_a_file_is_no_change(repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]) -> None:
    """The identity is kind and name, never the path; but the row says where the file is now."""
    repository.add(tool())
    repository.commit()
    toolreg("apply")
    repository.move("tools/lookup.yaml", "tools/team/lookup.yaml")
    repository.commit()

    result = toolreg("apply", "--detailed-exitcode")

    assert (result.code, result.out) == (0, "Nothing to do: the database matches.\n")
    assert rows(conn, b"SELECT path, revision FROM api.tools") == [("registry/tools/team/lookup.yaml", 1)]
    assert rows(conn, b"SELECT count(*) FROM registry.history WHERE name = 'lookup'") == [(1,)]


def test_two_tools_swap_their_names(repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]) -> None:
    """With movedFrom on both, each keeps its identity under the name of the other."""
    repository.add(tool("left", version="1.0.0"), tool("right", version="2.0.0"))
    repository.commit()
    toolreg("apply")
    before = dict(rows(conn, b"SELECT version, id FROM api.tools"))
    repository.add(
        tool("left", metadata={"movedFrom": "right"}, version="2.0.0"),
        tool("right", metadata={"movedFrom": "left"}, version="1.0.0"),
    )
    repository.commit()

    result = toolreg("apply")

    assert result.code == 0, result.err
    assert "> move Tool/left (was right)" in result.out
    assert dict(rows(conn, b"SELECT version, id FROM api.tools")) == before
    assert toolreg("plan", "--detailed-exitcode").code == 0


def test_a_row_changed_by_hand_is_drift_and_is_repaired(
    repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    repository.add(tool(), node())
    repository.commit()
    toolreg("apply")
    conn.execute(
        b"UPDATE registry.nodes SET manifest = replace(manifest::text, 'active', 'inactive')::json;"
        b"DELETE FROM registry.tools"
    )

    plan = toolreg("plan", "--detailed-exitcode")

    assert plan.code == 2
    assert "~ update Node/worker, changed by hand in the database" in plan.out
    assert 'spec.status: "inactive" -> "active"' in plan.out
    assert "+ create Tool/lookup, changed by hand in the database" in plan.out
    assert toolreg("apply").code == 0
    assert toolreg("plan", "--detailed-exitcode").code == 0
    assert rows(conn, b"SELECT status FROM api.nodes") == [("active",)]


def test_a_row_brought_to_the_declared_content_by_hand_is_no_drift_any_more(
    repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    """Somebody fixes a row first and git afterwards: the next apply records it, and then there is peace."""
    repository.add(node())
    repository.commit()
    toolreg("apply")
    conn.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, 'active', 'inactive')::json")
    repository.add(node(status="inactive"))
    repository.commit()

    assert "already as declared; recorded as applied" in toolreg("apply").out

    assert toolreg("plan", "--detailed-exitcode").code == 0
    assert toolreg("status", "-o", "json").json["drift"] in ({}, {"changed": [], "missing": [], "unmanaged": []})


def test_a_failure_over_a_name_that_is_not_utf8_is_recorded(
    repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    repository.write("tools/\udcff/lookup.yaml", tool())
    repository.commit()

    assert toolreg("apply").code == 1

    assert rows(conn, b"SELECT outcome, error LIKE '1 problem: registry/tools/%' FROM api.revisions") == [
        ("failed", True)
    ]
