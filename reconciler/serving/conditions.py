"""Derives the condition of a target from an observation, an error or the end of a run."""

from typing import Final

from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.quote import quoted
from reconciler.core.state.loop_report import RunOutcome, RunReport
from reconciler.core.state.reconciler import Condition, LoopState
from reconciler.serving.branch_tip import BranchTip

STANDING_BY: Final = LoopState(Condition.READY, "StandingBy", "another process holds the lease")

_LONGEST: Final = 4000
_REASONS: Final = {
    RunOutcome.INVALID: (Condition.STALLED, "Invalid"),
    RunOutcome.REFUSED: (Condition.STALLED, "Refused"),
    RunOutcome.ON_HOLD: (Condition.STALLED, "OnHold"),
    RunOutcome.FAILED: (Condition.STALLED, "Failed"),
    RunOutcome.TEMPORARY: (Condition.RECONCILING, "Retrying"),
    RunOutcome.LOST: (Condition.RECONCILING, "LeaseLost"),
}


def describe_trouble(error: Exception) -> LoopState:
    """Return the state of a target whose database cannot be used, or of an error that toolreg does not expect."""
    if not isinstance(error, ToolregError):
        return LoopState(Condition.RECONCILING, "InternalError", describe_surprise(error))
    if isinstance(error, TemporaryError):
        return LoopState(Condition.RECONCILING, "DatabaseAway", _make_storable(str(error)))
    return LoopState(Condition.STALLED, "DatabaseUnusable", _make_storable(str(error)))


def describe_surprise(error: Exception) -> str:
    """Return the message about an error that toolreg does not expect: of the machine, or a mistake of toolreg."""
    if isinstance(error, OSError):
        return f"the machine does not let toolreg work: {error.strerror or error}; tried again"
    text = quoted(str(error), limit=300)[1:-1]
    return f"a mistake of toolreg, please report it: {type(error).__name__}: {text}; tried again"


def describe_source(head: BranchTip) -> LoopState | None:
    """Return the state of a target without a commit to apply; None with a commit."""
    if head.gone:
        return LoopState(Condition.STALLED, "SourceGone", _make_storable(head.gone), head.registry)
    if head.commit is None:
        return LoopState(Condition.RECONCILING, "WaitingForSource", head.failure and _make_storable(head.failure))
    return None


def describe_equality(head: BranchTip) -> LoopState:
    """Return the state of a target that equals the head. A failure of git is told beside."""
    commit = head.commit.id if head.commit else None
    reason = "Applied" if head.failure is None else "SourceAway"
    return LoopState(
        Condition.READY,
        reason,
        head.failure and _make_storable(head.failure),
        head.registry,
        commit,
        commit,
        0,
        looked=True,
    )


def describe_run(head: BranchTip, behind: int | None, report: RunReport | None) -> LoopState:
    """Return the state of a target during a run (no report) or after a run that did not apply the head."""
    commit = head.commit.id if head.commit else None
    condition, reason = _REASONS[report.outcome] if report else (Condition.RECONCILING, "Applying")
    if report and report.rules and report.outcome is not RunOutcome.TEMPORARY:
        reason = f"{reason}: {', '.join(report.rules)}"[:100]
    message = _make_storable("\n".join(report.messages)) if report and report.messages else None
    return LoopState(condition, reason, message, head.registry, commit, commit if report else None, behind, looked=True)


def _make_storable(text: str) -> str:
    """Return text that PostgreSQL can store: a file name may hold bytes that are no characters."""
    return text[:_LONGEST].encode("utf-8", "replace").decode().replace("\0", "")
