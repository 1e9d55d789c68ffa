"""How a database stands: what is applied, what drifted, what is pending. Reads one snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from reconciler import observe, read
from reconciler.database import Connection, reading
from reconciler.migrate import Storage, storage
from reconciler.observe import Drift
from reconciler.read import Revision


@dataclass(frozen=True, slots=True)
class Contents:
    """What the tables say: the last applied and the last attempted revision, how many of each kind, and the drift."""

    applied: Revision | None
    attempted: Revision | None
    counts: Mapping[str, int]
    drift: Drift


@dataclass(frozen=True, slots=True)
class Status:
    """How a database stands. `where` never holds a password; `contents` is None where its tables cannot be read."""

    where: str
    server: str
    storage: Storage
    contents: Contents | None


def status(conn: Connection, embedded: str | None) -> Status:
    """Return how a database stands; `embedded` is the folder of the embedded server, if it is that one."""
    with reading(conn):
        now = storage(conn)
        contents = _contents(conn) if now.applied else None
    return Status(_where(conn, embedded), _server(conn), now, contents)


def _contents(conn: Connection) -> Contents | None:
    try:
        # Tables of another toolreg, older or newer, may lack what we ask for; the rest is still to be told.
        with conn.transaction():
            return Contents(
                applied=next(iter(read.revisions(conn, 1, "applied")), None),
                attempted=next(iter(read.revisions(conn, 1)), None),
                counts=read.counts(conn),
                drift=observe.drift(conn),
            )
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return None


def _where(conn: Connection, embedded: str | None) -> str:
    if embedded is not None:
        return f"embedded server in {embedded}"
    info = conn.info
    return f"{info.host}:{info.port}/{info.dbname} as {info.user}"


def _server(conn: Connection) -> str:
    major, minor = divmod(conn.info.server_version, 10_000)
    return f"PostgreSQL {major}.{minor}"
