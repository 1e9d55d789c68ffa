"""A suspension: all applies pause until `toolreg resume`, or until a given time."""

from datetime import datetime
from typing import Final, NamedTuple

from reconciler.core.quote import quoted
from reconciler.core.times import format_time

_LONGEST_REASON: Final = 200


class Suspension(NamedTuple):
    """A pause of all applies: reason, author, start and end; without `until`, the pause ends with `toolreg resume`.

    `registry` is the only suspended registry, None if all registries of the database are.
    """

    reason: str
    by: str
    since: datetime
    until: datetime | None
    registry: str | None = None

    def __str__(self) -> str:
        until = f" until {format_time(self.until)}" if self.until else ""
        only = f"for registry {quoted(self.registry)[1:-1]} " if self.registry else ""
        reason = quoted(self.reason, _LONGEST_REASON)
        return f"{only}by {quoted(self.by)[1:-1]} since {format_time(self.since)}{until}: {reason}"
