"""The PostgreSQL server that toolreg brings along: started when a command needs it, stopped when none does.

Each registry has a state folder with the data, the log and three locks (`locks`). A command that uses the server
shares clients.lock; the kernel takes that from it even on kill -9, so the count is always right. The last command to
leave stops the server and waits until it is gone. In case there is no such last act, postgres is the child of a small
process (`watcher`) that waits to have clients.lock alone, and then stops it. `start` leaves the mark `keep`, and then
neither does; `stop` takes it away. `listen` leaves an address of the network beside it (`listening`).

server.lock is held by the watcher, postgres and its children, and by initdb: whether something of ours lives is read
from it, and never from `postmaster.pid`. Only postgres itself is ever signalled: who that is, the kernel says of the
socket. What a kill in the middle leaves is found by the next command and finished or thrown away.

As root, postgres runs as a user of its own (`account`), in a folder that only that user and root can enter.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.database.embedded import account, binaries, locks, probe, server
from reconciler.database.embedded.address import conninfo
from reconciler.database.embedded.faults import EmbeddedError, explained

if TYPE_CHECKING:
    from reconciler.database.embedded.listening import Endpoint

__all__ = ["EmbeddedError", "conninfo", "folder_for", "listen", "psql_command", "running", "serve", "start", "stop"]


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Have the server up for the time of the block; yields how libpq reaches it.

    It stops at the end, unless another command uses it or `start` keeps it up.
    """
    clients = _arrive(folder)
    try:
        yield conninfo(folder)
    finally:
        _depart(folder, clients)


def start(folder: Path) -> str:
    """Keep the server up until `stop`; return how libpq reaches it."""
    with serve(folder) as address, explained(folder):
        (folder / "keep").touch(mode=0o600)
        return address


def listen(folder: Path, endpoint: "Endpoint | None") -> None:
    """Have the server listen there from its next start on, until `stop`; with None, nowhere.

    Raises EmbeddedError where it is up already and listens elsewhere: only a restart changes that, which would end its
    sessions. One that is up stays as it is where nothing was asked for.
    """
    from reconciler.database.embedded import listening  # noqa: PLC0415  Only `toolreg db` needs it.

    with explained(folder):
        _make(folder)
        with locks.deciding(folder):
            if not probe.answers(folder):
                listening.want(folder, endpoint)
            elif endpoint not in {None, listening.wanted(folder)}:
                raise EmbeddedError(
                    f"the embedded server is up and does not listen on {endpoint}."
                    " To start it anew, which ends its sessions: toolreg db stop, then the same command again"
                )


def stop(folder: Path) -> bool:
    """Stop the server, whoever uses it; False when it was not running.

    Its sessions end and their open transactions are rolled back. The next command may start it again.
    """
    with explained(folder):
        if not folder.exists():
            return False
        account.require_own(folder)
        with locks.deciding(folder):
            (folder / "keep").unlink(missing_ok=True)
            (folder / "listen").unlink(missing_ok=True)
            return server.halt(folder)


def running(folder: Path) -> str | None:
    """Return how libpq reaches the server, or None when it is not up."""
    with explained(folder):
        return conninfo(folder) if probe.answers(folder) else None


def psql_command(folder: Path) -> list[str]:
    """Return the command line of a psql on this server."""
    with explained(folder):
        return [binaries.locate().path("psql"), conninfo(folder)]


def folder_for(registry: Path, environment: Mapping[str, str]) -> Path:
    """Return the state folder of a registry: under the user's own, with a name to be read and a hash to be unique."""
    path = registry.resolve()
    project = path.parent if path.name == "registry" else path
    readable = re.sub(r"[^a-z0-9]+", "-", project.name.lower()).strip("-")[:24] or "registry"
    return _state(environment) / f"{readable}-{hashlib.sha256(bytes(path)).hexdigest()[:12]}"


def _state(environment: Mapping[str, str]) -> Path:
    if own := environment.get("TOOLREG_STATE_DIR"):
        return Path(own).absolute()
    xdg = Path(environment.get("XDG_STATE_HOME", ""))
    # A relative one is to be ignored (XDG Base Directory Specification).
    home = Path(environment.get("HOME") or Path.home())
    return (xdg if xdg.is_absolute() else home / ".local" / "state") / "toolreg"


def _arrive(folder: Path) -> int:
    """Become a client of a server that is up."""
    with explained(folder):
        _make(folder)
        with locks.deciding(folder):
            clients = locks.join(folder)
            try:
                server.bring_up(folder)
            except BaseException:
                locks.leave(clients)
                raise
            return clients


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    account.require_own(folder)


def _depart(folder: Path, clients: int) -> None:
    """Cease to be a client, and stop the server if nobody else wants it."""
    with explained(folder):
        try:
            with locks.deciding(folder):
                if locks.last(clients, folder) and not (folder / "keep").exists():
                    server.halt(folder)
        finally:
            locks.leave(clients)
