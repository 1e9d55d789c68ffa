"""Changes by who may apply, behind the setting of an apply: nothing in the row itself tells them."""

import psycopg
import pytest

from tests.builders import Repository, node, tool
from tests.conftest import Begin, Beginning, Toolreg
from tests.roles import login

CHANGE = """UPDATE registry.tools SET manifest = replace(manifest::text, 'of a test', 'HACKED')::json WHERE name = 'a';
    UPDATE registry.tools SET applied_digest = digest"""
RENAME = """UPDATE registry.entities SET name = 'z' WHERE name = 'a';
    UPDATE registry.tools SET manifest = replace(manifest::text, '"a"', '"z"')::json WHERE name = 'a';
    UPDATE registry.tools SET applied_digest = digest"""
REMOVE = """DELETE FROM registry.references WHERE source_id = (SELECT id FROM registry.tools WHERE name = 'a');
    DELETE FROM registry.tools WHERE name = 'a'; UPDATE registry.entities SET present = false WHERE name = 'a'"""
PUT_IN = """INSERT INTO registry.entities (kind, name) VALUES ('Tool', 'z');
    INSERT INTO registry.tools (id, manifest, path, revision, applied_digest)
    SELECT entity.id, made.manifest, 'registry/tools/z.yaml', 1, registry.digest(made.manifest)
    FROM (SELECT replace(manifest::text, '"a"', '"z"')::json AS manifest FROM registry.tools WHERE name = 'a') AS made
    INNER JOIN registry.entities AS entity ON entity.name = 'z'"""
UNTAG = "DELETE FROM registry.tool_tags"
REFER = "UPDATE registry.references SET target_name = 'other' WHERE pointer = '/spec/service'"
DISOWN = "UPDATE registry.entities SET present = false WHERE name = 'a'"


def alter(database: str, statements: str) -> None:
    """Run statements as a member of toolreg_reconciler does who passes for an apply."""
    with login(database, "toolreg_reconciler") as role, psycopg.connect(role) as conn:
        conn.execute(b"SET toolreg.applying = 'on'")
        conn.execute(statements.encode())


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """Two tools that were applied."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        repository.add(node(), tool("a", metadata={"tags": ["t"]}), tool("b"))
        repository.commit()
        assert toolreg("apply").code == 0

    return begin(fill)


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    ("statements", "way", "name"),
    [
        (CHANGE, "changed", "a"),
        (RENAME, "changed", "z"),
        (REMOVE, "removed", "a"),
        (PUT_IN, "only in the database", "z"),
    ],
)
def test_what_no_revision_made_is_told(toolreg: Toolreg, database: str, statements: str, way: str, name: str) -> None:
    alter(database, statements)

    drift = toolreg("drift", "--detailed-exitcode")
    doctor = toolreg("doctor")
    assert drift.code == (2 if way != "only in the database" else drift.code)
    assert f"Tool/{name}" in drift.out
    assert f'no revision made "Tool/{name}" as it is' in doctor.out
    assert doctor.code == 1
    assert f"Tool/{name}" in toolreg("status").out


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("statements", [CHANGE, REMOVE])
def test_the_history_puts_it_right(
    toolreg: Toolreg, database: str, conn: psycopg.Connection[tuple[object, ...]], statements: str
) -> None:
    rows = b"SELECT id, manifest::text FROM registry.tools ORDER BY name"
    before = conn.execute(rows).fetchall()
    alter(database, statements)

    assert toolreg("drift", "--fix").code == 0

    assert conn.execute(rows).fetchall() == before
    assert toolreg("drift", "--detailed-exitcode").code == 0
    assert "history      each row is" in toolreg("doctor").out


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("statements", [UNTAG, REFER, DISOWN])
def test_what_is_derived_from_manifests_is_compared_with_them(toolreg: Toolreg, database: str, statements: str) -> None:
    alter(database, statements)

    doctor = toolreg("doctor")

    assert doctor.code == 1
    assert "Tool/a" in doctor.out


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("setting", ["toolreg.applying", "toolreg.purging"])
@pytest.mark.parametrize(
    "statement",
    [
        b"DELETE FROM registry.history",
        b"UPDATE registry.history SET manifest = NULL",
        b"TRUNCATE registry.history",
        b"DELETE FROM registry.revisions",
        b"UPDATE registry.revisions SET number = 5",
        b"DELETE FROM registry.entities",
        b"DELETE FROM registry.hand_changes",
        b"UPDATE registry.horizon SET revision = 0",
        b"ALTER TABLE registry.tools DISABLE TRIGGER ALL",
        b"SET session_replication_role = replica",
    ],
)
def test_what_was_recorded_stays(database: str, setting: str, statement: bytes) -> None:
    with login(database, "toolreg_reconciler") as role, psycopg.connect(role) as conn:
        conn.execute(f"SET {setting} = 'on'".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement)


@pytest.mark.usefixtures("applied")
def test_nothing_is_told_of_what_revisions_made(repository: Repository, toolreg: Toolreg) -> None:
    """Renamed, moved, deleted, restored, left undeleted."""
    repository.add(tool("c", metadata={"movedFrom": "a"}))
    repository.remove("tools/a.yaml")
    repository.move("tools/b.yaml", "tools/team/b.yaml")
    repository.commit()
    for command in ("apply", "rollback 1 --reason Back.", "apply --allow-rewind"):
        result = toolreg(*command.split())
        assert result.code == 0, result.err
        assert toolreg("drift", "--detailed-exitcode").code == 0
        assert "no revision made" not in toolreg("doctor").out
