"""Finds ranges of versions that changed files leave unsatisfied, without reading all files of a registry."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet

from reconciler.core.manifest.consistency import ranged_targets, unsatisfied_ranges, versions_of
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import Entry, is_manifest, parse_ref
from reconciler.core.manifest.resource import Manifest
from reconciler.desired.load import load_manifests, locate_problems
from reconciler.desired.search import find_naming
from reconciler.desired.source import Source


def find_unsatisfied(
    source: Source,
    contract: Contract,
    before: Collection[Manifest],
    changed: Collection[Manifest],
    paths: AbstractSet[str],
) -> list[Diagnostic]:
    """Return a problem for each range that a change leaves unsatisfied. `paths` are the changed files.

    Of the unchanged files, only those are parsed whose text holds the name of a resource with another version, and
    those of resources that a changed range concerns.
    """
    old = versions_of(_select(before, contract))
    new = versions_of(_select(changed, contract))
    moved = {ref for ref, version in new.items() if old.get(ref) != version}
    missing = ranged_targets(changed) - new.keys()
    if not moved and not missing:
        return []
    asked = _list_unchanged(source, contract, {kind.name for kind in contract.kinds.values() if kind.ranges}, paths)
    naming = list(find_naming(source, asked, moved)) if moved else []
    others = _list_unchanged(source, contract, {ref.kind for ref in missing}, paths)
    targets = [entry for entry in others if parse_ref(entry.inside, contract) in missing]
    versions = versions_of(load_manifests(source, targets, contract).manifests) | new
    consumers = (*changed, *load_manifests(source, naming, contract).manifests)
    return locate_problems(source, unsatisfied_ranges(consumers, versions))


def _list_unchanged(
    source: Source, contract: Contract, kinds: AbstractSet[str], paths: AbstractSet[str]
) -> list[Entry]:
    """Return the unchanged manifests of these kinds."""
    folders = sorted(kind.plural for name, kind in contract.kinds.items() if kind.plural and name in kinds)
    entries = [entry for folder in folders for entry in source.list_entries(folder)]
    return [entry for entry in entries if entry.path not in paths and is_manifest(entry, contract)]


def _select(manifests: Collection[Manifest], contract: Contract) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest.ref.kind in contract.ranged]
