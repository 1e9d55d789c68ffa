"""What was declared earlier: read back, compared, and restored."""

from typing import Any

import psycopg

from reconciler import past
from reconciler.assets import contract
from reconciler.database import connect, reading
from reconciler.guards import Consent
from reconciler.reconcile import apply
from tests.builders import Repository, node, tool
from tests.conftest import Toolreg

Conn = psycopg.Connection[Any]


def rows(conn: Conn) -> list[tuple[Any, ...]]:
    """Return every row with what it says, its identity and the file that it was read from."""
    return conn.execute(
        b"SELECT kind, name, id, manifest::text, path, blob FROM registry.resources ORDER BY kind, name"
    ).fetchall()


def restore(database: str, number: int, consent: Consent | None = None) -> None:
    with connect(database) as conn:
        attempt = past.restoring(conn, number, contract(), consent or Consent(), "a test")
    apply(lambda: connect(database), attempt, lambda _: None, 1)


def test_names_and_identities_come_back(repository: Repository, toolreg: Toolreg, database: str, conn: Conn) -> None:
    """Also where another resource was given a name meanwhile, which a plan by names would take for the same one."""
    repository.add(node(), tool("kept"), tool("renamed", node="worker"), tool("removed"))
    repository.commit()
    toolreg("apply")
    before = rows(conn)
    repository.remove("tools/renamed.yaml")
    repository.remove("tools/removed.yaml")
    repository.add(tool("other", node="worker", metadata={"movedFrom": "renamed"}), tool("kept", version="2.0.0"))
    repository.commit()
    assert toolreg("apply").code == 0
    repository.add(tool("renamed"))
    repository.commit()
    assert toolreg("apply").code == 0
    conn.execute(b"DELETE FROM registry.tools WHERE name = 'kept'")

    restore(database, 1)

    assert rows(conn) == before
    with connect(database) as ours, reading(ours):
        assert {(str(ref), found.id) for ref, found in past.state_at(ours, 4, contract()).items()} == {
            (f"{kind}/{name}", str(identity)) for kind, name, identity, *_ in before
        }
