"""What happens beside the declared state: what operators set, and who fell silent. None of it is a change or drift."""

from reconciler.assets import query
from reconciler.core.state.overrides import Override, Unheard
from reconciler.database.connection import Connection


def overrides(conn: Connection) -> tuple[Override, ...]:
    """Return the overrides in effect, by subject."""
    return tuple(Override(*row) for row in conn.execute(query("observed/active_overrides")))


def unheard(conn: Connection) -> tuple[Unheard, ...]:
    """Return who is late or silent, the silent ones first."""
    return tuple(Unheard(*row) for row in conn.execute(query("observed/unheard")))
