"""Proposes content from the history of the database instead of files."""

from dataclasses import dataclass, replace

from reconciler.applying.staging import Credits
from reconciler.core.manifest.contract import Contract
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.proposal import Proposal
from reconciler.core.state.head import Seen
from reconciler.core.state.history import History
from reconciler.core.state.registry_name import RegistryName
from reconciler.database.connection import Connection
from reconciler.guards.judge import Question, judge_proposal


@dataclass(frozen=True)
class FromHistory:
    """The declared content of applied revision `number` of a registry, or a part of this content.

    Its manifests are not checked again. `contract` is recorded with the digest of the contract that checked the
    manifests: the next apply trusts the revision if this digest is still the same, and otherwise judges every file.
    """

    origin: History
    number: int
    registry: str | None
    contract: Contract
    consent: Consent
    reason: str

    @property
    def restored(self) -> int:
        """The revision whose content is restored."""
        return self.origin.number

    def find_registry(self, _: Connection) -> RegistryName | None:
        """Return the name of the registry. A rename is an instruction of files."""
        return RegistryName(self.registry, self.registry) if self.registry is not None else None

    def propose(self, conn: Connection, _: Seen | None) -> Proposal:
        """Return the proposal to apply the content, judged by the guards."""
        proposal = replace(self.compare(conn), name=self.find_registry(conn))
        return judge_proposal(
            conn, proposal, Question(None, self.contract, self.consent, proposal.is_news(self.origin))
        )

    def compare(self, conn: Connection) -> Proposal:
        """Return the proposal to apply the content, before the guards judge."""
        raise NotImplementedError

    def find_credits(self, _: Proposal) -> Credits:
        """Return no credits: the history already contains the authors."""
        return {}
