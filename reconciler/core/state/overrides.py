"""Overrides that operators set beside the declared state, and nodes that stopped reporting."""

from datetime import datetime
from typing import NamedTuple


class Override(NamedTuple):
    """A status set by an operator beside the declared state, with a reason. Ends at `until`, or on removal.

    `obstacle` says why an override has no effect, None if effective: the declared state cannot be overridden.
    """

    subject: str
    status: str
    reason: str
    by: str
    since: datetime
    until: datetime | None
    obstacle: str | None


class Unheard(NamedTuple):
    """A node with an overdue report: `health` is late or silent."""

    subject: str
    health: str
    last_seen: datetime
