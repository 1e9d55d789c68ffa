"""A plan with its context and the refusals of the guards."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.compatibility.report import ToolReport
from reconciler.core.history.trail import NO_TRAIL, Trail
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Change, Plan
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.probable_renames import ProbableRename
from reconciler.core.plan.refusal import Refusal
from reconciler.core.state.drift import Unrepaired
from reconciler.core.state.head import Head
from reconciler.core.state.overrides import Override
from reconciler.core.state.registry_name import RegistryName
from reconciler.core.state.usage import Usage


@dataclass(frozen=True)
class Proposal:
    """A plan, the revision before it, and the registry.yaml of its files.

    `left` are undeclared resources kept at the user's request; `unrepaired` are drifted resources that this plan does
    not repair. `overrides` are shown beside the plan and unaffected by an apply. `refusals` come from the
    guards. `trail` holds the names that resources left between the two commits. `reports` are the effects of changed
    tools on callers, by their new names; `usage` are the calls of deleted, renamed and broken tools, by identity.
    `probable_renames` are pairs of a deletion and a creation that probably lack `metadata.movedFrom`.
    `environments` are the plans of all environments beside this plan of the manifests as written.
    `base` is the commit compared with, for a plan without a database, and `base_registry` the registry.yaml there.
    `name` is the name of the registry, None without a database.
    """

    plan: Plan
    head: Head | None
    registry: Manifest | None
    left: tuple[Ref, ...] = ()
    overrides: tuple[Override, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unrepaired: tuple[Unrepaired, ...] = ()
    trail: Trail = NO_TRAIL
    reports: Mapping[Ref, ToolReport] = field(default_factory=dict)
    usage: Mapping[str, Usage] = field(default_factory=dict)
    probable_renames: tuple[ProbableRename, ...] = ()
    base: str | None = None
    base_registry: Manifest | None = None
    environments: Mapping[str, "Proposal"] = field(default_factory=dict)
    name: RegistryName | None = None

    def list_own(self, environment: str) -> tuple[tuple[Change, ...], tuple[Ref, ...]]:
        """Return the changes of an environment that this plan has not, and the changed resources that it leaves."""
        plan, common = self.environments[environment].plan, {*self.plan.steps}
        own = tuple(change for change, step in zip(plan.changes, plan.steps, strict=True) if step not in common)
        return own, tuple(
            sorted({change.ref for change in self.plan.changes} - {change.ref for change in plan.changes})
        )

    @property
    def stored_name(self) -> str | None:
        """The name of the registry in the database."""
        return self.name.stored if self.name else None

    @property
    def base_commit(self) -> str | None:
        """The commit before the plan: the applied commit, or the commit compared with; None if unknown."""
        return self.head.commit if self.head else self.base

    @property
    def in_force(self) -> Manifest | None:
        """The registry.yaml that judges the plan: the applied file, for no revision may loosen its own guards."""
        applied = self.head.registry if self.head else self.base_registry
        return applied or self.registry

    def usage_of(self, change: Change) -> Usage | None:
        """Return the usage of a deleted, renamed or broken tool, None for another change."""
        return self.usage.get(change.id) if change.before and change.id else None

    @property
    def standing(self) -> tuple[Refusal, ...]:
        """The refusals that the user did not waive."""
        return tuple(refusal for refusal in self.refusals if not refusal.waived)

    def is_news(self, origin: Origin) -> bool:
        """Whether an apply writes a revision: a commit without changes of resources is recorded as applied, too.

        So is another environment; content of the history has the environment of its revision.
        """
        if self.plan or self.plan.relocations:
            return True
        if self.name and self.name.is_renamed:
            return True
        if self.head and origin.name != "history" and self.head.environment != origin.environment:
            return True
        if origin.commit is None or origin.name != "commit":
            return False
        return self.head is None or (self.head.source, self.head.commit) != (origin.name, origin.commit.id)
