"""Makes the rows of the staging table, which the files of sql/apply write, with the author of each change."""

import json
from collections.abc import Iterator, Mapping

from reconciler.core.history.passage import Credit
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.resource import Reference
from reconciler.core.plan.changes import Action, Change
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.pointer import to_json_pointer

StagedRow = tuple[object, ...]
Credits = Mapping[str, Credit]
"""The commit that last changed each file, by path."""

_NOBODY = (None, None)
_NO_CONTENT = (False, None, *_NOBODY)


def make_rows(proposal: Proposal, contract: Contract, written: Credits, origin: Origin) -> Iterator[StagedRow]:
    """Yield every row: changes, new places of files, and the names left on the way."""
    for change in proposal.plan.changes:
        yield (*_format_change(change, contract), *_find_credit(change, written, origin))
    for manifest in proposal.plan.relocations:
        named = ("relocate", "", manifest.ref.kind, manifest.ref.name, manifest.id)
        yield (*named, None, manifest.path, manifest.blob, manifest.digest, *_NO_CONTENT)
    for left in proposal.trail.departures:
        yield ("leave", "", left.ref.kind, left.ref.name, left.id, None, None, left.blob, None, *_NO_CONTENT)
    for last in proposal.trail.last:
        yield ("vanish", "", last.kind, last.name, last.id, None, None, None, None, *_NO_CONTENT)


def _format_change(change: Change, contract: Contract) -> StagedRow:
    manifest = change.resource
    kind = contract.kinds.get(change.ref.kind)
    return (
        change.action,
        kind.plural if kind else change.ref.kind,
        change.ref.kind,
        change.ref.name,
        change.id,
        manifest.text,
        manifest.path,
        manifest.blob,
        manifest.digest,
        change.drifted,
        json.dumps([_format_reference(reference) for reference in manifest.references]),
    )


def _format_reference(reference: Reference) -> list[str]:
    named = [to_json_pointer(reference.pointer), reference.target.kind, reference.target.name]
    if reference.range is None:
        return named
    from reconciler.core.manifest.version_range import VersionRange  # noqa: PLC0415  Few manifests have ranges.

    return [*named, reference.range.text, str(VersionRange.parse(reference.range.text))]


def _find_credit(change: Change, written: Credits, origin: Origin) -> tuple[str | None, str | None]:
    """Return the commit that changed the file last, and its author.

    Without an answer from git, the applied commit is credited. Content outside of commits has no author; a repair keeps
    the credit of the repaired version.
    """
    manifest = change.resource
    blob = None if change.action is Action.DELETE else manifest.blob
    credit = written.get(manifest.path or "")
    if credit and credit.blob == blob:
        return credit.commit.id, credit.commit.author
    if origin.name != "commit" or origin.commit is None or (change.drifted and credit is None):
        return _NOBODY
    return origin.commit.id, origin.commit.author[:300]
