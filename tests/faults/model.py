"""What the database should hold, in a model that fits on a page. It knows nothing of how toolreg gets there."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from reconciler.core.history.succession import Departure, File, FilesByRef, Held, Memory, Succession, follow
from reconciler.core.manifest.resource import Ref, digest_of

REFERENCES = {("Tool", "service"): "Service", ("Tool", "node"): "Node", ("Service", "usesTools"): "Tool"}
# Those of which PostgreSQL has a foreign key.
ENFORCED = "Tool"


class Declared(NamedTuple):
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


Desired = Mapping[Ref, Declared]


class Coming(NamedTuple):
    """A commit: what it declares, what each commit since the applied one changed, and what each blob says it was."""

    desired: Desired
    steps: Sequence[FilesByRef]
    former: Mapping[str, str | None]

    def said(self, ref: Ref, blob: str | None) -> Ref | None:
        """Return the former name that a file tells."""
        name = self.former.get(blob or "")
        return Ref(ref.kind, name) if name else None


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
    left: frozenset[tuple[str, Ref, str]] = frozenset()

    # ---- Who is who

    def fate(self, coming: Coming) -> Succession:
        """Return what becomes of the names. The rule by itself is tested on its own; here is what it is told."""
        held = {
            ref: Held(row.id, File(row.blob, coming.said(ref, row.blob))) for ref, row in self._ours(coming).items()
        }
        if not self.begun:
            known = {ref: self.names.get(ref, f"+{ref}") for ref in coming.desired}
            made = frozenset(known.values()) - {*self.names.values()}
            return Succession(known, {}, made, (), frozenset(), {})
        gone = {ref: known for ref, known in self.names.items() if ref not in self.rows}
        course = follow(Memory(held, gone, [Departure(*left) for left in sorted(self.left, key=str)]), coming.steps)
        believed = {ref for step in coming.steps for ref in step} | held.keys()
        truth = dict.fromkeys(believed - coming.desired.keys()) | {
            ref: File(file.blob, coming.said(ref, file.blob)) for ref, file in coming.desired.items()
        }
        course.take({ref: file for ref, file in truth.items() if file is None or file != course.find_file(ref)})
        return course.conclude()

    def _ours(self, coming: Coming) -> dict[Ref, Row]:
        """Return the rows that a registry put there, or that are declared now."""
        return {ref: row for ref, row in self.rows.items() if row.applied or ref in coming.desired}

    def renames(self, coming: Coming) -> dict[Ref, Ref]:
        """Return the former name of each resource that is renamed, by its new one."""
        rows = {row.id: ref for ref, row in self._ours(coming).items()}
        held = self.fate(coming).held
        return {ref: rows[held[ref]] for ref in coming.desired if ref in held and rows.get(held[ref], ref) != ref}

    def gone(self, coming: Coming) -> list[Ref]:
        """Return what is no longer declared under any name."""
        held = {*self.fate(coming).held.values()}
        return [ref for ref, row in self.rows.items() if row.applied and row.id not in held]

    # ---- What is applied

    def after(
        self, coming: Coming, attempt: int, new_id: Callable[[Ref], str], *, delete: bool, repair: bool = True
    ) -> "Model":
        """Return what the database should hold when a commit is applied. `new_id` names a resource never seen.

        Without `repair`, what was changed by hand stays, unless the commit changes it.
        """
        fate, gone = self.fate(coming), self.gone(coming)
        kept = {} if delete else {ref: self.rows[ref].id for ref in gone}
        foreign = {ref: row for ref, row in self.rows.items() if not row.applied and ref not in coming.desired}
        called = {known: known for known in self.names.values()}
        called |= {known: new_id(ref) for ref, known in (*fate.gone.items(), *fate.held.items()) if known in fate.made}
        lasting = {ref: called[known] for ref, known in fate.gone.items() if known not in kept.values()}
        unseen = {ref: self.names[ref] for ref in self.names if ref not in self.rows} if not self.begun else {}
        names = unseen | lasting | {ref: called[fate.held[ref]] for ref in coming.desired if ref in fate.held}
        names |= kept | {ref: self.names[ref] for ref in foreign if ref in self.names}
        there = {*names.values()} | {row.id for row in self.rows.values()} | {*self.names.values()}
        left = {
            (called[one.id], one.ref, one.blob or "")
            for one in fate.departures
            if one.id in called and called[one.id] in there and one.id not in kept.values()
        }
        before_by_id = {row.id: (ref, row) for ref, row in self._ours(coming).items()}
        rows = foreign | {ref: self.rows[ref] for ref in kept}
        versions = [
            Version(attempt, self.rows[ref].id, "delete", ref, None, None, self.rows[ref].drifted)
            for ref in gone
            if delete
        ]
        for ref, file in coming.desired.items():
            if ref not in names:
                continue
            was, before = before_by_id.get(names[ref], (ref, None))
            rows[ref] = Row(names[ref], file.path, file.blob, file.text, file.text)
            if before and not repair and was == ref and before.drifted and before.applied == file.text:
                is_moved = (before.path, before.blob) != (file.path, file.blob)
                knows_file = before.knows_file or (is_moved and before.held is not None)
                rows[ref] = before._replace(path=file.path, blob=file.blob, knows_file=knows_file)
                continue
            versions += _version(attempt, rows[ref], ref, before, "move" if was != ref else "update")
        return Model(rows, names, (*self.versions, *versions), begun=True, left=self.left | left)

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
        called = {known: ref for ref, known in self.names.items()}
        left = {
            (row.id, called[row.id], (there.blob or "") if (there := self._row(row.id)) and there.knows_file else "")
            for ref, row in state.items()
            if called.get(row.id, ref) != ref
        }
        left |= {(names[ref], ref, "") for ref, row in state.items() if names.get(ref, row.id) != row.id}
        for ref, row in state.items():
            rows[ref], names[ref] = row, row.id
            was, there = before.get(row.id, (ref, None))
            versions += _version(attempt, row, ref, there, "update" if was == ref else "move")
        return Model(rows, names, (*self.versions, *versions), begun=True, left=self.left | left)

    def _row(self, known: str) -> Row | None:
        return next((row for row in self.rows.values() if row.id == known and row.held), None)

    @property
    def state(self) -> dict[Ref, Row]:
        """What is declared, as it was applied."""
        return {
            ref: row._replace(held=row.applied, is_ours=True, knows_file=True)
            for ref, row in self.rows.items()
            if row.applied
        }

    # ---- What is not applied

    def invalid(self, coming: Coming, *, delete: bool) -> list[str]:
        """Return why a commit cannot be a revision at all. What is left may be named."""
        left = set() if delete else {ref for ref in self.gone(coming) if self.rows[ref].held}
        texts = {ref: file.text for ref, file in coming.desired.items()}
        return [
            *(f"{target} is not there" for target in _named(texts) if target not in coming.desired.keys() | left),
            *(f"{ref} is not what it says it was: {why}" for ref, why in self.fate(coming).wrong.items()),
        ]

    def taken(self, coming: Coming) -> list[Ref]:
        """Return the names of what is gone that another resource has now."""
        return [ref for ref in self.gone(coming) if ref in coming.desired]

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

    def left_behind(self, coming: Coming) -> list[Ref]:
        """Return what would be left naming a resource under a name that is given up."""
        former = set(self.renames(coming).values())
        return [
            ref
            for ref in self.gone(coming)
            if any(target in former for _, target in references(ref, self.rows[ref].applied))
        ]


def _version(attempt: int, row: Row, ref: Ref, before: Row | None, action: str) -> Iterator[Version]:
    """Yield the entry of the history, where there is anything new."""
    is_there = before is not None and before.held is not None
    drifted = before is not None and before.drifted
    if action == "move" or drifted or not before or before.held != row.held:
        action = action if is_there or action == "move" else "create"
        yield Version(attempt, row.id, action, ref, digest_of(row.held or ""), row.path, drifted)
