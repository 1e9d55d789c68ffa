"""A suspension: all applies pause until `toolreg resume`, or until a given time."""

from datetime import datetime
from typing import Final, NamedTuple

from reconciler.core.quote import quoted
from reconciler.core.times import format_time

_LONGEST_REASON: Final = 200


class Suspension(NamedTuple):
    """A pause of all applies: reason, author, start and end; without `until`, the pause ends with `toolreg resume`."""

    reason: str
    by: str
    since: datetime
    until: datetime | None

    def __str__(self) -> str:
        until = f" until {format_time(self.until)}" if self.until else ""
        return (
            f"by {quoted(self.by)[1:-1]} since {format_time(self.since)}{until}: {quoted(self.reason, _LONGEST_REASON)}"
        )
