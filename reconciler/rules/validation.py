"""Finds every problem of a registry without a database."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from reconciler.core.errors import InvalidRegistry, Refused
from reconciler.core.manifest.check import read_outline
from reconciler.core.manifest.consistency import (
    find_dangling_references,
    find_duplicate_names,
    find_self_moves,
    ranged_targets,
    unsatisfied_ranges,
    versions_of,
)
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic, Problem
from reconciler.core.manifest.exceptions import problems as wrong_exceptions
from reconciler.core.manifest.layout import REGISTRY_FILE, Entry, is_manifest, parse_ref
from reconciler.core.manifest.limits import check_resource_limit
from reconciler.core.manifest.policy import read_policy
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.desired.load import Loaded, Progress, load_manifests, locate_problems
from reconciler.desired.source import Source
from reconciler.rules.freeze_windows import find_window_problems
from reconciler.rules.ownership import find_wrong_owners
from reconciler.rules.signers import find_signer_problems

_DANGLING: Final = "dangling-reference"


def validate_registry(
    source: Source, contract: Contract, progress: Progress = lambda _: None
) -> tuple[list[Entry], list[Diagnostic]]:
    """Return all files and all problems of a registry, sorted. Needs no database."""
    entries = source.list_entries()
    return entries, find_problems(source, entries, load_manifests(source, entries, contract, progress), contract)


def load_valid(source: Source, contract: Contract, progress: Progress = lambda _: None) -> Loaded:
    """Return every manifest of a registry. Needs no database.

    Raises InvalidRegistry with every problem of every file, NoRegistry if registry.yaml is missing.
    """
    entries = source.list_entries()
    require_registry(find_missing_registry(source, entries))
    loaded = load_manifests(source, entries, contract, progress)
    require_valid(find_problems(source, entries, loaded, contract))
    return loaded


def find_problems(source: Source, entries: list[Entry], loaded: Loaded, contract: Contract) -> list[Diagnostic]:
    """Return the problems of loaded files, and those between them, sorted."""
    manifests = (*loaded.manifests, *read_outlines(source, entries, loaded, contract))
    between = [
        *drop_dangling_elsewhere(
            find_problems_between(manifests, list_names(entries, contract)), lambda: loaded.registry
        ),
        *find_registry_problems(source, loaded, contract, len(loaded.manifests)),
    ]
    missing = find_missing_registry(source, entries)
    return sorted({*loaded.diagnostics, *missing, *locate_further(source, between, loaded.diagnostics)})


def drop_dangling_elsewhere(
    problems: Iterable[Problem], read_registry: Callable[[], Manifest | None]
) -> Iterator[Problem]:
    """Yield problems, without dangling references if registry.yaml allows names of other registries of the database.

    Only a plan can tell whether these have the resources.
    """
    told = list(problems)
    dangling = [problem for problem in told if problem.rule == _DANGLING]
    may_be_elsewhere = bool(dangling) and bool(read_policy(read_registry()).registries)
    yield from (problem for problem in told if problem.rule != _DANGLING or not may_be_elsewhere)


def find_problems_between(manifests: Collection[Manifest], names: Iterable[Ref]) -> Iterator[Problem]:
    """Yield the problems between files. `names` are the resources of further files, which are not read."""
    yield from find_duplicate_names(manifests, {})
    yield from find_self_moves(manifests)
    yield from find_dangling_references(manifests, names)
    targets = ranged_targets(manifests)
    versions = versions_of(manifest for manifest in manifests if manifest.ref in targets)
    yield from unsatisfied_ranges(manifests, versions)


def find_registry_problems(source: Source, loaded: Loaded, contract: Contract, resources: int) -> Iterator[Problem]:
    """Yield the problems of the files about the registry beside their schemas, and by its rules on these manifests."""
    yield from check_resource_limit(loaded.registry, resources)
    yield from find_window_problems(loaded.registry)
    yield from wrong_exceptions(loaded.exceptions)
    yield from find_signer_problems(source, loaded.registry)
    yield from find_wrong_owners(source, loaded, contract)


def locate_further(source: Source, problems: Iterable[Problem], known: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield problems with their lines. An invalid name also dangles; the known report is enough."""
    told = {(diagnostic.path, diagnostic.line, diagnostic.column, _DANGLING) for diagnostic in known}
    for problem in locate_problems(source, problems):
        if (problem.path, problem.line, problem.column, problem.rule) not in told:
            yield problem


def read_outlines(source: Source, entries: Iterable[Entry], loaded: Loaded, contract: Contract) -> Iterator[Manifest]:
    """Yield the outlines of invalid manifests, to find all their problems in one run."""
    invalid = {problem.path for problem in loaded.diagnostics}
    again = [entry for entry in entries if entry.path in invalid and is_manifest(entry, contract)]
    for entry, (blob, data) in zip(again, source.read(again), strict=True):
        if (manifest := read_outline(entry.path, entry.inside, data, blob, contract)) is not None:
            yield manifest


def list_names(entries: Iterable[Entry], contract: Contract) -> Iterator[Ref]:
    """Yield the resources by their file names. References to a resource with an invalid file do not dangle."""
    for entry in entries:
        if ref := parse_ref(entry.inside, contract):
            yield ref


def find_missing_registry(source: Source, entries: Iterable[Entry]) -> Iterator[Diagnostic]:
    """Yield a problem if registry.yaml is missing."""
    insides = {entry.inside for entry in entries}
    if REGISTRY_FILE not in insides:
        yield make_missing_registry(source, "" if insides else "; the folder is empty or not there")


def make_missing_registry(source: Source, why: str = "") -> Diagnostic:
    """Return the problem of a folder without registry.yaml."""
    path = f"{source.folder}/{REGISTRY_FILE}" if source.folder else REGISTRY_FILE
    where = f"at commit {source.commit.id[:12]}" if source.commit and source.name == "commit" else "here"
    message = (
        f"there is no such file {where}, so this is no registry{why}; create it, or name the folder with --registry."
        " toolreg init creates a whole registry"
    )
    return Diagnostic(path, 1, 1, "no-registry", message)


class NoRegistry(Refused):
    """There is no registry at this place, or none that can be read."""


def require_valid(problems: Iterable[Diagnostic]) -> None:
    """Raise InvalidRegistry if `problems` is not empty."""
    if distinct := set(problems):
        raise InvalidRegistry(tuple(sorted(distinct)))


def require_registry(problems: Iterable[Diagnostic]) -> None:
    """Raise NoRegistry if `problems` is not empty: a missing folder must not pass for an emptied registry."""
    for problem in problems:
        raise NoRegistry(f"{problem.path}: {problem.message}")
