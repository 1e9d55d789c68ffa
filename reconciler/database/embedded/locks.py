"""The locks of a state folder. All are `flock`: the kernel drops a lock at any death of its last holder.

start.lock     held during the decision to start or stop the server, and during the start or stop
clients.lock   shared by each command that uses the server; held alone by a process that stops an unused server
server.lock    inherited and held by the watcher, postgres and all its children: held exactly as long as a process of
               the server lives, regardless of `postmaster.pid`
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.database.embedded.faults import EmbeddedBusyError, EmbeddedError

try:
    import fcntl
except ImportError as error:
    raise EmbeddedError(
        "the embedded server needs Linux or macOS; on this system use --database or DATABASE_URL"
    ) from error

PATIENCE = 60.0
"""Seconds to wait for another command, or for the server to come up or go down."""

_STEP = 0.001


class Waiting:
    """A deadline, checked between the steps of a wait."""

    def __init__(self, folder: Path, what: str) -> None:
        self._folder = folder
        self._what = what
        self._begin = time.monotonic()

    def seconds(self) -> float:
        """Return the seconds since the beginning of the wait."""
        return time.monotonic() - self._begin

    def step(self) -> None:
        """Sleep a moment. Raises `EmbeddedBusyError` after the deadline."""
        if self.seconds() > PATIENCE:
            raise EmbeddedBusyError(f"waited {PATIENCE:.0f} s for {self._what} in {self._folder}. Try again")
        time.sleep(_STEP)


@contextmanager
def hold_start_lock(folder: Path) -> Iterator[None]:
    """Hold start.lock, the exclusive right to start or stop the server of this folder."""
    with open_state_file(folder / "start.lock") as lock:
        waiting = Waiting(folder, "another command that starts or stops the embedded server")
        while not try_lock(lock, fcntl.LOCK_EX):
            waiting.step()
        yield


@contextmanager
def claim_server_lock(folder: Path) -> Iterator[int | None]:
    """Yield server.lock, held, for child processes to inherit; None if a process of an embedded server lives."""
    with open_state_file(folder / "server.lock") as lock:
        yield lock if try_lock(lock, fcntl.LOCK_EX) else None


def join_clients(folder: Path) -> int:
    """Become a client: return clients.lock, shared. Waits for the end of a running stop."""
    lock = _open(folder / "clients.lock")
    try:
        _share(lock, folder)
    except BaseException:
        os.close(lock)
        raise
    return lock


def claim_if_last(clients: int, folder: Path) -> bool:
    """Tell whether this client is the last, and in this case hold clients.lock alone.

    Changing a shared lock into an exclusive lock drops the lock for an instant (flock(2)), in which the watcher may
    take the lock and stop the server: sharing the lock again waits for the end of this stop.
    """
    if try_lock(clients, fcntl.LOCK_EX):
        return True
    _share(clients, folder)
    return False


def leave_clients(clients: int) -> None:
    """Cease to be a client. Unlocked first: a forked child may still hold the descriptor."""
    fcntl.flock(clients, fcntl.LOCK_UN)
    os.close(clients)


@contextmanager
def open_state_file(path: Path, how: int = os.O_RDWR) -> Iterator[int]:
    """Open a file of the state folder, made if missing. Follows no link, which might lead anywhere."""
    lock = _open(path, how)
    try:
        yield lock
    finally:
        os.close(lock)


def try_lock(lock: int, how: int) -> bool:
    """Try to take a lock, without waiting."""
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _share(lock: int, folder: Path) -> None:
    waiting = Waiting(folder, "the embedded server to stop")
    while not try_lock(lock, fcntl.LOCK_SH):
        waiting.step()


def _open(path: Path, how: int = os.O_RDWR) -> int:
    return os.open(path, how | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
