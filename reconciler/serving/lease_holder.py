"""Holds the lease of one source in one database, or waits for it."""

import time
from contextlib import suppress

from reconciler.core.errors import ToolregError
from reconciler.core.state.reconciler import LoopState
from reconciler.database.connection import Connection
from reconciler.serving.lease import (
    LEASE_SECONDS,
    RENEWAL_SECONDS,
    Lease,
    LeaseLost,
    acquire_lease,
    record_state,
    release_lease,
    renew_lease,
    want_look,
)


class LeaseHolder:
    """The part of a process in the lease of a source. `is_new`: the lease was taken just now."""

    def __init__(self, source: str, holder: str) -> None:
        self.lease: Lease | None = None
        self.is_new = False
        self.is_wanted = False
        """Whether another process asks for a look."""
        self._source = source
        self._holder = holder
        self._renewed_at = 0.0

    @property
    def is_outdated(self) -> bool:
        """Whether another process may have taken the lease, as far as the clock of this process tells."""
        return self.lease is not None and time.monotonic() - self._renewed_at > LEASE_SECONDS

    def hold(self, conn: Connection) -> bool:
        """Renew the lease, or take it if free; return whether this process holds it. Raises LeaseLost."""
        now = time.monotonic()
        self.is_new = self.is_wanted = False
        if self.lease is None:
            self.lease = acquire_lease(conn, self._source, self._holder)
            self.is_new = self.lease is not None
            self._renewed_at = now
        elif now - self._renewed_at >= RENEWAL_SECONDS:
            try:
                self.is_wanted = renew_lease(conn, self.lease)
            except LeaseLost:
                self.lease = None
                raise
            self._renewed_at = now
        return self.lease is not None

    def record(self, conn: Connection, state: LoopState) -> None:
        """Record a state, if this process holds the lease."""
        if self.lease:
            record_state(conn, self.lease, state)

    def ask_holder(self, conn: Connection) -> None:
        """Ask the process that holds the lease to look at the repository."""
        want_look(conn, self._source)

    def release(self, conn: Connection) -> None:
        """Give the lease back, for another process to take at once."""
        if self.lease:
            with suppress(ToolregError):
                release_lease(conn, self.lease)
            self.lease = None
