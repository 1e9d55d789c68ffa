"""Reads the change feed: the changed resources after a revision."""

from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.state.event import Event, Position
from reconciler.database.connection import Connection
from reconciler.database.rows import read_row, read_rows

_AT_ONCE: Final = 1000
"""The number of events read at once, if their revisions are smaller."""


class _LastRow(NamedTuple):
    revision: int
    revision_id: str | None


def read_events(conn: Connection, position: Position, *, with_manifests: bool) -> list[Event]:
    """Return the next events after a position, those of whole revisions; none at the end."""
    parameters = {
        "since": position.revision,
        "since_id": position.revision_id,
        "most": _AT_ONCE,
        "with_manifests": with_manifests,
    }
    return read_rows(conn, Event, load_query("observed/events"), parameters).fetchall()


def find_last_position(conn: Connection) -> Position:
    """Return the position after the last applied revision."""
    return Position(*read_row(conn, _LastRow, load_query("observed/last_event")))
