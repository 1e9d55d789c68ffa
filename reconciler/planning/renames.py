"""Determines the resource behind each name, from the names in the database and the commits since."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import NamedTuple

from reconciler.core.history.states import Blobs, list_blobs
from reconciler.core.history.succession import Departure, File, FilesByRef, Held, Memory, Succession, follow
from reconciler.core.manifest.check import read_former_name
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.layout import parse_ref
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.yaml.text import MAX_BYTES
from reconciler.database.connection import Connection
from reconciler.desired.git.objects import NoObject
from reconciler.desired.passage import Untold
from reconciler.desired.source import Source, strip_folder
from reconciler.observed import stored
from reconciler.observed.stored import Bearer
from reconciler.planning.affected import Affected

NOTHING_HAPPENED = Succession({}, {}, frozenset(), (), frozenset(), {})


class Names(NamedTuple):
    """The names after the commits since the applied revision. `rows` are the rows before, by name.

    `ids` are the identities of resources without a row, by their ids in the succession; a new identity is absent if the
    database can assign one. `bearers` are the identities that ever had an affected name; `gone_before` are the last
    names of resources removed before, by identity. `untold` says why the commits in between could not be read.
    """

    rows: Mapping[Ref, Manifest]
    succession: Succession = NOTHING_HAPPENED
    ids: Mapping[str, str] = MappingProxyType({})
    bearers: Mapping[Ref, Sequence[Bearer]] = MappingProxyType({})
    gone_before: Mapping[str | None, Ref] = MappingProxyType({})
    untold: Untold | None = None

    @property
    def renames(self) -> dict[Ref, Ref]:
        """The row's name of each renamed resource, by its new name."""
        names = {row.id: ref for ref, row in self.rows.items()}
        held = self.succession.held.items()
        return {ref: names[known] for ref, known in held if known in names and names[known] != ref}

    @property
    def renewed(self) -> set[Ref]:
        """The names taken over by another resource, if the resource of the row now has no name."""
        there = {*self.succession.held.values()}
        held = self.succession.held
        return {ref for ref, row in self.rows.items() if ref in held and held[ref] != row.id and row.id not in there}

    def find_identity(self, ref: Ref) -> str | None:
        """Return the identity of a resource; None if the database assigns one, or finds the resource by name."""
        known = self.succession.held.get(ref, "")
        return self.ids.get(known)


def find_names(conn: Connection, source: Source, contract: Contract, affected: Affected) -> Names:
    """Return the names after the new commit. The first apply has no names to change."""
    rows = _map_rows(affected)
    if affected.head is None:
        return Names(rows)
    steps, untold = _read_steps(source, contract, affected, rows)
    files = [*steps, {ref: File(manifest.blob, manifest.former) for ref, manifest in affected.desired.items()}]
    bearers = stored.find_bearers(conn, _list_involved(files, rows), affected.registry)
    memory = _make_memory(rows, bearers, _read_files_before(source, files, rows, bearers), affected.drift.unmanaged)
    course = follow(memory, steps)
    course.take(_find_corrections(affected, rows, course.find_file, {*(ref for step in steps for ref in step)}))
    succession = course.conclude()
    return Names(
        rows,
        succession,
        _assign_ids(succession, memory),
        bearers,
        {known: ref for ref, known in memory.gone.items()},
        untold,
    )


def _map_rows(affected: Affected) -> dict[Ref, Manifest]:
    """Return the managed rows, each with its applied file."""
    foreign = affected.drift.unmanaged - affected.desired.keys()
    applied = {ref: drifted.applied for ref, drifted in affected.drift.found.items() if drifted.applied}
    return {row.ref: applied.get(row.ref) or row for row in affected.rows if row.ref not in foreign}


def _read_steps(
    source: Source, contract: Contract, affected: Affected, rows: Mapping[Ref, Manifest]
) -> tuple[list[FilesByRef], Untold | None]:
    """Return the changes of each commit, or the reason why git cannot tell."""
    passage = affected.passage
    if passage is None or isinstance(passage, Untold) or source.repository is None:
        return [], passage if isinstance(passage, Untold) else None
    changed = [*list_blobs(passage.steps, lambda path: parse_ref(strip_folder(source.folder, path), contract), rows)]
    known = {manifest.blob: manifest.former.name if manifest.former else None for manifest in affected.desired.values()}
    try:
        known |= _read_former_names(source, {blob for step in changed for blob in step.values() if blob} - known.keys())
    except NoObject:
        is_suspect = _can_hide_rename(changed, rows)
        return [], Untold("not all files of the commits in between are here, as in a partial clone", hides=is_suspect)
    return [{ref: _make_file(ref, blob, known) for ref, blob in step.items()} for step in changed], None


