"""Compares the authentication of a service: whether callers have to prove more than before."""

from typing import Any, Final, NamedTuple

from reconciler.core.quote import quoted

_NONE: Final = "none"
_MOST_NAMED: Final = 3
_LONGEST: Final = 60


class Demand(NamedTuple):
    """The proof that a service demands: the type of its security scheme, and the scopes of all flows."""

    type: str
    scopes: frozenset[str]


def demand_of(auth: dict[str, Any]) -> Demand:
    """Return the demand of a valid `spec.auth`."""
    flows = auth.get("flows", {}).values()
    return Demand(auth["type"], frozenset(scope for flow in flows for scope in flow["scopes"]))


def describe_increase(before: Demand, after: Demand) -> str | None:
    """Return how the demand rose, None if a caller of before still has the right proof."""
    if after.type == _NONE:
        return None
    if before.type != after.type:
        return f"authentication was {before.type}, and is {after.type}"
    added = sorted(after.scopes - before.scopes)
    if not added:
        return None
    names = ", ".join(quoted(scope, _LONGEST) for scope in added[:_MOST_NAMED])
    rest = f" and {len(added) - _MOST_NAMED} more" if len(added) > _MOST_NAMED else ""
    return f"{'scope' if len(added) == 1 else 'scopes'} {names}{rest} can be demanded from now on"
