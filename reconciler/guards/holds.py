"""Guards against applies during a suspension, and during the freeze windows of registry.yaml."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from reconciler.assets import query
from reconciler.core.manifest.resource import Manifest
from reconciler.core.plan.refusal import Refusal
from reconciler.core.quote import quoted
from reconciler.core.state.freeze import Freeze
from reconciler.core.times import when
from reconciler.database.connection import Connection
from reconciler.guards import suspension
from reconciler.rules.freeze_windows import UnknownTimeZone, windows

RULES: Final = frozenset({"suspended", "frozen"})

_OVERRIDE: Final = "If this cannot wait: --override-suspend"
_LOOK_AHEAD: Final = timedelta(days=7)
_LONGEST_REASON: Final = 200


def freeze(conn: Connection, registry: Manifest | None) -> Freeze:
    """Return the suspension and the freeze windows, by the registry.yaml in force and the clock of the database."""
    now = _read_clock(conn)
    suspended = suspension.current(conn)
    try:
        near = windows(registry, now, _LOOK_AHEAD)
    except UnknownTimeZone as error:
        return Freeze(suspended, unknown=str(error))
    upcoming = next((window for window in near if window.begins > now), None)
    return Freeze(suspended, tuple(window for window in near if window.begins <= now), upcoming)


def refusals(conn: Connection, registry: Manifest | None, *, allowed: bool) -> Iterator[Refusal]:
    """Yield a refusal for a suspension in effect, and for the open window with the latest end."""
    pause = freeze(conn, registry)
    if pause.suspension:
        message = f"applying is suspended {pause.suspension}. toolreg resume ends that. {_OVERRIDE}"
        yield Refusal("suspended", message, waived=allowed)
    for window in sorted(pause.windows, key=lambda window: window.ends)[-1:]:
        message = (
            f"{window.name} of registry.yaml has nothing applied until {when(window.ends)}:"
            f" {quoted(window.reason, _LONGEST_REASON)}. {_OVERRIDE}"
        )
        yield Refusal("frozen", message, waived=allowed)
    if pause.unknown:
        yield Refusal("frozen", f"{pause.unknown}. {_OVERRIDE}", waived=allowed)


def _read_clock(conn: Connection) -> datetime:
    (row,) = conn.execute(query("guards/clock"))
    moment: datetime = row.moment
    return moment
