"""Renders overrides and overdue heartbeats, one line each, and as JSON values."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from reconciler.core.pointer import Json
from reconciler.core.state.overrides import Override, Unheard
from reconciler.core.times import format_time
from reconciler.render.terminal import Paint, safe, short

_MOST_SHOWN: Final = 20
# In characters; a longer reason is shown in full by -o json.
_LONGEST_REASON: Final = 200


def render_overrides(overrides: Sequence[Override]) -> Iterator[str]:
    """Yield one line per override, at most 20, and the number of the others."""
    return _add_remainder([_format_override(one) for one in islice(overrides, _MOST_SHOWN)], len(overrides))


def render_unheard(unheard: Sequence[Unheard]) -> Iterator[str]:
    """Yield one line per late or silent subject, at most 20, and the number of the others."""
    lines = [
        f"{safe(one.subject)} is {one.health}, last heard of {format_time(one.last_seen)}"
        for one in unheard[:_MOST_SHOWN]
    ]
    return _add_remainder(lines, len(unheard))


def render_operations(overrides: Sequence[Override], unheard: Sequence[Unheard], paint: Paint) -> Iterator[str]:
    """Yield overrides and overdue heartbeats under a title; no line if both are empty."""
    if overrides or unheard:
        yield paint("Operations", "bold")
        yield from (f"  {line}" for line in (*render_overrides(overrides), *render_unheard(unheard)))


def make_operations_documents(overrides: Sequence[Override], unheard: Sequence[Unheard]) -> dict[str, Json]:
    """Return all overrides and overdue heartbeats."""
    return {"overrides": [*map(make_override_document, overrides)], "health": [*map(make_unheard_document, unheard)]}


def make_override_document(override: Override) -> dict[str, Json]:
    """Return all properties of an override."""
    return {
        "subject": override.subject,
        "status": override.status,
        "reason": override.reason,
        "by": override.by,
        "since": format_time(override.since),
        "until": format_time(override.until) if override.until else None,
        "obstacle": override.obstacle,
    }


def make_unheard_document(unheard: Unheard) -> dict[str, Json]:
    """Return a late or silent subject and the time of its last heartbeat."""
    return {"subject": unheard.subject, "health": unheard.health, "lastSeen": format_time(unheard.last_seen)}


def _format_override(override: Override) -> str:
    until = f" until {format_time(override.until)}" if override.until else ""
    why = short(override.reason, _LONGEST_REASON)
    effect = f" (no effect: {safe(override.obstacle)})" if override.obstacle else ""
    status = "kept available" if override.status == "available" else override.status
    return f"{safe(override.subject)} is {safe(status)}{until}, set by {safe(override.by)}: {why}{effect}"


def _add_remainder(lines: Sequence[str], count: int) -> Iterator[str]:
    yield from lines
    if count > len(lines):
        yield f"and {count - len(lines)} more"
