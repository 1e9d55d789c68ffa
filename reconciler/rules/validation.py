"""Finds every problem of a registry without a database."""

from collections.abc import Collection, Iterable, Iterator

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
from reconciler.core.manifest.layout import REGISTRY_FILE, Entry, is_manifest
from reconciler.core.manifest.limits import check_resource_limit
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.desired.load import Loaded, Progress, load_manifests, locate_problems
from reconciler.desired.source import Source
from reconciler.rules.freeze_windows import find_window_problems
from reconciler.rules.ownership import find_wrong_owners
from reconciler.rules.signers import find_signer_problems


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
    manifests = (*loaded.manifests, *_read_outlines(source, entries, loaded, contract))
    between = locate_problems(
        source,
        [
            *find_duplicate_names(manifests, {}),
            *find_self_moves(manifests),
            *find_dangling_references(manifests, _list_names(entries, contract)),
            *_find_unsatisfied(manifests),
            *check_resource_limit(loaded.registry, len(loaded.manifests)),
            *find_window_problems(loaded.registry),
            *wrong_exceptions(loaded.exceptions),
            *find_signer_problems(source, loaded.registry),
            *find_wrong_owners(source, loaded, contract),
        ],
    )
    # An invalid name also dangles; a single report is enough.
    known = {(problem.path, problem.line, problem.column, "dangling-reference") for problem in loaded.diagnostics}
    return sorted(
        {
            *loaded.diagnostics,
            *find_missing_registry(source, entries),
            *(
                problem
                for problem in between
                if (problem.path, problem.line, problem.column, problem.rule) not in known
            ),
        }
    )


def _find_unsatisfied(manifests: Collection[Manifest]) -> Iterator[Problem]:
    targets = ranged_targets(manifests)
    return unsatisfied_ranges(manifests, versions_of(manifest for manifest in manifests if manifest.ref in targets))


def _read_outlines(source: Source, entries: Iterable[Entry], loaded: Loaded, contract: Contract) -> Iterator[Manifest]:
    """Yield the outlines of invalid manifests, to find all their problems in one run."""
    invalid = {problem.path for problem in loaded.diagnostics}
    again = [entry for entry in entries if entry.path in invalid and is_manifest(entry, contract)]
    for entry, (blob, data) in zip(again, source.read(again), strict=True):
        if (manifest := read_outline(entry.path, entry.inside, data, blob, contract)) is not None:
            yield manifest


def _list_names(entries: Iterable[Entry], contract: Contract) -> Iterator[Ref]:
    """Yield the resources by their file names. References to a resource with an invalid file do not dangle."""
    for entry in entries:
        plural, _, rest = entry.inside.partition("/")
        kind = contract.by_plural(plural)
        if kind and rest.endswith(".yaml"):
            yield Ref(kind.name, rest.rpartition("/")[2].removesuffix(".yaml"))


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
