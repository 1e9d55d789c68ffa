"""Asks a server for its state, in a few lines of its protocol: a driver loads longer than a server starts.

The messages are those of "Frontend/Backend Protocol" in PostgreSQL's manual, version 3.0.
"""

import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.database.embedded.address import prepare_socket_path

_STATUS_LINE = 7
_SECONDS = 5.0

_PARAMETERS = b"user\0toolreg\0database\0toolreg\0\0"
_STARTUP = struct.pack("!ii", 8 + len(_PARAMETERS), 3 << 16) + _PARAMETERS
_TERMINATE = b"X" + struct.pack("!i", 4)
_READY = b"Z" + struct.pack("!i", 5) + b"I"
_CANNOT_CONNECT_NOW = b"C57P03\0"  # The server is starting, recovering or stopping.


def is_answering(folder: Path) -> bool:
    """Tell whether the server is up and takes connections."""
    if read_server_status(folder) != "ready":  # Cheaper to poll than a server busy with its start.
        return False
    try:
        with _connect(folder) as connection:
            return connection is not None and _check_login(connection)
    except (ConnectionError, TimeoutError):  # Killed in between: the socket of a dead process may still accept.
        return False


def find_listener(folder: Path) -> int | None:
    """Return the process ID of the listener on our socket, known to the kernel; None without a listener.

    Not the number in postmaster.pid, by now perhaps the ID of an unrelated process. 0 means a listener in another
    container, which cannot be signalled from here.
    """
    with _connect(folder) as connection:
        return None if connection is None else _read_peer(connection)


@contextmanager
def _connect(folder: Path) -> Iterator[socket.socket | None]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_SECONDS)
        try:
            connection.connect(prepare_socket_path(folder))
        except (FileNotFoundError, ConnectionRefusedError, BlockingIOError):
            yield None
        else:
            yield connection


def _check_login(connection: socket.socket) -> bool:
    """Log in and out; tell whether the server is up.

    A refusal for a reason other than the server's state, such as too many sessions, also proves a running server.
    """
    connection.sendall(_STARTUP)
    said = b""
    while not said.endswith(_READY):
        more = connection.recv(4096)
        said += more
        if not more:
            return said.startswith(b"E") and _CANNOT_CONNECT_NOW not in said
    connection.sendall(_TERMINATE)
    return True


def _read_peer(connection: socket.socket) -> int:
    if sys.platform == "darwin":
        sol_local, local_peerpid = 0, 2  # <sys/un.h>
        return connection.getsockopt(sol_local, local_peerpid)
    pid: int
    pid, _, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return pid


def read_server_status(folder: Path) -> str:
    """Return the state of the server (starting, ready, stopping), an empty string if unknown.

    The state is a line of postmaster.pid, written in one go after the other lines.
    """
    try:
        lines = (folder / "data" / "postmaster.pid").read_text(errors="replace").split("\n")
    except FileNotFoundError:
        return ""
    return lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE + 1 else ""
