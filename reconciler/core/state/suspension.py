"""A suspension: nothing is applied until somebody resumes, or until a time."""

from datetime import datetime
from typing import Final, NamedTuple

from reconciler.core.quote import quoted
from reconciler.core.times import when

_LONGEST_REASON: Final = 200


class Suspension(NamedTuple):
    """Who has nothing applied, since when, why, and until when; None is until somebody resumes."""

    reason: str
    by: str
    since: datetime
    until: datetime | None

    def __str__(self) -> str:
        until = f" until {when(self.until)}" if self.until else ""
        return f"by {quoted(self.by)[1:-1]} since {when(self.since)}{until}: {quoted(self.reason, _LONGEST_REASON)}"
