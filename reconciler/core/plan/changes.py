"""The difference between two states. Pure: reads no files, opens no connections."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from reconciler.core.manifest.resource import Manifest, Ref, State

_Pair = tuple[Manifest | None, Manifest | None]


class Action(StrEnum):
    """The action of a plan on a resource."""

    CREATE = "create"
    UPDATE = "update"
    MOVE = "move"
    DELETE = "delete"


class Change(NamedTuple):
    """The change of one resource by a plan.

    `drifted`: the row in the database differed from the last applied version.
    """

    before: Manifest | None
    after: Manifest | None
    drifted: bool = False

    @property
    def action(self) -> Action:
        """The action, derived from `before` and `after`."""
        match self.before, self.after:
            case None, _:
                return Action.CREATE
            case _, None:
                return Action.DELETE
            case Manifest(ref=old), Manifest(ref=new) if old != new:
                return Action.MOVE
            case _:
                return Action.UPDATE

    @property
    def resource(self) -> Manifest:
        """The manifest after the change, or the deleted manifest."""
        manifest = self.after or self.before
        if manifest is None:
            message = "a change has a before or an after"
            raise ValueError(message)
        return manifest

    @property
    def ref(self) -> Ref:
        """The name of the resource; for a move, the new name."""
        return self.resource.ref

    @property
    def id(self) -> str | None:
        """The identity of the resource; None until the database assigns an identity."""
        return (self.before or self.resource).id


class Step(NamedTuple):
    """A change by its names and digests alone. `former` is the name before the change; None for a new resource.

    The digest of a plan leaves out `drifted`, since `before` identifies the former content.
    """

    action: Action
    ref: Ref
    former: Ref | None
    before: str | None
    after: str | None
    drifted: bool

    @classmethod
    def of(cls, change: Change) -> "Step":
        """Return the step of a change."""
        before, after = change.before, change.after
        return cls(
            change.action,
            change.ref,
            before.ref if before else None,
            before.digest if before else None,
            after.digest if after else None,
            change.drifted,
        )


def plan_digest(steps: Iterable[Step]) -> str:
    """Return the digest of the steps: SHA-256 in hexadecimal."""
    lines = [
        [step.action, str(step.ref), str(step.former) if step.former else None, step.before, step.after]
        for step in steps
    ]
    return hashlib.sha256(json.dumps(lines, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Plan:
    """All changes of an apply, sorted by kind and name.

    `relocations` are resources with the same content in another file, or in the same file with other bytes: no change,
    but the stored path and blob are updated. `unmanaged` are rows inserted by hand; an apply leaves them alone.
    """

    changes: tuple[Change, ...]
    relocations: tuple[Manifest, ...] = ()
    unmanaged: tuple[Ref, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    @classmethod
    def between(
        cls,
        desired: State,
        observed: State,
        *,
        moves: Mapping[Ref, Ref] | None = None,
        renewed: Collection[Ref] = (),
        drifted: Iterable[Ref] = (),
        unmanaged: Iterable[Ref] = (),
    ) -> "Plan":
        """Return the plan from `observed` to `desired`.

        `moves` maps the new name of each renamed resource to its observed name. Under a `renewed` name, the desired
        resource is a new resource: the plan deletes the observed resource and creates the desired one.
        """
        origin = dict(moves or {})
        moved_away = set(origin.values())
        foreign = frozenset(unmanaged)
        pairs: list[_Pair] = []
        for ref, after in desired.items():
            before = observed.get(origin.get(ref, ref))
            if before is not None and ref not in origin and (before.ref in moved_away or ref in renewed):
                before = None
            pairs.append((before, after))
        for ref, before in observed.items():
            if (ref not in desired or ref in renewed) and ref not in moved_away and ref not in foreign:
                pairs.append((before, None))
        return cls._compare_pairs(pairs, observed, frozenset(drifted) | foreign, foreign - desired.keys())

    @classmethod
    def by_identity(
        cls, desired: State, observed: State, *, drifted: Iterable[Ref] = (), unmanaged: Iterable[Ref] = ()
    ) -> "Plan":
        """Return the plan from `observed` to `desired`, where the identity of each resource is known on both sides.

        Two identities of the same name are two resources: the plan deletes the observed one and restores the other.
        """
        foreign = frozenset(unmanaged)
        rows = {row.id: row for row in observed.values()}
        declared = {manifest.id for manifest in desired.values()}
        pairs: list[_Pair] = [(rows.get(after.id), after) for after in desired.values()]
        pairs += [(row, None) for row in observed.values() if row.id not in declared and row.ref not in foreign]
        left = {ref for ref in foreign if ref not in observed or observed[ref].id not in declared}
        return cls._compare_pairs(pairs, observed, frozenset(drifted) | foreign, left)

    @classmethod
    def _compare_pairs(
        cls, pairs: Iterable[_Pair], observed: State, by_hand: AbstractSet[Ref], unmanaged: Iterable[Ref]
    ) -> "Plan":
        missing = by_hand - observed.keys()
        changes = []
        relocations = []
        for before, after in pairs:
            change = Change(before, after)
            drifted = before.ref in by_hand if before else change.ref in missing
            # A row with the declared content, but written by hand, is recorded as applied: otherwise drift would last.
            if before != after or drifted:
                changes.append(change._replace(drifted=drifted))
            elif before and after and (before.path, before.blob) != (after.path, after.blob):
                relocations.append(Manifest(after.ref, after.digest, path=after.path, blob=after.blob, id=before.id))
        return cls(
            changes=tuple(sorted(changes, key=lambda change: (change.ref, change.action is not Action.DELETE))),
            relocations=tuple(sorted(relocations, key=lambda manifest: manifest.ref)),
            unmanaged=tuple(sorted(unmanaged)),
        )

    @cached_property
    def digest(self) -> str:
        """The digest of the changes: SHA-256 in hexadecimal, equal for equal plans on any machine."""
        return plan_digest(self.steps)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The changes by names and digests."""
        return tuple(map(Step.of, self.changes))

    @property
    def touched(self) -> frozenset[Ref]:
        """The names, old and new, of all changed resources."""
        both = ((change.before, change.after) for change in self.changes)
        return frozenset(manifest.ref for sides in both for manifest in sides if manifest)

    def count(self, *actions: Action) -> int:
        """Return the number of changes with one of these actions."""
        return sum(change.action in actions for change in self.changes)
