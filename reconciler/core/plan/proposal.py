"""A plan, with all that is shown beside it and all that speaks against it."""

from dataclasses import dataclass

from reconciler.core.history.trail import NO_TRAIL, Trail
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Plan
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.refusal import Refusal
from reconciler.core.state.drift import Unrepaired
from reconciler.core.state.head import Head
from reconciler.core.state.overrides import Override


@dataclass(frozen=True)
class Proposal:
    """A plan, the revision that it starts from, and the registry.yaml that it comes from.

    `left` are resources that are no longer declared and were not to be deleted, `unrepaired` those that stay as
    somebody left them. `overrides` are shown beside the plan and are no part of it: applying leaves them as they are.
    `refusals` are what the guards say. `trail` is what happened to names between the two commits.
    """

    plan: Plan
    head: Head | None
    registry: Manifest | None
    left: tuple[Ref, ...] = ()
    overrides: tuple[Override, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unrepaired: tuple[Unrepaired, ...] = ()
    trail: Trail = NO_TRAIL

    @property
    def standing(self) -> tuple[Refusal, ...]:
        """The refusals that nobody waived."""
        return tuple(refusal for refusal in self.refusals if not refusal.waived)

    def is_news(self, origin: Origin) -> bool:
        """Whether there is anything to write: a commit without a change of a resource is recorded as applied, too."""
        if self.plan or self.plan.relocations:
            return True
        if origin.commit is None or origin.name != "commit":
            return False
        return self.head is None or (self.head.source, self.head.commit) != (origin.name, origin.commit.id)
