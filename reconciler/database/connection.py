"""Opens connections to PostgreSQL and turns its errors into ToolregError."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors, pq
from psycopg.abc import PQGen

from reconciler.assets import load_query
from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.quote import quoted
from reconciler.database.connection_string import parse_conninfo

Connection = psycopg.Connection[tuple[object, ...]]
"""A connection whose rows are unusable but by `read_rows`, which gives them a type."""

_Value = TypeVar("_Value")

_WAIT_FOR_CONNECTION: Final = 10
_BRIEFLY_MS: Final = 1000

# Detects a silently lost peer, as after a cut cable, in half a minute; sql/queries/database/settings.sql does the same
# for the server. TCP alone would wait for a quarter of an hour, or for two hours on an idle connection.
_DEAD_PEER: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}


class DatabaseAway(TemporaryError):
    """The database does not answer. Try again."""


class DatabaseError(ToolregError):
    """PostgreSQL refused."""


class DatabaseBusy(TemporaryError):
    """PostgreSQL is busy or out of resources. Try again."""


class Unanswered(psycopg.OperationalError):
    """The server, or a proxy, accepts data and does not answer."""


class _Connection(Connection):
    """A connection that can be given up after a time without data from the server."""

    silence: float | None = None
    farewell: psycopg.Error | None = None

    def wait(self, gen: PQGen[_Value], *arguments: Any, **options: Any) -> _Value:  # noqa: ANN401  psycopg's own.
        """Wait as psycopg does, but not for longer than `silence`."""
        try:
            return super().wait(
                gen if self.silence is None else self._limit_silence(gen, self.silence), *arguments, **options
            )
        except psycopg.OperationalError as error:
            if error.sqlstate is None and self.pgconn.status == pq.ConnStatus.BAD:
                # Process the last bytes read: they may hold the farewell of the server.
                self.pgconn.get_result()
            if self.farewell:
                raise self.farewell from None
            raise

    def hear(self, notice: errors.Diagnostic) -> None:
        """Keep the FATAL message by which the server closes an idle connection.

        libpq reports this message as a notice; psycopg then sees only a closed connection.
        """
        if notice.severity_nonlocalized == "FATAL":
            self.farewell = errors.lookup(notice.sqlstate or "08006")(notice.message_primary or "")

    def _limit_silence(self, gen: PQGen[_Value], seconds: float) -> PQGen[_Value]:
        """Forward the waits of a generator; raise Unanswered after `seconds` without data.

        psycopg resumes a wait ten times a second, with a false value if no data came.
        """
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > seconds:
                    # A late answer would be taken for the answer to another statement.
                    self.pgconn.finish()
                    raise Unanswered(f"no answer for {seconds:g} s")
                wanted = gen.send(ready)
        except StopIteration as done:
            value: _Value = done.value
            return value


def give_up_after(conn: Connection, seconds: float) -> None:
    """Treat a connection as lost from now on after `seconds` without data from the server."""
    if isinstance(conn, _Connection):
        conn.silence = seconds


@contextmanager
def connect(conninfo: str, origin: str = "the database URL") -> Iterator[Connection]:
    """Yield a connection without an open transaction. Errors of PostgreSQL in the block become ToolregError.

    `origin` names the source of the connection string in the message about an invalid string.
    """
    with translate_errors(), _open(parse_conninfo(conninfo, origin)) as conn:
        yield conn


def _open(given: dict[str, Any]) -> Connection:
    given.setdefault("application_name", "toolreg")
    for name, value in {"connect_timeout": _WAIT_FOR_CONNECTION, **_DEAD_PEER}.items():
        given.setdefault(name, value)
    # Overrides PGCLIENTENCODING: manifests are UTF-8, and psycopg returns bytes from a database in SQL_ASCII.
    given["client_encoding"] = "UTF8"
    complete = psycopg.conninfo.make_conninfo("", **given)
    # A pooler would pass prepared statements on to the next client of the connection.
    conn = _Connection.connect(complete, autocommit=True, prepare_threshold=None)
    conn.add_notice_handler(conn.hear)
    return conn


def name_database(conninfo: str) -> str:
    """Return the names of a database and its host, completed by libpq from its environment; no password."""
    defaults = {one.keyword.decode(): one.val.decode() for one in pq.Conninfo.get_defaults() if one.val}
    known = defaults | parse_conninfo(conninfo, "the database URL")
    host = known.get("host") or known.get("hostaddr") or "this machine"
    return f"{known.get('dbname') or known.get('user')} on {host}"


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn errors of psycopg into ToolregError."""
    try:
        yield
    except psycopg.Error as error:
        raise convert_error(error) from error


