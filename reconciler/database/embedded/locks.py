"""The locks of a state folder. All are `flock`: the kernel drops them when their last holder dies, however it dies.

start.lock     held while somebody decides about starting or stopping, and does it
clients.lock   shared by each command that uses the server; held alone by whoever stops it because nobody does
server.lock    held by the watcher, by postgres and by all its children, who inherit it: while it is held something
               of ours lives, and when it is free nothing does, whatever `postmaster.pid` says
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
    """A deadline, asked between the steps of a wait."""

    def __init__(self, folder: Path, what: str) -> None:
        self._folder = folder
        self._what = what
        self._begin = time.monotonic()

    def seconds(self) -> float:
        """Return how long it has taken."""
        return time.monotonic() - self._begin

    def step(self) -> None:
        """Sleep a moment; raises `EmbeddedBusyError` when the time is up."""
        if self.seconds() > PATIENCE:
            raise EmbeddedBusyError(f"waited {PATIENCE:.0f} s for {self._what} in {self._folder}. Try again")
        time.sleep(_STEP)


@contextmanager
def deciding(folder: Path) -> Iterator[None]:
    """Be the only one who starts or stops the server of this folder."""
    with opened(folder / "start.lock") as lock:
        waiting = Waiting(folder, "another command that starts or stops the embedded server")
        while not taken(lock, fcntl.LOCK_EX):
            waiting.step()
        yield


@contextmanager
def nothing_alive(folder: Path) -> Iterator[int | None]:
    """Hold server.lock and yield it, to be inherited; None when a process of an embedded server lives."""
    with opened(folder / "server.lock") as lock:
        yield lock if taken(lock, fcntl.LOCK_EX) else None


def join(folder: Path) -> int:
    """Become a client: return clients.lock, shared. Waits for one who is stopping the server."""
    lock = _open(folder / "clients.lock")
    try:
        _share(lock, folder)
    except BaseException:
        os.close(lock)
        raise
    return lock


def last(clients: int, folder: Path) -> bool:
    """Tell whether this client is the only one left, and then hold clients.lock alone.

    Changing a shared lock into an exclusive one drops it for an instant (flock(2)), in which the watcher may get
    it and stop the server: sharing it again waits until it has.
    """
    if taken(clients, fcntl.LOCK_EX):
        return True
    _share(clients, folder)
    return False


def leave(clients: int) -> None:
    """Cease to be a client. Unlocked first: a forked child may still hold the descriptor."""
    fcntl.flock(clients, fcntl.LOCK_UN)
    os.close(clients)


@contextmanager
def opened(path: Path, how: int = os.O_RDWR) -> Iterator[int]:
    """Open a file of the state folder, made when missing. A link is not followed: it may lead anywhere."""
    lock = _open(path, how)
    try:
        yield lock
    finally:
        os.close(lock)


def taken(lock: int, how: int) -> bool:
    """Try to take a lock, without waiting."""
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _share(lock: int, folder: Path) -> None:
    waiting = Waiting(folder, "the embedded server to stop")
    while not taken(lock, fcntl.LOCK_SH):
        waiting.step()


def _open(path: Path, how: int = os.O_RDWR) -> int:
    return os.open(path, how | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
