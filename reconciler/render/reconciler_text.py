"""Renders the recorded states of reconcilers as text and as JSON values."""

from collections.abc import Iterator
from typing import Final

from reconciler.core.pointer import Json
from reconciler.core.state.reconciler import Condition, Reconciler
from reconciler.core.state.resource import Revision
from reconciler.core.times import format_time
from reconciler.render.terminal import Paint, safe

_COLOURS: Final = {Condition.READY: "green", Condition.STALLED: "red"}
_LONGEST_MESSAGE: Final = 600


def render_reconciler(reconciler: Reconciler, paint: Paint) -> Iterator[str]:
    """Yield the lines on one reconciler."""
    colour = _COLOURS.get(Condition(reconciler.condition), "yellow")
    condition = paint(f"{reconciler.condition} ({safe(reconciler.reason)})", colour)
    yield f"{condition} since {format_time(reconciler.since)}: {safe(reconciler.source, 300)}"
    for line in (reconciler.message or "").splitlines():
        yield safe(line, _LONGEST_MESSAGE)
    yield _format_progress(reconciler)
    looked = f", last look at {format_time(reconciler.looked_at)}" if reconciler.looked_at else ""
    lease = "holds the lease" if reconciler.is_alive else "held the lease last, and does not run now"
    line = f"{safe(reconciler.holder, 200)} {lease}{looked}"
    yield line if reconciler.is_alive else paint(line, "yellow")


def render_run(run: Revision) -> str:
    """Render one attempt in the list of the last runs."""
    counts = f"+{run.created} ~{run.updated} -{run.deleted}"
    what = counts if run.outcome == "applied" else safe(run.error or "", 80)
    return f"{run.number:>6}  {format_time(run.finished_at)}  {run.outcome:8}  {(run.commit or '')[:12]:12}  {what}"


def make_reconciler_document(reconciler: Reconciler) -> Json:
    """Return a reconciler, for JSON."""
    return {
        "source": reconciler.source,
        "registry": reconciler.registry,
        "condition": reconciler.condition,
        "reason": reconciler.reason,
        "message": reconciler.message,
        "since": format_time(reconciler.since),
        "head": reconciler.head,
        "attempted": reconciler.attempted,
        "behind": reconciler.behind,
        "lookedAt": format_time(reconciler.looked_at) if reconciler.looked_at else None,
        "holder": reconciler.holder,
        "isAlive": reconciler.is_alive,
    }


def _format_progress(reconciler: Reconciler) -> str:
    head = f"head {reconciler.head[:12]}" if reconciler.head else "head unknown"
    attempted = f", attempted {reconciler.attempted[:12]}" if reconciler.attempted else ""
    behind = "" if not reconciler.behind else f", {reconciler.behind} commit{'s' * (reconciler.behind > 1)} behind"
    return f"{head}{attempted}{behind}"
