"""Decides when a failed run is tried again."""

import random
from dataclasses import dataclass
from typing import Final

from reconciler.core.state.loop_report import RunOutcome, RunReport

FIRST_SECONDS: Final = 5.0
LAST_SECONDS: Final = 180.0
_FAILED_SECONDS: Final = 3600.0
_SPREAD: Final = 0.1
# 5 s double to 180 s in six failures; a larger exponent would overflow after months.
_MOST_DOUBLINGS: Final = 10


def spread(seconds: float) -> float:
    """Return a duration changed by up to a tenth, so that many processes do not act at the same moment."""
    return seconds * random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311  No secret.


def back_off(failures: int) -> float:
    """Return the seconds to wait after so many failures in a row: 5 s, doubling to 3 min, changed by up to a tenth."""
    return spread(min(FIRST_SECONDS * 2 ** min(failures - 1, _MOST_DOUBLINGS), LAST_SECONDS))


@dataclass
class Retry:
    """When to try again, by a reading of the monotonic clock; `key` is what failed.

    A failure on content waits until the key changes: commit, schemas, policy, suspension or content of the database.
    """

    key: object = None
    not_before: float = 0.0
    failures: int = 0

    def note(self, report: RunReport, key: object, now: float) -> None:
        """Take note of the end of a run."""
        match report.outcome:
            case RunOutcome.APPLIED:
                self.key, self.not_before, self.failures = None, 0.0, 0
            case RunOutcome.UNCHANGED | RunOutcome.INVALID | RunOutcome.REFUSED:
                # Unchanged: a row may differ that the policy lets stand.
                self.key, self.not_before, self.failures = key, float("inf"), 0
            case RunOutcome.ON_HOLD | RunOutcome.FAILED:
                wait = _FAILED_SECONDS if report.hold_seconds is None else min(report.hold_seconds, _FAILED_SECONDS)
                self.key, self.not_before, self.failures = key, now + wait, 0
            case _:
                self.failures += 1
                self.key, self.not_before = None, now + back_off(self.failures)

    def is_due(self, key: object, now: float) -> bool:
        """Whether a run for this key may begin."""
        return now >= self.not_before or (self.key is not None and key != self.key)
