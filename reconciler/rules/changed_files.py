"""Finds the problems that changed files have, and cause in other files, without reading all files of a registry.

The same rules run on both sides of a change, over the changed files and over the unchanged files that the change can
affect. A problem of an unchanged file counts if it exists on the later side alone. An unread file counts by its name:
a file whose `metadata.name` differs has a problem of its own on both sides.
"""

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from reconciler.core.errors import TemporaryError
from reconciler.core.manifest.consistency import fold_case, ranged_targets, versions_of
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic, Problem
from reconciler.core.manifest.layout import EXCEPTIONS_FILE, REGISTRY_FILE, Entry, is_ignored, is_manifest, parse_ref
from reconciler.core.manifest.policy import Team, read_policy
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.desired.environments import patch_like
from reconciler.desired.git_files import GitTree
from reconciler.desired.load import Inspect, Loaded, Progress, load_manifests, load_registry_file
from reconciler.desired.search import find_naming
from reconciler.desired.source import Delta, Source, entries_at
from reconciler.rules.validation import (
    drop_dangling_elsewhere,
    find_missing_registry,
    find_problems_between,
    find_registry_problems,
    list_names,
    locate_further,
    read_outlines,
)


class UnknownChanges(TemporaryError):
    """git cannot tell the changes since the base."""


