"""Drift: the database does not hold what was applied. What there is of it, and what a registry wants done about it."""

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


class Way(StrEnum):
    """In which way a resource is not as it was applied. An unmanaged one never was: its row was put in by hand."""

    CHANGED = "changed"
    MISSING = "missing"
    UNMANAGED = "unmanaged"


class Drifted(NamedTuple):
    """A resource that is not as it was applied.

    `called` is the name that its row says, None where there is no row. `applied` is its last version, without the text,
    and the file that it is declared in, None where it was never applied or deleted since; `revision` is the one that
    made that version.
    """

    ref: Ref
    way: Way
    id: str
    called: str | None
    applied: Manifest | None
    revision: int | None

    @property
    def is_absent(self) -> bool:
        """Whether there is no row under its name, for others to refer to."""
        return self.called != self.ref.name


@dataclass(frozen=True)
class Drift:
    """Everything that is not as it was applied, and what is to be done about it."""

    found: Mapping[Ref, Drifted] = field(default_factory=dict)
    policy: DriftPolicy = DriftPolicy.REPAIR

    def __bool__(self) -> bool:
        return bool(self.found)

    @cached_property
    def changed(self) -> frozenset[Ref]:
        """Rows that were changed by hand."""
        return self._of(Way.CHANGED)

    @cached_property
    def missing(self) -> frozenset[Ref]:
        """Resources whose rows were removed by hand."""
        return self._of(Way.MISSING)

    @cached_property
    def unmanaged(self) -> frozenset[Ref]:
        """Rows that were put in by hand, and that no registry owns."""
        return self._of(Way.UNMANAGED)

    @cached_property
    def repairable(self) -> frozenset[Ref]:
        """What can be put right. Rows that the registry never had are not its business."""
        return self.changed | self.missing

    @cached_property
    def repaired(self) -> frozenset[Ref]:
        """What every plan puts right; the rest stays as it is, unless a revision changes it."""
        return frozenset() if self.policy is DriftPolicy.REPORT else self.repairable

    @cached_property
    def unread(self) -> frozenset[Ref]:
        """The resources whose files are known not to have changed, but have to be read all the same."""
        return self.repaired | self.unmanaged

    @property
    def lost(self) -> list[Manifest]:
        """What was applied of those that are missing, without the text."""
        return [applied for ref in self.missing if (applied := self.found[ref].applied)]

    def as_applied(self, rows: Iterable[Manifest]) -> list[Manifest]:
        """Return the rows as if nobody had changed by hand what stays as it is: no plan follows from that."""
        return [self.found[row.ref].applied or row if row.ref in self._stays else row for row in rows]

    def as_it_is(self, plan: Plan, rows: Mapping[Ref, Manifest]) -> Plan:
        """Return a plan that was made of what was applied, with what is there instead: `rows`, and what is missing."""
        return replace(plan, changes=tuple(self._as_it_is(change, rows) for change in plan.changes))

    def unrepaired(self, plan: Plan) -> frozenset[Ref]:
        """Return the drifted resources that this plan does not repair."""
        return self._stays - plan.touched

    @cached_property
    def _stays(self) -> frozenset[Ref]:
        return self.repairable - self.repaired

    def _of(self, way: Way) -> frozenset[Ref]:
        return frozenset(ref for ref, drifted in self.found.items() if drifted.way is way)

    def _as_it_is(self, change: Change, rows: Mapping[Ref, Manifest]) -> Change:
        before = change.before
        if before is None or before.ref not in self.repairable:
            return change
        if before.ref in self.changed:
            return change._replace(before=replace(before, digest=rows[before.ref].digest), drifted=True)
        # A row that is not there cannot be updated; renamed or deleted it is known by its identity.
        return change._replace(before=None if change.action is Action.UPDATE else before, drifted=True)


class Unrepaired(NamedTuple):
    """A drifted resource that this plan does not repair.

    `named_by` are live resources whose references to it now dangle.
    """

    ref: Ref
    way: Way
    named_by: tuple[Ref, ...] = ()


def refused_by_drift(drift: Drift) -> Iterator[Refusal]:
    """Yield why nothing is applied as long as anything is not as it was applied, where the registry wants that."""
    if drift.policy is not DriftPolicy.REFUSE or not drift.repairable:
        return
    ways = {Way.CHANGED: "changed by hand", Way.MISSING: "removed by hand"}
    some = ", ".join(f"{ref} was {ways[drift.found[ref].way]}" for ref in islice(sorted(drift.repairable), _MOST_NAMED))
    more = f", and {len(drift.repairable) - _MOST_NAMED} more" if len(drift.repairable) > _MOST_NAMED else ""
    yield Refusal(
        "drift",
        f"{some}{more}; spec.drift of this registry is refuse, so nothing is applied over that."
        " See it with toolreg drift, and put it right with: toolreg drift --fix",
    )


def refused_by_absence(plan: Plan, drift: Drift, unrepaired: Collection[Ref]) -> Iterator[Refusal]:
    """Yield refusals of changes that contradict drift which the plan does not repair."""
    absent = {ref for ref in unrepaired if drift.found[ref].is_absent}
    taken = {Ref(ref.kind, called): ref for ref in absent if (called := drift.found[ref].called)}
    for change in plan.changes:
        if change.after is None:
            continue
        for target in sorted({reference.target for reference in change.after.references} & absent):
            yield _blocked(change, f"names {target}, which somebody {_gone(drift.found[target])}")
        if change.ref in taken:
            yield _blocked(change, f"has the name that somebody gave to the row of {taken[change.ref]} by hand")


def _gone(drifted: Drifted) -> str:
    return "removed by hand" if drifted.way is Way.MISSING else f"renamed to {drifted.called} by hand"


def _blocked(change: Change, why: str) -> Refusal:
    message = f"{change.ref} {why}; put that right first, all of it: toolreg drift --fix"
    return Refusal("drift", message, f"it {why}", frozenset({change.ref}))
