"""Makes the database match what was declared at an earlier revision."""

from dataclasses import replace

from reconciler import observe, operations
from reconciler.core.contract import Contract
from reconciler.core.plan import Plan
from reconciler.database import Connection
from reconciler.draft import Draft
from reconciler.drift import as_declared
from reconciler.guards import Consent, judged
from reconciler.past import NotKnown, applied, state_at
from reconciler.reconcile import Attempt


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
    # Somebody removed the row of what shall not be there: its identity has to be told, and history.
    lost = [drift.found[ref] for ref in drift.missing]
    observed |= as_declared(conn, [one for one in lost if one.id not in declared], contract)
    plan = Plan.by_identity(desired, observed, drifted=drift.repairable, unmanaged=drift.unmanaged)
    # What is rolled back is the content: the limits and policies in force stay in force.
    return Draft(plan, head, head.registry if head else None, overrides=operations.overrides(conn))
