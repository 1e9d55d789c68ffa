"""Keeps one database equal to the head of a branch.

Each turn renews the lease, looks at the database and the head, and starts, reaps or stops the process that applies.
Everything that a restart needs to know stands in the database and in git.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Final

from reconciler.core.state.loop_report import Looked, Noted, Ran, RunReport, Tell, Turned
from reconciler.core.state.reconciler import Condition, LoopState
from reconciler.database.connection import Connection, give_up_after
from reconciler.database.migrate import read_storage
from reconciler.serving.apply_run import GOOD, ApplyRun
from reconciler.serving.branch_tip import BranchTip, TipBoard
from reconciler.serving.conditions import (
    STANDING_BY,
    describe_equality,
    describe_run,
    describe_source,
    describe_trouble,
)
from reconciler.serving.destination import Destination, Following
from reconciler.serving.lease import RENEWAL_SECONDS, LeaseLost
from reconciler.serving.lease_holder import LeaseHolder
from reconciler.serving.observation import Observation, observe
from reconciler.serving.retry import Retry, back_off, spread
from reconciler.serving.upkeep import Upkeep
from reconciler.serving.work import Order

_FIRST_PAUSE: Final = 0.5
"""Seconds until a lost connection is replaced: soon enough to keep the lease."""

_BUSY_SECONDS: Final = 0.05
_SILENCE_SECONDS: Final = 4.0
"""Seconds after which a server that does not answer counts as away: less than a lease."""


class TargetLoop:
    """The loop of one target. `ask_git` has the repository looked at now."""

    def __init__(
        self,
        destination: Destination,
        following: Following,
        board: TipBoard,
        holder: str,
        ask_git: Callable[[], None],
        tell: Tell,
    ) -> None:
        self.destination = destination
        self.state = LoopState(Condition.RECONCILING, "Starting")
        self._is_ready = False
        self._following = following
        self._board = board
        self._ask_git = ask_git
        self._tell = tell
        self._lease = LeaseHolder(following.source, holder)
        self._run: ApplyRun | None = None
        self._upkeep = Upkeep(destination.name, destination.conninfo, destination.origin)
        self._retry = Retry()
        self._last: tuple[ApplyRun, RunReport] | None = None
        """The last run and its end, unless the database equals the head since."""
        self._failures = 0
        self._due_at = 0.0
        self._is_wanted = False
        self._awake = threading.Event()
        self._stopping = threading.Event()

    def read_readiness(self) -> bool:
        """Return whether the target was equal to the branch once, or another process takes care of it."""
        return self._is_ready

    def wake(self) -> None:
        """Have the loop look at the database and the head now."""
        self._due_at = 0.0
        self._awake.set()

    def want(self) -> None:
        """Have the repository looked at, by whichever process holds the lease."""
        self._is_wanted = True
        self._awake.set()

    def stop(self) -> None:
        """Have the loop end."""
        self._stopping.set()
        self._awake.set()

    def run(self) -> None:
        """Run until `stop`. A running apply then ends within STOP_SECONDS, or is undone."""
        while not self._stopping.is_set():
            try:
                with self.destination.open() as connect, connect() as conn:
                    give_up_after(conn, _SILENCE_SECONDS)
                    read_storage(conn).require_current()
                    self._run_connected(conn)
            except Exception as error:  # noqa: BLE001  A thread that ended would leave its database behind unnoticed.
                self._turn(describe_trouble(error))
                self._wait(back_off(self._failures) if self._failures else _FIRST_PAUSE)
                self._failures += 1
                self._drop_outdated_run()
        self._end_run()

    def kill_children(self) -> None:
        """Kill what the loop started, if it did not end in time; PostgreSQL undoes their transactions."""
        self._upkeep.kill()
        if run := self._run:
            run.drop()

    def _run_connected(self, conn: Connection) -> None:
        # The server may have changed meanwhile: it may be another one.
        self._due_at = 0.0
        while not self._stopping.is_set():
            self._take_turn(conn)
            self._failures = 0
            self._wait(_BUSY_SECONDS if self._run else min(RENEWAL_SECONDS, self._due_at - time.monotonic()))
        self._end_run()
        self._lease.release(conn)

    def _wait(self, seconds: float) -> None:
        self._awake.wait(max(seconds, _BUSY_SECONDS))
        self._awake.clear()

    # ---- One turn

    def _take_turn(self, conn: Connection) -> None:
        try:
            holds = self._lease.hold(conn)
        except LeaseLost:
            self._tell(Noted("lost the lease", self.destination.name, is_error=True))
            self._drop_run()
            return
        if not holds:
            self._stand_by(conn)
            return
        if self._lease.is_new:
            # The failures under an earlier lease say nothing about now: they may have made it be lost.
            self._retry, self._last = Retry(), None
            self._tell(Noted("took the lease", self.destination.name))
        if self._lease.is_new or self._lease.is_wanted or self._is_wanted:
            self._is_wanted = False
            self._retry.hurry()
            self._due_at = 0.0
            self._ask_git()
        for done in self._upkeep.reap():
            self._tell(done)
        if self._run:
            self._reap(conn, self._run)
        elif time.monotonic() >= self._due_at:
            self._look(conn)

    def _stand_by(self, conn: Connection) -> None:
        if self._is_wanted:
            self._is_wanted = False
            self._lease.ask_holder(conn)
        self._is_ready = True
        self._due_at = math.inf
        self._turn(STANDING_BY)

    def _look(self, conn: Connection) -> None:
        """Look at the database, and start an apply if the database differs from the head."""
        now = time.monotonic()
        # First, for `wake` may come at any moment: a head posted from here on has the next look at once.
        self._due_at = now + spread(self._following.interval)
        head = self._board.read()
        seen = observe(conn, head.registry)
        self._tell(
            Looked(
                self.destination.name,
                seen.commit,
                seen.finished_at,
                seen.drifted,
                seen.resources or {},
                seen.overdue or {},
                seen.calls,
            )
        )
        if seen.overdue:
            self._upkeep.start()
        if state := describe_source(head):
            self._record(conn, state)
        elif self._is_equal(head, seen):
            self._settle(conn, head)
        else:
            self._start_if_due(conn, head, seen, now)

    def _is_equal(self, head: BranchTip, seen: Observation) -> bool:
        """Whether the head is applied as this loop would: from git, from this folder, for this environment."""
        following = self._following
        wanted = ("commit", following.folder, head.commit and head.commit.id, following.environment, following.contract)
        is_applied = (seen.source, seen.folder, seen.commit, seen.environment, seen.contract) == wanted
        return is_applied and not seen.drifted

    def _settle(self, conn: Connection, head: BranchTip) -> None:
        self._is_ready = True
        self._retry, self._last = Retry(), None
        self._record(conn, describe_equality(head))

    # ---- An apply

    def _start_if_due(self, conn: Connection, head: BranchTip, seen: Observation, now: float) -> None:
        key = (head.commit and head.commit.id, seen.number, self._following.contract, seen.drifted, seen.suspensions)
        if not self._retry.is_due(key, now):
            self._due_at = min(self._due_at, self._retry.not_before)
            if self._last:
                # Again, since a failure of git or of the database may have been recorded meanwhile.
                run, report = self._last
                self._record(conn, run.describe_end(head, report))
            return
        lease = self._lease.lease
        if head.commit is None or lease is None:
            return
        behind = self._following.count_behind(seen.commit, head.commit.id) if seen.commit else None
        self._record(conn, describe_run(head, behind, None))
        following, destination = self._following, self.destination
        order = Order(
            following.mirror,
            following.folder,
            head.commit.id,
            destination.conninfo,
            destination.origin,
            lease,
            following.rewind,
            following.environment,
        )
        self._run = ApplyRun(order, head, key, behind)

    def _reap(self, conn: Connection, run: ApplyRun) -> None:
        report = run.poll()
        if report is None:
            return
        self._run = None
        self._retry.note(report, run.key, time.monotonic())
        self._tell_end(run, report)
        self._last = run, report
        self._is_ready |= report.outcome in GOOD
        self._record(conn, run.describe_end(run.head, report))
        # The head may have moved meanwhile; what was found just now is not tried again.
        self._due_at = 0.0

    def _end_run(self) -> None:
        """Let a running apply end in time, or have it undone."""
        self._upkeep.interrupt()
        if run := self._run:
            report = run.finish()
            self._run = None
            self._tell_end(run, report)
        self._upkeep.kill()

    def _drop_outdated_run(self) -> None:
        """Drop a running apply whose lease could not be renewed: it may be cut off, too, and another may run by now."""
        if self._lease.is_outdated:
            self._drop_run()

    def _drop_run(self) -> None:
        """Kill a running apply."""
        if run := self._run:
            self._run = None
            self._tell_end(run, run.drop())

    def _tell_end(self, run: ApplyRun, report: RunReport) -> None:
        if run.head.commit:
            self._tell(Ran(self.destination.name, run.head.commit.id, run.head.commit.committed_at, report))

    # ---- The condition

    def _record(self, conn: Connection, state: LoopState) -> None:
        self._lease.record(conn, state)
        self._turn(state)

    def _turn(self, state: LoopState) -> None:
        before, self.state = self.state, state
        if (before.condition, before.reason, before.message) != (state.condition, state.reason, state.message):
            self._tell(Turned(self.destination.name, state))
