"""Keeps a work tree judged and planned while a person edits: values in, reports out."""

import gc
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from reconciler.core.errors import ToolregError
from reconciler.core.manifest.contract import Contract
from reconciler.desired.load import Progress
from reconciler.desired.worktree_files import Worktree
from reconciler.rules.held_registry import HeldRegistry, RegistryVerdict
from reconciler.serving.folder_events import EVERYTHING, NOTHING_NOTICED, FolderEvents, Noticed
from reconciler.serving.retry import back_off
from reconciler.serving.watched_target import PlanReport, WatchedTarget

_LONGEST_WAIT: Final = 60.0
_RETRY_SECONDS: Final = 2.0


class VerdictReport(NamedTuple):
    """A verdict, and the seconds that it took."""

    verdict: RegistryVerdict
    seconds: float


class TroubleReport(NamedTuple):
    """The reason why the files cannot be judged at present. They are tried again by themselves."""

    error: ToolregError


class PollingReport(NamedTuple):
    """The reason why files are compared from time to time instead of watched; None if they are watched again."""

    note: str | None


WatchReport = VerdictReport | TroubleReport | PollingReport | PlanReport


class Watch:
    """The loop. `make_source` finds the work tree, which may be removed and made again meanwhile."""

    def __init__(
        self,
        make_source: Callable[[], Worktree],
        contract: Contract,
        target: WatchedTarget,
        tell: Callable[[WatchReport], None],
        progress: Progress = lambda _: None,
        *,
        is_polling: bool = False,
    ) -> None:
        self._make_source = make_source
        source = make_source()
        self._events = FolderEvents(source.top, source.folder, is_polling=is_polling)
        self._registry = HeldRegistry(source, contract)
        self._target = target
        self._tell = tell
        self._progress = progress
        self._pending = NOTHING_NOTICED
        self._is_valid = False
        self._trouble: str | None = None
        self._note: str | None = None
        self._failures = 0
        self._plan_at: float | None = None

    def run(self, is_stopped: Callable[[], bool]) -> None:
        """Judge, plan and report until a signal raises KeyboardInterrupt.

        An apply whose COMMIT a signal met ends as applied; `is_stopped` then ends the loop.
        """
        try:
            self.turn(EVERYTHING)
            # The manifests stay: the collector need not traverse them at each save.
            gc.collect()
            gc.freeze()
            while not is_stopped():
                self.step(_LONGEST_WAIT)
        finally:
            self.close()

    def step(self, seconds: float) -> None:
        """Wait for changes, at most so many seconds, and report on them."""
        self.turn(self._events.wait(min(seconds, self._choose_wait())))

    def close(self) -> None:
        """Stop watching."""
        self._events.close()

    def turn(self, noticed: Noticed) -> None:
        """Report the verdict on changes, then the plan."""
        self._pending = self._pending.join(noticed)
        if self._events.note != self._note:
            self._note = self._events.note
            self._tell(PollingReport(self._note))
        is_due = self._plan_at is not None and time.monotonic() >= self._plan_at
        if self._pending:
            is_due = self._judge(self._pending) or is_due
        if self._is_valid and is_due:
            self._plan()

    def _judge(self, noticed: Noticed) -> bool:
        """Judge the files; return whether a plan is due. After a failure, the changes stay pending."""
        began = time.monotonic()
        try:
            if noticed.is_moved or self._trouble is not None:
                self._registry.move_to(self._make_source())
            verdict = self._registry.judge(None if noticed.everything else noticed.paths, self._progress)
        except (ToolregError, OSError) as error:
            self._report_trouble(error if isinstance(error, ToolregError) else ToolregError(str(error)))
            return False
        was_in_trouble, self._trouble, self._pending = self._trouble is not None, None, NOTHING_NOTICED
        is_news = bool(verdict.changed) or was_in_trouble
        if is_news:
            self._is_valid = not verdict.problems
            self._tell(VerdictReport(verdict, time.monotonic() - began))
        return is_news or noticed.is_moved

    def _report_trouble(self, error: ToolregError) -> None:
        self._pending, self._is_valid, self._plan_at = EVERYTHING, False, None
        if str(error) != self._trouble:
            self._trouble = str(error)
            self._tell(TroubleReport(error))

    def _plan(self) -> None:
        report = self._target.plan(self._registry)
        self._failures = self._failures + 1 if report.is_temporary else 0
        self._plan_at = time.monotonic() + back_off(self._failures) if self._failures else None
        self._tell(report)

    def _choose_wait(self) -> float:
        if self._pending:
            return _RETRY_SECONDS
        if self._plan_at is None or not self._is_valid:
            return _LONGEST_WAIT
        return max(0.05, self._plan_at - time.monotonic())
