"""What was declared at an earlier revision, and how to have it again. Read from the history of the database alone."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from reconciler import observe, operations
from reconciler.assets import query
from reconciler.core.check import references
from reconciler.core.contract import Contract
from reconciler.core.plan import Plan
from reconciler.core.resource import Manifest, Ref
from reconciler.database import Connection
from reconciler.draft import Draft
from reconciler.errors import ToolregError
from reconciler.git import Commit
from reconciler.guards import Consent, judged
from reconciler.reconcile import Attempt


class NotApplied(ToolregError):
    """There is no such revision, or it changed nothing."""


@dataclass(frozen=True, slots=True)
class History:
    """The content of revision `number`, as the database keeps it, and the commit that it came from."""

    number: int
    folder: str
    commit: Commit | None
    contract: str
    name: Literal["history"] = "history"


def content_of(conn: Connection, number: int) -> History:
    """Return where the content of an applied revision comes from: of a rollback, from what it restored.

    Raises NotApplied where there is no such revision, or none that was applied.
    """
    row = conn.execute(query("applied_revision"), {"number": number}).fetchone()
    if row is None or row.outcome != "applied":
        raise NotApplied(_why_not(conn, number, row.outcome if row else None))
    commit = Commit(row.commit, tuple(row.parents), row.author, row.committed_at, row.subject) if row.commit else None
    return History(row.original, row.folder, commit, row.contract or "")


def state_at(conn: Connection, number: int, contract: Contract) -> dict[Ref, Manifest]:
    """Return what was declared at an applied revision, each resource under its identity and the name it had then."""
    content_of(conn, number)
    found = (_manifest(row, contract) for row in conn.execute(query("state_at"), {"number": number}))
    return {manifest.ref: manifest for manifest in found}


def restoring(conn: Connection, number: int, contract: Contract, consent: Consent, reason: str) -> Attempt:
    """Return an attempt to make the database match what was declared at an applied revision. It begins now.

    What the database holds is compared with it when the plan is made, identity by identity: what was renamed since gets
    its name back, what was deleted comes back under its identity, what was changed by hand is repaired.

    The manifests are not checked again. So the contract that is recorded is the one that they were checked against: the
    next apply trusts it where it is still the same, and else judges every file.
    """
    origin = content_of(conn, number)

    def draft(conn: Connection) -> Draft:
        return judged(conn, _draft(conn, number, contract), None, contract, consent)

    return Attempt(origin, replace(contract, digest=origin.contract), draft, restored=origin.number, reason=reason)


def _draft(conn: Connection, number: int, contract: Contract) -> Draft:
    head, drift = observe.head(conn), observe.drift(conn)
    desired = state_at(conn, number, contract)
    declared = {manifest.id: manifest for manifest in desired.values()}
    rows = {row.ref: row for row in observe.everything(conn)}
    alike = {row.ref: row for row in rows.values() if declared.get(row.id) == row}
    observed = observe.with_text(conn, rows, alike, by_hand=drift.repairable | drift.unmanaged)
    if head and any(ref not in desired for ref in drift.missing):
        # Somebody removed the row of what shall not be there: its identity has to be told, and history.
        lost = state_at(conn, head.number, contract)
        observed |= {ref: lost[ref] for ref in drift.missing & lost.keys() if lost[ref].id not in declared}
    plan = Plan.by_identity(desired, observed, drifted=drift.repairable, unmanaged=drift.unmanaged)
    # What is rolled back is the content: the limits and policies in force stay in force.
    return Draft(plan, head, head.registry if head else None, overrides=operations.overrides(conn))


def _manifest(row: Any, contract: Contract) -> Manifest:  # noqa: ANN401  A named tuple of state_at.sql.
    found = Manifest(Ref(row.kind, row.name), row.digest, row.manifest, row.path, row.blob, id=row.id)
    value, kind = found.value, contract.kinds.get(row.kind)
    moved_from = value["metadata"].get("movedFrom")
    return replace(found, moved_from=moved_from, references=references(kind, value) if kind else ())


def _why_not(conn: Connection, number: int, outcome: str | None) -> str:
    head = observe.head(conn)
    if head is None:
        return f"there is no revision {number}: nothing was applied yet"
    if outcome is None:
        return f"there is no revision {number}; the last one that was applied is {head.number} (toolreg history)"
    return f"revision {number} {'was refused' if outcome == 'refused' else 'failed'}, and changed nothing"
