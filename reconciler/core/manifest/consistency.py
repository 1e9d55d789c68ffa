"""Checks the rules between the files of a registry."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.resource import Manifest, Ref, Reference
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted

# Searching ten thousand names for a similar name takes a sixth of a second.
_MOST_HINTS: Final = 10


def find_duplicate_names(manifests: Iterable[Manifest], kept: Mapping[Ref, str]) -> Iterator[Problem]:
    """Yield a problem for each file with the kind and name of another file, compared without case.

    `kept` maps the resources of unchanged files, absent from `manifests`, to their paths.
    """
    paths: dict[Ref, list[str]] = defaultdict(list)
    for ref, path in kept.items():
        paths[fold_case(ref)].append(path)
    for manifest in manifests:
        paths[fold_case(manifest.ref)].append(manifest.path or "")
    for ref, same in paths.items():
        for path in same if len(same) > 1 else ():
            others = ", ".join(sorted(set(same) - {path})) or path
            message = f"{ref} is declared twice, here and in {others}; rename one"
            yield Problem(path, ("metadata", "name"), "duplicate-name", message)


def find_self_moves(manifests: Iterable[Manifest]) -> Iterator[Problem]:
    """Yield a problem for each resource with its own name in `metadata.movedFrom`."""
    for manifest in manifests:
        if manifest.former == manifest.ref:
            message = (
                f"{manifest.ref} has this name already; name the one that it had before, or remove metadata.movedFrom"
            )
            yield Problem(manifest.path or "", ("metadata", "movedFrom"), "moved-from", message)


def fold_case(ref: Ref) -> Ref:
    """Return the name without case: names are unique in any case."""
    return Ref(ref.kind, ref.name.casefold())


def find_dangling_references(
    manifests: Collection[Manifest], kept: Iterable[Ref], known_hints: Mapping[Ref, str] = MappingProxyType({})
) -> Iterator[Problem]:
    """Yield a problem for each reference to a resource in neither `manifests` nor `kept`.

    `known_hints` are the ends of messages about some resources.
    """
    declared = {manifest.ref for manifest in manifests} | set(kept)
    hints = dict(known_hints)
    for manifest in manifests:
        path = manifest.path or ""
        for reference in manifest.references:
            if reference.target not in declared:
                if reference.target not in hints and len(hints) - len(known_hints) < _MOST_HINTS:
                    hints[reference.target] = _suggest(reference.target, declared)
                message = f"there is no {reference.target} in this registry{hints.get(reference.target, '')}"
                yield Problem(path, reference.pointer, "dangling-reference", message)


def versions_of(manifests: Iterable[Manifest]) -> dict[Ref, str]:
    """Return `spec.version` of each manifest with one. An outline of an invalid manifest may have none."""
    versions: dict[Ref, str] = {}
    for manifest in manifests:
        spec = manifest.value.get("spec")
        version = spec.get("version") if isinstance(spec, dict) else None
        if isinstance(version, str):
            versions[manifest.ref] = version
    return versions


def ranged_targets(manifests: Iterable[Manifest]) -> set[Ref]:
    """Return the resources whose versions the ranges of these manifests concern."""
    return {reference.target for manifest in manifests for reference in manifest.references if reference.range}


def unsatisfied_ranges(consumers: Iterable[Manifest], versions: Mapping[Ref, str]) -> Iterator[Problem]:
    """Yield a problem for each range that excludes the version of its target, with the consumer and its owner."""
    for consumer in consumers:
        for reference in consumer.references:
            version = versions.get(reference.target)
            if reference.range and version and excludes(reference.range.text, version):
                message = _describe_unsatisfied(consumer, reference, reference.range.text, version)
                yield Problem(consumer.path or "", reference.range.pointer, "unsatisfied-range", message)


def excludes(range_text: str, version: str) -> bool:
    """Whether a range excludes a version. An invalid range or version has a problem of its own."""
    # Compiling its patterns takes 3 ms, and few registries have ranges.
    from reconciler.core.manifest.version_range import VersionRange  # noqa: PLC0415

    try:
        return not VersionRange.parse(range_text).allows(version)
    except ValueError:
        return False


def _describe_unsatisfied(consumer: Manifest, reference: Reference, range_text: str, version: str) -> str:
    owner = consumer.value["metadata"].get("owner")
    team = f" (owner: {quoted(owner)})" if isinstance(owner, str) else ""
    release = version.partition("+")[0].partition("-")[0]
    why = (
        f"; a range allows a pre-release only if it names a pre-release of {release}"
        if "-" in version.partition("+")[0]
        else ""
    )
    return (
        f"{consumer.ref}{team} uses {reference.target} in {quoted(range_text, len(range_text))}, but its version is"
        f" {version}{why}; adapt the service and write a range such as ^{version}, or keep a version in the range"
    )


def _suggest(target: Ref, declared: Iterable[Ref]) -> str:
    names = [ref.name for ref in declared if ref.kind == target.kind]
    return f"; {did_you_mean(target.name, names)}" if names else f"; add its file, there is no {target.kind} yet"
