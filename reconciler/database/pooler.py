"""Whether a pooler between us and PostgreSQL lends us another session for each transaction."""

from typing import Final

from reconciler.assets import query
from reconciler.core.errors import ToolregError
from reconciler.core.state.storage import MigrationError
from reconciler.database.connection import Connection, give_up_after
from reconciler.database.target import Connect

# A pooler may have other guests, too, and lend one of their sessions in between.
_TRIES: Final = 5
_WAIT: Final = 5.0


def require_own_session(conn: Connection, connect: Connect) -> None:
    """Raise MigrationError where each transaction may run in another session. `connect` opens one more connection.

    What a migration sets for its session, a lock or a role or a timeout, would be lost there, or reach somebody else.
    """
    if _changes_session(conn, connect):
        raise MigrationError(
            "a pooler stands between here and PostgreSQL and lends each transaction another session, as PgBouncer does"
            " in transaction mode; a migration needs a session of its own. Connect to the server itself, or through a"
            " pool in session mode, and migrate again; all other commands work through this pooler"
        )


def _changes_session(conn: Connection, connect: Connect) -> bool:
    # A pooler makes up the process that it names when a connection begins: whoever is told the true one has none.
    if _process(conn) == conn.info.backend_pid:
        return False
    try:
        return any(_is_lent(conn, connect) for _ in range(_TRIES))
    except ToolregError:
        # There is no session for a second connection, since the first one keeps its own.
        return False


def _is_lent(conn: Connection, connect: Connect) -> bool:
    """Whether a connection loses its session to another one that is in a transaction."""
    ours = _process(conn)
    with connect() as other:
        give_up_after(other, _WAIT)
        with other.transaction():
            return _process(other) == ours or _process(conn) != ours


def _process(conn: Connection) -> int:
    (row,) = conn.execute(query("database/session"))
    return int(row.pid)
