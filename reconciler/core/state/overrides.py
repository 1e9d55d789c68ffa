"""What operators set beside the declared state, and who fell silent."""

from datetime import datetime
from typing import NamedTuple


class Override(NamedTuple):
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


class Unheard(NamedTuple):
    """Who should report, but has not for too long: `health` is late or silent."""

    subject: str
    health: str
    last_seen: datetime
