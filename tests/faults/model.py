"""What the database should hold, in a model that fits on a page. It knows nothing of how toolreg gets there."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from reconciler.core.resource import Ref, digest_of

REFERENCES = {("Tool", "service"): "Service", ("Tool", "node"): "Node", ("Service", "usesTools"): "Tool"}
# Those of which PostgreSQL has a foreign key.
ENFORCED = "Tool"


class File(NamedTuple):
    """A manifest as it stands in a commit: where, the blob, its JSON text, and the name that it says it had."""

    path: str
    blob: str
    text: str
    moved_from: str | None


class Row(NamedTuple):
    """A resource in the database: what was applied, None for a row put in by hand; what is there, None if deleted.

    One that somebody put in again is not known to be ours, and does not know its file.
    """

    id: str
    path: str | None
    blob: str | None
    applied: str | None
    held: str | None
    is_ours: bool = True
    knows_file: bool = True

    @property
    def drifted(self) -> bool:
        """Whether somebody changed it by hand."""
        return self.held != self.applied or not self.is_ours

    @property
    def way(self) -> str:
        """What drift calls that."""
        return "unmanaged" if self.applied is None else "missing" if self.held is None else "changed"


class Version(NamedTuple):
    """An entry of the history, by the number of the attempt that made it. One that deletes has no file."""

    attempt: int
    id: str
    action: str
    ref: Ref
    digest: str | None
    path: str | None
    drifted: bool


Desired = Mapping[Ref, File]


def references(ref: Ref, text: str | None) -> Iterator[tuple[str, Ref]]:
    """Yield whom a manifest names, and where."""
    spec: dict[str, Any] = json.loads(text)["spec"] if text else {}
    for (kind, key), target in REFERENCES.items():
        if kind == ref.kind and key in spec:
            if isinstance(spec[key], list):
                yield from ((f"/spec/{key}/{index}", Ref(target, name)) for index, name in enumerate(spec[key]))
            else:
                yield f"/spec/{key}", Ref(target, spec[key])


def _named(manifests: Mapping[Ref, str]) -> set[Ref]:
    return {target for _, target in chain.from_iterable(references(ref, text) for ref, text in manifests.items())}


@dataclass(frozen=True)
class Model:
    """What the database holds: its rows by the names they were applied under, who had which name last, all versions."""

    rows: Mapping[Ref, Row] = field(default_factory=dict)
    names: Mapping[Ref, str] = field(default_factory=dict)
    versions: tuple[Version, ...] = ()
    begun: bool = False

    # ---- Who is who

    def renames(self, desired: Desired) -> dict[Ref, Ref]:
        """Return the former name of each resource that is renamed, by its new one: once, and back by a revert."""
        found = {
            ref: former
            for ref, former in _said(desired).items()
            if former in self.rows
            and (self.rows[former].applied or former in desired)
            and not (
                ref in self.rows and (self.rows[ref].id in self._ever(former) or self._says_the_same(ref, desired))
            )
        }
        gone: dict[str, Ref] = {row.id: ref for ref, row in self.rows.items() if row.applied and ref not in desired}
        free = gone.keys() - {self.rows[former].id for former in found.values()}
        back = {
            ref: gone[min(were)]
            for ref in desired
            if ref not in found and ref not in self.rows and ref not in self.names and (were := self._ever(ref) & free)
        }
        times = Counter(back.values())
        return found | {ref: now for ref, now in back.items() if times[now] == 1}

    def revived(self, desired: Desired) -> dict[Ref, str]:
        """Return the identity of each resource that was deleted under a former name, by its new name."""
        return {
            ref: self.names[former]
            for ref, former in _said(desired).items()
            if former in self.names and former not in self.rows and ref not in self.names
        }

    def _says_the_same(self, ref: Ref, desired: Desired) -> bool:
        """Whether the file of a resource is the one that was applied."""
        return self.rows[ref].knows_file and self.rows[ref].blob == desired[ref].blob

    def _ever(self, ref: Ref) -> set[str]:
        """Return the identities that ever had a name."""
        known = {version.id for version in self.versions if version.ref == ref}
        return known | ({self.names[ref]} if ref in self.names else set())

    def gone(self, desired: Desired) -> list[Ref]:
        """Return what is no longer declared under any name."""
        kept = desired.keys() | set(self.renames(desired).values())
        return [ref for ref, row in self.rows.items() if row.applied and ref not in kept]

    # ---- What is applied

    def after(
        self, desired: Desired, attempt: int, new_id: Callable[[Ref], str], *, delete: bool, repair: bool = True
    ) -> "Model":
        """Return what the database should hold when a commit is applied. `new_id` names a resource never seen.

        Without `repair`, what was changed by hand stays, unless the commit changes it.
        """
        renames, gone, revived = self.renames(desired), self.gone(desired), self.revived(desired)
        names = {ref: known for ref, known in self.names.items() if ref not in renames.values()}
        names = {ref: known for ref, known in names.items() if known not in revived.values()}
        names |= {ref: self.rows[former].id for ref, former in renames.items()}
        rows = {ref: row for ref, row in self.rows.items() if not row.applied or (ref in gone and not delete)}
        versions = [
            Version(attempt, row.id, "delete", ref, None, None, row.drifted)
            for ref, row in self.rows.items()
            if ref in gone and delete
        ]
        for ref, file in desired.items():
            is_same = ref in renames or ref not in renames.values()
            before = self.rows.get(renames.get(ref, ref)) if is_same else None
            given = before.id if before else revived.get(ref) or names.get(ref) or new_id(ref)
            rows[ref], names[ref] = Row(given, file.path, file.blob, file.text, file.text), given
            if before and not repair and ref not in renames and before.drifted and before.applied == file.text:
                is_moved = (before.path, before.blob) != (file.path, file.blob)
                knows_file = before.knows_file or (is_moved and before.held is not None)
                rows[ref] = before._replace(path=file.path, blob=file.blob, knows_file=knows_file)
                continue
            versions += _version(attempt, rows[ref], ref, before, "move" if ref in renames else "update")
        return Model(rows, names, (*self.versions, *versions), begun=True)

    def restored(self, state: Mapping[Ref, Row], attempt: int) -> "Model":
        """Return what the database should hold when an earlier state is restored, identity by identity."""
        declared = {row.id for row in state.values()}
        before = {row.id: (ref, row) for ref, row in self.rows.items()}
        rows = {ref: row for ref, row in self.rows.items() if not row.applied and row.id not in declared}
        versions = [
            Version(attempt, row.id, "delete", ref, None, None, row.drifted)
            for ref, row in self.rows.items()
            if row.applied and row.id not in declared
        ]
        names = {ref: known for ref, known in self.names.items() if known not in declared}
        for ref, row in state.items():
            rows[ref], names[ref] = row, row.id
            was, there = before.get(row.id, (ref, None))
            versions += _version(attempt, row, ref, there, "update" if was == ref else "move")
        return Model(rows, names, (*self.versions, *versions), begun=True)

    @property
    def state(self) -> dict[Ref, Row]:
        """What is declared, as it was applied."""
        return {
            ref: row._replace(held=row.applied, is_ours=True, knows_file=True)
            for ref, row in self.rows.items()
            if row.applied
        }

    # ---- What is not applied

    def invalid(self, desired: Desired, *, delete: bool) -> list[str]:
        """Return why a commit cannot be a revision at all. What is left may be named."""
        renames = self.renames(desired)
        left = set() if delete else {ref for ref in self.gone(desired) if self.rows[ref].held}
        claims = renames | {ref: former for ref, former in _said(desired).items() if ref in self.revived(desired)}
        claimed = Counter(claims.values())
        texts = {ref: file.text for ref, file in desired.items()}
        return [
            *(f"{target} is not there" for target in _named(texts) if target not in desired.keys() | left),
            *(f"{former} cannot be two" for former, count in claimed.items() if count > 1),
            *(f"{former} is still there" for former in claimed if former in desired and former not in renames),
            *(f"{ref} is one already" for ref in claims if ref in self.rows and ref not in renames.values()),
        ]

    def unknown(self, desired: Desired) -> list[Ref]:
        """Return what says that it had a name of which this database knows nothing; git may know."""
        return [
            ref
            for ref, former in _said(desired).items()
            if self.begun
            and ref not in self.renames(desired)
            and (former in self.rows or former not in self.names)
            and (ref in self.rows or ref not in self.names)
            and not (ref in self.rows and self.rows[ref].id in self._ever(former))
        ]

    def absent(self, after: "Model") -> list[Ref]:
        """Return what new versions would name that stays away, since somebody deleted it."""
        new = {
            version.ref: after.rows[version.ref].applied
            for version in after.versions[len(self.versions) :]
            if version.digest
        }
        away = {ref for ref, row in after.rows.items() if row.applied and not row.held}
        return [target for target in _named({ref: text or "" for ref, text in new.items()}) if target in away]

    def broken(self) -> list[Ref]:
        """Return whom rows name that are not there: PostgreSQL refuses to hold them."""
        held = {ref: row.held for ref, row in self.rows.items() if row.held}
        named = _named({ref: text for ref, text in held.items() if ref.kind == ENFORCED})
        return [target for target in named if target not in held]

    def clashes(self, state: Mapping[Ref, Row]) -> list[Ref]:
        """Return what cannot come back, since a row that was put in by hand has its name."""
        return [
            ref
            for ref, row in state.items()
            if ref in self.rows and not self.rows[ref].applied and self.rows[ref].id != row.id
        ]

    def refused_deletions(self, gone: list[Ref], percent: int, of_at_least: int) -> list[Ref]:
        """Return what is deleted beyond the limits."""
        there = Counter(ref.kind for ref, row in self.rows.items() if row.applied)
        less = Counter(ref.kind for ref in gone)
        return [
            ref
            for ref in gone
            if less[ref.kind] == there[ref.kind]
            or (there[ref.kind] >= of_at_least and less[ref.kind] * 100 > there[ref.kind] * percent)
        ]

    def protected(self, gone: list[Ref]) -> list[Ref]:
        """Return what must not be deleted in one step."""
        texts = {ref: (self.rows[ref].held, self.rows[ref].applied) for ref in gone}
        return [
            ref
            for ref, both in texts.items()
            if any(json.loads(text)["metadata"].get("protected") for text in both if text)
        ]

    def left_behind(self, desired: Desired) -> list[Ref]:
        """Return what would be left naming a resource under a name that is given up."""
        former = set(self.renames(desired).values())
        return [
            ref
            for ref in self.gone(desired)
            if any(target in former for _, target in references(ref, self.rows[ref].applied))
        ]


def _version(attempt: int, row: Row, ref: Ref, before: Row | None, action: str) -> Iterator[Version]:
    """Yield the entry of the history, where there is anything new."""
    is_there = before is not None and before.held is not None
    drifted = before is not None and before.drifted
    if action == "move" or drifted or not before or before.held != row.held:
        action = action if is_there or action == "move" else "create"
        yield Version(attempt, row.id, action, ref, digest_of(row.held or ""), row.path, drifted)


def _said(desired: Desired) -> dict[Ref, Ref]:
    return {ref: Ref(ref.kind, file.moved_from) for ref, file in desired.items() if file.moved_from}
