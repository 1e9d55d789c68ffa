"""Reads tool overrides and overdue heartbeats, which are neither changes nor drift."""

from reconciler.assets import load_query
from reconciler.core.state.overrides import Override, Unheard
from reconciler.database.connection import Connection
from reconciler.database.rows import read_rows


def read_overrides(conn: Connection) -> tuple[Override, ...]:
    """Return the overrides in effect, by subject."""
    return tuple(read_rows(conn, Override, load_query("observed/active_overrides")))


def read_unheard(conn: Connection) -> tuple[Unheard, ...]:
    """Return the late and silent nodes, silent nodes first."""
    return tuple(read_rows(conn, Unheard, load_query("observed/unheard")))
