"""Connections to PostgreSQL, and its errors in our terms."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors, pq
from psycopg.abc import PQGen
from psycopg.rows import namedtuple_row

from reconciler.assets import query
from reconciler.core.quote import quoted
from reconciler.errors import TemporaryError, ToolregError
from reconciler.failpoints import reached

Connection = psycopg.Connection[Any]
_Value = TypeVar("_Value")

LOCK_KEY: Final = int.from_bytes(b"toolreg", "big")
"""Of the advisory lock that every writer takes: apply and migrate alike."""

_WAIT_FOR_CONNECTION: Final = 10
_BRIEFLY_MS: Final = 1000

# A peer that is gone without a word, as when a cable is cut, is noticed in half a minute; sql/queries/settings.sql has
# the server notice, too. TCP alone would wait for a quarter of an hour, or for two hours where nothing is under way.
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
    """PostgreSQL could not do it now. Try again."""


class LockHeld(DatabaseBusy):
    """Another writer did not end in time. Try again."""


class Unanswered(psycopg.OperationalError):
    """The server, or something between, takes what is said and does not answer."""


class _Connection(psycopg.Connection[Any]):
    """A connection that may be given up when nothing has come for a while."""

    silence: float | None = None

    def wait(self, gen: PQGen[_Value], *arguments: Any, **options: Any) -> _Value:  # noqa: ANN401  psycopg's own.
        """Wait as psycopg does, but not for longer than `silence`."""
        return super().wait(gen if self.silence is None else self._bounded(gen, self.silence), *arguments, **options)

    def _bounded(self, gen: PQGen[_Value], seconds: float) -> PQGen[_Value]:
        """Pass on what the generator waits for; psycopg says ten times a second that nothing came."""
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > seconds:
                    # The answer may still come, and would be taken for that to another statement.
                    self.pgconn.finish()
                    raise Unanswered(f"no answer for {seconds:g} s")
                wanted = gen.send(ready)
        except StopIteration as done:
            value: _Value = done.value
            return value


def give_up_after(conn: Connection, seconds: float) -> None:
    """From now on, take a connection for lost when nothing has come from the server for so long."""
    if isinstance(conn, _Connection):
        conn.silence = seconds


@contextmanager
def connect(conninfo: str) -> Iterator[Connection]:
    """Yield a connection without an open transaction. Errors of PostgreSQL inside come out as ToolregError."""
    with translated(), _opened(conninfo) as conn:
        yield conn


def _opened(conninfo: str) -> Connection:
    try:
        given = psycopg.conninfo.conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        # libpq's own message repeats the string, and so a password.
        raise DatabaseError("the database is neither a connection URL nor a libpq connection string") from None
    if _is_torn(conninfo, given):
        raise DatabaseError(
            "the database URL has an @ or a / that belongs to a password; write it as %40 or %2F (RFC 3986, 2.1)"
        )
    given.setdefault("application_name", "toolreg")
    for name, value in {"connect_timeout": _WAIT_FOR_CONNECTION, **_DEAD_PEER}.items():
        given.setdefault(name, value)
    # Whatever PGCLIENTENCODING says: manifests are UTF-8, and psycopg returns bytes from a database in SQL_ASCII.
    given["client_encoding"] = "UTF8"
    complete = psycopg.conninfo.make_conninfo("", **given)
    # Prepared statements would be left behind on a connection that a pooler gives to somebody else.
    return _Connection.connect(complete, autocommit=True, prepare_threshold=None, row_factory=namedtuple_row)


def _is_torn(conninfo: str, given: Mapping[str, Any]) -> bool:
    """Whether libpq takes the rest of a password for the host, the port or the database, and would show it in errors.

    It ends the password at the first @, and takes nothing for one where a / stands before that (its manual, 34.1.1.2).
    """
    if not conninfo.startswith(("postgresql://", "postgres://")):
        return False
    before, _, _ = conninfo.partition("://")[2].partition("?")[0].rpartition("@")
    port = str(given.get("port") or "").replace(",", "") or "0"
    return "/" in before or "@" in before or "@" in str(given.get("host")) or not port.isdecimal()


def place(conninfo: str) -> str:
    """Return the name of a database and its host, as libpq completes them from its environment; no password."""
    defaults = {one.keyword.decode(): one.val.decode() for one in pq.Conninfo.get_defaults() if one.val}
    known = defaults | psycopg.conninfo.conninfo_to_dict(conninfo)
    host = known.get("host") or known.get("hostaddr") or "this machine"
    return f"{known.get('dbname') or known.get('user')} on {host}"


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of psycopg into ours."""
    try:
        yield
    except psycopg.Error as error:
        raise in_our_terms(error) from error


