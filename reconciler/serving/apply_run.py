"""A running apply of the head of a branch to one database, as its loop sees it."""

from typing import Final

from reconciler.core.state.loop_report import RunOutcome, RunReport
from reconciler.core.state.reconciler import LoopState
from reconciler.serving.branch_tip import BranchTip
from reconciler.serving.child import Child
from reconciler.serving.conditions import describe_equality, describe_run
from reconciler.serving.work import MODULE, Order, parse_end

STOP_SECONDS: Final = 3.0
"""Seconds that a running apply has to end when the reconciler stops, before it is undone."""

GOOD: Final = frozenset({RunOutcome.APPLIED, RunOutcome.UNCHANGED})
"""The ends after which the database equals the head, or the policy lets the rest stand."""

_UNDO_SECONDS: Final = 1.0


class ApplyRun:
    """An apply in a process of its own. `key` is the state that it was started for, `behind` the commits to apply."""

    def __init__(self, order: Order, head: BranchTip, key: object, behind: int | None) -> None:
        self.head = head
        self.key = key
        self._behind = behind
        self._child = Child(MODULE, order.to_json())

    def poll(self) -> RunReport | None:
        """Return the report, None while the apply runs."""
        end = self._child.poll()
        return parse_end(end) if end else None

    def finish(self) -> RunReport:
        """Let the apply end within STOP_SECONDS, or have it undone; return its report."""
        end = self._child.wait(STOP_SECONDS)
        if end is None:
            self._child.interrupt()
            end = self._child.wait(_UNDO_SECONDS) or self._child.kill()
        return parse_end(end)

    def drop(self) -> RunReport:
        """Kill the apply, which PostgreSQL undoes: without the lease it may not even record how it failed."""
        end = self._child.kill()
        lost = RunReport(RunOutcome.LOST, end.seconds, messages=("the lease was lost before the apply ended",))
        return parse_end(end) if end.out else lost

    def describe_end(self, head: BranchTip, report: RunReport) -> LoopState:
        """Return the state of the target after the apply; `head` is the present one."""
        return describe_equality(head) if report.outcome in GOOD else describe_run(self.head, self._behind, report)
