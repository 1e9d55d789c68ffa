"""Guards against versions of a tool that return with other content."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Change
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.core.times import format_time
from reconciler.database.connection import Connection
from reconciler.database.rows import read_rows

_OVERRIDE: Final = "If that is meant: toolreg apply --allow-version-reuse"
_MOST_NAMED: Final = 3


class _ReusedRow(NamedTuple):
    """The version of a tool, and the newest revision that had this version."""

    kind: str
    name: str
    version: str
    revision: int
    commit: str | None
    applied_at: datetime


def refusals(conn: Connection, proposal: Proposal, contract: Contract, *, allowed: bool) -> Iterator[Refusal]:
    """Yield a refusal if tools return to versions that earlier revisions had with other contracts.

    A return to both the version and the contract, as by `git revert`, is no reason. `toolreg check` judges a version
    that stays the same. A tool that was deleted or renamed has no callers under this name, and begins anew.
    """
    changes = [change for change in proposal.plan.changes if _may_return(change, contract)]
    if proposal.head is None or not changes:
        return
    wanted = [
        {"id": change.id, "kind": after.ref.kind, "name": after.ref.name, "text": after.text}
        for change in changes
        if (after := change.after)
    ]
    parameters = {"wanted": json.dumps(wanted)}
    reused = read_rows(conn, _ReusedRow, load_query("guards/reused_versions"), parameters).fetchall()
    if reused:
        more = f" and {len(reused) - _MOST_NAMED} more" if len(reused) > _MOST_NAMED else ""
        message = (
            f"a version never returns with other content: {'; '.join(map(_describe, reused[:_MOST_NAMED]))}{more}."
            f" Raise the version, or restore the content. {_OVERRIDE}"
        )
        refs = frozenset(Ref(row.kind, row.name) for row in reused)
        yield Refusal(
            "version-reused", message, "an earlier revision had this version with other content", refs, allowed
        )


def _may_return(change: Change, contract: Contract) -> bool:
    if change.after is None or change.after.text is None or not contract.kinds[change.ref.kind].schemas:
        return False
    before, after = change.before, change.after
    return before is not None and before.ref == after.ref and _read_version(before) != _read_version(after)


def _read_version(manifest: Manifest) -> object:
    """Return the version of a tool, None for a row changed by hand into no manifest."""
    spec = manifest.value.get("spec")
    return spec.get("version") if isinstance(spec, dict) else None


def _describe(row: _ReusedRow) -> str:
    commit = f", commit {row.commit[:12]}" if row.commit else ""
    applied = f"{row.revision}{commit}, {format_time(row.applied_at)}"
    return f"{row.kind}/{row.name} {row.version} was applied by revision {applied}"
