"""The writer lock: one revision or migration at a time, by locking a table, which requires the right to write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from psycopg import errors

from reconciler.assets import SQL, load_query
from reconciler.database.connection import (
    Connection,
    DatabaseBusy,
    DatabaseError,
    explain_own_limit,
    prepare,
    to_milliseconds,
)
from reconciler.database.rows import read_rows
from reconciler.failpoints import reached


class LockHeld(DatabaseBusy):
    """Another writer did not end in time. Try again."""


class NoLock(DatabaseError):
    """The database is not ready: it lacks yoyo.writer, which every writer locks. Run: toolreg migrate."""


class _HolderRow(NamedTuple):
    pid: int | None
    usename: str | None
    application_name: str | None
    address: str | None
    xact_start: datetime | None


@contextmanager
def hold_write_lock(conn: Connection, lock_timeout: float) -> Iterator[None]:
    """Run the block in one transaction, as the only writer.

    `lock_timeout` is in seconds. Raises LockHeld, naming the holder, if another writer does not end in time, and NoLock
    if the database was never migrated.
    """
    with _hold_lock(conn, lock_timeout, _lock):
        yield


@contextmanager
def hold_migration_lock(conn: Connection, lock_timeout: float) -> Iterator[None]:
    """Run the block as `hold_write_lock` does, creating the table of writers if the database lacks it."""
    with _hold_lock(conn, lock_timeout, _make_lock):
        yield


@contextmanager
def _hold_lock(conn: Connection, lock_timeout: float, lock: Callable[[Connection], None]) -> Iterator[None]:
    with conn.transaction():
        conn.execute(load_query("database/begin_writing"))
        prepare(conn, to_milliseconds(lock_timeout))
        reached("before-lock")
        lock(conn)
        reached("after-lock")
        with explain_own_limit(conn):
            yield


def _lock(conn: Connection) -> None:
    try:
        with conn.transaction():
            conn.execute(load_query("database/lock"))
    except errors.LockNotAvailable:
        raise LockHeld(f"{_describe_holder(conn)}; try again, or wait longer with --lock-timeout") from None
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise NoLock from None


def _make_lock(conn: Connection) -> None:
    """Lock the table of writers, or create it: the creating transaction locks a new table."""
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
            # Another migration created the table, and has ended.
            _lock(conn)


def _describe_holder(conn: Connection) -> str:
    holder = read_rows(conn, _HolderRow, load_query("database/lock_holder")).fetchone()
    if holder is None or holder.pid is None:
        return "another writer held the lock until just now"
    role = holder.usename or "a role that we may not see"
    who = f"{role} ({holder.application_name or 'unnamed'}, process {holder.pid}"
    where = f" from {holder.address}" if holder.address else ""
    since = f", since {holder.xact_start:%Y-%m-%d %H:%M:%S %Z}" if holder.xact_start else ""
    return f"another writer holds the lock: {who}{where}{since})"
