"""Suspends applies until `toolreg resume`, or until a given time by the clock of the database."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.errors import Refused, ToolregError
from reconciler.core.state.suspension import Suspension
from reconciler.core.times import format_time
from reconciler.database.connection import Connection, begin_transaction, explain_missing_rights
from reconciler.database.migrate import read_storage
from reconciler.database.rows import read_row, read_rows
from reconciler.database.writer import hold_write_lock
from reconciler.guards.clock import read_clock

_ROLE: Final = "toolreg_reconciler"


class PastTime(ToolregError):
    """The time until which to suspend has passed by now."""


class _EndedRow(NamedTuple):
    reason: str
    by: str
    since: datetime
    until: datetime | None
    was_in_effect: bool
    registry: str | None


def read_suspension(conn: Connection, at: datetime, registry: str | None) -> Suspension | None:
    """Return the suspension in effect at a time, the present time of the database; None without a suspension.

    A suspension of another registry does not concern `registry`, the name of a registry in the database; None stands
    for any registry.
    """
    return next(iter(_read_suspensions(conn, at, registry)), None)


def _read_suspensions(conn: Connection, at: datetime, registry: str | None) -> list[Suspension]:
    parameters = {"at": at, "registry": registry}
    return read_rows(conn, Suspension, load_query("guards/suspension"), parameters).fetchall()


def suspend_applies(
    conn: Connection,
    reason: str,
    until: datetime | timedelta | None,
    lock_timeout: float,
    registry: str | None = None,
    *,
    replace: bool,
) -> tuple[Suspension, Suspension | None]:
    """Pause all applies, or those of a registry; return the suspension, and the replaced suspension.

    No apply is running any more on return. Raises LockHeld if a running apply does not end in time, PastTime if `until`
    has passed, and Refused if applies are suspended already and `replace` is false.
    """
    with explain_missing_rights(conn, _ROLE), hold_write_lock(conn, lock_timeout):
        read_storage(conn).require_writable()
        now = read_clock(conn)
        end = _resolve_end(until, now)
        open_ones = _read_suspensions(conn, now, registry)
        before = next((one for one in open_ones if one.registry == registry), None)
        if before and not replace:
            raise Refused(f"applying is suspended already, {before}. To suspend in its place: --replace")
        _end_open(conn, now, registry, every=False)
        made = read_row(
            conn, Suspension, load_query("guards/suspend"), {"reason": reason, "until": end, "registry": registry}
        )
    return made, before


def resume_applies(conn: Connection, registry: str | None = None) -> list[Suspension]:
    """End the suspensions in effect, or that of a registry; return them."""
    with explain_missing_rights(conn, _ROLE), begin_transaction(conn, 0):
        read_storage(conn).require_writable()
        rows = _end_open(conn, read_clock(conn), registry, every=registry is None)
    return [Suspension(row.reason, row.by, row.since, row.until, row.registry) for row in rows if row.was_in_effect]


def _end_open(conn: Connection, at: datetime, registry: str | None, *, every: bool) -> list[_EndedRow]:
    """End the suspensions that nobody has resumed, in effect or expired, of a registry or of all registries."""
    parameters = {"at": at, "registry": registry, "every": every}
    return read_rows(conn, _EndedRow, load_query("guards/resume"), parameters).fetchall()


def _resolve_end(until: datetime | timedelta | None, now: datetime) -> datetime | None:
    if until is None:
        return None
    end = now + until if isinstance(until, timedelta) else until
    if end <= now:
        raise PastTime(f"{format_time(end)} has passed: it is {format_time(now)} by the clock of the database")
    return end
