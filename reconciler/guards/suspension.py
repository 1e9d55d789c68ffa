"""Suspends applies until `toolreg resume`, or until a given time by the clock of the database."""

from datetime import datetime, timedelta
from typing import Any, Final

from reconciler.assets import query
from reconciler.core.errors import Refused, ToolregError
from reconciler.core.state.suspension import Suspension
from reconciler.core.times import when
from reconciler.database.connection import Connection, as_member, in_transaction
from reconciler.database.migrate import storage
from reconciler.database.writer import writing

_ROLE: Final = "toolreg_reconciler"


class PastTime(ToolregError):
    """The time until which to suspend has passed by now."""


def current(conn: Connection) -> Suspension | None:
    """Return the suspension in effect, or None."""
    row = conn.execute(query("guards/suspension")).fetchone()
    return _make_suspension(row) if row else None


def suspend(
    conn: Connection, reason: str, until: datetime | timedelta | None, lock_timeout: float, *, replace: bool
) -> tuple[Suspension, Suspension | None]:
    """Pause all applies; return the suspension, and the replaced suspension.

    No apply is running any more on return. Raises LockHeld if a running apply does not end in time, PastTime if `until`
    has passed, and Refused if applies are suspended already and `replace` is false.
    """
    with as_member(conn, _ROLE), writing(conn, lock_timeout):
        storage(conn).require_writable()
        end = _resolve_end(conn, until)
        before = current(conn)
        if before and not replace:
            raise Refused(f"applying is suspended already, {before}. To suspend in its place: --replace")
        conn.execute(query("guards/resume"))
        conn.execute(query("guards/suspend"), {"reason": reason, "until": end})
        made = current(conn)
        if made is None:
            raise PastTime
    return made, before


def resume(conn: Connection) -> Suspension | None:
    """End the suspension in effect; return the suspension, or None if applies were not suspended."""
    with as_member(conn, _ROLE), in_transaction(conn, 0):
        storage(conn).require_writable()
        row = conn.execute(query("guards/resume")).fetchone()
    return _make_suspension(row) if row and row.was_in_effect else None


def _resolve_end(conn: Connection, until: datetime | timedelta | None) -> datetime | None:
    if until is None:
        return None
    (row,) = conn.execute(query("guards/clock"))
    end: datetime = row.moment + until if isinstance(until, timedelta) else until
    if end <= row.moment:
        raise PastTime(f"{when(end)} has passed: it is {when(row.moment)} by the clock of the database")
    return end


def _make_suspension(row: Any) -> Suspension:  # noqa: ANN401  A named tuple of suspension or resume.
    return Suspension(row.reason, row.suspended_by, row.suspended_at, row.until)
