"""Guards against applies during a suspension, and during the freeze windows of registry.yaml."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from reconciler.core.manifest.resource import Manifest
from reconciler.core.plan.refusal import Refusal
from reconciler.core.quote import quoted
from reconciler.core.state.freeze import Freeze
from reconciler.core.state.suspension import Suspension
from reconciler.core.times import format_time
from reconciler.database.connection import Connection
from reconciler.guards import suspension
from reconciler.guards.clock import read_clock
from reconciler.rules.freeze_windows import UnknownTimeZone, list_windows

RULES: Final = frozenset({"suspended", "frozen"})

_OVERRIDE: Final = "If this cannot wait: --override-suspend"
_LOOK_AHEAD: Final = timedelta(days=7)
_LONGEST_REASON: Final = 200


def read_freeze(conn: Connection, registry: Manifest | None, name: str | None) -> Freeze:
    """Return the suspension and the freeze windows, by the registry.yaml in force and the clock of the database.

    `name` is the name of the registry in the database, None for a suspension of any registry.
    """
    now = read_clock(conn)
    return find_freeze(registry, now, suspension.read_suspension(conn, now, name))


def find_freeze(registry: Manifest | None, now: datetime, suspended: Suspension | None = None) -> Freeze:
    """Return the freeze windows at a time, beside a suspension."""
    try:
        near = list_windows(registry, now, _LOOK_AHEAD)
    except UnknownTimeZone as error:
        return Freeze(suspended, unknown=str(error))
    upcoming = next((window for window in near if window.begins > now), None)
    return Freeze(suspended, tuple(window for window in near if window.begins <= now), upcoming)


def refuse_on_hold(
    conn: Connection, registry: Manifest | None, name: str | None, *, allowed: bool
) -> Iterator[Refusal]:
    """Yield a refusal for a suspension in effect, and for the open window with the latest end."""
    yield from refuse(read_freeze(conn, registry, name), allowed=allowed)


def refuse(pause: Freeze, *, allowed: bool) -> Iterator[Refusal]:
    """Yield a refusal for each reason of a freeze."""
    if pause.suspension:
        message = f"applying is suspended {pause.suspension}. toolreg resume ends that. {_OVERRIDE}"
        yield Refusal("suspended", message, waived=allowed)
    for window in sorted(pause.windows, key=lambda window: window.ends)[-1:]:
        message = (
            f"{window.name} of registry.yaml has nothing applied until {format_time(window.ends)}:"
            f" {quoted(window.reason, _LONGEST_REASON)}. {_OVERRIDE}"
        )
        yield Refusal("frozen", message, waived=allowed)
    if pause.unknown:
        yield Refusal("frozen", f"{pause.unknown}. {_OVERRIDE}", waived=allowed)
