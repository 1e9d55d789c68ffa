"""Checks the database server, the rights of the current role, and the schema."""

import time
from collections.abc import Iterator
from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted
from reconciler.core.state.finding import Finding, FindingLevel
from reconciler.database.connection import Connection, advise_membership
from reconciler.database.migrate import read_storage
from reconciler.database.rights import find_rights_differences, read_owner
from reconciler.database.rows import read_row

_OLDEST: Final = 150_000
_MOST_SECONDS_APART: Final = 2.0
_ROUND_TRIPS: Final = 3
_MOST_CONNECTIONS: Final = 0.9
_RIGHTS: Final = {
    "toolreg_reader": "read",
    "toolreg_agent": "log calls",
    "toolreg_reconciler": "apply and maintain",
}


class _ClockRow(NamedTuple):
    seconds: float


class _ServerRow(NamedTuple):
    encoding: str
    fsync: bool
    full_page_writes: bool
    synchronous_commit: str
    max_connections: int
    connections: int
    reads_only: bool
    is_replica: bool


class _RolesRow(NamedTuple):
    role: str
    missing_roles: list[str]
    roles: list[str]
    may_migrate: bool


def check_connection(conn: Connection, place: str) -> Finding:
    """Check the version of the server, and report the database and the role."""
    summary = f"{place}, PostgreSQL {_format_version(conn.info.server_version)}, as {quoted(conn.info.user)}"
    if conn.info.server_version < _OLDEST:
        return Finding(
            "connection", FindingLevel.ERROR, summary, f"upgrade it to PostgreSQL {_format_version(_OLDEST)} or newer"
        )
    return Finding("connection", FindingLevel.OK, summary)


def _format_version(number: int) -> str:
    major, minor = divmod(number, 10_000)
    return f"{major}.{minor}" if minor else str(major)


def check_clock(conn: Connection) -> Iterator[Finding]:
    """Check the difference between the clocks of this machine and the server.

    The server reads its clock about half-way between question and answer, most exactly in the fastest of several trips.
    """
    trips = []
    for _ in range(_ROUND_TRIPS):
        before = time.time()
        there = read_row(conn, _ClockRow, load_query("operating/doctor_clock")).seconds
        after = time.time()
        trips.append((after - before, there - (before + after) / 2))
    trip, apart = min(trips)
    how = "behind" if apart > 0 else "ahead of"
    summary = f"this machine is {abs(apart):.3f} s {how} the server; a question takes {trip * 1000:.1f} ms"
    if abs(apart) - trip / 2 > _MOST_SECONDS_APART:
        advice = "set the clocks by NTP: a call that begins over a minute ahead of the server is refused"
        yield Finding("clock", FindingLevel.WARNING, summary, advice)
    else:
        yield Finding("clock", FindingLevel.OK, summary)


def check_settings(conn: Connection) -> Iterator[Finding]:
    """Check for dangerous or obstructive settings of the server."""
    state = read_row(conn, _ServerRow, load_query("operating/doctor_server"))
    wrong = [*_judge_settings(state)]
    yield from wrong
    if not wrong:
        taken = f"{state.connections} of {state.max_connections} connections"
        yield Finding("server", FindingLevel.OK, f"encoding {state.encoding}, {taken}")


def _judge_settings(row: _ServerRow) -> Iterator[Finding]:
    if row.encoding != "UTF8":
        advice = "make a database with ENCODING UTF8 and move to it by pg_dump: other encodings lack characters"
        yield Finding("server", FindingLevel.ERROR, f"the encoding is {row.encoding}", advice)
    for name, is_on in (("fsync", row.fsync), ("full_page_writes", row.full_page_writes)):
        if not is_on:
            advice = f"set {name} = on in postgresql.conf: a crash of the machine can destroy the database"
            yield Finding("server", FindingLevel.WARNING, f"{name} is off", advice)
    if row.synchronous_commit == "off":
        advice = "set it to on, or accept that a crash loses the last moments of what was logged and applied"
        yield Finding("server", FindingLevel.WARNING, "synchronous_commit is off", advice)
    if row.is_replica:
        yield Finding(
            "server", FindingLevel.WARNING, "it is a replica: it can only be read", "apply and log to its primary"
        )
    elif row.reads_only:
        advice = "reset it for the role or the database (ALTER ROLE, ALTER DATABASE) before toolreg apply"
        yield Finding("server", FindingLevel.WARNING, "default_transaction_read_only is on", advice)
    if row.connections > row.max_connections * _MOST_CONNECTIONS:
        summary = f"{row.connections} of {row.max_connections} connections are taken"
        yield Finding("server", FindingLevel.WARNING, summary, "raise max_connections, or put a pooler before it")


def check_rights(conn: Connection) -> Iterator[Finding]:
    """Check the group roles of the current role, and report its rights."""
    who = read_row(conn, _RolesRow, load_query("operating/doctor_roles"))
    if who.missing_roles:
        summary = f"there is no role {', '.join(who.missing_roles)}"
        yield Finding("roles", FindingLevel.ERROR, summary, "run: toolreg migrate, as a role that may create roles")
        return
    able = [may for role, may in _RIGHTS.items() if role in who.roles] + (["migrate"] if who.may_migrate else [])
    if not able:
        yield Finding(
            "roles",
            FindingLevel.WARNING,
            f"{quoted(who.role)} may not even read",
            advise_membership(who.role, *_RIGHTS),
        )
        return
    yield Finding("roles", FindingLevel.OK, f"{quoted(who.role)} may {', '.join(able)}")


def check_listed_rights(conn: Connection) -> Iterator[Finding]:
    """Compare roles and rights with sql/rights.sql, in a migrated database."""
    if read_owner(conn) is None:
        return
    wrong = find_rights_differences(conn)
    if wrong:
        more = f"; and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        advice = "run: toolreg migrate; toolreg migrate --status shows all of them"
        yield Finding("rights", FindingLevel.ERROR, f"{wrong[0]}{more}", advice)
    else:
        yield Finding("rights", FindingLevel.OK, "roles and rights are as listed")


def check_migrations(conn: Connection) -> Iterator[Finding]:
    """Check that the schema of the database is current for this toolreg."""
    now = read_storage(conn)
    try:
        now.require_sound()
    except ToolregError as error:
        yield Finding("migrations", FindingLevel.ERROR, str(error))
        return
    if now.pending:
        summary = f"{len(now.pending)} of {len(now.pending) + len(now.applied)} are pending"
        yield Finding("migrations", FindingLevel.ERROR, summary, "run: toolreg migrate")
    elif not now.api_is_current:
        yield Finding("migrations", FindingLevel.ERROR, "schema api is not up to date", "run: toolreg migrate")
    else:
        yield Finding("migrations", FindingLevel.OK, f"{len(now.applied)} applied, schema api is up to date")
