"""The lock of writers: one revision or migration at a time, by a table that only those may lock who may write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg import errors

from reconciler.assets import SQL, query
from reconciler.database.connection import Connection, DatabaseBusy, DatabaseError, milliseconds, own_limit, prepare
from reconciler.failpoints import reached


class LockHeld(DatabaseBusy):
    """Another writer did not end in time. Try again."""


class NoLock(DatabaseError):
    """The database is not ready: it lacks yoyo.writer, which every writer locks. Run: toolreg migrate."""


@contextmanager
def writing(conn: Connection, lock_timeout: float) -> Iterator[None]:
    """Run what is inside in one transaction, as the only writer.

    `lock_timeout` is in seconds; LockHeld, naming the holder, is raised when another writer does not end in time, and
    NoLock where the database was not migrated yet.
    """
    with _locked(conn, lock_timeout, _lock):
        yield


@contextmanager
def migrating(conn: Connection, lock_timeout: float) -> Iterator[None]:
    """Run what is inside as `writing` does, in a database that may not have the table that writers lock."""
    with _locked(conn, lock_timeout, _make_lock):
        yield


@contextmanager
def _locked(conn: Connection, lock_timeout: float, lock: Callable[[Connection], None]) -> Iterator[None]:
    with conn.transaction():
        conn.execute(query("database/begin_writing"))
        prepare(conn, milliseconds(lock_timeout))
        reached("before-lock")
        lock(conn)
        reached("after-lock")
        with own_limit(conn):
            yield


def _lock(conn: Connection) -> None:
    try:
        with conn.transaction():
            conn.execute(query("database/lock"))
    except errors.LockNotAvailable:
        raise LockHeld(f"{_holder(conn)}; try again, or wait longer with --lock-timeout") from None
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise NoLock from None


def _make_lock(conn: Connection) -> None:
    """Lock the table of writers, or make it: a new table is locked by the transaction that made it."""
    try:
        _lock(conn)
    except NoLock:
        try:
            with conn.transaction():
                conn.execute((SQL / "migrate" / "make_lock.sql").read_bytes())
        except errors.LockNotAvailable:
            raise LockHeld(
                "another toolreg migrate is making the tables of this database; try again, or wait longer with"
                " --lock-timeout"
            ) from None
        except (errors.UniqueViolation, errors.DuplicateTable, errors.DuplicateSchema):
            # Another one was first, and has ended.
            _lock(conn)


def _holder(conn: Connection) -> str:
    holder = conn.execute(query("database/lock_holder")).fetchone()
    if holder is None or holder.pid is None:
        return "another writer held the lock until just now"
    role = holder.usename or "a role that we may not see"
    who = f"{role} ({holder.application_name or 'unnamed'}, process {holder.pid}"
    where = f" from {holder.address}" if holder.address else ""
    since = f", since {holder.xact_start:%Y-%m-%d %H:%M:%S %Z}" if holder.xact_start else ""
    return f"another writer holds the lock: {who}{where}{since})"
