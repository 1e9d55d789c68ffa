"""Applies exactly a saved or approved plan: any deviation from the plan is refused."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from reconciler.applying.reconcile import Attempt
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.core.plan.saved import (
    Basis,
    Planned,
    compare_changes,
    compare_files,
    compare_revision,
    compare_rows,
    describe_differences,
)
from reconciler.database.connection import Connection
from reconciler.observed import stored


def record_plan(proposal: Proposal, origin: Origin, consent: Consent) -> Planned:
    """Return the facts about a plan for a later apply of exactly this plan."""
    left = tuple(map(str, proposal.left))
    return Planned(
        _make_basis(proposal, origin),
        consent.max_deletes,
        consent.delete,
        left,
        proposal.plan.steps,
        consent.max_usage,
        consent.version_reuse,
    )


def bind_to_plan(attempt: Attempt, planned: Planned) -> Attempt:
    """Return an attempt that is refused unless its changes and its basis are as planned."""
    return replace(attempt, guards=(*attempt.guards, partial(_refuse_stale, origin=attempt.origin, planned=planned)))


def bind_to_digest(attempt: Attempt, digest: str) -> Attempt:
    """Return an attempt that is refused unless its plan has this digest."""
    return replace(attempt, guards=(*attempt.guards, partial(_refuse_unapproved, origin=attempt.origin, digest=digest)))


def is_applied(proposal: Proposal, origin: Origin, digest: str) -> bool:
    """Whether the plan with this digest was applied last, from the same files, and no changes remain."""
    if proposal.plan or proposal.plan.relocations or proposal.head is None or proposal.head.plan_digest != digest:
        return False
    if proposal.head.environment != origin.environment:
        return False
    commit = origin.commit.id if origin.commit else None
    return (proposal.head.source, proposal.head.folder, proposal.head.commit) == (origin.name, origin.folder, commit)


def _make_basis(proposal: Proposal, origin: Origin) -> Basis:
    return Basis(
        origin.name,
        origin.folder,
        origin.commit.id if origin.commit else None,
        proposal.registry.digest if proposal.registry else None,
        proposal.head.number if proposal.head else None,
        proposal.head.commit if proposal.head else None,
        origin.environment,
    )


def _refuse_stale(conn: Connection, proposal: Proposal, origin: Origin, planned: Planned) -> Iterator[Refusal]:
    then, now = planned.basis, _make_basis(proposal, origin)
    if (now.commit, now.folder) == (then.commit, then.folder) and is_applied(proposal, origin, planned.digest):
        return
    registry = proposal.stored_name
    touched = stored.list_touched_since(conn, then.revision or 0, registry) if now.revision != then.revision else []
    rows = compare_rows(planned, {row.ref: row.digest for row in stored.read_touched(conn, planned.rows, (), registry)})
    said = [
        *compare_files(then, now),
        *compare_revision(then, now, touched),
        *describe_differences(planned, proposal.plan, proposal.left, rows),
    ]
    if not said and proposal.plan.digest != planned.digest:
        said = [f"the plan digest is {proposal.plan.digest}, and not {planned.digest}"]
    if said:
        message = f"this is not what was planned: {'; '.join(said)}. Run toolreg plan --out FILE again"
        refs = frozenset(compare_changes(planned, proposal.plan))
        yield Refusal("stale-plan", message, "it is not what was planned", refs)


def _refuse_unapproved(_conn: Connection, proposal: Proposal, origin: Origin, digest: str) -> Iterator[Refusal]:
    now = proposal.plan.digest
    if now != digest and not is_applied(proposal, origin, digest):
        what = "" if proposal.plan else ", of nothing to do"
        message = (
            f"the digest of this plan is {now}{what}, but {digest} was approved."
            f" Have the plan reviewed that is shown now. If it is meant: toolreg apply --expect {now}"
        )
        yield Refusal("unapproved-plan", message)