class FilesRead(NamedTuple):
    """Some files on one side of a change, read. `names` are all resources of that side, by their file names."""

    source: Source
    loaded: Loaded
    outlines: tuple[Manifest, ...]
    names: frozenset[Ref] = frozenset()

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The manifests, and the outlines of invalid manifests."""
        return (*self.loaded.manifests, *self.outlines)

    def join(self, related: "FilesRead") -> "FilesRead":
        """Return the files of both, in the order of reading all files."""
        one, other = self.loaded, related.loaded
        loaded = Loaded(
            _sort_by_path((*one.manifests, *other.manifests)),
            one.registry or other.registry,
            (*one.diagnostics, *other.diagnostics),
            one.exceptions or other.exceptions,
        )
        return FilesRead(self.source, loaded, _sort_by_path((*self.outlines, *related.outlines)), self.names)


class Changed(NamedTuple):
    """The changed files on both sides; all files and the files read, on the later side; and the problems, sorted."""

    delta: Delta
    before: FilesRead
    after: FilesRead
    entries: list[Entry]
    read: list[Entry]
    problems: list[Diagnostic]


def validate_changes(
    source: Source,
    base: GitTree,
    contract: Contract,
    progress: Progress = lambda _: None,
    inspect: Inspect | None = None,
) -> Changed:
    """Return the files changed since a commit, every problem of these files, and new problems of other files.

    `inspect` looks at the changed files of the later side.
    """
    delta = source.find_changes_since(base.commit.id)
    if delta is None:
        raise UnknownChanges(f"what changed since {base.commit.id[:12]} cannot be told; git fetch --unshallow")
    entries, paths = source.list_entries(), delta.paths
    unchanged = [(entry, parse_ref(entry.inside, contract)) for entry in entries if entry.path not in paths]
    kept = frozenset(ref for _, ref in unchanged if ref)
    manifests = [(entry, ref) for entry, ref in unchanged if is_manifest(entry, contract)]
    before = _read_files(patch_like(base, source), entries_at(base, paths), contract, kept)
    after = _read_files(source, delta.entries, contract, kept, progress, inspect)
    related = [*_find_related(source, before, after, manifests, contract)]
    further = _read_files(source, related, contract, frozenset(), progress)
    problems = _find_new(before, after, further, paths, sum(ref is not None for _, ref in manifests), contract)
    diagnostics = {
        *after.loaded.diagnostics,
        *locate_further(source, problems, (*after.loaded.diagnostics, *further.loaded.diagnostics)),
        *find_missing_registry(source, entries),
    }
    read = [*(entry for entry in delta.entries if not is_ignored(entry)), *related]
    return Changed(delta, before, after, entries, read, sorted(diagnostics))


def _read_files(
    source: Source,
    entries: Sequence[Entry],
    contract: Contract,
    kept: frozenset[Ref],
    progress: Progress = lambda _: None,
    inspect: Inspect | None = None,
) -> FilesRead:
    loaded = load_manifests(source, entries, contract, progress, inspect)
    outlines = tuple(read_outlines(source, entries, loaded, contract))
    names = kept.union(list_names(entries, contract), (manifest.ref for manifest in outlines))
    return FilesRead(source, loaded, outlines, names)


def _find_related(
    source: Source,
    before: FilesRead,
    after: FilesRead,
    manifests: Sequence[tuple[Entry, Ref | None]],
    contract: Contract,
) -> list[Entry]:
    """Return the unchanged files that a change can affect, and registry.yaml and exceptions.yaml, sorted.

    `manifests` are all unchanged manifests, each with its resource by the file name.
    """
    entries = [entry for entry, _ in manifests]
    if _list_teams(before) != _list_teams(after) or _loses_registries(before, after):
        # Other teams judge the owner of every file, and a name of a lost registry can stand in each.
        return entries
    gone = before.names - after.names
    # A version without a resource is a version that moved, too: an equal name may come into force.
    moved = {ref for ref, _ in versions_of(before.manifests).items() ^ versions_of(after.manifests).items()}
    naming = [
        *_find_consumers(source, entries, gone, contract, is_ranged=False),
        *_find_consumers(source, entries, _select_ranged(moved, contract), contract, is_ranged=True),
    ]
    folded = {fold_case(manifest.ref) for manifest in (*before.manifests, *after.manifests)}
    targets = ranged_targets(after.manifests)
    named = (
        entry
        for entry, ref in manifests
        if entry.inside in {REGISTRY_FILE, EXCEPTIONS_FILE} or (ref and (ref in targets or fold_case(ref) in folded))
    )
    return sorted({*naming, *named})


def _list_teams(side: FilesRead) -> tuple[Team, ...]:
    """Return the teams of a changed registry.yaml; none of an unchanged one."""
    return read_policy(side.loaded.registry).teams


def _loses_registries(before: FilesRead, after: FilesRead) -> bool:
    """Whether a changed registry.yaml lacks a registry whose resources could be named before."""
    return bool(read_policy(before.loaded.registry).registries - read_policy(after.loaded.registry).registries)


def _select_ranged(refs: AbstractSet[Ref], contract: Contract) -> set[Ref]:
    """Return the resources whose versions a range can concern."""
    return {ref for ref in refs if ref.kind in contract.ranged}


def _find_consumers(
    source: Source, entries: Sequence[Entry], refs: AbstractSet[Ref], contract: Contract, *, is_ranged: bool
) -> Iterator[Entry]:
    """Yield the files that may refer to one of these resources, or that may name their versions."""
    kinds = {ref.kind for ref in refs}
    folders = {
        kind.plural
        for kind in contract.kinds.values()
        if kinds & {target for steps, target in kind.references.items() if not is_ranged or steps in kind.ranges}
    }
    asked = [entry for entry in entries if entry.inside.partition("/")[0] in folders]
    return find_naming(source, asked, refs) if asked else iter(())


def _find_new(
    before: FilesRead, after: FilesRead, related: FilesRead, paths: AbstractSet[str], unread: int, contract: Contract
) -> list[Problem]:
    """Return the problems of changed files, and the new problems of other files. `unread` files count as resources."""
    old = {
        (problem.path, problem.pointer, problem.rule)
        for problem in _find_all(before.join(related), contract, unread + len(before.loaded.manifests))
        if problem.path not in paths
    }
    found = _find_all(after.join(related), contract, unread + len(after.loaded.manifests))
    return [problem for problem in found if (problem.path, problem.pointer, problem.rule) not in old]


def _find_all(side: FilesRead, contract: Contract, resources: int) -> Iterator[Problem]:
    between = find_problems_between(side.manifests, side.names)
    yield from drop_dangling_elsewhere(between, lambda: load_registry_file(side.source, contract))
    yield from find_registry_problems(side.source, side.loaded, contract, resources)


def _sort_by_path(manifests: Collection[Manifest]) -> tuple[Manifest, ...]:
    return tuple(sorted(manifests, key=lambda manifest: manifest.path or ""))
