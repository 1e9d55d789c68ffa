"""What differs between two revisions, as people read it in a terminal."""

from collections.abc import Iterator

from reconciler.core.plan.changes import Action, Plan
from reconciler.core.state.history import Applied
from reconciler.core.times import when
from reconciler.render.plan_text import changes
from reconciler.render.terminal import PLAIN, Paint


def lines(plan: Plan, before: Applied, after: Applied, paint: Paint = PLAIN, *, full: bool = False) -> Iterator[str]:
    """Yield each resource that differs, with its fields, and a summary."""
    yield from changes(plan, paint, said=_done, full=full)
    between = f"between {_when(before)} and {_when(after)}"
    if not plan:
        yield f"Nothing differs {between}."
        return
    yield ""
    counts = ((action, plan.count(action)) for action in Action)
    yield f"B{between[1:]}: {', '.join(f'{count} {_done(action)}' for action, count in counts if count)}."


def _when(found: Applied) -> str:
    return f"revision {found.number} ({when(found.finished_at)})"


def _done(action: Action) -> str:
    return f"{action}d"
