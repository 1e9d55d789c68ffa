"""Repairs rows changed or removed by hand: restores the applied versions from the history of the database."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from reconciler.applying.from_history import FromHistory
from reconciler.applying.reconcile import Attempt
from reconciler.core.errors import TemporaryError
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.resource import Ref
from reconciler.core.plan.changes import Plan
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.proposal import Proposal
from reconciler.core.state.drift import refuse_on_absence
from reconciler.database.connection import Connection
from reconciler.observed import runtime, stored
from reconciler.observed.drift import read_declared
from reconciler.observed.history import find_applied


class Overtaken(TemporaryError):
    """Another revision was applied meanwhile, and may have put it right. Try again."""


@dataclass(frozen=True)
class Repair(FromHistory):
    """The applied versions of drifted resources; `wanted` selects some, None all.

    `number` is the applied revision. Rows that the registry does not own stay unchanged.
    """

    wanted: Collection[Ref] | None

    def compare(self, conn: Connection) -> Proposal:
        """Return the proposal to repair the resources, before the guards judge."""
        return _propose(conn, self.number, self.registry, self.contract, self.wanted)


def make_repair(
    conn: Connection, number: int, contract: Contract, consent: Consent, wanted: Collection[Ref] | None = None
) -> Attempt:
    """Return an attempt to repair all drifted resources, or the `wanted` resources. The attempt begins now."""
    applied = find_applied(conn, number)
    content = applied.content
    known = replace(contract, digest=content.contract)
    return Attempt(Repair(content, number, applied.registry, known, consent, "drift repaired", wanted))


def _propose(
    conn: Connection, number: int, registry: str | None, contract: Contract, wanted: Collection[Ref] | None
) -> Proposal:
    head, drift = stored.read_head(conn, registry), stored.read_whole_drift(conn, registry)
    if head is None or head.number != number:
        # The recorded `restored` revision would be older than the applied revision, and pass for a rollback.
        raise Overtaken
    chosen = drift.repairable if wanted is None else drift.repairable & {*wanted}
    desired = read_declared(conn, [drift.found[ref] for ref in chosen], contract)
    rows = {row.ref: row for row in stored.read_touched(conn, chosen & drift.changed, (), registry)}
    observed = stored.add_text(conn, rows, {}, also=rows.keys())
    unmanaged = drift.unmanaged if wanted is None else ()
    plan = Plan.by_identity(desired, observed, drifted=chosen, unmanaged=unmanaged)
    refusals = tuple(refuse_on_absence(plan, drift, drift.repairable - chosen))
    return Proposal(plan, head, head.registry, overrides=runtime.read_overrides(conn), refusals=refusals)
