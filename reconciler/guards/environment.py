"""Guards a database that holds one environment against the content of another."""

from collections.abc import Iterator
from typing import Final

from reconciler.core.plan.changes import Plan
from reconciler.core.plan.refusal import Refusal
from reconciler.core.quote import quoted
from reconciler.core.state.head import Head

_RULE: Final = "other-environment"


def refuse_other_environment(
    head: Head | None, environment: str | None, plan: Plan, *, allowed: bool
) -> Iterator[Refusal]:
    """Yield a refusal if the applied revision has another environment than the source.

    Nothing is inferred from the database: a wrong address of a database would otherwise be taken for a right one.
    """
    if head is None or head.environment == environment:
        return
    holds = f"the database holds {_describe(head.environment)}, by revision {head.number}"
    asked = "no --env is given" if environment is None else f"--env {environment} is given"
    right = f"add --env {head.environment}" if head.environment else "leave out --env and TOOLREG_ENV"
    message = f"{holds}, and {asked}; {right}. If the switch is meant: toolreg apply --switch-env"
    refs = frozenset(change.ref for change in plan.changes)
    yield Refusal(_RULE, message, holds, refs, waived=allowed)


def _describe(environment: str | None) -> str:
    return f"environment {quoted(environment)}" if environment else "the manifests without an environment"
