"""Follows the change feed of a database, woken by notifications and by a timer, since notifications get lost."""

import time
from collections.abc import Callable, Generator, Iterator
from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.errors import TemporaryError
from reconciler.core.state.event import Event, Position
from reconciler.database.connection import Connection, begin_snapshot, give_up_after
from reconciler.database.migrate import read_storage
from reconciler.database.rows import read_row
from reconciler.database.target import Connect
from reconciler.observed.events import read_events
from reconciler.serving.retry import spread

POLL_SECONDS: Final = 2.0
"""The time between two looks without a notification: a pooler passes on none."""

_FIRST_PAUSE: Final = 0.2
_LAST_PAUSE: Final = 15.0
_UNANSWERED_SECONDS: Final = 60.0


class _SessionRow(NamedTuple):
    can_listen: bool


def follow_events(
    connect: Connect, position: Position, tell: Callable[[str], None], *, with_manifests: bool
) -> Generator[list[Event], None, None]:
    """Yield the events after a position, each once and in order, without end; an empty list after each wait.

    A list holds whole revisions, read in one snapshot. After a lost connection, `tell` gets a message, and another
    connection is made. Raises ToolregError for any other failure.
    """
    pause = _FIRST_PAUSE
    while True:
        try:
            with connect() as conn:
                for events in _listen_and_poll(conn, position, with_manifests=with_manifests):
                    pause = _tell_return(tell, pause)
                    # Before the caller prints the events: a caller that resumes has printed them.
                    position = events[-1].position if events else position
                    yield events
        except TemporaryError as error:
            if pause == _FIRST_PAUSE:
                tell(f"Waiting for the database: {error}")
        yield []
        time.sleep(spread(pause))
        pause = min(pause * 2, _LAST_PAUSE)


def _tell_return(tell: Callable[[str], None], pause: float) -> float:
    if pause != _FIRST_PAUSE:
        tell("The database answers again.")
    return _FIRST_PAUSE


def _listen_and_poll(conn: Connection, position: Position, *, with_manifests: bool) -> Iterator[list[Event]]:
    give_up_after(conn, _UNANSWERED_SECONDS)
    if can_listen(conn):
        # Before the first look: a revision applied in between is notified.
        conn.execute(load_query("serving/listen"))
    with begin_snapshot(conn):
        read_storage(conn).require_current()
    while True:
        with begin_snapshot(conn):
            events = read_events(conn, position, with_manifests=with_manifests)
        yield events
        if events:
            position = events[-1].position
        else:
            # Returns at once for a notification received during the look.
            for _ in conn.notifies(timeout=spread(POLL_SECONDS), stop_after=1):
                pass


def can_listen(conn: Connection) -> bool:
    """Whether a connection can be notified: not through a pooler, and not by a replica."""
    parameters = {"greeted": conn.info.backend_pid}
    return read_row(conn, _SessionRow, load_query("serving/session"), parameters).can_listen