def _make_file(ref: Ref, blob: str | None, former: Mapping[str | None, str | None]) -> File | None:
    name = former[blob] if blob else None
    return File(blob, Ref(ref.kind, name) if name else None) if blob else None


def _read_former_names(source: Source, wanted: AbstractSet[str]) -> dict[str | None, str | None]:
    """Return the former name in each blob's `movedFrom` line, None without a line."""
    if not wanted or source.repository is None:
        return {}
    names = sorted(wanted)
    contents = zip(names, source.repository.read_blobs(names, MAX_BYTES), strict=True)
    return {name: read_former_name(data) if data is not None else None for name, data in contents}


def _can_hide_rename(steps: Iterable[Blobs], rows: Mapping[Ref, Manifest]) -> bool:
    """Whether commits remove and add names of a kind, which an unreadable `movedFrom` line may declare as a rename."""
    changed = [item for step in steps for item in step.items()]
    gone = {ref.kind for ref, blob in changed if blob is None}
    return any(blob is not None and ref not in rows and ref.kind in gone for ref, blob in changed)


def _list_involved(steps: Iterable[FilesByRef], rows: Mapping[Ref, Manifest]) -> set[Ref]:
    """Return the names of changed resources, and the former names in their files."""
    changes = [item for step in steps for item in step.items() if not _is_row(item, rows)]
    return {ref for ref, _ in changes} | {file.former for _, file in changes if file and file.former}


def _is_row(change: tuple[Ref, File | None], rows: Mapping[Ref, Manifest]) -> bool:
    ref, file = change
    row = rows.get(ref)
    return row is not None and file is not None and row.blob is not None and row.blob == file.blob


def _make_memory(
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


def _read_files_before(
    source: Source, steps: Iterable[FilesByRef], rows: Mapping[Ref, Manifest], bearers: Mapping[Ref, Sequence[Bearer]]
) -> dict[Ref, File]:
    """Return the applied files of rows whose changed file may only repeat an old `movedFrom` line."""
    changes = [item for step in steps for item in step.items() if not _is_row(item, rows)]
    touched = {ref for ref, _ in changes}
    before: dict[Ref, File] = {}
    for ref, file in changes:
        row = rows.get(ref)
        if row is None or row.blob is None or file is None or file.former is None or ref in before:
            continue
        had = any(bearer.id == row.id for bearer in bearers.get(file.former, ()))
        if not had or file.former in touched:
            before[ref] = _read_file_before(source, ref, row.blob, file.former)
    return before


def _read_file_before(source: Source, ref: Ref, blob: str, former: Ref) -> File:
    try:
        return _make_file(ref, blob, _read_former_names(source, {blob})) or File(blob)
    except (NoObject, KeyError):
        # The applied file is gone from git: assume the same `movedFrom` line.
        return File(blob, former)


def _find_corrections(
    affected: Affected, rows: Mapping[Ref, Manifest], believed: Callable[[Ref], File | None], involved: AbstractSet[Ref]
) -> FilesByRef:
    """Return the files of the new commit that differ from the files implied by the commits in between."""
    declared = {ref: File(manifest.blob, manifest.former) for ref, manifest in affected.desired.items()}
    truth: dict[Ref, File | None] = dict.fromkeys({*affected.resources, *involved})
    truth |= {ref: _reset_to_row(believed(ref), rows[ref]) for ref in involved & affected.kept.keys()}
    return {ref: file for ref, file in (truth | declared).items() if file is None or file != believed(ref)}


def _reset_to_row(believed: File | None, row: Manifest) -> File:
    return believed if believed and believed.blob == row.blob else File(row.blob)


def _assign_ids(succession: Succession, memory: Memory) -> dict[str, str]:
    """Return the identities of resources without a row, by their ids in the succession.

    A resource new on the way gets an identity here if the database could mistake the resource for another, or has to
    remember its names.
    """
    rows = {held.id for held in memory.held.values()}
    known = {identity: identity for identity in memory.gone.values() if identity not in rows}
    taken = {succession.held[ref] for ref in {*memory.held, *memory.gone} & succession.held.keys()}
    remembered = {departure.id for departure in succession.departures} | {*succession.gone.values()}
    return known | {made: str(uuid.uuid4()) for made in succession.made & (taken | remembered)}
