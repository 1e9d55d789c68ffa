"""The lease of a reconciler: one row per followed branch, by the clock of the database.

Each statement is a transaction of its own, which works behind a pooler, and which the server ends by itself: a client
that stops between two statements would keep the row locked. A holder that was stopped, or cut off, loses the lease
after LEASE_SECONDS; its epoch is then outdated, and its applies write nothing.
"""

import hashlib
import os
import secrets
import socket
from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.core.state.reconciler import LoopState
from reconciler.database.connection import Connection, translate_errors
from reconciler.database.rows import read_row, read_rows
from reconciler.database.writer import LockHeld

LEASE_SECONDS: Final = 5.0
RENEWAL_SECONDS: Final = 1.5


class LeaseLost(LockHeld):
    """Another process took the lease. The apply of this process wrote nothing."""


class Lease(NamedTuple):
    """A lease on a source, for one holder. Each holder has a higher epoch than the holder before."""

    source: str
    holder: str
    epoch: int

    @property
    def session_prefix(self) -> str:
        """The beginning of the names of sessions that apply this source under any lease."""
        return f"toolreg reconcile {hashlib.sha256(self.source.encode('utf-8', 'surrogateescape')).hexdigest()[:12]} "

    @property
    def session(self) -> str:
        """The name of sessions under this lease (application_name, at most 63 bytes)."""
        return f"{self.session_prefix}{self.epoch}"


class _EpochRow(NamedTuple):
    epoch: int


class _WantedRow(NamedTuple):
    is_wanted: bool


class _LeaseRow(NamedTuple):
    is_free: bool


class _HeldRow(NamedTuple):
    is_held: bool


def make_holder() -> str:
    """Return a name for this process, unique across machines and restarts."""
    return f"{socket.gethostname()[:100]}/{os.getpid()}/{secrets.token_hex(4)}"


def acquire_lease(conn: Connection, source: str, holder: str) -> Lease | None:
    """Take the lease if free; None if another process holds it."""
    with translate_errors():
        known = read_rows(conn, _LeaseRow, load_query("serving/read_lease"), {"source": source}).fetchone()
        if known and not known.is_free:
            return None
        parameters = {"source": source, "holder": holder, "seconds": LEASE_SECONDS}
        row = read_rows(conn, _EpochRow, load_query("serving/acquire_lease"), parameters).fetchone()
    return Lease(source, holder, row.epoch) if row else None


def renew_lease(conn: Connection, lease: Lease) -> bool:
    """Prolong the lease; return whether another process asks for a look. Raises LeaseLost."""
    with translate_errors():
        parameters = {**lease._asdict(), "seconds": LEASE_SECONDS}
        row = read_rows(conn, _WantedRow, load_query("serving/renew_lease"), parameters).fetchone()
    if row is None:
        raise LeaseLost
    return row.is_wanted


def release_lease(conn: Connection, lease: Lease) -> None:
    """End the lease, for another process to take at once."""
    with translate_errors():
        conn.execute(load_query("serving/release_lease"), lease._asdict())


def want_look(conn: Connection, source: str) -> None:
    """Ask the holder of the lease to look at the repository."""
    with translate_errors():
        conn.execute(load_query("serving/want_look"), {"source": source})


def record_state(conn: Connection, lease: Lease, state: LoopState) -> None:
    """Record the state of the reconciler, unless another process holds the lease by now."""
    with translate_errors():
        conn.execute(load_query("serving/record_state"), {**state._asdict(), **lease._asdict()})


def end_stale_writers(conn: Connection, lease: Lease) -> None:
    """End the other applies of this source, which may be stopped or cut off with the lock of writers in their hands.

    A holder has one apply at a time, so any other belongs to an earlier holder, or lost its process. Ends none if
    another process took the lease meanwhile.
    """
    with translate_errors():
        conn.execute(load_query("serving/end_stale_writers"), lease._asdict() | {"prefix": lease.session_prefix})


def require_held(conn: Connection, lease: Lease) -> None:
    """Raise LeaseLost if another process took the lease."""
    with translate_errors():
        row = read_row(conn, _HeldRow, load_query("serving/is_held"), lease._asdict())
    if not row.is_held:
        raise LeaseLost


def require_lease(lease: Lease, conn: Connection, _proposal: Proposal) -> tuple[Refusal, ...]:
    """Guard an attempt: under the lock of writers, the lease must still be in force.

    Raises LeaseLost, which is not recorded: a stale holder writes nothing.
    """
    require_held(conn, lease)
    return ()
