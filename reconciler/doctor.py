"""What is well and what is not: the database, its server, git and the registry. Each finding says what to do."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg

from reconciler import git
from reconciler.assets import query
from reconciler.core.quote import quoted
from reconciler.database import Connection, in_our_terms, membership, reading
from reconciler.errors import TemporaryError, ToolregError
from reconciler.migrate import Storage, storage
from reconciler.target import Target

_OLDEST_SERVER: Final = 150_000
# GIT_CONFIG_COUNT, by which the filters of a repository are switched off.
_OLDEST_GIT: Final = (2, 31)
_MOST_SECONDS_APART: Final = 2.0
_ROUND_TRIPS: Final = 3
_MOST_CONNECTIONS: Final = 0.9
_MINUTE: Final = 60.0
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_LEAST_FREE: Final = 1 << 30
_MEGABYTE: Final = 1 << 20
_MOST_UNCOUNTED: Final = 2 * _HOUR
_FROM_CRON: Final = "run toolreg maintain --all --due every minute, from cron or a timer"
_RIGHTS: Final = {
    "toolreg_reader": "read",
    "toolreg_agent": "log calls",
    "toolreg_reconciler": "apply and maintain",
}


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do about it, which is empty where that is said already or all is well.

    An error that `is_temporary` may be gone when it is tried again.
    """

    check: str
    level: Level
    found: str
    advice: str = ""
    is_temporary: bool = False


def examine(target: Target, registry: Path) -> Iterator[Finding]:
    """Yield what is found, as far as it can be seen. Starts the embedded server if there is one, but makes none."""
    yield _git()
    yield _registry(registry)
    if target.conninfo is None:
        yield from _embedded(target)
    else:
        yield from _database(target)


# ---- This machine


def _git() -> Finding:
    if not git.is_installed():
        return Finding(
            "git", Level.WARNING, "git is not on the PATH", "install it; without it only --worktree can be read"
        )
    text = git.version()
    numbers = tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())
    if numbers < _OLDEST_GIT:
        oldest = ".".join(map(str, _OLDEST_GIT))
        return Finding("git", Level.WARNING, f"git {text}", f"install git {oldest} or newer")
    return Finding("git", Level.OK, f"git {text}")


def _registry(registry: Path) -> Finding:
    there = quoted(str(registry.resolve()), limit=500)
    if not registry.is_dir():
        advice = "go to the top of the repository, or say --registry DIR"
        return Finding("registry", Level.WARNING, f"there is no folder {there}", advice)
    if not (registry / "registry.yaml").is_file():
        return Finding("registry", Level.WARNING, f"{there} has no registry.yaml", "write one, or say --registry DIR")
    try:
        repository = git.Repository.around(registry)
    except ToolregError as error:
        return Finding("registry", Level.ERROR, f"{there}: {error}", "mend what git complains of")
    if repository is None:
        return Finding("registry", Level.WARNING, f"{there} is in no git repository", "git init, git add, git commit")
    head = repository.head()
    if head is None:
        return Finding("registry", Level.WARNING, f"{there} is in a repository without a commit", "git add, git commit")
    return Finding("registry", Level.OK, f"{there}, at commit {head.id[:12]}")


# ---- The database


def _embedded(target: Target) -> Iterator[Finding]:
    try:
        if target.was_never_used:
            advice = "toolreg apply makes it; or name a database with --database URL or DATABASE_URL"
            yield Finding("connection", Level.WARNING, "there is no embedded server yet", advice)
            return
        yield _disk(target.folder)
    except (ToolregError, OSError) as error:
        yield _failed("disk", error)
    yield from _database(target)


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    found = f"{free // _MEGABYTE:,} MB free in {quoted(str(folder), limit=500)}"
    if free < _LEAST_FREE:
        return Finding("disk", Level.WARNING, found, "free some: a full disk stops the embedded server")
    return Finding("disk", Level.OK, found)


def _database(target: Target) -> Iterator[Finding]:
    try:
        with target.opened() as connect, connect() as conn:
            yield _connection(conn, target.place)
            with reading(conn):
                yield from _findings(conn)
    except (ToolregError, OSError) as error:
        yield _failed("connection", error)


