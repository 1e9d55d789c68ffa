"""Renders events of the change feed as lines of text or JSON."""

import json
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.core.json_text import to_json_text
from reconciler.core.state.event import Event
from reconciler.core.times import format_time
from reconciler.render.json_document import FORMAT_VERSION
from reconciler.render.terminal import safe

_LONGEST: Final = 1000


def render_event(event: Event) -> str:
    """Return an event as a line of text."""
    when = format_time(event.changed_at) if event.changed_at else "-"
    return f"{event.revision:>6}  {when}  {event.action:<7}  {_describe_subject(event)}"


def render_event_json(event: Event) -> str:
    """Return an event as a line of JSON, with the manifest as an object, and null for an absent value."""
    return to_json_text(
        {
            "formatVersion": FORMAT_VERSION,
            "revision": event.revision,
            "revisionId": event.revision_id,
            "changedAt": format_time(event.changed_at) if event.changed_at else None,
            "action": event.action,
            "kind": event.kind,
            "name": event.name,
            "formerName": event.former_name,
            "entityId": event.entity_id,
            "digest": event.digest,
            "manifest": None if event.manifest is None else json.loads(event.manifest),
        }
    )


def render_error_line(error: ToolregError) -> str:
    """Return an error as a line of JSON."""
    return to_json_text({"formatVersion": FORMAT_VERSION, "error": safe(str(error), 2000)})


def _describe_subject(event: Event) -> str:
    if event.kind is None:
        return "the changes since then are not known; all resources follow"
    name = safe(f"{event.kind}/{event.name}", _LONGEST)
    return f"{name} (was {safe(event.former_name, _LONGEST)})" if event.former_name else name
