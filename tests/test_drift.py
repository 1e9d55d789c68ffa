"""What somebody changes in the database by hand is seen and put right, or cannot be changed at all."""

from typing import Any

import psycopg
import pytest

from reconciler.assets import contract
from tests.builders import Repository, node, service, tool
from tests.conftest import Toolreg


@pytest.fixture
def applied(repository: Repository, toolreg: Toolreg) -> Repository:
    """A repository whose registry of three kinds is applied."""
    agent = service("agent", type="agent", usesTools=["lookup"])
    repository.add(node(), agent, tool(node="worker", metadata={"tags": ["a", "b"]}))
    repository.commit()
    assert toolreg("apply").code == 0
    return repository


def resources(conn: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """Return everything that is declared, with what is derived from it."""
    return conn.execute(
        b"SELECT kind, name, id, digest = applied_digest, path, manifest::text,"
        b" ARRAY(SELECT tag FROM registry.tool_tags WHERE tool_id = id ORDER BY tag),"
        b" ARRAY(SELECT pointer FROM registry.references WHERE source_id = id ORDER BY pointer)"
        b" FROM registry.resources ORDER BY kind, name"
    ).fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        b"UPDATE registry.tools SET manifest = replace(manifest::text, 'TEST', 'OTHER')::json",
        b"UPDATE registry.tools SET manifest = replace(manifest::text, '\"lookup\"', '\"other\"')::json",
        b"UPDATE registry.tools SET manifest = replace(manifest::text, '\"api\"', '\"agent\"')::json",
        b"DELETE FROM registry.tools",
        b"DELETE FROM registry.tools; DELETE FROM registry.nodes; DELETE FROM registry.services",
    ],
    ids=["a-field", "the-name", "a-reference", "a-row", "all-rows"],
)
def test_the_next_apply_puts_right_what_was_changed_by_hand(
    applied: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any], statement: bytes
) -> None:
    """With its identity, its tags and its references; whether the commit is the same one or another."""
    before = resources(conn)
    conn.execute(statement)
    applied.write("../README", "Another commit.")
    applied.commit()
    assert "changed by hand in the database" in toolreg("plan").out

    assert toolreg("apply").code == 0

    assert resources(conn) == before
    assert toolreg("plan", "--detailed-exitcode").code == 0
    assert "Drift       none" in toolreg("status").out


@pytest.mark.parametrize(
    "statement",
    [
        b"UPDATE registry.tools SET path = 'elsewhere.yaml'",
        b"UPDATE registry.tools SET blob = NULL",
        b"UPDATE registry.tools SET applied_digest = NULL, manifest = replace(manifest::text, 'TEST', 'OTHER')::json",
        b"UPDATE registry.nodes SET revision = NULL",
        b"UPDATE registry.services SET id = gen_random_uuid()",
        b"UPDATE registry.entities SET name = 'other' WHERE name = 'lookup'",
        b"UPDATE registry.entities SET present = false",
        b"DELETE FROM registry.entities",
        b"UPDATE registry.tool_tags SET tag = 'other' WHERE tag = 'a'",
        b"DELETE FROM registry.tool_tags",
        b"INSERT INTO registry.tool_tags SELECT id, 'other' FROM registry.tools",
        b"DELETE FROM registry.references",
        b"UPDATE registry.references SET target_name = 'other'",
        b"UPDATE registry.history SET action = 'update'",
        b"DELETE FROM registry.revisions",
    ],
)
def test_what_is_derived_or_recorded_cannot_be_changed_by_hand(
    applied: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any], statement: bytes
) -> None:
    """Not by a superuser either: nothing would notice it."""
    before = resources(conn)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)

    assert resources(conn) == before
    assert toolreg("plan", "--detailed-exitcode").code == 0
    assert applied.git("status", "--porcelain") == ""


def test_a_row_put_in_by_hand_does_not_pass_for_an_applied_one(
    applied: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    """It may claim to come from a file and a revision; it is marked as not managed all the same."""
    conn.execute(b"INSERT INTO registry.entities (kind, name, present) VALUES ('Node', 'foreign', true)")
    conn.execute(
        b"INSERT INTO registry.nodes (id, manifest, path, blob, revision, applied_digest)"
        b" SELECT entity.id, new.manifest, node.path, node.blob, node.revision, registry.digest(new.manifest)"
        b" FROM registry.nodes AS node, registry.entities AS entity,"
        b" LATERAL (SELECT replace(node.manifest::text, 'worker\"', 'foreign\"')::json AS manifest) AS new"
        b" WHERE entity.name = 'foreign'"
    )

    plan = toolreg("plan", "--detailed-exitcode")

    assert plan.code == 0
    assert "! Node/foreign is in the database but was never applied; it stays as it is" in plan.out
    applied.add(node("foreign"))
    applied.commit()
    assert "~ update Node/foreign, changed by hand in the database" in toolreg("apply").out
    assert toolreg("plan", "--detailed-exitcode").out == "Nothing to do: the database matches.\n"


def test_a_dropped_view_of_api_is_noticed_and_made_again(
    applied: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    conn.execute(b"DROP VIEW api.tools")
    assert "toolreg migrate" in toolreg("plan").err

    assert toolreg("migrate").code == 0

    assert conn.execute(b"SELECT count(*) FROM api.tools").fetchone() == (1,)
    assert applied.git("status", "--porcelain") == ""


def test_the_table_of_every_kind_is_guarded_alike(conn: psycopg.Connection[Any]) -> None:
    """A kind is added by a migration of its own, which must not forget what keeps its provenance true."""
    guards = dict(
        conn.execute(
            b"SELECT kind.inhrelid::regclass::text, array_agg(DISTINCT trigger.tgfoid::regproc::text)"
            b" FROM pg_inherits AS kind JOIN pg_trigger AS trigger ON trigger.tgrelid = kind.inhrelid"
            b" WHERE kind.inhparent = 'registry.resources'::regclass AND NOT trigger.tgisinternal GROUP BY 1"
        ).fetchall()
    )
    indexes = conn.execute(
        b"SELECT tablename, bool_or(indexdef LIKE '%%(path)'),"
        b" bool_or(indexdef LIKE '%%digest IS DISTINCT FROM applied_digest%%')"
        b" FROM pg_indexes WHERE schemaname = 'registry' AND tablename = ANY (%s) GROUP BY 1 ORDER BY 1",
        [list(contract().plurals)],
    ).fetchall()

    expected = ["registry.disown", "registry.refuse_by_hand", "registry.touch"]
    assert guards == {f"registry.{table}": expected for table in contract().plurals}
    assert indexes == [(table, True, True) for table in contract().plurals]
