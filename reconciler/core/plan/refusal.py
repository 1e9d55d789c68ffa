"""Why a guard would not have a plan applied."""

from typing import NamedTuple

from reconciler.core.manifest.resource import Ref


class Refusal(NamedTuple):
    """What one guard says of a plan.

    `rule` is a stable id. `message` says what was found and ends with what overrides it. `refs` are the changes that it
    blocks, and `why` says so in a few words beside each; without any, the refusal is of the moment and not of what the
    plan would do. One that was `waived` by its option does not refuse and is recorded. One that is `temporary` says
    that nothing can be told now. `in_plan` is what the author of a change is told instead, before the plan itself: an
    author does not decide to go back.
    """

    rule: str
    message: str
    why: str = ""
    refs: frozenset[Ref] = frozenset()
    waived: bool = False
    temporary: bool = False
    in_plan: str = ""
