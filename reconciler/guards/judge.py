"""The guards: each says why it would not have a plan applied, and which option overrides it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.core.errors import Refused, TemporaryError
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.policy import policy_of
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Action
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.deletions import (
    FOR_FILES,
    FOR_HISTORY,
    Remedy,
    blocked_deletions,
    is_protected,
)
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.database.connection import Connection
from reconciler.desired.source import Source
from reconciler.guards import holds, signatures
from reconciler.guards.fast_forward import rewinds
from reconciler.observed import stored
from reconciler.observed.history import texts_at


class NotNow(TemporaryError):
    """A guard cannot tell now. Try again."""


class Question(NamedTuple):
    """What the guards have to know beside a proposal.

    `source` is None for content that comes from the history of the database: it is older, and that is meant. `is_news`:
    there is something to write; else nothing that forbids to write is in the way, so that a reconciler in a loop does
    not fail for days for nothing. `is_overtaken`: another writer applied something while this one waited.
    """

    source: Source | None
    contract: Contract
    consent: Consent
    is_news: bool = True
    is_overtaken: bool = False


def judge(conn: Connection, proposal: Proposal, question: Question) -> Proposal:
    """Return the proposal with every refusal, those too that the user waives."""
    source, consent = question.source, question.consent
    remedy = FOR_FILES if source else FOR_HISTORY
    refusals = [*proposal.refusals, *_deletions(conn, proposal, question.contract, consent, remedy)]
    if source:
        refusals += rewinds(proposal.head, source, allowed=consent.rewind, is_overtaken=question.is_overtaken)
    if source and question.is_news:
        refusals += signatures.refusals(proposal.head, proposal.registry, source)
    if question.is_news:
        refusals += holds.refusals(conn, in_force(proposal), allowed=consent.suspended)
    return replace(proposal, refusals=tuple(refusals))


def require(found: Proposal) -> None:
    """Raise Refused where a guard refuses it and nobody waived that; NotNow where guards only cannot tell now."""
    if found.standing:
        raise refused(found.standing)


def refused(refusals: Sequence[Refusal]) -> Refused | NotNow:
    """Return what to raise for some refusals."""
    error = NotNow if all(refusal.temporary for refusal in refusals) else Refused
    return error(*(refusal.message for refusal in refusals))


def in_force(found: Proposal) -> Manifest | None:
    """Return the registry.yaml that a revision is judged by: it cannot loosen the guard that it has to pass."""
    return found.head.registry if found.head and found.head.registry else found.registry


def _deletions(
    conn: Connection, found: Proposal, contract: Contract, consent: Consent, remedy: Remedy
) -> Iterator[Refusal]:
    if not found.plan.count(Action.DELETE):
        return
    plurals = {name: kind.plural or name for name, kind in contract.kinds.items()}
    yield from blocked_deletions(
        found.plan,
        stored.declared(conn),
        plurals,
        policy_of(in_force(found)).deletions,
        consent.max_deletes,
        remedy,
        _declared_protected(conn, found),
    )


def _declared_protected(conn: Connection, found: Proposal) -> set[Ref]:
    """Return what is deleted, was declared as protected, and was changed by hand since."""
    by_hand = {change.id: change.ref for change in found.plan.changes if change.after is None and change.drifted}
    if found.head is None or not by_hand:
        return set()
    texts = texts_at(conn, found.head.number, [identity for identity in by_hand if identity])
    return {
        by_hand[identity] for identity, text in texts.items() if is_protected(Manifest(by_hand[identity], "", text))
    }
