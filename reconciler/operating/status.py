"""How a database stands: what is applied, drifted, pending and overridden, and what is frozen. Reads one snapshot."""

from collections.abc import Callable
from typing import TypeVar

import psycopg

from reconciler.core.state.freeze import Freeze
from reconciler.core.state.status import Contents, Operations, Status
from reconciler.database.connection import Connection, reading
from reconciler.database.migrate import storage
from reconciler.guards.holds import freeze
from reconciler.observed import resources, runtime, stored

Found = TypeVar("Found")


def status(conn: Connection, embedded: str | None) -> Status:
    """Return how a database stands; `embedded` is the folder of the embedded server, if it is that one."""
    with reading(conn):
        now = storage(conn)
        contents = _readable(conn, _contents) if now.applied else None
        beside = _readable(conn, _operations) if now.applied else None
        frozen = _readable(conn, _freeze) if now.applied else None
    return Status(_where(conn, embedded), _server(conn), now, contents, beside, frozen)


def _readable(conn: Connection, read_from: Callable[[Connection], Found]) -> Found | None:
    try:
        # Tables of another toolreg, older or newer, may lack what we ask for; the rest is still to be told.
        with conn.transaction():
            return read_from(conn)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedFunction):
        return None


def _contents(conn: Connection) -> Contents:
    return Contents(
        applied=next(iter(resources.revisions(conn, 1, "applied")), None),
        attempted=next(iter(resources.revisions(conn, 1)), None),
        counts=stored.counts(conn),
        drift=stored.whole_drift(conn),
    )


def _operations(conn: Connection) -> Operations:
    return Operations(runtime.overrides(conn), runtime.unheard(conn))


def _freeze(conn: Connection) -> Freeze:
    head = stored.head(conn)
    return freeze(conn, head.registry if head else None)


def _where(conn: Connection, embedded: str | None) -> str:
    if embedded is not None:
        return f"embedded server in {embedded}"
    info = conn.info
    return f"{info.host}:{info.port}/{info.dbname} as {info.user}"


def _server(conn: Connection) -> str:
    major, minor = divmod(conn.info.server_version, 10_000)
    return f"PostgreSQL {major}.{minor}"
