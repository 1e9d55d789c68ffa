"""How a database stands: what is applied, drifted, pending and overridden, and what is frozen. Reads one snapshot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import psycopg

from reconciler.core.state.drift import Drift
from reconciler.database.connection import Connection, reading
from reconciler.database.migrate import Storage, storage
from reconciler.guards.holds import Freeze, freeze
from reconciler.observed import resources, runtime, stored
from reconciler.observed.resources import Revision
from reconciler.observed.runtime import Override, Unheard

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Contents:
    """What the tables say: the last applied and the last attempted revision, how many of each kind, and the drift."""

    applied: Revision | None
    attempted: Revision | None
    counts: Mapping[str, int]
    drift: Drift


@dataclass(frozen=True, slots=True)
class Operations:
    """What happens beside the declared state: the overrides in effect, and who is late or silent."""

    overrides: tuple[Override, ...]
    unheard: tuple[Unheard, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """How a database stands. `where` never holds a password; what cannot be read of its tables and views is None."""

    where: str
    server: str
    storage: Storage
    contents: Contents | None
    operations: Operations | None
    freeze: Freeze | None


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
