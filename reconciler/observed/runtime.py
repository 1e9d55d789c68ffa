"""Reads tool overrides and overdue heartbeats, which are neither changes nor drift."""

from reconciler.assets import query
from reconciler.core.state.overrides import Override, Unheard
from reconciler.database.connection import Connection


def overrides(conn: Connection) -> tuple[Override, ...]:
    """Return the overrides in effect, by subject."""
    return tuple(Override(*row) for row in conn.execute(query("observed/active_overrides")))


def unheard(conn: Connection) -> tuple[Unheard, ...]:
    """Return the late and silent nodes, silent nodes first."""
    return tuple(Unheard(*row) for row in conn.execute(query("observed/unheard")))
