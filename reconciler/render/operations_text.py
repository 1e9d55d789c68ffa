"""What operators set and who fell silent, one line each, and as values for a JSON document."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from reconciler.core.pointer import Json
from reconciler.core.state.overrides import Override, Unheard
from reconciler.core.times import when
from reconciler.render.terminal import Paint, safe, short

_MOST_SHOWN: Final = 20
# In characters; a longer reason is shown in full by -o json.
_LONGEST_REASON: Final = 200


def override_lines(found: Sequence[Override]) -> Iterator[str]:
    """Yield one line for each override, as many as a reader takes in."""
    return _some([_override(one) for one in islice(found, _MOST_SHOWN)], len(found))


def unheard_lines(found: Sequence[Unheard]) -> Iterator[str]:
    """Yield one line for each who is late or silent, as many as a reader takes in."""
    lines = [f"{safe(one.subject)} is {one.health}, last heard of {when(one.last_seen)}" for one in found[:_MOST_SHOWN]]
    return _some(lines, len(found))


def lines(overrides: Sequence[Override], unheard: Sequence[Unheard], paint: Paint) -> Iterator[str]:
    """Yield what stands beside the declared state under a title, or nothing where nothing does."""
    if overrides or unheard:
        yield paint("Operations", "bold")
        yield from (f"  {line}" for line in (*override_lines(overrides), *unheard_lines(unheard)))


def documents(overrides: Sequence[Override], unheard: Sequence[Unheard]) -> dict[str, Json]:
    """Return everything that stands beside the declared state."""
    return {"overrides": [*map(override_document, overrides)], "health": [*map(unheard_document, unheard)]}


def override_document(found: Override) -> dict[str, Json]:
    """Return everything that is known of an override."""
    return {
        "subject": found.subject,
        "status": found.status,
        "reason": found.reason,
        "by": found.by,
        "since": when(found.since),
        "until": when(found.until) if found.until else None,
        "obstacle": found.obstacle,
    }


def unheard_document(found: Unheard) -> dict[str, Json]:
    """Return who is late or silent, and since when."""
    return {"subject": found.subject, "health": found.health, "lastSeen": when(found.last_seen)}


def _override(found: Override) -> str:
    until = f" until {when(found.until)}" if found.until else ""
    why = short(found.reason, _LONGEST_REASON)
    effect = f" (no effect: {safe(found.obstacle)})" if found.obstacle else ""
    status = "kept available" if found.status == "available" else found.status
    return f"{safe(found.subject)} is {safe(status)}{until}, set by {safe(found.by)}: {why}{effect}"


def _some(lines: Sequence[str], count: int) -> Iterator[str]:
    yield from lines
    if count > len(lines):
        yield f"and {count - len(lines)} more"
