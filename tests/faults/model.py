"""What the database should hold, in a model that fits on a page. It knows nothing of how toolreg gets there."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from reconciler.core.resource import Ref, digest_of

REFERENCES = {("Tool", "service"): "Service", ("Tool", "node"): "Node"}


class File(NamedTuple):
    """A manifest as it stands in a commit: where, the blob, and its JSON text."""

    path: str
    blob: str
    text: str

    @property
    def moved_from(self) -> str | None:
        """The name that it says it had."""
        return moved_from(self.text)


class Row(NamedTuple):
    """A resource in the database: what was applied, None for a row put in by hand; what is there, None if deleted."""

    id: str
    path: str | None
    blob: str | None
    applied: str | None
    held: str | None

    @property
    def drifted(self) -> bool:
        """Whether somebody changed it by hand."""
        return self.held != self.applied


class Version(NamedTuple):
    """An entry of the history, by the number of the attempt that made it."""

    attempt: int
    id: str
    action: str
    name: str
    digest: str | None
    path: str | None
    drifted: bool


Desired = Mapping[Ref, File]


def moved_from(text: str | None) -> str | None:
    """Return the name that a manifest says it had."""
    found = json.loads(text)["metadata"].get("movedFrom") if text else None
    return str(found) if found else None


def references(ref: Ref, text: str | None) -> Iterator[tuple[str, Ref]]:
    """Yield whom a manifest names, and where."""
    spec: dict[str, Any] = json.loads(text)["spec"] if text else {}
    for (kind, key), target in REFERENCES.items():
        if kind == ref.kind and key in spec:
            yield f"/spec/{key}", Ref(target, spec[key])


def _named(desired: Desired) -> set[Ref]:
    return {target for ref, file in desired.items() for _, target in references(ref, file.text)}


@dataclass(frozen=True)
class Model:
    """What the database holds: its rows by the names they were applied under, who has which name, and all versions."""

    rows: Mapping[Ref, Row] = field(default_factory=dict)
    names: Mapping[Ref, str] = field(default_factory=dict)
    versions: tuple[Version, ...] = ()

    def renames(self, desired: Desired) -> dict[Ref, Ref]:
        """Return the former name of each resource that is renamed, by its new one. A rename is done once."""
        ours = {ref for ref, row in self.rows.items() if row.applied or ref in desired}
        done = {ref for ref, row in self.rows.items() if moved_from(row.applied)}
        return {
            ref: Ref(ref.kind, file.moved_from)
            for ref, file in desired.items()
            if file.moved_from
            and Ref(ref.kind, file.moved_from) in ours
            and not (ref in done and moved_from(self.rows[ref].applied) == file.moved_from)
        }

    def gone(self, desired: Desired) -> list[Ref]:
        """Return what is no longer declared under any name."""
        kept = desired.keys() | set(self.renames(desired).values())
        return [ref for ref, row in self.rows.items() if row.applied and ref not in kept]

    def after(self, desired: Desired, attempt: int, new_id: Callable[[Ref], str], *, delete: bool) -> "Model":
        """Return what the database should hold when a commit is applied. `new_id` names a resource never seen."""
        renames, gone = self.renames(desired), self.gone(desired)
        names = {ref: known for ref, known in self.names.items() if ref not in renames.values()}
        names |= {ref: self.rows[former].id for ref, former in renames.items()}
        rows = {ref: row for ref, row in self.rows.items() if not row.applied or (ref in gone and not delete)}
        versions = [
            Version(attempt, row.id, "delete", ref.name, None, row.path, row.drifted)
            for ref, row in self.rows.items()
            if ref in gone and delete
        ]
        for ref, file in desired.items():
            is_same = ref in renames or ref not in renames.values()
            before = self.rows.get(renames.get(ref, ref)) if is_same else None
            named = before.id if before else names.get(ref) or new_id(ref)
            rows[ref], names[ref] = Row(named, file.path, file.blob, file.text, file.text), named
            drifted = before is not None and before.drifted
            action = "move" if ref in renames else "update" if before and before.held else "create"
            if action != "update" or drifted or (before and before.held != file.text):
                digest = digest_of(file.text)
                versions.append(Version(attempt, named, action, ref.name, digest, file.path, drifted))
        return Model(rows, names, (*self.versions, *sorted(versions)))

    # ---- What is not applied

    def invalid(self, desired: Desired, *, delete: bool) -> list[str]:
        """Return why a commit cannot be a revision at all. What is left may be named."""
        renames = self.renames(desired)
        left = set() if delete else {ref for ref in self.gone(desired) if self.rows[ref].held}
        claimed = Counter(renames.values())
        return [
            *(f"{target} is not there" for target in _named(desired) if target not in desired.keys() | left),
            *(f"{former} cannot be two" for former, count in claimed.items() if count > 1),
            *(f"{former} is still there" for former in claimed if former in desired and former not in renames),
            *(f"{ref} is one already" for ref in renames if ref in self.rows and ref not in claimed),
        ]

    def broken(self) -> list[Ref]:
        """Return whom rows name that are not there: PostgreSQL refuses to hold them."""
        held = {ref: row.held for ref, row in self.rows.items() if row.held}
        named = chain.from_iterable(references(ref, text) for ref, text in held.items())
        return [target for _, target in named if target not in held]

    def refused_deletions(self, desired: Desired, percent: int, of_at_least: int) -> list[Ref]:
        """Return what is deleted beyond the limits."""
        gone = self.gone(desired)
        there = Counter(ref.kind for ref, row in self.rows.items() if row.applied)
        less = Counter(ref.kind for ref in gone)
        return [
            ref
            for ref in gone
            if less[ref.kind] == there[ref.kind]
            or (there[ref.kind] >= of_at_least and less[ref.kind] * 100 > there[ref.kind] * percent)
        ]

    def protected(self, desired: Desired) -> list[Ref]:
        """Return what must not be deleted in one step."""
        return [
            ref
            for ref in self.gone(desired)
            if json.loads(self.rows[ref].held or "{}").get("metadata", {}).get("protected")
        ]

    def left_behind(self, desired: Desired) -> list[Ref]:
        """Return what would be left naming a resource under a name that is given up."""
        former = set(self.renames(desired).values())
        return [
            ref
            for ref in self.gone(desired)
            if any(target in former for _, target in references(ref, self.rows[ref].applied))
        ]