@contextmanager
def as_member(conn: Connection, *groups: str) -> Iterator[None]:
    """Say of which group role one must be a member to run what is inside, where the role may not."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise DatabaseError(f"{in_our_terms(error)}; {membership(conn.info.user, *groups)}") from error


def membership(role: str, *groups: str) -> str:
    """Return what to do so that a role has the rights of one of these group roles."""
    first, *others = groups
    return f"make it a member: GRANT {first} TO {quoted(role)}" + "".join(f", or {other}" for other in others)


def in_our_terms(error: psycopg.Error) -> ToolregError:
    """Return what an error of PostgreSQL means to the user."""
    text = _sentence(error)
    match error:
        case errors.InsufficientPrivilege():
            return DatabaseError(f"the database role may not do this: {text}")
        case errors.ReadOnlySqlTransaction():
            return DatabaseError(f"the database only reads, as a replica does: {text}")
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
        case errors.IdleInTransactionSessionTimeout() | errors.TransactionTimeout():
            return DatabaseAway(f"the database ended this session: {text}; try again")
        case errors.OperationalError() if error.sqlstate is None or error.sqlstate.startswith(("57P", "08")):
            return _connection_error(text)
        case errors.IntegrityError() if error.diag.constraint_name:
            return DatabaseError(f"the database rejects a row of {error.diag.table_name}: {text}")
        case _:
            return DatabaseError(f"the database refused: {text}")


def _connection_error(text: str) -> ToolregError:
    # libpq gives no SQLSTATE for a connection that failed, only its words.
    final = (
        "authentication failed",
        "does not exist",
        "no password supplied",
        "no pg_hba.conf entry",
        "not permitted to",
    )
    if any(words in text for words in final):
        return DatabaseError(f"the database does not let us in: {text}")
    return DatabaseAway(f"the database does not answer: {text}; try again")


def _sentence(error: psycopg.Error) -> str:
    lines = (
        [error.diag.message_primary, error.diag.message_detail]
        if error.diag.message_primary
        else str(error).splitlines()
    )
    return ". ".join(line.strip().rstrip(".") for line in lines if line and line.strip())


@contextmanager
def reading(conn: Connection, lock_timeout: float = 30.0) -> Iterator[None]:
    """Run what is inside on one snapshot, without writing.

    Nobody who writes is waited for; somebody who changes a table itself is, for `lock_timeout` seconds.
    """
    with conn.transaction():
        conn.execute(query("begin_reading"))
        conn.execute(query("settings"), {"lock_timeout_ms": _milliseconds(lock_timeout)})
        yield


@contextmanager
def writing(conn: Connection, lock_timeout: float) -> Iterator[None]:
    """Run what is inside in one transaction, as the only writer.

    `lock_timeout` is in seconds; LockHeld, naming the holder, is raised when another writer does not end in time.
    """
    with conn.transaction():
        conn.execute(query("begin_writing"))
        conn.execute(query("settings"), {"lock_timeout_ms": _milliseconds(lock_timeout)})
        try:
            with conn.transaction():
                reached("before-lock")
                conn.execute(query("lock"), {"key": LOCK_KEY})
        except errors.LockNotAvailable:
            raise LockHeld(f"{_holder(conn)}; try again, or wait longer with --lock-timeout") from None
        reached("after-lock")
        yield


@contextmanager
def noting(conn: Connection) -> Iterator[None]:
    """Run what is inside in one transaction that waits for nobody for long: what it writes is not worth that."""
    with conn.transaction():
        conn.execute(query("settings"), {"lock_timeout_ms": _BRIEFLY_MS})
        yield


def _milliseconds(seconds: float) -> int:
    # 0 would be: for ever.
    return max(1, round(seconds * 1000))


def _holder(conn: Connection) -> str:
    holder = conn.execute(query("lock_holder"), {"key": LOCK_KEY}).fetchone()
    if holder is None or holder.pid is None:
        return "another writer held the lock until just now"
    role = holder.usename or "a role that we may not see"
    who = f"{role} ({holder.application_name or 'unnamed'}, process {holder.pid}"
    where = f" from {holder.address}" if holder.address else ""
    since = f", since {holder.xact_start:%Y-%m-%d %H:%M:%S %Z}" if holder.xact_start else ""
    return f"another writer holds the lock: {who}{where}{since})"
