"""Reads the recorded states of reconcilers."""

from reconciler.assets import load_query
from reconciler.core.state.reconciler import Reconciler
from reconciler.database.connection import Connection
from reconciler.database.rows import read_rows


def read_reconcilers(conn: Connection) -> tuple[Reconciler, ...]:
    """Return the reconcilers of a database, those at work first."""
    return tuple(read_rows(conn, Reconciler, load_query("observed/reconcilers")))
