"""Reads the status of a database from one snapshot: applied revisions, drift, migrations, overrides and freezes."""

from collections.abc import Callable
from typing import Final, TypeVar

import psycopg

from reconciler.core.state.freeze import Freeze
from reconciler.core.state.resource import Revision
from reconciler.core.state.status import Contents, Loops, Operations, Status
from reconciler.database.connection import Connection, begin_snapshot
from reconciler.database.migrate import read_storage
from reconciler.guards.holds import read_freeze
from reconciler.observed import registries, resources, runtime, stored
from reconciler.observed.reconcilers import read_reconcilers

Found = TypeVar("Found")

_MOST_RUNS: Final = 10


def read_status(conn: Connection, embedded: str | None) -> Status:
    """Return the status of a database; `embedded` is the folder of an embedded server, None for other servers."""
    with begin_snapshot(conn):
        now = read_storage(conn)
        contents = _read_if_present(conn, _read_contents) if now.applied else None
        beside = _read_if_present(conn, _read_operations) if now.applied else None
        frozen = _read_if_present(conn, _read_freeze) if now.applied else None
        loops = _read_if_present(conn, _read_loops) if now.applied else None
    return Status(_describe_place(conn, embedded), _format_version(conn), now, contents, beside, frozen, loops)


def _read_if_present(conn: Connection, read_from: Callable[[Connection], Found]) -> Found | None:
    try:
        # The schema of an older or newer toolreg may lack a table of the query; the other parts are still shown.
        with conn.transaction():
            return read_from(conn)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedFunction):
        return None


def _read_contents(conn: Connection) -> Contents:
    return Contents(
        applied=next(iter(resources.list_revisions(conn, 1, "applied")), None),
        attempted=next(iter(resources.list_revisions(conn, 1)), None),
        counts=stored.count_rows(conn),
        drift=stored.read_whole_drift(conn),
        heads={head.name: _read_applied(conn, head.name) for head in registries.list_heads(conn)},
    )


def _read_applied(conn: Connection, registry: str) -> Revision:
    return resources.list_revisions(conn, 1, "applied", resources.Chosen(registry=registry))[0]


def _read_operations(conn: Connection) -> Operations:
    return Operations(runtime.read_overrides(conn), runtime.read_unheard(conn))


def _read_loops(conn: Connection) -> Loops:
    return Loops(read_reconcilers(conn), tuple(resources.list_revisions(conn, _MOST_RUNS)))


def _read_freeze(conn: Connection) -> Freeze:
    head = stored.read_head(conn, None)
    return read_freeze(conn, head.registry if head else None, None)


def _describe_place(conn: Connection, embedded: str | None) -> str:
    if embedded is not None:
        return f"embedded server in {embedded}"
    info = conn.info
    return f"{info.host}:{info.port}/{info.dbname} as {info.user}"


def _format_version(conn: Connection) -> str:
    major, minor = divmod(conn.info.server_version, 10_000)
    return f"PostgreSQL {major}.{minor}"
