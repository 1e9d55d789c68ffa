"""Runs the guards over a proposal: each refusal states a reason, and the option that overrides the guard."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from reconciler.core.errors import Refused, TemporaryError
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.policy import read_policy
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Action
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.deletions import (
    FOR_FILES,
    FOR_HISTORY,
    Remedy,
    is_protected,
    refuse_deletions,
)
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.core.plan.usage import UsageLimits, blocked_usage
from reconciler.database.connection import Connection
from reconciler.desired.source import Source
from reconciler.guards import holds, signatures, versions
from reconciler.guards.branch import refuse_off_branch
from reconciler.guards.environment import refuse_other_environment
from reconciler.guards.fast_forward import refuse_rewinds
from reconciler.guards.registries import refuse_foreign_names, refuse_named_elsewhere
from reconciler.observed import stored
from reconciler.observed.history import read_texts_at


class NotNow(TemporaryError):
    """A guard cannot tell now. Try again."""


class Question(NamedTuple):
    """The facts that guards need beside a proposal.

    `source` is None for content from the history of the database, which is older on purpose. `is_news`: the proposal
    has changes to write. Without news, guards against writing do not refuse, and a reconciler in a loop does not fail
    for days without need. `is_overtaken`: another writer applied a revision while this writer waited.
    """

    source: Source | None
    contract: Contract
    consent: Consent
    is_news: bool = True
    is_overtaken: bool = False


def judge_proposal(conn: Connection, proposal: Proposal, question: Question) -> Proposal:
    """Return the proposal with every refusal, including refusals waived by the user."""
    consent = question.consent
    remedy = FOR_FILES if question.source else FOR_HISTORY
    refusals = [
        *proposal.refusals,
        *refuse_foreign_names(conn, proposal),
        *refuse_named_elsewhere(conn, proposal),
        *_refuse_deletions(conn, proposal, question.contract, consent, remedy),
        *blocked_usage(proposal, usage_limits(proposal, consent), remedy.allow_usage),
    ]
    refusals += _refuse_source(proposal, question)
    if question.source:
        refusals += versions.refusals(conn, proposal, question.contract, allowed=consent.version_reuse)
    if question.is_news:
        refusals += holds.refuse_on_hold(conn, proposal.in_force, proposal.stored_name, allowed=consent.suspended)
    return replace(proposal, refusals=tuple(refusals))


def judge_first(proposal: Proposal, question: Question, now: datetime) -> Proposal:
    """Return the proposal of a first apply with every refusal; `now` stands for the clock of the database."""
    refusals = [*proposal.refusals, *_refuse_source(proposal, question)]
    if question.is_news:
        pause = holds.find_freeze(proposal.in_force, now)
        refusals += holds.refuse(pause, allowed=question.consent.suspended)
    return replace(proposal, refusals=tuple(refusals))


def _refuse_source(proposal: Proposal, question: Question) -> Iterator[Refusal]:
    """Yield the refusals of a source: for its age, its branch and its signature."""
    source = question.source
    if source:
        yield from refuse_other_environment(
            proposal.head, source.environment, proposal.plan, allowed=question.consent.environment
        )
        allowed = question.consent.rewind
        yield from refuse_rewinds(proposal.head, source, allowed=allowed, is_overtaken=question.is_overtaken)
    if source and question.is_news:
        branch = read_policy(proposal.in_force).branch
        yield from refuse_off_branch(branch, source, allowed=question.consent.branch)
        yield from signatures.refuse_unsigned(proposal.head, proposal.registry, source)


def require_allowed(proposal: Proposal) -> None:
    """Raise Refused for refusals that the user did not waive, NotNow if all of these are temporary."""
    if proposal.standing:
        raise make_refused_error(proposal.standing)


def make_refused_error(refusals: Sequence[Refusal]) -> Refused | NotNow:
    """Return the error for refusals: NotNow if all are temporary, else Refused."""
    error = NotNow if all(refusal.temporary for refusal in refusals) else Refused
    return error(*(refusal.message for refusal in refusals))


def usage_limits(proposal: Proposal, consent: Consent) -> UsageLimits:
    """Return the limits on the calls of tools that a proposal takes from their callers."""
    return UsageLimits(read_policy(proposal.in_force).max_usage, consent.max_usage)


def _refuse_deletions(
    conn: Connection, proposal: Proposal, contract: Contract, consent: Consent, remedy: Remedy
) -> Iterator[Refusal]:
    if not proposal.plan.count(Action.DELETE):
        return
    plurals = {name: kind.plural or name for name, kind in contract.kinds.items()}
    yield from refuse_deletions(
        proposal.plan,
        stored.count_declared_kinds(conn, proposal.stored_name),
        plurals,
        read_policy(proposal.in_force).deletions,
        consent.max_deletes,
        remedy,
        _find_protected(conn, proposal),
    )


def _find_protected(conn: Connection, proposal: Proposal) -> set[Ref]:
    """Return the deleted resources that were declared as protected, and changed by hand since."""
    by_hand = {change.id: change.ref for change in proposal.plan.changes if change.after is None and change.drifted}
    if proposal.head is None or not by_hand:
        return set()
    texts = read_texts_at(conn, proposal.head.number, [identity for identity in by_hand if identity])
    return {
        by_hand[identity] for identity, text in texts.items() if is_protected(Manifest(by_hand[identity], "", text))
    }
