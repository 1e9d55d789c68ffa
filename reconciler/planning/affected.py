"""The files and rows that a revision can affect: changed files, and the rows that they declare, declared or name."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

from reconciler.core.history.states import resources
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.layout import REGISTRY_FILE, Entry, FileType, resource_at
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.state.drift import Drift
from reconciler.core.state.head import Head
from reconciler.database.connection import Connection
from reconciler.desired.load import Loaded, Progress, load, located
from reconciler.desired.passage import Passage, Untold
from reconciler.desired.source import Delta, Source, inside
from reconciler.failpoints import reached
from reconciler.observed import stored
from reconciler.observed.drift import judged_drift
from reconciler.rules.freeze_windows import problems as wrong_windows
from reconciler.rules.signers import problems as wrong_signers
from reconciler.rules.validation import no_registry, require, require_registry, without_registry


@dataclass(frozen=True)
class Affected:
    """The files and rows that a revision can affect.

    `rows` carry no manifests; rows that are not repaired count as they were applied.
    `there` are the same rows as they are. `passage` is the way from the applied commit, None where there is none.
    """

    head: Head | None
    drift: Drift
    delta: Delta
    loaded: Loaded
    rows: tuple[Manifest, ...]
    there: Mapping[Ref, Manifest]
    passage: Passage | Untold | None = None
    renamed: frozenset[Ref] = frozenset()

    @cached_property
    def desired(self) -> dict[Ref, Manifest]:
        """What the files that changed declare."""
        return {manifest.ref: manifest for manifest in self.loaded.manifests}

    @cached_property
    def resources(self) -> dict[Ref, Manifest]:
        """The rows that may change: of these files, to be repaired, or put in by hand and declared now."""
        return {row.ref: row for row in self.rows if self._is_affected(row)}

    @cached_property
    def kept(self) -> dict[Ref, str]:
        """The paths of those resources whose files did not change."""
        unowned = self.drift.unmanaged
        return {
            row.ref: row.path or "" for row in self.rows if row.ref not in self.resources and row.ref not in unowned
        }

    def widened(self, source: Source, refs: AbstractSet[Ref], contract: Contract) -> "Affected":
        """Return the affected with resources whose files did not change, but whose names stand for others now."""
        paths = {self.kept[ref] for ref in refs & self.kept.keys()}
        if not paths:
            return self
        more = load(source, [entry for entry in source.entries() if entry.path in paths], contract)
        loaded = self.loaded._replace(manifests=(*self.loaded.manifests, *more.manifests))
        return replace(self, loaded=loaded, renamed=frozenset(refs))

    def _is_affected(self, row: Manifest) -> bool:
        if row.ref in self.drift.unmanaged:
            return row.ref in self.desired
        return row.path in self.delta.paths or row.ref in self.drift.repaired or row.ref in self.renamed


def find_affected(conn: Connection, source: Source, contract: Contract, progress: Progress) -> Affected:
    """Read what changed since the applied revision, and the rows that this concerns.

    Raises InvalidRegistry for what is wrong with a file by itself, NoRegistry where registry.yaml is not there.
    """
    reached("before-observe")
    head = stored.head(conn)
    drift = judged_drift(conn, source, contract)
    delta, rows = _what_changed(conn, source, contract, head, drift)
    reached("after-observe")
    loaded = load(source, [*delta.entries, *_registry_entry(source, delta)], contract, progress)
    require(loaded.diagnostics)
    require(located(source, [*wrong_windows(loaded.registry), *wrong_signers(source, loaded.registry)]))
    passage = source.passage(head.commit) if head and head.commit else None
    if rows is None:
        named = _named_by(loaded) | _named_on(passage, source, contract) | drift.repairable
        rows = [*stored.touched(conn, named, delta.paths), *drift.lost]
    return Affected(head, drift, delta, loaded, tuple(drift.as_applied(rows)), {row.ref: row for row in rows}, passage)


def _what_changed(
    conn: Connection,
    source: Source,
    contract: Contract,
    head: Head | None,
    drift: Drift,
) -> tuple[Delta, list[Manifest] | None]:
    """Return the files to read, and the rows where all of them had to be looked at to know; the missing ones, too.

    Where git can say what changed since the applied commit, nothing else is looked at: the cost follows the change.
    """
    judged_alike = head is not None and head.contract == contract.digest
    # Rows that no registry owns do not matter: a file that declares one is new to git, too.
    is_whole = head is not None and not head.left_undeleted and not drift.repaired
    if judged_alike and is_whole and head and head.commit and (head.source, head.folder) == ("commit", source.folder):
        delta = source.changed_since(head.commit)
        if delta is not None:
            return delta, None
    rows = [*stored.everything(conn), *drift.lost]
    applied = drift.as_applied(rows)
    known = {row.path: row.blob for row in applied if row.ref not in drift.unread} if judged_alike else {}
    entries = source.entries()
    require_registry(without_registry(source, entries))
    paths = {entry.path for entry in entries}
    return Delta(
        tuple(entry for entry in entries if not _is_known(entry, known)),
        frozenset(row.path for row in applied if row.path and row.path not in paths),
    ), rows


def _is_known(entry: Entry, known: Mapping[str | None, str | None]) -> bool:
    return entry.type is FileType.FILE and entry.blob is not None and known.get(entry.path) == entry.blob


def _registry_entry(source: Source, delta: Delta) -> list[Entry]:
    """Return registry.yaml, which is needed whether it changed or not."""
    if any(entry.inside == REGISTRY_FILE for entry in delta.entries):
        return []
    entry = source.entry(REGISTRY_FILE)
    if entry is None:
        require_registry([no_registry(source)])
        return []
    return [entry]


def _named_on(passage: Passage | Untold | None, source: Source, contract: Contract) -> set[Ref]:
    """Return every resource whose file some commit on the way changed."""
    steps = passage.steps if isinstance(passage, Passage) else ()
    return resources(steps, lambda path: resource_at(inside(source.folder, path), contract))


def _named_by(loaded: Loaded) -> set[Ref]:
    """Return every resource that some manifests are, were or name."""
    named = {manifest.ref for manifest in loaded.manifests}
    named |= {manifest.former for manifest in loaded.manifests if manifest.former}
    return named | {reference.target for manifest in loaded.manifests for reference in manifest.references}