@contextmanager
def explain_missing_rights(conn: Connection, *groups: str) -> Iterator[None]:
    """Raise DatabaseError, naming the group roles with the right, if the role may not run the block."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise DatabaseError(f"{convert_error(error)}; {advise_membership(conn.info.user, *groups)}") from error


def advise_membership(role: str, *groups: str) -> str:
    """Return the advice that gives a role the rights of a group role, any of `groups`."""
    first, *others = groups
    return f"make it a member: GRANT {first} TO {quoted(role)}" + "".join(f", or {other}" for other in others)


def convert_error(error: psycopg.Error) -> ToolregError:
    """Return the ToolregError for an error of PostgreSQL."""
    text = _format_message(error)
    match error:
        case errors.InsufficientPrivilege():
            return DatabaseError(f"the database role may not do this: {text}")
        case errors.ReadOnlySqlTransaction():
            return DatabaseError(f"the database only reads, as a replica does: {text}")
        case errors.QueryCanceled() | errors.OperationalError() if setting := _find_foreign_limit(text):
            return DatabaseError(
                f"{setting}, a setting of this role, database, server or connection, is too short: {text}. Set 0"
                f" (no limit) or '15min', such as with: ALTER ROLE ... SET {setting} = '15min'"
            )
        case (
            errors.LockNotAvailable()
            | errors.QueryCanceled()
            | errors.SerializationFailure()
            | errors.DeadlockDetected()
        ):
            return DatabaseBusy(f"the database was busy: {text}; try again")
        case (
            errors.DiskFull() | errors.OutOfMemory() | errors.TooManyConnections() | errors.ConfigurationLimitExceeded()
        ):
            return DatabaseBusy(f"the database is out of resources: {text}; free some and try again")
        case errors.IdleInTransactionSessionTimeout():
            return DatabaseAway(f"the database ended this session: {text}; try again")
        case errors.OperationalError() if error.sqlstate is None or error.sqlstate.startswith(("57P", "08")):
            return _make_connection_error(text)
        case errors.IntegrityError() if error.diag.constraint_name:
            return DatabaseError(f"the database rejects a row of {error.diag.table_name}: {text}")
        case _:
            return DatabaseError(f"the database refused: {text}")


def _find_foreign_limit(text: str) -> str | None:
    """Find the setting, not made by toolreg, that ended a statement, transaction or session and will do so again."""
    limits = ("statement_timeout", "transaction_timeout", "idle_session_timeout")
    said = text.replace("-", "_").replace(" ", "_")
    # toolreg itself sets idle_in_transaction_session_timeout.
    return next((name for name in limits if name in said and "idle_in_transaction" not in said), None)


def _make_connection_error(text: str) -> ToolregError:
    # libpq gives no SQLSTATE for a failed connection, only a text.
    final = (
        "authentication failed",
        "does not exist",
        "no password supplied",
        "no pg_hba.conf entry",
        "not permitted to",
        # Permanent faults of the connection string.
        "invalid sslmode value",
        "invalid port number",
        "invalid integer value",
        "server does not support SSL, but SSL was required",
        "not found",
    )
    if any(words in text for words in final):
        return DatabaseError(f"the database does not let us in: {text}")
    return DatabaseAway(f"the database does not answer: {text}; try again")


def _format_message(error: psycopg.Error) -> str:
    lines = (
        [error.diag.message_primary, error.diag.message_detail]
        if error.diag.message_primary
        else str(error).splitlines()
    )
    return ". ".join(line.strip().rstrip(".") for line in lines if line and line.strip())


@contextmanager
def begin_snapshot(conn: Connection, lock_timeout: float = 30.0) -> Iterator[None]:
    """Run the block on one snapshot, without writing.

    Writers of rows do not block; a change of a table itself blocks for at most `lock_timeout` seconds.
    """
    with conn.transaction():
        conn.execute(load_query("database/begin_reading"))
        prepare(conn, to_milliseconds(lock_timeout))
        with explain_own_limit(conn):
            yield


@contextmanager
def begin_optional_write(conn: Connection) -> Iterator[None]:
    """Run the block in one transaction with a lock timeout of 1 s, for writes that may be skipped."""
    with begin_transaction(conn, _BRIEFLY_MS):
        yield


@contextmanager
def begin_transaction(conn: Connection, lock_timeout_ms: int = 30_000) -> Iterator[None]:
    """Run the block in a transaction with the settings of toolreg."""
    with conn.transaction():
        prepare(conn, lock_timeout_ms)
        yield


def prepare(conn: Connection, lock_timeout_ms: int) -> None:
    """Apply the settings of toolreg to the open transaction; `lock_timeout_ms` 0 waits without end."""
    given = conn.info.options
    parameters = {
        "lock_timeout_ms": lock_timeout_ms,
        "statements_are_bounded": "statement_timeout" in given,
        "transactions_are_bounded": "transaction_timeout" in given,
    }
    conn.execute(load_query("database/settings"), parameters)


@contextmanager
def explain_own_limit(conn: Connection) -> Iterator[None]:
    """Raise DatabaseBusy for a statement that exceeds the statement_timeout in the options of this connection."""
    try:
        yield
    except errors.QueryCanceled as error:
        if "statement_timeout" not in conn.info.options or "statement timeout" not in str(error):
            raise
        raise DatabaseBusy(
            "a statement took longer than the statement_timeout of PGOPTIONS or of the connection's options; raise it,"
            " or try again when the database is less busy"
        ) from error


def to_milliseconds(seconds: float) -> int:
    """Convert seconds for a setting of PostgreSQL, to at least 1 ms."""
    # 0 would mean no limit.
    return max(1, round(seconds * 1000))
