"""The guards: each says why it would not have a plan applied, and which option overrides it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from reconciler.core.errors import Refused, TemporaryError
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.policy import policy_of
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Action, Plan
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
from reconciler.core.state.head import Head
from reconciler.database.connection import Connection
from reconciler.desired.source import Source
from reconciler.guards import fast_forward, holds, signatures
from reconciler.observed import stored
from reconciler.observed.history import texts_at

NOTHING: Final = Proposal(Plan(()), None, None)


class NotNow(TemporaryError):
    """A guard cannot tell now. Try again."""


def judged(conn: Connection, found: Proposal, source: Source | None, contract: Contract, consent: Consent) -> Proposal:
    """Return the draft with every refusal, those too that the user waives.

    `source` is None for content that comes from the history of the database: it is older, and that is meant.
    """
    refusals = (
        *found.refusals,
        *_deletions(conn, found, contract, consent, FOR_FILES if source else FOR_HISTORY),
        *(fast_forward.rewinds(found.head, source, allowed=consent.rewind) if source else ()),
        *(signatures.refusals(found.head, found.registry, source) if source else ()),
        *holds.refusals(conn, in_force(found), allowed=consent.suspended),
    )
    return replace(found, refusals=refusals)


def descent(conn: Connection, source: Source, consent: Consent) -> Proposal:
    """Return a draft of nothing, with what the guard against going back says of a source."""
    head = stored.head(conn)
    return replace(NOTHING, head=head, refusals=tuple(fast_forward.rewinds(head, source, allowed=consent.rewind)))


def since(seen: Head | None, found: Proposal) -> Proposal:
    """Return the draft for somebody who had to wait: what another writer applied meanwhile is no reason to go back."""
    if found.head is None or (seen and seen.number == found.head.number):
        return found
    return replace(found, refusals=tuple(map(fast_forward.overtaken, found.refusals)))


def idle(found: Proposal) -> Proposal:
    """Return the draft of an attempt that has nothing to write: what forbids to write is not in its way.

    A reconciler in a loop does not fail for days for nothing.
    """
    forbids = {*holds.RULES, signatures.RULE}
    return replace(found, refusals=tuple(refusal for refusal in found.refusals if refusal.rule not in forbids))


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
