"""Checks every tool changed since a commit, without a database or network."""

from collections.abc import Iterable
from datetime import UTC, datetime

from reconciler.core.compatibility.report import Report, ToolReport
from reconciler.core.errors import InvalidRegistry, ToolregError
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.layout import Entry
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.desired.load import Loaded, load
from reconciler.desired.source import GitTree, Source, inside
from reconciler.rules.compatibility.judges import Judges
from reconciler.rules.compatibility.tools import compare, report_removal

# Below this, each file is looked up by itself; above, all are listed once.
_FEW = 50


def check(source: Source, base: GitTree, contract: Contract) -> Report:
    """Return the effect of the changes since `base` on callers. Raises InvalidRegistry for an invalid manifest."""
    delta = source.changed_since(base.commit.id)
    if delta is None:
        raise ToolregError(f"what changed since {base.commit.id[:12]} cannot be told; git fetch --unshallow")
    loaded = load(source, delta.entries, contract)
    if loaded.diagnostics:
        raise InvalidRegistry(loaded.diagnostics)
    after = _with_schemas(loaded, contract)
    # An invalid manifest at the base is no contract for callers.
    before = _with_schemas(load(base, _entries(base, delta.paths), contract), contract)
    with Judges() as judges:
        return Report(base.commit.id, tuple(_reports(before, after, judges)))


def _reports(before: dict[Ref, Manifest], after: dict[Ref, Manifest], judges: Judges) -> Iterable[ToolReport]:
    left = dict(before)
    for ref, manifest in sorted(after.items()):
        known = before.get(ref)
        if manifest.former and (known is None or known.moved_from != manifest.moved_from):
            # Renamed since. An older mark of a rename says nothing about the tool that has the name now.
            known = before.get(manifest.former, known)
        if known is not None:
            left.pop(known.ref, None)
            if known.digest != manifest.digest:
                yield compare(known, manifest, judges)
    for _, manifest in sorted(left.items()):
        yield report_removal(manifest, datetime.now(UTC).date())


def _with_schemas(loaded: Loaded, contract: Contract) -> dict[Ref, Manifest]:
    """Return the resources of kinds with JSON Schemas of their own: tools."""
    return {manifest.ref: manifest for manifest in loaded.manifests if contract.kinds[manifest.ref.kind].schemas}


def _entries(base: GitTree, paths: frozenset[str]) -> list[Entry]:
    """Return the files of a commit at these paths."""
    if len(paths) > _FEW:
        return [entry for entry in base.entries() if entry.path in paths]
    entries = (base.entry(inside(base.folder, path)) for path in sorted(paths))
    return [entry for entry in entries if entry is not None]
