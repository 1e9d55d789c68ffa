"""Detects a pooler that lends each transaction another session of PostgreSQL."""

from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.errors import ToolregError
from reconciler.core.state.storage import MigrationError
from reconciler.database.connection import Connection, give_up_after
from reconciler.database.rows import read_row
from reconciler.database.target import Connect

# Other clients of a pooler can hide a change of session, hence several tries.
_TRIES: Final = 5
_WAIT: Final = 5.0


class _SessionRow(NamedTuple):
    pid: int


def require_own_session(conn: Connection, connect: Connect) -> None:
    """Raise MigrationError if each transaction may run in another session. `connect` opens a second connection.

    The locks, roles and timeouts that a migration sets for its session would be lost, or reach another client.
    """
    if _is_transaction_pooled(conn, connect):
        raise MigrationError(
            "a pooler stands between here and PostgreSQL and lends each transaction another session, as PgBouncer does"
            " in transaction mode; a migration needs a session of its own. Connect to the server itself, or through a"
            " pool in session mode, and migrate again; all other commands work through this pooler"
        )


def _is_transaction_pooled(conn: Connection, connect: Connect) -> bool:
    # A pooler invents the process ID of its greeting; the true ID proves a direct connection.
    if _read_process_id(conn) == conn.info.backend_pid:
        return False
    try:
        return any(_is_lent(conn, connect) for _ in range(_TRIES))
    except ToolregError:
        # The pool has no session for a second connection, since the first keeps its own.
        return False


def _is_lent(conn: Connection, connect: Connect) -> bool:
    """Whether a connection loses its session to a second connection inside a transaction."""
    ours = _read_process_id(conn)
    with connect() as other:
        give_up_after(other, _WAIT)
        with other.transaction():
            return _read_process_id(other) == ours or _read_process_id(conn) != ours


def _read_process_id(conn: Connection) -> int:
    return read_row(conn, _SessionRow, load_query("database/session")).pid