def _connection(conn: Connection, place: str) -> Finding:
    found = f"{place}, PostgreSQL {_version(conn.info.server_version)}, as {quoted(conn.info.user)}"
    if conn.info.server_version < _OLDEST_SERVER:
        return Finding(
            "connection", Level.ERROR, found, f"upgrade it to PostgreSQL {_version(_OLDEST_SERVER)} or newer"
        )
    return Finding("connection", Level.OK, found)


def _version(number: int) -> str:
    major, minor = divmod(number, 10_000)
    return f"{major}.{minor}" if minor else str(major)


def _findings(conn: Connection) -> Iterator[Finding]:
    yield from _looked(conn, "clock", _clock)
    yield from _looked(conn, "server", _server)
    yield from _looked(conn, "roles", _roles)
    known: list[Storage] = []
    yield from _looked(conn, "migrations", partial(_migrations, known=known))
    if known and known[0].is_current:
        yield from _looked(conn, "partitions", _partitions)
        yield from _looked(conn, "rollup", _rollup)
        yield from _looked(conn, "maintenance", _maintenance)
        yield from _looked(conn, "integrity", _integrity)


def _looked(conn: Connection, check: str, look: Callable[[Connection], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield what a look finds; one that fails does not end the others."""
    try:
        with conn.transaction():
            found = [*look(conn)]
    except psycopg.Error as error:
        yield _failed(check, in_our_terms(error))
    except ToolregError as error:
        yield _failed(check, error)
    else:
        yield from found


def _failed(check: str, error: Exception) -> Finding:
    return Finding(check, Level.ERROR, str(error), is_temporary=isinstance(error, TemporaryError))


def _row(conn: Connection, name: str) -> Any:  # noqa: ANN401  A named tuple of that query.
    return conn.execute(query(name)).fetchone()


def _clock(conn: Connection) -> Iterator[Finding]:
    """Compare clocks: theirs was read about half-way between question and answer, soonest in the fastest of some."""
    trips = []
    for _ in range(_ROUND_TRIPS):
        before = time.time()
        there = _row(conn, "doctor_clock").seconds
        after = time.time()
        trips.append((after - before, there - (before + after) / 2))
    trip, apart = min(trips)
    how = "behind" if apart > 0 else "ahead of"
    found = f"this machine is {abs(apart):.3f} s {how} the server; a question takes {trip * 1000:.1f} ms"
    if abs(apart) - trip / 2 > _MOST_SECONDS_APART:
        advice = "set the clocks by NTP: a call that begins over a minute ahead of the server is refused"
        yield Finding("clock", Level.WARNING, found, advice)
    else:
        yield Finding("clock", Level.OK, found)


def _server(conn: Connection) -> Iterator[Finding]:
    row = _row(conn, "doctor_server")
    wrong = [*_settings(row)]
    yield from wrong
    if not wrong:
        yield Finding(
            "server", Level.OK, f"encoding {row.encoding}, {row.connections} of {row.max_connections} connections"
        )


def _settings(row: Any) -> Iterator[Finding]:  # noqa: ANN401  A named tuple of doctor_server.sql.
    if row.encoding != "UTF8":
        advice = "make a database with ENCODING UTF8 and move to it by pg_dump: other encodings lack characters"
        yield Finding("server", Level.ERROR, f"the encoding is {row.encoding}", advice)
    for name, is_on in (("fsync", row.fsync), ("full_page_writes", row.full_page_writes)):
        if not is_on:
            advice = f"set {name} = on in postgresql.conf: a crash of the machine can destroy the database"
            yield Finding("server", Level.WARNING, f"{name} is off", advice)
    if row.synchronous_commit == "off":
        advice = "set it to on, or accept that a crash loses the last moments of what was logged and applied"
        yield Finding("server", Level.WARNING, "synchronous_commit is off", advice)
    if row.is_replica:
        yield Finding("server", Level.WARNING, "it is a replica: it can only be read", "apply and log to its primary")
    elif row.reads_only:
        advice = "reset it for the role or the database (ALTER ROLE, ALTER DATABASE) before toolreg apply"
        yield Finding("server", Level.WARNING, "default_transaction_read_only is on", advice)
    if row.connections > row.max_connections * _MOST_CONNECTIONS:
        found = f"{row.connections} of {row.max_connections} connections are taken"
        yield Finding("server", Level.WARNING, found, "raise max_connections, or put a pooler before it")


def _roles(conn: Connection) -> Iterator[Finding]:
    row = _row(conn, "doctor_server")
    if row.missing_roles:
        found = f"there is no role {', '.join(row.missing_roles)}"
        yield Finding("roles", Level.ERROR, found, "run: toolreg migrate, as a role that may create roles")
        return
    able = [may for role, may in _RIGHTS.items() if role in row.roles] + (["migrate"] if row.may_migrate else [])
    who = quoted(row.role)
    if not able:
        yield Finding("roles", Level.WARNING, f"{who} may not even read", membership(row.role, *_RIGHTS))
        return
    yield Finding("roles", Level.OK, f"{who} may {', '.join(able)}")


def _migrations(conn: Connection, known: list[Storage]) -> Iterator[Finding]:
    now = storage(conn)
    known.append(now)
    try:
        now.require_sound()
    except ToolregError as error:
        yield Finding("migrations", Level.ERROR, str(error))
        return
    if now.pending:
        found = f"{len(now.pending)} of {len(now.pending) + len(now.applied)} are pending"
        yield Finding("migrations", Level.ERROR, found, "run: toolreg migrate")
    elif not now.api_is_current:
        yield Finding("migrations", Level.ERROR, "schema api is not up to date", "run: toolreg migrate")
    else:
        yield Finding("migrations", Level.OK, f"{len(now.applied)} applied, schema api is up to date")


# ---- What happens


def _partitions(conn: Connection) -> Iterator[Finding]:
    row = _row(conn, "doctor_partitions")
    if row.days_without_table:
        found = f"calls of {' and '.join(row.days_without_table)} have no table of their own"
        yield Finding("partitions", Level.WARNING, found, "run: toolreg maintain ensure_partitions")
    else:
        yield Finding("partitions", Level.OK, f"tables for calls are there until {row.tables_until}")


def _rollup(conn: Connection) -> Iterator[Finding]:
    row = _row(conn, "doctor_rollup")
    advice = "run: toolreg maintain rollup_invocations, every few minutes"
    if row.uncounted_age is None:
        yield Finding(
            "rollup", Level.OK, "every call is counted" if row.rolled_age is not None else "no call was logged"
        )
        return
    last = "never ran" if row.rolled_age is None else f"ran {_ago(row.rolled_age)} ago"
    found = f"it {last}; the oldest call that it has not counted is {_ago(row.uncounted_age)} old"
    level = Level.WARNING if row.uncounted_age > _MOST_UNCOUNTED else Level.OK
    yield Finding("rollup", level, found, advice if level is Level.WARNING else "")


def _maintenance(conn: Connection) -> Iterator[Finding]:
    tasks = conn.execute(query("doctor_maintenance")).fetchall()
    ages = [task.age for task in tasks if task.age is not None]
    if not ages:
        yield Finding("maintenance", Level.WARNING, "it never ran", _FROM_CRON)
        return
    failed = [task for task in tasks if task.error is not None]
    for task in failed:
        found = f"{task.task} failed {_ago(task.age)} ago: {quoted(task.error, limit=500)}"
        yield Finding("maintenance", Level.WARNING, found, f"run: toolreg maintain {task.task}")
    last_run = f"last run {_ago(min(ages))} ago"
    overdue = [task.task for task in tasks if task.is_overdue and task.error is None]
    if overdue:
        yield Finding("maintenance", Level.WARNING, f"overdue: {', '.join(overdue)}; {last_run}", _FROM_CRON)
    elif not failed:
        yield Finding("maintenance", Level.OK, last_run)


def _integrity(conn: Connection) -> Iterator[Finding]:
    row = _row(conn, "doctor_integrity")
    numbers = {"error": row.errors, "warning": row.warnings, "notice": row.notices}
    told = ", ".join(f"{number} {word}{'' if number == 1 else 's'}" for word, number in numbers.items() if number)
    level = Level.ERROR if row.errors else Level.WARNING if row.warnings else Level.OK
    advice = "see: toolreg query data_integrity" if told else ""
    yield Finding("integrity", level, f"in the data: {told or 'no problem'}", advice)


def _ago(seconds: float) -> str:
    """Return an age in its largest unit."""
    for name, length in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= length:
            return f"{seconds / length:.0f} {name}"
    return f"{max(seconds, 0):.0f} s"
