"""The address of a server: a socket in its own data folder, which only its owner can enter."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from reconciler.database.embedded.faults import EmbeddedError, explain_os_errors

PORT = 5432
"""Part of the socket's name alone: on the network, a server listens on the port of its endpoint."""

_LONGEST = 103
"""Bytes of a socket's path: sockaddr_un holds 108 on Linux and 104 on macOS, with the closing NUL."""


def prepare_socket_path(folder: Path) -> str:
    """Return the path of the server's socket, short enough for a socket."""
    return _format_socket_path(prepare_host(folder))


def format_conninfo(folder: Path) -> str:
    """Return the connection string of the server, running or not. Its port overrides PGPORT."""
    with explain_os_errors(folder):
        quoted = str(prepare_host(folder)).replace("\\", r"\\").replace("'", r"\'")
    return f"host='{quoted}' port={PORT} dbname=toolreg user=toolreg"


def prepare_host(folder: Path) -> Path:
    """Return the folder of the socket: the data folder itself, or a short link if libpq needs one."""
    data = folder.absolute() / "data"
    return data if _is_usable(data) else _make_link(data)


def _is_usable(place: Path) -> bool:
    """Tell whether libpq accepts this folder as a host: libpq reads a comma as two hosts."""
    return len(os.fsencode(_format_socket_path(place))) <= _LONGEST and "," not in str(place)


def _make_link(data: Path) -> Path:
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    for top in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108  See _make_private.
        link = Path(top or "/", f"toolreg-{os.geteuid()}", name)
        if top and Path(top).is_dir() and _is_usable(link):
            _make_private(link.parent)
            _point_link(link, data)
            return link
    raise EmbeddedError(f"{data} is too long a path for a socket. Set TOOLREG_STATE_DIR to a shorter one")


def _make_private(place: Path) -> None:
    """Make a folder closed to other users; refuse an existing folder that others own or can enter."""
    place.mkdir(mode=0o700, exist_ok=True)
    status = place.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise EmbeddedError(
            f"{place} is not a folder that only you can enter, so the embedded server cannot be reached through it."
            " Remove it, or set XDG_RUNTIME_DIR to a folder of your own"
        )


def _point_link(link: Path, data: Path) -> None:
    if link.is_symlink() and link.readlink() == data:
        return
    scratch = link.with_name(f"{link.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(data)
    scratch.replace(link)


def _format_socket_path(place: Path) -> str:
    return f"{place}/.s.PGSQL.{PORT}"
