"""A plan with its context and the refusals of the guards."""

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
    """A plan, the revision before it, and the registry.yaml of its files.

    `left` are undeclared resources kept at the user's request; `unrepaired` are drifted resources that this plan does
    not repair. `overrides` are shown beside the plan and unaffected by an apply. `refusals` come from the
    guards. `trail` holds the names that resources left between the two commits.
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
        """The refusals that the user did not waive."""
        return tuple(refusal for refusal in self.refusals if not refusal.waived)

    def is_news(self, origin: Origin) -> bool:
        """Whether an apply writes a revision: a commit without changes of resources is recorded as applied, too."""
        if self.plan or self.plan.relocations:
            return True
        if origin.commit is None or origin.name != "commit":
            return False
        return self.head is None or (self.head.source, self.head.commit) != (origin.name, origin.commit.id)
