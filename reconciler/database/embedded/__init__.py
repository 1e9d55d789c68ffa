"""The embedded PostgreSQL server: starts for the first command in need of a server, stops after the last.

Each registry has a state folder with the data, the log and three locks (`locks`). A command that uses the server
shares clients.lock; the kernel releases the lock even on kill -9, which keeps the count of clients right. The last
command to leave stops the server and waits for its end. If the last command is killed, the parent of postgres, a small
process (`watcher`), acquires clients.lock exclusively and stops postgres. `start` creates the file `keep`, which
prevents both stops; `stop` removes the file. `listen` stores a network address in the same folder (`listening`).

server.lock is held by the watcher, by postgres and its children, and by initdb: this lock, never `postmaster.pid`,
tells whether a process of the server lives. Signals go to postgres alone, whose process ID the kernel reads from the
socket. The next command finds the remains of a killed command, and finishes or removes them.

As root, postgres runs as a user of its own (`account`), in a folder that only that user and root can enter.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.database.embedded import account, binaries, locks, probe, server
from reconciler.database.embedded.address import format_conninfo
from reconciler.database.embedded.faults import EmbeddedError, explain_os_errors
from reconciler.state_folder import find_user_state, name_registry

if TYPE_CHECKING:
    from reconciler.database.embedded.listening import Endpoint

__all__ = [
    "EmbeddedError",
    "choose_folder",
    "find_running",
    "format_conninfo",
    "listen",
    "psql_command",
    "serve",
    "start",
    "stop",
]


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Run the server during the block; yield its connection string.

    The server stops at the end, unless another command uses it or `start` keeps it up.
    """
    clients = _join_server(folder)
    try:
        yield format_conninfo(folder)
    finally:
        _leave_server(folder, clients)


def start(folder: Path) -> str:
    """Keep the server up until `stop`; return its connection string."""
    with serve(folder) as address, explain_os_errors(folder):
        (folder / "keep").touch(mode=0o600)
        return address


def listen(folder: Path, endpoint: "Endpoint | None") -> None:
    """Set the endpoint of the server from its next start until `stop`; None for no network.

    Raises EmbeddedError if the server is up and listens elsewhere: a change needs a restart, which would end its
    sessions. None leaves a running server unchanged.
    """
    from reconciler.database.embedded import listening  # noqa: PLC0415  Only `toolreg db` listens.

    with explain_os_errors(folder):
        _make_folder(folder)
        with locks.hold_start_lock(folder):
            if not probe.is_answering(folder):
                listening.write_endpoint(folder, endpoint)
            elif endpoint not in {None, listening.read_endpoint(folder)}:
                raise EmbeddedError(
                    f"the embedded server is up and does not listen on {endpoint}."
                    " To start it anew, which ends its sessions: toolreg db stop, then the same command again"
                )


def stop(folder: Path) -> bool:
    """Stop the server, in use or not; return False if the server was not running.

    Its sessions end and their open transactions are rolled back. The next command may start the server again.
    """
    with explain_os_errors(folder):
        if not folder.exists():
            return False
        account.require_own(folder)
        with locks.hold_start_lock(folder):
            (folder / "keep").unlink(missing_ok=True)
            (folder / "listen").unlink(missing_ok=True)
            return server.halt(folder)


def find_running(folder: Path) -> str | None:
    """Return the connection string of a running server, None if the server is down."""
    with explain_os_errors(folder):
        return format_conninfo(folder) if probe.is_answering(folder) else None


def psql_command(folder: Path) -> list[str]:
    """Return the command line of a psql on this server."""
    with explain_os_errors(folder):
        return [binaries.locate().path("psql"), format_conninfo(folder)]


def choose_folder(registry: Path, environment: Mapping[str, str]) -> Path:
    """Return the state folder of a registry: under the user's state folder, by a readable name and a unique hash."""
    return find_user_state(environment) / name_registry(registry)


def _join_server(folder: Path) -> int:
    """Become a client of the server, starting the server if necessary."""
    with explain_os_errors(folder):
        _make_folder(folder)
        with locks.hold_start_lock(folder):
            clients = locks.join_clients(folder)
            try:
                server.bring_up(folder)
            except BaseException:
                locks.leave_clients(clients)
                raise
            return clients


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    account.require_own(folder)


def _leave_server(folder: Path, clients: int) -> None:
    """Cease to be a client, and stop a server without other clients, unless `start` keeps it up."""
    with explain_os_errors(folder):
        try:
            with locks.hold_start_lock(folder):
                if locks.claim_if_last(clients, folder) and not (folder / "keep").exists():
                    server.halt(folder)
        finally:
            locks.leave_clients(clients)
