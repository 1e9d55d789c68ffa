"""Drift: differences between the database and the applied state, and the policy of a registry for drift."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import islice
from typing import Final, NamedTuple

from reconciler.core.manifest.policy import DriftPolicy
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Action, Change, Plan
from reconciler.core.plan.refusal import Refusal

_MOST_NAMED: Final = 5


class DriftKind(StrEnum):
    """The way in which a resource drifted. An unmanaged resource was never applied: its row was inserted by hand."""

    CHANGED = "changed"
    MISSING = "missing"
    UNMANAGED = "unmanaged"


class Drifted(NamedTuple):
    """A resource whose row differs from its applied version.

    `called` is the name in its row, None without a row. `applied` is its last applied version, without the text, and
    with the path of its file; None if the resource was never applied or was deleted since. `revision` made `applied`.
    `registry` is the registry that declares the resource, None for a row inserted by hand.
    """

    ref: Ref
    way: DriftKind
    id: str
    called: str | None
    applied: Manifest | None
    revision: int | None
    registry: str | None = None

    @property
    def is_absent(self) -> bool:
        """Whether no row has its name, which leaves references to the resource dangling."""
        return self.called != self.ref.name


@dataclass(frozen=True)
class Drift:
    """All drifted resources, and the policy for their repair."""

    found: Mapping[Ref, Drifted] = field(default_factory=dict)
    policy: DriftPolicy = DriftPolicy.REPAIR

    def __bool__(self) -> bool:
        return bool(self.found)

    @cached_property
    def changed(self) -> frozenset[Ref]:
        """Rows changed by hand."""
        return self._select(DriftKind.CHANGED)

    @cached_property
    def missing(self) -> frozenset[Ref]:
        """Resources whose rows were removed by hand."""
        return self._select(DriftKind.MISSING)

    @cached_property
    def unmanaged(self) -> frozenset[Ref]:
        """Rows inserted by hand, which no registry owns."""
        return self._select(DriftKind.UNMANAGED)

    @cached_property
    def repairable(self) -> frozenset[Ref]:
        """Resources within reach of a repair. Unmanaged rows never belonged to the registry, and stay."""
        return self.changed | self.missing

    @cached_property
    def repaired(self) -> frozenset[Ref]:
        """Resources that every plan repairs; other drift stays until a revision changes the resource."""
        return frozenset() if self.policy is DriftPolicy.REPORT else self.repairable

    @cached_property
    def unread(self) -> frozenset[Ref]:
        """Resources whose files must be read although the files are known to be unchanged."""
        return self.repaired | self.unmanaged

    @property
    def lost(self) -> list[Manifest]:
        """The applied versions of the missing resources, without the text."""
        return [applied for ref in self.missing if (applied := self.found[ref].applied)]

    def as_applied(self, rows: Iterable[Manifest]) -> list[Manifest]:
        """Return the rows with unrepaired drift replaced by the applied versions, which keeps drift out of the plan."""
        return [self.found[row.ref].applied or row if row.ref in self._stays else row for row in rows]

    def as_it_is(self, plan: Plan, rows: Mapping[Ref, Manifest]) -> Plan:
        """Return a plan with its applied versions replaced by the observed `rows`, and its drifted changes marked."""
        return replace(plan, changes=tuple(self._replace_before(change, rows) for change in plan.changes))

    def select_unrepaired(self, plan: Plan) -> frozenset[Ref]:
        """Return the drifted resources that this plan does not repair."""
        return self._stays - plan.touched

    @cached_property
    def _stays(self) -> frozenset[Ref]:
        return self.repairable - self.repaired

    def _select(self, way: DriftKind) -> frozenset[Ref]:
        return frozenset(ref for ref, drifted in self.found.items() if drifted.way is way)

    def _replace_before(self, change: Change, rows: Mapping[Ref, Manifest]) -> Change:
        before = change.before
        if before is None or before.ref not in self.repairable:
            return change
        if before.ref in self.changed:
            return change._replace(before=replace(before, digest=rows[before.ref].digest), drifted=True)
        # An update of a missing row becomes a create; a move or delete needs its identity.
        return change._replace(before=None if change.action is Action.UPDATE else before, drifted=True)


class Unrepaired(NamedTuple):
    """A drifted resource that this plan does not repair.

    `named_by` are live resources whose references to it now dangle.
    """

    ref: Ref
    way: DriftKind
    named_by: tuple[Ref, ...] = ()


def refuse_on_drift(drift: Drift) -> Iterator[Refusal]:
    """Yield a refusal of every apply while repairable drift exists, if spec.drift of the registry is refuse."""
    if drift.policy is not DriftPolicy.REFUSE or not drift.repairable:
        return
    ways = {DriftKind.CHANGED: "changed by hand", DriftKind.MISSING: "removed by hand"}
    some = ", ".join(f"{ref} was {ways[drift.found[ref].way]}" for ref in islice(sorted(drift.repairable), _MOST_NAMED))
    more = f", and {len(drift.repairable) - _MOST_NAMED} more" if len(drift.repairable) > _MOST_NAMED else ""
    yield Refusal(
        "drift",
        f"{some}{more}; spec.drift of this registry is refuse, so nothing is applied over that."
        " See it with toolreg drift, and put it right with: toolreg drift --fix",
    )


def refuse_on_absence(plan: Plan, drift: Drift, unrepaired: Collection[Ref]) -> Iterator[Refusal]:
    """Yield refusals of changes that contradict drift which the plan does not repair."""
    absent = {ref for ref in unrepaired if drift.found[ref].is_absent}
    taken = {Ref(ref.kind, called): ref for ref in absent if (called := drift.found[ref].called)}
    for change in plan.changes:
        if change.after is None:
            continue
        for target in sorted({reference.target for reference in change.after.references} & absent):
            yield _make_refusal(change, f"names {target}, which somebody {_describe_absence(drift.found[target])}")
        if change.ref in taken:
            yield _make_refusal(change, f"has the name that somebody gave to the row of {taken[change.ref]} by hand")


def _describe_absence(drifted: Drifted) -> str:
    return "removed by hand" if drifted.way is DriftKind.MISSING else f"renamed to {drifted.called} by hand"


def _make_refusal(change: Change, why: str) -> Refusal:
    message = f"{change.ref} {why}; put that right first, all of it: toolreg drift --fix"
    return Refusal("drift", message, f"it {why}", frozenset({change.ref}))
