"""When a reconciler tries again: by what failed, how often, and whether somebody asks."""

import math

import pytest

from reconciler.core.state.loop_report import RunOutcome, RunReport
from reconciler.serving.retry import Retry

CONTENT = (RunOutcome.UNCHANGED, RunOutcome.INVALID, RunOutcome.REFUSED)
KEY = "commit"


def waits(outcome: RunOutcome, times: int) -> list[float]:
    """Return the seconds until the next try after each of so many failures in a row."""
    retry, found = Retry(), []
    for _ in range(times):
        retry.note(RunReport(outcome, 0.0), KEY, 0.0)
        found.append(retry.not_before)
    return found


@pytest.mark.parametrize(("outcome", "longest"), [(RunOutcome.TEMPORARY, 180), (RunOutcome.FAILED, 3600)])
def test_each_failure_in_a_row_doubles_the_wait_from_5_s(outcome: RunOutcome, longest: float) -> None:
    for number, wait in enumerate(waits(outcome, 14)):
        assert wait == pytest.approx(min(5 * 2**number, longest), rel=0.11)


@pytest.mark.parametrize("outcome", CONTENT)
def test_what_failed_on_its_content_waits_for_other_content_whoever_asks(outcome: RunOutcome) -> None:
    retry = Retry()
    retry.note(RunReport(outcome, 0.0), KEY, 0.0)

    retry.hurry()

    assert not retry.is_due(KEY, math.nextafter(math.inf, 0))
    assert retry.is_due("another commit", 0.0)


@pytest.mark.parametrize("outcome", [RunOutcome.TEMPORARY, RunOutcome.LOST, RunOutcome.FAILED, RunOutcome.ON_HOLD])
def test_any_other_failure_is_tried_again_once_somebody_asks(outcome: RunOutcome) -> None:
    retry = Retry()
    retry.note(RunReport(outcome, 0.0), KEY, 0.0)
    assert not retry.is_due(KEY, 1.0)

    retry.hurry()

    assert retry.is_due(KEY, 1.0)
