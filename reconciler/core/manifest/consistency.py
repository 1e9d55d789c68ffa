"""Checks the rules between the files of a registry."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.nearest import did_you_mean

# Searching ten thousand names for a similar name takes a sixth of a second.
_MOST_HINTS: Final = 10


def duplicate_names(manifests: Iterable[Manifest], kept: Mapping[Ref, str]) -> Iterator[Problem]:
    """Yield a problem for each file with the kind and name of another file, compared without case.

    `kept` maps the resources of unchanged files, absent from `manifests`, to their paths.
    """
    paths: dict[Ref, list[str]] = defaultdict(list)
    for ref, path in kept.items():
        paths[_fold_case(ref)].append(path)
    for manifest in manifests:
        paths[_fold_case(manifest.ref)].append(manifest.path or "")
    for ref, same in paths.items():
        for path in same if len(same) > 1 else ():
            others = ", ".join(sorted(set(same) - {path})) or path
            message = f"{ref} is declared twice, here and in {others}; rename one"
            yield Problem(path, ("metadata", "name"), "duplicate-name", message)


def moved_from_themselves(manifests: Iterable[Manifest]) -> Iterator[Problem]:
    """Yield a problem for each resource with its own name in `metadata.movedFrom`."""
    for manifest in manifests:
        if manifest.former == manifest.ref:
            message = (
                f"{manifest.ref} has this name already; name the one that it had before, or remove metadata.movedFrom"
            )
            yield Problem(manifest.path or "", ("metadata", "movedFrom"), "moved-from", message)


def _fold_case(ref: Ref) -> Ref:
    return Ref(ref.kind, ref.name.casefold())


def dangling_references(manifests: Collection[Manifest], kept: Iterable[Ref]) -> Iterator[Problem]:
    """Yield a problem for each reference to a resource in neither `manifests` nor `kept`."""
    declared = {manifest.ref for manifest in manifests} | set(kept)
    hints: dict[Ref, str] = {}
    for manifest in manifests:
        path = manifest.path or ""
        for reference in manifest.references:
            if reference.target not in declared:
                if reference.target not in hints and len(hints) < _MOST_HINTS:
                    hints[reference.target] = _suggest(reference.target, declared)
                message = f"there is no {reference.target} in this registry{hints.get(reference.target, '')}"
                yield Problem(path, reference.pointer, "dangling-reference", message)


def _suggest(target: Ref, declared: Iterable[Ref]) -> str:
    names = [ref.name for ref in declared if ref.kind == target.kind]
    return f"; {did_you_mean(target.name, names)}" if names else f"; add its file, there is no {target.kind} yet"
