"""Asking a server whether it is there, in a few lines of its protocol: a driver takes longer to load than it to start.

The messages are those of "Frontend/Backend Protocol" in PostgreSQL's manual, version 3.0.
"""

import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.database.embedded.address import socket_path

_STATUS_LINE = 7
_SECONDS = 5.0

_PARAMETERS = b"user\0toolreg\0database\0toolreg\0\0"
_STARTUP = struct.pack("!ii", 8 + len(_PARAMETERS), 3 << 16) + _PARAMETERS
_TERMINATE = b"X" + struct.pack("!i", 4)
_READY = b"Z" + struct.pack("!i", 5) + b"I"
_CANNOT_CONNECT_NOW = b"C57P03\0"  # It is starting, recovering or stopping.


def answers(folder: Path) -> bool:
    """Tell whether the server is up and takes connections."""
    if status(folder) != "ready":  # Cheaper to ask, over and over, than a server that is busy starting.
        return False
    try:
        with _connected(folder) as connection:
            return connection is not None and _greets(connection)
    except (ConnectionError, TimeoutError):  # It was killed while we asked: a dead process may still be connected to.
        return False


def listener(folder: Path) -> int | None:
    """Return the process id of who listens on our socket, as the kernel knows it; None when nobody does.

    Not the number in postmaster.pid, which may by now be that of somebody else's process. It is 0 when the listener
    is in another container, and cannot be signalled from here.
    """
    with _connected(folder) as connection:
        return None if connection is None else _peer(connection)


@contextmanager
def _connected(folder: Path) -> Iterator[socket.socket | None]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_SECONDS)
        try:
            connection.connect(socket_path(folder))
        except (FileNotFoundError, ConnectionRefusedError, BlockingIOError):
            yield None
        else:
            yield connection


def _greets(connection: socket.socket) -> bool:
    """Log in and out. Refused for another reason than its own state, such as too many sessions, it is up as well."""
    connection.sendall(_STARTUP)
    said = b""
    while not said.endswith(_READY):
        more = connection.recv(4096)
        said += more
        if not more:
            return said.startswith(b"E") and _CANNOT_CONNECT_NOW not in said
    connection.sendall(_TERMINATE)
    return True


def _peer(connection: socket.socket) -> int:
    if sys.platform == "darwin":
        sol_local, local_peerpid = 0, 2  # <sys/un.h>
        return connection.getsockopt(sol_local, local_peerpid)
    pid: int
    pid, _, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return pid


def status(folder: Path) -> str:
    """Return what the server is doing (starting, ready, stopping), or nothing when that is not known.

    It is the line of postmaster.pid, which is written in one go when the others are there.
    """
    try:
        lines = (folder / "data" / "postmaster.pid").read_text(errors="replace").split("\n")
    except FileNotFoundError:
        return ""
    return lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE + 1 else ""
