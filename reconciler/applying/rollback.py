"""Makes the database match the declared state of an earlier revision."""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from reconciler.applying.from_history import FromHistory
from reconciler.applying.reconcile import Attempt
from reconciler.core.manifest.check import with_references
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.resource import Manifest, Ref, State
from reconciler.core.plan.changes import Plan
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.proposal import Proposal
from reconciler.database.connection import Connection
from reconciler.guards.judge import usage_limits
from reconciler.observed import runtime, stored
from reconciler.observed.history import NotKnown, applied, state_at, texts_at
from reconciler.planning.effects import with_effects


class Earlier(FromHistory):
    """The declared state of an applied revision.

    The plan compares this state with the database, identity by identity: a resource renamed since gets its name back, a
    deleted resource returns under its identity, a change by hand is repaired. Rows that were never applied stay.
    """

    def compared(self, conn: Connection) -> Proposal:
        """Return the proposal to restore the state, before the guards judge."""
        proposal = _propose(conn, self.number, self.contract)
        return with_effects(conn, proposal, self.contract, usage_limits(proposal, self.consent).least)


def rolling_back(conn: Connection, number: int, contract: Contract, consent: Consent, reason: str) -> Attempt:
    """Return an attempt as `restoring` does. Raises NotKnown if this revision is currently applied."""
    head = stored.head(conn)
    if head and head.number == number:
        content = applied(conn, number).content.number
        what = f", with the content of revision {content}" if content != number else ""
        raise NotKnown(f"revision {number} is the one that is applied now{what}; toolreg history shows earlier ones")
    return restoring(conn, number, contract, consent, reason)


def restoring(conn: Connection, number: int, contract: Contract, consent: Consent, reason: str) -> Attempt:
    """Return an attempt to restore the declared state of an applied revision. The attempt begins now."""
    content = applied(conn, number).content
    return Attempt(Earlier(content, number, replace(contract, digest=content.contract), consent, reason))


def _propose(conn: Connection, number: int, contract: Contract) -> Proposal:
    head, drift = stored.head(conn), stored.drift(conn)
    then = state_at(conn, number)
    declared = {manifest.id: manifest for manifest in then.values()}
    rows = {row.ref: row for row in stored.everything(conn)}
    # A resource to delete whose row was removed by hand: the deletion still needs its identity, also for history.
    rows |= {
        ref: lost.applied for ref in drift.missing if (lost := drift.found[ref]).applied and lost.id not in declared
    }
    by_hand = drift.repairable | drift.unmanaged
    alike = {row.ref: row for row in rows.values() if row.ref not in by_hand and declared.get(row.id) == row}
    desired = _add_text(conn, number, then, {row.id for row in alike.values()}, contract)
    observed = stored.with_text(conn, rows, alike, also=by_hand)
    plan = Plan.by_identity(desired, observed, drifted=drift.repairable, unmanaged=drift.unmanaged)
    # A rollback restores the content; the limits and policies in force stay in force.
    return Proposal(plan, head, head.registry if head else None, overrides=runtime.overrides(conn))


def _add_text(
    conn: Connection, number: int, state: State, alike: AbstractSet[str | None], contract: Contract
) -> dict[Ref, Manifest]:
    """Return the state with the text and the references of every resource not in `alike`."""
    texts = texts_at(conn, number, [one.id for one in state.values() if one.id and one.id not in alike])
    return {
        ref: with_references(replace(one, text=texts[one.id]), contract) if one.id in texts else one
        for ref, one in state.items()
    }
