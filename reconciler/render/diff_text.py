"""Renders the difference between two revisions for a terminal."""

from collections.abc import Iterator

from reconciler.core.plan.changes import Action, Plan
from reconciler.core.state.history import Applied
from reconciler.core.times import format_time
from reconciler.render.plan_text import NO_DETAILS, Details, render_changes
from reconciler.render.terminal import PLAIN, Paint


def render_diff(
    plan: Plan, before: Applied, after: Applied, paint: Paint = PLAIN, details: Details = NO_DETAILS
) -> Iterator[str]:
    """Yield each changed resource with its fields, then a summary."""
    yield from render_changes(plan, paint, details, said=_format_action)
    between = f"between {_format_revision(before)} and {_format_revision(after)}"
    if not plan:
        yield f"Nothing differs {between}."
        return
    yield ""
    counts = ((action, plan.count(action)) for action in Action)
    yield f"B{between[1:]}: {', '.join(f'{count} {_format_action(action)}' for action, count in counts if count)}."


def _format_revision(applied: Applied) -> str:
    return f"revision {applied.number} ({format_time(applied.finished_at)})"


def _format_action(action: Action) -> str:
    return f"{action}d"
