"""Content to apply that comes from the history of the database, and not from files."""

from dataclasses import dataclass

from reconciler.applying.staging import Credits
from reconciler.core.manifest.contract import Contract
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.proposal import Proposal
from reconciler.core.state.head import Seen
from reconciler.core.state.history import History
from reconciler.database.connection import Connection
from reconciler.guards.judge import Question, judge


@dataclass(frozen=True)
class FromHistory:
    """What applied revision `number` declared, or a part of it.

    Its manifests are not checked again: `contract` is recorded with the digest of the one that they were checked
    against, so that the next apply trusts it where it is still the same, and else judges every file.
    """

    origin: History
    number: int
    contract: Contract
    consent: Consent
    reason: str

    @property
    def restored(self) -> int:
        """The revision whose content it is."""
        return self.origin.number

    def propose(self, conn: Connection, _: Seen | None) -> Proposal:
        """Return what applying it would do, judged by the guards."""
        proposal = self.compared(conn)
        return judge(conn, proposal, Question(None, self.contract, self.consent, proposal.is_news(self.origin)))

    def compared(self, conn: Connection) -> Proposal:
        """Return what applying it would do, before the guards say anything."""
        raise NotImplementedError

    def credits(self, _: Proposal) -> Credits:
        """Return nobody: who wrote it stands in the history."""
        return {}
