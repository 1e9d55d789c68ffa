"""Reads the change feed: the changed resources after a revision."""

from typing import Final

from reconciler.assets import load_query
from reconciler.core.state.event import Event, Position
from reconciler.database.connection import Connection
from reconciler.database.rows import read_rows

_AT_ONCE: Final = 1000
"""The number of events read at once, if their revisions are smaller."""


def read_events(conn: Connection, position: Position, *, with_manifests: bool) -> list[Event]:
    """Return the next events after a position, for whole revisions; none at the end."""
    parameters = {
        "since": position.revision,
        "since_id": position.revision_id,
        "most": _AT_ONCE,
        "with_manifests": with_manifests,
    }
    return read_rows(conn, Event, load_query("observed/events"), parameters).fetchall()


def find_position(conn: Connection, number: int | None = None) -> Position:
    """Return the position after a revision, by default after the last applied revision; 0 before the first."""
    rows = read_rows(conn, Position, load_query("observed/event_position"), {"number": number})
    return rows.fetchone() or Position(number or 0)
