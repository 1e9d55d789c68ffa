"""Resolves ranges of versions that a revision can leave unsatisfied: in changed files, and on changed resources."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from reconciler.core.manifest.consistency import excludes, ranged_targets, unsatisfied_ranges, versions_of
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.resource import Manifest
from reconciler.database.connection import Connection
from reconciler.desired.load import load_manifests
from reconciler.desired.source import Source, entries_at
from reconciler.observed import stored
from reconciler.planning.affected import Affected


def find_unsatisfied(conn: Connection, source: Source, contract: Contract, affected: Affected) -> Iterator[Problem]:
    """Yield a problem for each range that excludes the version of its target at this source.

    An unchanged file is read only if a changed file names its versions, or if its range excludes a changed version.
    """
    changed = affected.loaded.manifests
    targets = ranged_targets(changed)
    kept = _read(source, contract, {path for ref, path in affected.kept.items() if ref in targets})
    moved = [manifest for manifest in changed if manifest.ref.kind in contract.ranged]
    versions = versions_of([*kept, *moved])
    names = {manifest.ref for manifest in moved}
    left_behind = {
        use.path for use in (stored.uses(conn, names) if names else ()) if excludes(use.range, versions[use.target])
    }
    # Files that this revision changes or removes are no longer as they were stored.
    unread = left_behind - affected.delta.paths - {manifest.path or "" for manifest in changed}
    yield from unsatisfied_ranges([*changed, *_read(source, contract, unread)], versions)


def _read(source: Source, contract: Contract, paths: AbstractSet[str]) -> tuple[Manifest, ...]:
    return load_manifests(source, entries_at(source, paths), contract).manifests if paths else ()
