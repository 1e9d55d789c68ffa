"""The guard against unintended loss of tools in use."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal

_MOST_NAMED: Final = 3


class UsageLimits(NamedTuple):
    """Calls in 30 days up to which a plan may take a tool from its callers: by the registry, and by the user."""

    registry: int | None
    user: int | None

    @property
    def least(self) -> int | None:
        """The lower limit, None without limits."""
        return min((limit for limit in self if limit is not None), default=None)


def blocked_usage(proposal: Proposal, limits: UsageLimits, allow: str) -> Iterator[Refusal]:
    """Yield a refusal if a plan deletes, renames or breaks a tool with more calls than allowed.

    The user's limit stands in place of the registry's. `allow` is the option that overrides the refusal.
    """
    limit = limits.registry if limits.user is None else limits.user
    refusal = _refuse_beyond(proposal, limit, "limit" if limits.user is None else "allowed", allow)
    if refusal is None and limits.user is not None:
        refusal = _refuse_beyond(proposal, limits.registry, "limit", allow)
        refusal = refusal and refusal._replace(waived=True)
    if refusal:
        yield refusal


def _refuse_beyond(proposal: Proposal, limit: int | None, word: str, allow: str) -> Refusal | None:
    calls = {
        change.ref: usage.calls_30_days for change in proposal.plan.changes if (usage := proposal.usage_of(change))
    }
    beyond = sorted((ref for ref in calls if limit is not None and calls[ref] > limit), key=lambda ref: -calls[ref])
    if not beyond:
        return None
    named = ", ".join(f"{ref} ({calls[ref]:,} calls in 30 days)" for ref in beyond[:_MOST_NAMED])
    more = f" and {len(beyond) - _MOST_NAMED} more" if len(beyond) > _MOST_NAMED else ""
    message = (
        f"this revision would delete, rename or break {named}{more} ({word}: {limit:,} calls)."
        f" If that is meant: {allow} {_leave_room(calls[beyond[0]])}"
    )
    return Refusal("too-much-usage", message, f"more than {limit:,} calls in 30 days", frozenset(beyond))


def _leave_room(calls: int) -> int:
    """Return a limit a tenth above the calls, with two digits: the tool is called on while people decide."""
    enough = calls + calls // 10 + 1
    unit: int = 10 ** max(0, len(str(enough)) - 2)
    return -(-enough // unit) * unit
