"""Makes the database match the declared state of an earlier revision."""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from reconciler.applying.from_history import FromHistory
from reconciler.applying.reconcile import Attempt
from reconciler.core.manifest.check import add_references
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.resource import Manifest, Ref, State
from reconciler.core.plan.changes import Plan
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.proposal import Proposal
from reconciler.database.connection import Connection
from reconciler.guards.judge import usage_limits
from reconciler.observed import runtime, stored
from reconciler.observed.history import NotKnown, find_applied, read_state_at, read_texts_at
from reconciler.planning.effects import with_effects


class Earlier(FromHistory):
    """The declared state of an applied revision.

    The plan compares this state with the database, identity by identity: a resource renamed since gets its name back, a
    deleted resource returns under its identity, a change by hand is repaired. Rows that were never applied stay.
    """

    def compare(self, conn: Connection) -> Proposal:
        """Return the proposal to restore the state, before the guards judge."""
        proposal = _propose(conn, self.number, self.registry, self.contract)
        return with_effects(conn, proposal, self.contract, usage_limits(proposal, self.consent).least)


def make_rollback(conn: Connection, number: int, contract: Contract, consent: Consent, reason: str) -> Attempt:
    """Return an attempt as `make_restoration` does. Raises NotKnown if this revision is currently applied."""
    applied = find_applied(conn, number)
    head = stored.read_head(conn, applied.registry)
    if head and head.number == number:
        content = applied.content.number
        what = f", with the content of revision {content}" if content != number else ""
        raise NotKnown(f"revision {number} is the one that is applied now{what}; toolreg history shows earlier ones")
    return make_restoration(conn, number, contract, consent, reason)


def make_restoration(conn: Connection, number: int, contract: Contract, consent: Consent, reason: str) -> Attempt:
    """Return an attempt to restore the declared state of an applied revision. The attempt begins now."""
    applied = find_applied(conn, number)
    content = applied.content
    known = replace(contract, digest=content.contract)
    return Attempt(Earlier(content, number, applied.registry, known, consent, reason))


def _propose(conn: Connection, number: int, registry: str | None, contract: Contract) -> Proposal:
    head, drift = stored.read_head(conn, registry), stored.read_drift(conn, registry)
    then = read_state_at(conn, number, registry)
    declared = {manifest.id: manifest for manifest in then.values()}
    rows = {row.ref: row for row in stored.read_all_rows(conn, registry)}
    # A resource to delete whose row was removed by hand: the deletion still needs its identity, also for history.
    rows |= {
        ref: lost.applied for ref in drift.missing if (lost := drift.found[ref]).applied and lost.id not in declared
    }
    by_hand = drift.repairable | drift.unmanaged
    alike = {row.ref: row for row in rows.values() if row.ref not in by_hand and declared.get(row.id) == row}
    desired = _add_text(conn, number, then, {row.id for row in alike.values()}, contract)
    observed = stored.add_text(conn, rows, alike, also=by_hand)
    plan = Plan.by_identity(desired, observed, drifted=drift.repairable, unmanaged=drift.unmanaged)
    # A rollback restores the content; the limits and policies in force stay in force.
    return Proposal(plan, head, head.registry if head else None, overrides=runtime.read_overrides(conn))


def _add_text(
    conn: Connection, number: int, state: State, alike: AbstractSet[str | None], contract: Contract
) -> dict[Ref, Manifest]:
    """Return the state with the text and the references of every resource not in `alike`."""
    texts = read_texts_at(conn, number, [one.id for one in state.values() if one.id and one.id not in alike])
    return {
        ref: add_references(replace(one, text=texts[one.id]), contract) if one.id in texts else one
        for ref, one in state.items()
    }
