"""Finds the changed files of a revision, and the rows that these files declare, declared before, or name."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

from reconciler.core.history.states import list_changed_resources
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.exceptions import problems as wrong_exceptions
from reconciler.core.manifest.layout import REGISTRY_FILE, Entry, FileType, parse_file_key, parse_ref
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.state.drift import Drift
from reconciler.core.state.head import Head
from reconciler.core.state.registry_name import RegistryName
from reconciler.database.connection import Connection
from reconciler.desired.environments import find_patched
from reconciler.desired.load import Loaded, Progress, load_manifests, load_registry_file, locate_problems
from reconciler.desired.passage import Passage, Untold
from reconciler.desired.source import Delta, Source, strip_folder
from reconciler.failpoints import reached
from reconciler.observed import stored
from reconciler.observed.drift import judge_drift
from reconciler.planning.registry_name import find_registry
from reconciler.rules.environments import find_stray_patches
from reconciler.rules.freeze_windows import find_window_problems
from reconciler.rules.ownership import find_wrong_owners
from reconciler.rules.signers import find_signer_problems
from reconciler.rules.validation import find_missing_registry, make_missing_registry, require_registry, require_valid

KnownBlobs = Mapping[str | None, str | None]
"""The blob of each applied file, by its path."""


@dataclass(frozen=True)
class Affected:
    """The files and rows that a revision can affect.

    `rows` carry no manifest text; unrepaired drift is shown as last applied. `there` are the same rows as observed.
    `passage` is the way from the applied commit, None if either side has no commit.
    """

    head: Head | None
    drift: Drift
    delta: Delta
    loaded: Loaded
    rows: tuple[Manifest, ...]
    there: Mapping[Ref, Manifest]
    passage: Passage | Untold | None = None
    renamed: frozenset[Ref] = frozenset()
    name: RegistryName | None = None

    @property
    def registry(self) -> str | None:
        """The name of the registry in the database."""
        return self.name.stored if self.name else None

    @cached_property
    def desired(self) -> dict[Ref, Manifest]:
        """The manifests of the changed files."""
        return {manifest.ref: manifest for manifest in self.loaded.manifests}

    @cached_property
    def resources(self) -> dict[Ref, Manifest]:
        """The rows that may change: rows of changed files, rows to repair, and unmanaged rows that are now declared."""
        return {row.ref: row for row in self.rows if self._is_affected(row)}

    @cached_property
    def kept(self) -> dict[Ref, str]:
        """The paths of the resources whose files did not change."""
        unowned = self.drift.unmanaged
        return {
            row.ref: row.path or "" for row in self.rows if row.ref not in self.resources and row.ref not in unowned
        }

    def widen(self, source: Source, refs: AbstractSet[Ref], contract: Contract) -> "Affected":
        """Return a copy with the manifests of `refs` in unchanged files: their names now stand for other resources."""
        paths = {self.kept[ref] for ref in refs & self.kept.keys()}
        if not paths:
            return self
        more = load_manifests(source, [entry for entry in source.list_entries() if entry.path in paths], contract)
        loaded = self.loaded._replace(manifests=(*self.loaded.manifests, *more.manifests))
        return replace(self, loaded=loaded, renamed=frozenset(refs))

    def _is_affected(self, row: Manifest) -> bool:
        if row.ref in self.drift.unmanaged:
            return row.ref in self.desired
        return row.path in self.delta.paths or row.ref in self.drift.repaired or row.ref in self.renamed


def find_affected(conn: Connection, source: Source, contract: Contract, progress: Progress) -> Affected:
    """Read the files changed since the applied revision, and the rows affected by the changes.

    Raises InvalidRegistry for problems within a file, NoRegistry if registry.yaml is missing.
    """
    reached("before-observe")
    file = load_registry_file(source, contract)
    name = find_registry(conn, file)
    registry = name.stored if name else None
    head = stored.read_head(conn, registry)
    drift = judge_drift(conn, source, contract, registry)
    delta, rows = _find_changes(conn, source, contract, head, drift, registry)
    reached("after-observe")
    loaded = _load(source, delta, file, contract, progress)
    require_valid((*loaded.diagnostics, *find_stray_patches(source, contract)))
    wrong = [
        *find_window_problems(loaded.registry),
        *wrong_exceptions(loaded.exceptions),
        *find_wrong_owners(source, loaded, contract),
    ]
    require_valid(locate_problems(source, [*wrong, *find_signer_problems(source, loaded.registry)]))
    passage = source.find_passage(head.commit) if head and head.commit else None
    if rows is None:
        named = _list_named_refs(loaded) | _list_passed_refs(passage, source, contract) | drift.repairable
        rows = [*stored.read_touched(conn, named, delta.paths, registry), *drift.lost]
    applied, there = tuple(drift.as_applied(rows)), {row.ref: row for row in rows}
    return Affected(head, drift, delta, loaded, applied, there, passage, name=name)


def _find_changes(
    conn: Connection,
    source: Source,
    contract: Contract,
    head: Head | None,
    drift: Drift,
    registry: str | None,
) -> tuple[Delta, list[Manifest] | None]:
    """Return the files to read, and all rows, including missing rows, if the files had to be compared with the rows.

    If git can list the files changed since the applied commit, no rows are read here: the cost follows the change.
    """
    judged_alike = head is not None and head.contract == contract.digest
    # Unmanaged rows do not matter: a file that declares an unmanaged row is new to git, too.
    is_whole = head is not None and not head.left_undeleted and not drift.repaired
    is_whole = is_whole and head is not None and head.environment == source.environment
    if judged_alike and is_whole and head and head.commit and (head.source, head.folder) == ("commit", source.folder):
        delta = source.find_changes_since(head.commit)
        if delta is not None:
            return delta, None
    rows = [*stored.read_all_rows(conn, registry), *drift.lost]
    applied = drift.as_applied(rows)
    known: KnownBlobs = {row.path: row.blob for row in applied if row.ref not in drift.unread} if judged_alike else {}
    known = _forget_patched(known, source, head) if head else known
    entries = source.list_entries()
    require_registry(find_missing_registry(source, entries))
    paths = {entry.path for entry in entries}
    return Delta(
        tuple(entry for entry in entries if not _is_known(entry, known)),
        frozenset(row.path for row in applied if row.path and row.path not in paths),
    ), rows


def _forget_patched(known: KnownBlobs, source: Source, head: Head) -> KnownBlobs:
    """Return the known blobs without the files that a patch concerns, applied or to apply: blobs ignore patches."""
    if head.environment is None and not source.patches:
        return known
    commit = head.commit if (head.source, head.folder) == ("commit", source.folder) else None
    applied = find_patched(source, head.environment, commit)
    if applied is None:
        return {}
    patched = applied | source.patches.keys()
    places = ((path, parse_file_key(strip_folder(source.folder, path or ""))) for path in known)
    return {path: known[path] for path, place in places if place not in patched}


def _is_known(entry: Entry, known: KnownBlobs) -> bool:
    return entry.type is FileType.FILE and entry.blob is not None and known.get(entry.path) == entry.blob


def _load(source: Source, delta: Delta, file: Manifest | None, contract: Contract, progress: Progress) -> Loaded:
    """Return the changed files. `file` is registry.yaml; if None, it is read again for its problems."""
    others = [entry for entry in delta.entries if entry.inside != REGISTRY_FILE]
    if file is not None:
        return load_manifests(source, others, contract, progress)._replace(registry=file)
    entry = source.find_entry(REGISTRY_FILE)
    if entry is None:
        require_registry([make_missing_registry(source)])
    return load_manifests(source, [*others, *([entry] if entry else [])], contract, progress)


def _list_passed_refs(passage: Passage | Untold | None, source: Source, contract: Contract) -> set[Ref]:
    """Return every resource whose file was changed by a commit on the way."""
    steps = passage.steps if isinstance(passage, Passage) else ()
    return list_changed_resources(steps, lambda path: parse_ref(strip_folder(source.folder, path), contract))


def _list_named_refs(loaded: Loaded) -> set[Ref]:
    """Return every resource declared or named by the manifests, former names included."""
    named = {manifest.ref for manifest in loaded.manifests}
    named |= {manifest.former for manifest in loaded.manifests if manifest.former}
    return named | {reference.target for manifest in loaded.manifests for reference in manifest.references}
