"""What happens beside the declared state: what operators set, and who fell silent. None of it is a change or drift."""

from dataclasses import dataclass
from datetime import datetime

from reconciler.assets import query
from reconciler.database.connection import Connection


@dataclass(frozen=True, slots=True)
class Override:
    """What an operator set beside the declared state, and why. It ends at `until`, or when it is removed.

    `obstacle` says why it has no effect, where it has none: what is declared cannot be overridden.
    """

    subject: str
    status: str
    reason: str
    by: str
    since: datetime
    until: datetime | None
    obstacle: str | None


@dataclass(frozen=True, slots=True)
class Unheard:
    """Who should report, but has not for too long: `health` is late or silent."""

    subject: str
    health: str
    last_seen: datetime


def overrides(conn: Connection) -> tuple[Override, ...]:
    """Return the overrides in effect, by subject."""
    return tuple(Override(*row) for row in conn.execute(query("active_overrides")))


def unheard(conn: Connection) -> tuple[Unheard, ...]:
    """Return who is late or silent, the silent ones first."""
    return tuple(Unheard(*row) for row in conn.execute(query("unheard")))
