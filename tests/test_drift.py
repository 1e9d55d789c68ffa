"""What somebody changes in the database by hand is seen and put right, or cannot be changed at all."""

import json
import re
from typing import Any

import psycopg
import pytest

from reconciler.assets import contract
from tests.builders import Repository, node, service, tool
from tests.conftest import Toolreg
from tests.roles import login

Conn = psycopg.Connection[Any]


@pytest.fixture
def applied(repository: Repository, toolreg: Toolreg) -> Repository:
    """A repository whose registry of three kinds is applied."""
    agent = service("agent", type="agent", usesTools=["lookup"])
    repository.add(node(), agent, tool(node="worker", metadata={"tags": ["a", "b"]}))
    repository.commit()
    assert toolreg("apply").code == 0
    return repository


def resources(conn: Conn) -> list[tuple[Any, ...]]:
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
    applied: Repository, toolreg: Toolreg, conn: Conn, statement: bytes
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
        b"TRUNCATE registry.tools CASCADE",
        b"TRUNCATE registry.nodes CASCADE",
        b"TRUNCATE registry.tool_tags",
        b"TRUNCATE registry.references",
        b"DELETE FROM registry.hand_changes",
    ],
)
def test_what_is_derived_or_recorded_cannot_be_changed_by_hand(
    applied: Repository, toolreg: Toolreg, conn: Conn, statement: bytes
) -> None:
    """Not by a superuser either: nothing would notice it."""
    before = resources(conn)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)

    assert resources(conn) == before
    assert toolreg("plan", "--detailed-exitcode").code == 0
    assert applied.git("status", "--porcelain") == ""


def test_a_row_put_in_by_hand_does_not_pass_for_an_applied_one(
    applied: Repository, toolreg: Toolreg, conn: Conn
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


def test_a_dropped_view_of_api_is_noticed_and_made_again(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    conn.execute(b"DROP VIEW api.tools")
    assert "toolreg migrate" in toolreg("plan").err

    assert toolreg("migrate").code == 0

    assert conn.execute(b"SELECT count(*) FROM api.tools").fetchone() == (1,)
    assert applied.git("status", "--porcelain") == ""


def test_the_table_of_every_kind_is_guarded_alike(conn: Conn) -> None:
    """A kind is added by a migration of its own, which must not forget what keeps its provenance true."""
    guards = conn.execute(
        b"SELECT kind.relname, array_agg(replace(pg_get_triggerdef(trigger.oid), kind.relname, '<kind>')"
        b" ORDER BY trigger.tgname) FROM pg_inherits JOIN pg_class AS kind ON kind.oid = inhrelid"
        b" JOIN pg_trigger AS trigger ON trigger.tgrelid = kind.oid"
        b" WHERE inhparent = 'registry.resources'::regclass AND NOT trigger.tgisinternal GROUP BY 1 ORDER BY 1"
    ).fetchall()
    indexes = conn.execute(
        b"SELECT tablename, bool_or(indexdef LIKE '%%(path)'),"
        b" bool_or(indexdef LIKE '%%digest IS DISTINCT FROM applied_digest%%')"
        b" FROM pg_indexes WHERE schemaname = 'registry' AND tablename = ANY (%s) GROUP BY 1 ORDER BY 1",
        [list(contract().plurals)],
    ).fetchall()

    assert [table for table, _ in guards] == list(contract().plurals)
    assert len({tuple(triggers) for _, triggers in guards}) == 1
    assert {function for trigger in guards[0][1] for function in re.findall(r"EXECUTE FUNCTION (\S+)\(", trigger)} == {
        "registry.disown",
        "registry.record_by_hand",
        "registry.refuse_by_hand",
        "registry.touch",
    }
    assert indexes == [(table, True, True) for table in contract().plurals]


# ---- Who did it


def hand_changes(conn: Conn) -> list[tuple[Any, ...]]:
    return conn.execute(
        b"SELECT action, kind, name, revision, role = session_user FROM api.hand_changes ORDER BY at"
    ).fetchall()


def put_in(conn: Conn, name: str, **spec: Any) -> None:
    """Put a node into the database by hand."""
    conn.execute(b"INSERT INTO registry.entities (kind, name) VALUES ('Node', %s)", [name])
    conn.execute(
        b"INSERT INTO registry.nodes (id, manifest) SELECT id, %s FROM registry.entities WHERE name = %s",
        [json.dumps(node(name, **spec)), name],
    )


def test_who_changes_a_resource_by_hand_is_recorded(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Each row of its own, after which version; an apply is nobody's hand, and what changes nothing is no change."""
    conn.execute(b"UPDATE registry.tools SET manifest = manifest")
    assert hand_changes(conn) == []
    put_in(conn, "foreign")
    conn.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, '8000', '9000')::json")
    conn.execute(b"DELETE FROM registry.tools")

    assert sorted(hand_changes(conn)) == [
        ("delete", "Tool", "lookup", 1, True),
        ("insert", "Node", "foreign", None, True),
        ("update", "Node", "foreign", None, True),
        ("update", "Node", "worker", 1, True),
    ]
    assert toolreg("apply").code == 0
    applied.remove("nodes/worker.yaml")
    applied.add(tool(), node("other"))
    applied.commit()
    assert toolreg("apply", "--max-deletes", 1).code == 0
    assert len(hand_changes(conn)) == 4


def test_whoever_may_change_a_row_is_recorded_and_cannot_write_the_record(
    applied: Repository, database: str, conn: Conn
) -> None:
    """Under the name that they logged in with, whatever role they took since."""
    assert applied
    with login(database, "toolreg_reconciler") as conninfo, psycopg.connect(conninfo, autocommit=True) as caller:
        caller.execute(b"SET ROLE toolreg_reconciler")
        caller.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, '8000', '9000')::json")
        for statement in (
            b"INSERT INTO registry.hand_changes (action, kind, name) VALUES ('update', 'Node', 'worker')",
            b"DELETE FROM registry.hand_changes",
            b"UPDATE registry.hand_changes SET role = 'somebody'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                caller.execute(statement)
        user = caller.info.user

    assert conn.execute(b"SELECT role, action FROM registry.hand_changes").fetchall() == [(user, "update")]


def test_a_change_that_explains_nothing_any_more_is_purged_with_history(
    applied: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """What is still there, or still missing, keeps its explanation, however old that is."""
    assert applied
    conn.execute(b"UPDATE registry.services SET manifest = replace(manifest::text, '1.0.0', '2.0.0')::json")
    assert toolreg("apply").code == 0
    conn.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, '8000', '9000')::json")
    conn.execute(b"DELETE FROM registry.tools")
    put_in(conn, "foreign")
    conn.execute(b"SET session_replication_role = replica")
    conn.execute(b"UPDATE registry.hand_changes SET at = at - interval '40 days'")
    conn.execute(b"RESET session_replication_role")
    assert toolreg("maintain", "purge_history").out == "purge_history: nothing to do\n"
    conn.execute(b"UPDATE runtime.settings SET keep_history = '30 days'")

    result = toolreg("maintain", "purge_history")

    assert result.out == "purge_history: 1 statement\n  removed 0 versions and 2 records of changes by hand\n"
    assert sorted(name for _, _, name, *_ in hand_changes(conn)) == ["foreign", "lookup", "worker"]
    assert toolreg("maintain", "purge_history").out == "purge_history: nothing to do\n"
