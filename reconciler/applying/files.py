"""Proposes the files of a commit or of a work tree as the content to apply."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final

from reconciler.applying.staging import Credits
from reconciler.core.errors import InvalidRegistry
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.resource import Manifest
from reconciler.core.plan.changes import Plan
from reconciler.core.plan.consent import NO_CONSENT, Consent
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.state.head import Head, Seen
from reconciler.core.state.registry_name import RegistryName
from reconciler.database.connection import Connection
from reconciler.desired.load import Progress, load_registry_file
from reconciler.desired.passage import Passage, settle_credits
from reconciler.desired.source import Source
from reconciler.guards.fast_forward import refuse_rewinds
from reconciler.guards.judge import Question, judge_first, judge_proposal, require_allowed, usage_limits
from reconciler.observed import stored
from reconciler.planning.effects import with_effects
from reconciler.planning.first import propose_first
from reconciler.planning.proposal import propose
from reconciler.planning.registry_name import find_registry

_NOTHING: Final = Proposal(Plan(()), None, None)


@dataclass(frozen=True)
class Files:
    """The files of a source, and the consent of the user."""

    source: Source
    contract: Contract
    consent: Consent = NO_CONSENT
    progress: Progress = lambda _: None
    restored: None = None
    reason: None = None

    @property
    def origin(self) -> Origin:
        """The origin of the files."""
        return self.source

    @cached_property
    def _registry_file(self) -> Manifest | None:
        return load_registry_file(self.source, self.contract)

    @property
    def registry(self) -> str | None:
        """The name of the registry, None if registry.yaml is invalid."""
        return self._registry_file.ref.name if self._registry_file else None

    def find_registry(self, conn: Connection) -> RegistryName | None:
        """Return the name of the registry with its name in the database."""
        return find_registry(conn, self._registry_file)

    def propose(self, conn: Connection, seen: Seen | None) -> Proposal:
        """Return the proposal to apply the files, judged by the guards."""
        try:
            proposal = propose(conn, self.source, self.contract, self.progress, delete=self.consent.delete)
        except InvalidRegistry:
            # Without a readable registry.yaml, no head is that of this registry.
            if seen and (name := self.find_registry(conn)):
                # An older commit is refused for its age; its other problems need no fix.
                self._require_newer(stored.read_head(conn, name.stored), seen)
            raise
        limit = usage_limits(proposal, self.consent).least
        proposal = with_effects(conn, proposal, self.contract, limit)
        is_overtaken = seen is not None and seen.is_overtaken_by(proposal.head)
        question = Question(
            self.source, self.contract, self.consent, proposal.is_news(self.source), is_overtaken=is_overtaken
        )
        return judge_proposal(conn, proposal, question)

    def propose_first(self, now: datetime) -> Proposal:
        """Return the proposal to apply the files to a database still to be made, judged by the guards at `now`."""
        proposal = propose_first(self.source, self.contract, self.progress)
        return judge_first(
            proposal, Question(self.source, self.contract, self.consent, proposal.is_news(self.source)), now
        )

    def find_credits(self, proposal: Proposal) -> Credits:
        """Return the commit that last changed each file since the applied commit; at first, since the root commit."""
        head = proposal.head
        passage = self.source.find_passage(head.commit if head else None) if head is None or head.commit else None
        if not isinstance(passage, Passage) or self.source.repository is None:
            return {}
        return settle_credits(self.source.repository, self.source.folder, passage.credits)

    def _require_newer(self, head: Head | None, seen: Seen) -> None:
        refusals = refuse_rewinds(
            head, self.source, allowed=self.consent.rewind, is_overtaken=seen.is_overtaken_by(head)
        )
        require_allowed(replace(_NOTHING, head=head, refusals=tuple(refusals)))
