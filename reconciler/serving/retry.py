"""Decides when a failed run is tried again."""

import random
from dataclasses import dataclass
from typing import Final

from reconciler.core.state.loop_report import RunOutcome, RunReport

FIRST_SECONDS: Final = 5.0
LAST_SECONDS: Final = 180.0
_LONGEST_SECONDS: Final = 3600.0
_SPREAD: Final = 0.1
# 5 s double to 180 s in six failures; a larger exponent would overflow after months.
_MOST_DOUBLINGS: Final = 10


def spread(seconds: float) -> float:
    """Return a duration changed by up to a tenth, so that many processes do not act at the same moment."""
    return seconds * random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311  No secret.


def back_off(failures: int, most: float = LAST_SECONDS) -> float:
    """Return the seconds to wait after so many failures in a row: 5 s, doubling to `most`, changed by up to a tenth."""
    return spread(min(FIRST_SECONDS * 2 ** min(failures - 1, _MOST_DOUBLINGS), most))


@dataclass
class Retry:
    """When to try again, by a reading of the monotonic clock; `key` is what failed.

    A failure on content waits until the key changes: commit, schemas, policy, suspension or content of the database.
    Any other failure waits longer each time, and no longer than until somebody asks for a look.
    """

    key: object = None
    is_final: bool = False
    """Whether the content failed."""
    not_before: float = 0.0
    failures: int = 0

    def note(self, report: RunReport, key: object, now: float) -> None:
        """Take note of the end of a run."""
        match report.outcome:
            case RunOutcome.APPLIED:
                self.key, self.is_final, self.not_before, self.failures = None, False, 0.0, 0
            case RunOutcome.UNCHANGED | RunOutcome.INVALID | RunOutcome.REFUSED:
                # Unchanged: a row may differ that the policy lets stand.
                self.key, self.is_final, self.not_before, self.failures = key, True, float("inf"), 0
            case RunOutcome.ON_HOLD:
                wait = _LONGEST_SECONDS if report.hold_seconds is None else min(report.hold_seconds, _LONGEST_SECONDS)
                self.key, self.is_final, self.not_before, self.failures = key, False, now + wait, 0
            case _:
                self.failures += 1
                is_temporary = report.outcome is not RunOutcome.FAILED
                wait = back_off(self.failures, LAST_SECONDS if is_temporary else _LONGEST_SECONDS)
                self.key, self.is_final, self.not_before = None if is_temporary else key, False, now + wait

    def hurry(self) -> None:
        """Have the next try come now, unless the content failed."""
        if not self.is_final:
            self.not_before = 0.0

    def is_due(self, key: object, now: float) -> bool:
        """Whether a run for this key may begin."""
        return now >= self.not_before or (self.key is not None and key != self.key)
