"""Plans, and applies, the files in memory against a database that may be away. The embedded server stays up."""

from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple, Self

from reconciler.applying.files import Files
from reconciler.applying.reconcile import AppliedRevision, Attempt, plan, prepared
from reconciler.core.errors import InvalidRegistry, Refused, TemporaryError, ToolregError
from reconciler.core.manifest.contract import Contract
from reconciler.core.plan.changes import Plan
from reconciler.core.plan.consent import NO_CONSENT
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.database.target import Connect, Target
from reconciler.guards.judge import NotNow, Question, judge_first
from reconciler.rules.held_registry import HeldRegistry


class PlanReport(NamedTuple):
    """The plan of the files, None if there is none, and its end: an applied revision, or the error.

    `is_first`: no database is there yet, so the plan is that of the first apply.
    """

    proposal: Proposal | None
    origin: Origin
    is_first: bool = False
    revision: AppliedRevision | None = None
    error: ToolregError | None = None

    @property
    def is_temporary(self) -> bool:
        """Whether the same files are to be tried again without a change."""
        return isinstance(self.error, TemporaryError) and not isinstance(self.error, NotNow)


class WatchedTarget:
    """The database of a watch. With `applies`, each plan that no guard refuses is applied."""

    def __init__(self, target: Target, contract: Contract, *, applies: bool, lock_timeout: float) -> None:
        self._target = target
        self._contract = contract
        self._applies = applies
        self._lock_timeout = lock_timeout
        self._stack = ExitStack()
        self._connect: Connect | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def plan(self, registry: HeldRegistry) -> PlanReport:
        """Return the plan of a valid registry, applied if so wanted. Never raises ToolregError."""
        source = registry.source
        proposal = None
        try:
            if self._connect is None and self._target.was_never_used and not self._applies:
                return PlanReport(self._propose_first(registry), source, is_first=True)
            connect = self._open()
            files = Files(source, self._contract)
            with connect() as conn:
                proposal = plan(conn, Attempt(files))
            if not self._applies or proposal.standing or not proposal.is_news(source):
                return PlanReport(proposal, source)
            with prepared(connect, Attempt(replace(files, source=registry.source)), self._lock_timeout) as known:
                proposal = known.proposal
                known.apply()
            return PlanReport(proposal, source, revision=known.committed)
        except (ToolregError, OSError) as error:
            if not isinstance(error, Refused | InvalidRegistry):
                # The server may have been stopped: the next plan starts it again.
                self._close()
            return PlanReport(
                proposal, source, error=error if isinstance(error, ToolregError) else ToolregError(str(error))
            )

    def _propose_first(self, registry: HeldRegistry) -> Proposal:
        loaded, source = registry.loaded, registry.source
        created = Plan.between({manifest.ref: manifest for manifest in loaded.manifests}, {})
        proposal = Proposal(created, None, loaded.registry)
        question = Question(source, self._contract, NO_CONSENT, proposal.is_news(source))
        # The embedded server will have the clock of this machine.
        return judge_first(proposal, question, datetime.now(UTC))

    def _open(self) -> Connect:
        if self._connect is None:
            self._connect = self._stack.enter_context(self._target.open())
        return self._connect

    def _close(self) -> None:
        self._connect = None
        # A server that cannot be stopped is found by the next command.
        with suppress(ToolregError):
            self._stack.close()
