"""Which resource has which name now: what the database remembers of names, and what the commits since then told."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import NamedTuple

from reconciler.core.history.states import Blobs, blobs
from reconciler.core.history.succession import Departure, File, Held, Memory, Step, Succession, follow
from reconciler.core.manifest.check import former_name
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.layout import resource_at
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.yaml.text import MAX_BYTES
from reconciler.database.connection import Connection
from reconciler.desired.git.objects import NoObject
from reconciler.desired.passage import Untold
from reconciler.desired.source import Source, inside
from reconciler.observed import stored
from reconciler.observed.stored import Bearer
from reconciler.planning.affected import Affected

NOTHING_HAPPENED = Succession({}, {}, frozenset(), (), frozenset(), {})


class Names(NamedTuple):
    """What became of the names since the applied revision. `rows` are those that there were, by their names.

    `ids` are the identities of resources that have no row under any name; a new one has none where nobody asks for it.
    `bearers` are those that ever had a name that matters, `gone_before` those whose resource was gone already, with
    their last name. `untold` says why the commits in between could not be read.
    """

    rows: Mapping[Ref, Manifest]
    succession: Succession = NOTHING_HAPPENED
    ids: Mapping[str, str] = MappingProxyType({})
    bearers: Mapping[Ref, Sequence[Bearer]] = MappingProxyType({})
    gone_before: Mapping[str | None, Ref] = MappingProxyType({})
    untold: Untold | None = None

    @property
    def renames(self) -> dict[Ref, Ref]:
        """The name of its row, by the new name of each resource that is renamed."""
        names = {row.id: ref for ref, row in self.rows.items()}
        held = self.succession.held.items()
        return {ref: names[known] for ref, known in held if known in names and names[known] != ref}

    @property
    def renewed(self) -> set[Ref]:
        """The names that another resource has now than the row, without that one being renamed."""
        there = {*self.succession.held.values()}
        held = self.succession.held
        return {ref for ref, row in self.rows.items() if ref in held and held[ref] != row.id and row.id not in there}

    def identity(self, ref: Ref) -> str | None:
        """Return the identity of a resource, None where the database still has to give it one, or knows it by name."""
        known = self.succession.held.get(ref, "")
        return self.ids.get(known)


def names_now(conn: Connection, source: Source, contract: Contract, affected: Affected) -> Names:
    """Return what became of the names. A database that is filled for the first time has nothing to rename."""
    rows = _rows(affected)
    if affected.head is None:
        return Names(rows)
    steps, untold = _steps(source, contract, affected, rows)
    files = [*steps, {ref: File(found.blob, found.former) for ref, found in affected.desired.items()}]
    bearers = stored.bearers(conn, _involved(files, rows))
    memory = _memory(rows, bearers, _files_before(source, files, rows, bearers), affected.drift.unmanaged)
    course = follow(memory, steps)
    course.take(_truth(affected, rows, course.file, {*(ref for step in steps for ref in step)}))
    found = course.outcome()
    return Names(rows, found, _ids(found, memory), bearers, {known: ref for ref, known in memory.gone.items()}, untold)


def _rows(affected: Affected) -> dict[Ref, Manifest]:
    """Return the rows that are ours, each with the file that it was applied from."""
    foreign = affected.drift.unmanaged - affected.desired.keys()
    applied = {ref: found.applied for ref, found in affected.drift.found.items() if found.applied}
    return {row.ref: applied.get(row.ref) or row for row in affected.rows if row.ref not in foreign}


def _steps(
    source: Source, contract: Contract, affected: Affected, rows: Mapping[Ref, Manifest]
) -> tuple[list[Step], Untold | None]:
    """Return what each commit changed, or why that cannot be told."""
    passage = affected.passage
    if passage is None or isinstance(passage, Untold) or source.repository is None:
        return [], passage if isinstance(passage, Untold) else None
    changed = [*blobs(passage.steps, lambda path: resource_at(inside(source.folder, path), contract), rows)]
    known = {found.blob: found.former.name if found.former else None for found in affected.desired.values()}
    try:
        known |= _former_names(source, {blob for step in changed for blob in step.values() if blob} - known.keys())
    except NoObject:
        is_suspect = _may_rename(changed, rows)
        return [], Untold("not all files of the commits in between are here, as in a partial clone", hides=is_suspect)
    return [{ref: _file(ref, blob, known) for ref, blob in step.items()} for step in changed], None


def _file(ref: Ref, blob: str | None, former: Mapping[str | None, str | None]) -> File | None:
    name = former[blob] if blob else None
    return File(blob, Ref(ref.kind, name) if name else None) if blob else None


def _former_names(source: Source, wanted: AbstractSet[str]) -> dict[str | None, str | None]:
    """Return the former name that each blob says its resource had."""
    if not wanted or source.repository is None:
        return {}
    names = sorted(wanted)
    found = zip(names, source.repository.blobs(names, MAX_BYTES), strict=True)
    return {name: former_name(data) if data is not None else None for name, data in found}


def _may_rename(steps: Iterable[Blobs], rows: Mapping[Ref, Manifest]) -> bool:
    """Whether names vanish and others appear in some commits, so that a line that nobody can read may matter."""
    changed = [item for step in steps for item in step.items()]
    gone = {ref.kind for ref, blob in changed if blob is None}
    return any(blob is not None and ref not in rows and ref.kind in gone for ref, blob in changed)


def _involved(steps: Iterable[Step], rows: Mapping[Ref, Manifest]) -> set[Ref]:
    """Return the names that changes are about, and those that they say were former ones."""
    changes = [item for step in steps for item in step.items() if not _is_row(item, rows)]
    return {ref for ref, _ in changes} | {file.former for _, file in changes if file and file.former}


def _is_row(change: tuple[Ref, File | None], rows: Mapping[Ref, Manifest]) -> bool:
    ref, file = change
    row = rows.get(ref)
    return row is not None and file is not None and row.blob is not None and row.blob == file.blob


def _memory(
    rows: Mapping[Ref, Manifest],
    bearers: Mapping[Ref, Sequence[Bearer]],
    files: Mapping[Ref, File],
    foreign: AbstractSet[Ref],
) -> Memory:
    every = [(ref, bearer) for ref, several in bearers.items() for bearer in several]
    return Memory(
        {ref: Held(row.id or "", files.get(ref) or File(row.blob)) for ref, row in rows.items()},
        {
            ref: bearer.id
            for ref, bearer in every
            if bearer.now == ref and not bearer.is_present and ref not in rows and ref not in foreign
        },
        [Departure(bearer.id, ref, bearer.blob or None) for ref, bearer in every if bearer.left],
    )


def _files_before(
    source: Source, steps: Iterable[Step], rows: Mapping[Ref, Manifest], bearers: Mapping[Ref, Sequence[Bearer]]
) -> dict[Ref, File]:
    """Return the files that rows were applied from, with what they said, where a line may only go on saying that."""
    changes = [item for step in steps for item in step.items() if not _is_row(item, rows)]
    touched = {ref for ref, _ in changes}
    found: dict[Ref, File] = {}
    for ref, file in changes:
        row = rows.get(ref)
        if row is None or row.blob is None or file is None or file.former is None or ref in found:
            continue
        had = any(bearer.id == row.id for bearer in bearers.get(file.former, ()))
        if not had or file.former in touched:
            found[ref] = _before(source, ref, row.blob, file.former)
    return found


def _before(source: Source, ref: Ref, blob: str, former: Ref) -> File:
    try:
        return _file(ref, blob, _former_names(source, {blob})) or File(blob)
    except (NoObject, KeyError):
        # The file that was applied is gone from git, so nobody can say what it said.
        return File(blob, former)


def _truth(
    affected: Affected, rows: Mapping[Ref, Manifest], believed: Callable[[Ref], File | None], involved: AbstractSet[Ref]
) -> Step:
    """Return what the files of the new commit are otherwise than the commits before it let believe."""
    declared = {ref: File(found.blob, found.former) for ref, found in affected.desired.items()}
    truth: dict[Ref, File | None] = dict.fromkeys({*affected.resources, *involved})
    truth |= {ref: _as_begun(believed(ref), rows[ref]) for ref in involved & affected.kept.keys()}
    return {ref: file for ref, file in (truth | declared).items() if file is None or file != believed(ref)}


def _as_begun(believed: File | None, row: Manifest) -> File:
    return believed if believed and believed.blob == row.blob else File(row.blob)


def _ids(found: Succession, memory: Memory) -> dict[str, str]:
    """Return the identities that are not those of rows, by what they are called in a succession.

    Those that came on the way get one here where the database could take them for another, or has to remember them.
    """
    rows = {held.id for held in memory.held.values()}
    known = {identity: identity for identity in memory.gone.values() if identity not in rows}
    taken = {found.held[ref] for ref in {*memory.held, *memory.gone} & found.held.keys()}
    remembered = {departure.id for departure in found.departures} | {*found.gone.values()}
    return known | {made: str(uuid.uuid4()) for made in found.made & (taken | remembered)}
