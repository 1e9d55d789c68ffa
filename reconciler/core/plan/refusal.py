"""A refusal of a plan by a guard."""

from typing import NamedTuple

from reconciler.core.manifest.resource import Ref


class Refusal(NamedTuple):
    """A refusal of a plan by one guard.

    `rule` is a stable id. `message` states the problem and ends with the override. `refs` are the blocked changes, and
    `why` is the short reason beside each; without `refs`, the refusal concerns the moment, not the changes. `waived`:
    the user's option overrides the refusal, which is only recorded. `temporary`: the guard cannot decide now. `in_plan`
    replaces the message for the author of a change, above the plan: authors do not decide on a rewind.
    """

    rule: str
    message: str
    why: str = ""
    refs: frozenset[Ref] = frozenset()
    waived: bool = False
    temporary: bool = False
    in_plan: str = ""
