"""What was declared at an earlier revision, and how to have it again. Read from the history of the database alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from psycopg import errors

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


class NotKnown(ToolregError):
    """There is no such revision, it changed nothing, or what was declared then is not wholly known any more."""


@dataclass(frozen=True, slots=True)
class History:
    """The content of revision `number`, as the database keeps it, and the commit that it came from.

    `contract` is the digest of the schemas that it was checked against.
    """

    number: int
    folder: str
    commit: Commit | None
    contract: str
    name: Literal["history"] = "history"


@dataclass(frozen=True, slots=True)
class Applied:
    """An applied revision. `content` is where its content comes from: of a rollback, the revision that it restored."""

    number: int
    finished_at: datetime
    content: History


def applied(conn: Connection, number: int | None = None, at: datetime | str | None = None) -> Applied:
    """Return an applied revision, by its number, or the newest one at a time.

    Text without a time zone is a time in the one of the database session. Raises NotKnown where there is none, or where
    it is not wholly known any more what was declared then.
    """
    with _explained():
        row = conn.execute(query("applied_revision"), {"number": number, "at": at}).fetchone()
    if row is None:
        raise NotKnown
    commit = Commit(row.commit, tuple(row.parents), row.author, row.committed_at, row.subject) if row.commit else None
    return Applied(row.number, row.finished_at, History(row.original, row.folder, commit, row.contract or ""))


def state_at(conn: Connection, number: int, contract: Contract) -> dict[Ref, Manifest]:
    """Return what was declared at an applied revision, each resource under its identity and the name it had then.

    Raises NotKnown as `applied` does.
    """
    with _explained():
        rows = conn.execute(query("state_at"), {"number": number}).fetchall()
    found = (_manifest(row, contract) for row in rows)
    return {manifest.ref: manifest for manifest in found}


def rolling_back(conn: Connection, number: int, contract: Contract, consent: Consent, reason: str) -> Attempt:
    """Return an attempt as `restoring` does. Raises NotKnown where it is the revision that is applied now."""
    head = observe.head(conn)
    if head and head.number == number:
        content = applied(conn, number).content.number
        what = f", with the content of revision {content}" if content != number else ""
        raise NotKnown(f"revision {number} is the one that is applied now{what}; toolreg history shows earlier ones")
    return restoring(conn, number, contract, consent, reason)


def restoring(conn: Connection, number: int, contract: Contract, consent: Consent, reason: str) -> Attempt:
    """Return an attempt to make the database match what was declared at an applied revision. It begins now.

    What the database holds is compared with it when the plan is made, identity by identity: what was renamed since gets
    its name back, what was deleted comes back under its identity, what was changed by hand is repaired. Rows that were
    never applied stay.

    The manifests are not checked again. So the contract that is recorded is the one that they were checked against: the
    next apply trusts it where it is still the same, and else judges every file.
    """
    content = applied(conn, number).content

    def draft(conn: Connection) -> Draft:
        return judged(conn, _draft(conn, number, contract), None, contract, consent)

    return Attempt(content, replace(contract, digest=content.contract), draft, restored=content.number, reason=reason)


def _draft(conn: Connection, number: int, contract: Contract) -> Draft:
    head, drift = observe.head(conn), observe.drift(conn)
    desired = state_at(conn, number, contract)
    declared = {manifest.id: manifest for manifest in desired.values()}
    rows = {row.ref: row for row in observe.everything(conn)}
    alike = {row.ref: row for row in rows.values() if declared.get(row.id) == row}
    observed = observe.with_text(conn, rows, alike, also=drift.repairable | drift.unmanaged)
    if head and drift.missing - desired.keys():
        # Somebody removed the row of what shall not be there: its identity has to be told, and history.
        lost = state_at(conn, head.number, contract)
        observed |= {ref: lost[ref] for ref in drift.missing & lost.keys() if lost[ref].id not in declared}
    plan = Plan.by_identity(desired, observed, drifted=drift.repairable, unmanaged=drift.unmanaged)
    # What is rolled back is the content: the limits and policies in force stay in force.
    return Draft(plan, head, head.registry if head else None, overrides=operations.overrides(conn))


@contextmanager
def _explained() -> Iterator[None]:
    """Say in the words of api.applied_revision why there is nothing."""
    try:
        yield
    except errors.InvalidParameterValue as error:
        raise NotKnown(error.diag.message_primary) from error


def _manifest(row: Any, contract: Contract) -> Manifest:  # noqa: ANN401  A named tuple of state_at.sql.
    found = Manifest(Ref(row.kind, row.name), row.digest, row.manifest, row.path, row.blob, id=row.id)
    kind = contract.kinds.get(row.kind)
    return replace(found, references=references(kind, found.value)) if kind else found
