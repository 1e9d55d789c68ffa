"""What a reconciler tells: the end of a run, of a look at the repository, and each change of condition."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from reconciler.core.state.reconciler import LoopState


class RunOutcome(StrEnum):
    """The end of a run.

    APPLIED wrote a revision; UNCHANGED had none to write. INVALID, REFUSED and FAILED last until the branch, the policy
    or the database changes; ON_HOLD (a suspension, a freeze window) until it ends; TEMPORARY is tried again. LOST:
    another process took the lease.
    """

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    INVALID = "invalid"
    REFUSED = "refused"
    ON_HOLD = "on-hold"
    FAILED = "failed"
    TEMPORARY = "temporary"
    LOST = "lost"


class RunReport(NamedTuple):
    """The end of a run: durations in seconds, counts of changed resources, broken rules, messages.

    `repaired` counts the changed resources that had drifted; `hold_seconds` is the time until a freeze or a suspension
    ends by itself, None without such an end.
    """

    outcome: RunOutcome
    seconds: float
    revision: int | None = None
    created: int = 0
    updated: int = 0
    deleted: int = 0
    repaired: int = 0
    lock_seconds: float | None = None
    messages: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    hold_seconds: float | None = None

    def to_json(self) -> bytes:
        """Return the report as JSON."""
        return json.dumps(self._asdict()).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "RunReport":
        """Return the report in JSON text. Raises ValueError, TypeError or KeyError for other text."""
        values = json.loads(text)
        return cls(**values | {"outcome": RunOutcome(values["outcome"])} | _to_tuples(values))


def _to_tuples(values: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values[name]) for name in ("messages", "rules")}


class Ran(NamedTuple):
    """A run on a target ended. `committed_at` is the time of the commit."""

    target: str
    commit: str
    committed_at: datetime
    report: RunReport


class Asked(NamedTuple):
    """git asked the repository: `request` is ls-remote or fetch, `result` ok, gone or failed."""

    request: str
    result: str
    seconds: float
    message: str | None = None


class Looked(NamedTuple):
    """A target was looked at: its applied commit and revision, and counts of its content.

    `overdue` maps each due task of maintenance to the seconds since its time, `calls` each status to the calls
    of the last whole hour.
    """

    target: str
    commit: str | None
    applied_at: datetime | None
    drifted: int
    resources: Mapping[str, int]
    overdue: Mapping[str, float]
    calls: Mapping[str, int]


class Maintained(NamedTuple):
    """A task of maintenance ended. `seconds` is its duration; `error` is None after a success."""

    target: str
    task: str
    seconds: float
    error: str | None


class Turned(NamedTuple):
    """The condition of a target, or its reason, changed."""

    target: str
    state: LoopState


class Noted(NamedTuple):
    """Anything else worth a line in the log. `is_error`: somebody should look."""

    message: str
    target: str | None = None
    is_error: bool = False


LoopReport = Ran | Asked | Looked | Maintained | Turned | Noted
Tell = Callable[[LoopReport], None]
