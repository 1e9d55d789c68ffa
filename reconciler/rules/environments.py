"""Finds the problems of the environments of a registry: of each patch, and of each manifest with its patch."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from reconciler.core.manifest.consistency import find_dangling_references
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic, Problem
from reconciler.core.manifest.inspected import Inspected
from reconciler.core.manifest.layout import (
    ENVIRONMENTS_FOLDER,
    Entry,
    FileKey,
    is_environment,
    is_manifest,
    is_patch,
    parse_file_key,
    parse_ref,
    split_environment,
)
from reconciler.core.manifest.patch import check_patch
from reconciler.core.nearest import did_you_mean
from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.desired.environments import (
    MOST_ENVIRONMENTS,
    Patched,
    list_environments,
    patch_like,
    patch_source,
)
from reconciler.desired.load import Inspect, Loaded, load_manifests, load_registry_file, locate_problems
from reconciler.desired.source import Delta, Source, join_folder, strip_folder
from reconciler.rules.validation import drop_dangling_elsewhere, list_names

# As in core/manifest/consistency.py: a search of all names takes long.
_MOST_HINTS: Final = 10


def find_environment_problems(
    source: Source, entries: Sequence[Entry], contract: Contract, only: AbstractSet[FileKey] | None = None
) -> list[Diagnostic]:
    """Return the problems of all environments, or of that of the source, sorted, each in a patch.

    `entries` are all files of the source. With `only`, the patches of other manifests are not read.

    The problems of the manifests themselves, and of misplaced files, are those of the registry.
    """
    names = list_environments(entries) if source.environment is None else [source.environment]
    sources = (patch_source(source, name, entries) for name in names)
    problems = {problem for patched in sources for problem in load_patched(patched, entries, contract, only)[1]}
    return sorted({*problems, *_find_excess(entries, names)} if source.environment is None else problems)


def _find_excess(entries: Sequence[Entry], names: Sequence[str]) -> Iterator[Diagnostic]:
    """Yield a problem for each file of an environment beyond the bound."""
    for entry in entries if len(names) == MOST_ENVIRONMENTS else ():
        split = split_environment(entry.inside)
        if split and is_environment(split[0]) and split[0] not in names:
            message = f"a registry has at most {MOST_ENVIRONMENTS} environments; remove some"
            yield Diagnostic(entry.path, 1, 1, "too-many-environments", message)


def find_new_problems(
    source: Source, base: Source, entries: Sequence[Entry], delta: Delta, contract: Contract
) -> list[Diagnostic]:
    """Return the problems of changed patches, and the problems of other patches that are new since a commit."""
    if not list_environments(entries):
        return []
    only = _select_keys(source, delta)
    then = find_environment_problems(patch_like(base, source), base.list_entries(), contract, only)
    known = {(problem.path, problem.rule, problem.message) for problem in then}
    return [
        problem
        for problem in find_environment_problems(source, entries, contract, only)
        if problem.path in delta.paths or (problem.path, problem.rule, problem.message) not in known
    ]


def find_stray_patches(source: Source, contract: Contract) -> Iterator[Diagnostic]:
    """Yield a problem for each patch of the source's environment without a resource, or of a patched resource."""
    if isinstance(source, Patched) and source.patches:
        yield from _judge_strays(source, source.list_entries(), contract)


def inspect_patches(
    source: Source, entries: Sequence[Entry], contract: Contract, inspect: Inspect
) -> tuple[Inspected, ...]:
    """Return the results of an inspection of each patch, which counts as an incomplete manifest."""
    patches = [entry for entry in entries if is_patch(entry, contract)]
    documents = zip(patches, source.read(patches), strict=True) if patches else ()
    return tuple(
        inspect(entry._replace(inside=_strip_environment(entry)), document, None, len(data))
        for entry, (_, data) in documents
        if isinstance(document := parse_yaml(data), Document)
    )


def _select_keys(source: Source, delta: Delta) -> AbstractSet[FileKey] | None:
    """Return the manifests whose patches a change can affect, None for all: any patch may name a removed resource."""
    keys = set()
    for path in delta.paths:
        inside = strip_folder(source.folder, path)
        split = split_environment(inside)
        if split is None and path in delta.gone:
            return None
        keys.add(parse_file_key(split[1] if split else inside))
    return keys


def load_patched(
    source: Patched, entries: Sequence[Entry], contract: Contract, only: AbstractSet[FileKey] | None = None
) -> tuple[Loaded, Iterator[Diagnostic]]:
    """Return the patched manifests of an environment, and the problems of its patches."""
    keys = source.patches.keys() if only is None else source.patches.keys() & only
    patched = [entry for entry in entries if parse_file_key(entry.inside) in keys and is_manifest(entry, contract)]
    loaded = load_manifests(source, patched, contract)
    return loaded, _find_problems(source, loaded, entries, contract)


def _find_problems(
    source: Patched, loaded: Loaded, entries: Sequence[Entry], contract: Contract
) -> Iterator[Diagnostic]:
    folder = join_folder(source.folder, f"{ENVIRONMENTS_FOLDER}/")
    dangling = drop_dangling_elsewhere(
        find_dangling_references(loaded.manifests, list_names(entries, contract)),
        lambda: load_registry_file(source, contract),
    )
    yield from _judge_strays(source, entries, contract)
    for problem in (*loaded.diagnostics, *locate_problems(source, dangling)):
        if problem.path.startswith(folder):
            yield problem


def _judge_strays(source: Patched, entries: Sequence[Entry], contract: Contract) -> Iterator[Diagnostic]:
    """Yield the problems of patches that are applied to no manifest."""
    problems = locate_problems(source.source, _find_strays(source, entries, contract))
    yield from problems
    paths = {problem.path for problem in problems}
    strays = [entry for entry in source.files if entry.path in paths]
    for entry, (_, data) in zip(strays, source.read(strays), strict=True) if strays else ():
        yield from check_patch(entry.path, _strip_environment(entry), data, contract)


def _find_strays(source: Patched, entries: Sequence[Entry], contract: Contract) -> Iterator[Problem]:
    names = {*list_names(entries, contract)}
    first: dict[tuple[str, str], str] = {}
    hints = 0
    for entry in source.files:
        ref = parse_ref(_strip_environment(entry), contract) if is_patch(entry, contract) else None
        if ref is None:
            continue
        if ref not in names:
            hints += 1
            known = [name for kind, name in names if kind == ref.kind] if hints <= _MOST_HINTS else []
            hint = f"; {did_you_mean(ref.name, known)}" if known else ""
            message = f"there is no {ref} to patch{hint}; correct the name, or remove the patch"
            yield Problem(entry.path, ("metadata", "name"), "patch-without-resource", message)
        elif first.setdefault(ref, entry.path) != entry.path:
            message = f"{first[ref]} patches {ref} in this environment already; remove one of them"
            yield Problem(entry.path, ("metadata", "name"), "duplicate-name", message)


def _strip_environment(entry: Entry) -> str:
    split = split_environment(entry.inside)
    return split[1] if split else entry.inside
