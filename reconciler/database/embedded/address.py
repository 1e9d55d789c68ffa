"""Where a server is reached: a socket in its own data folder, which only its owner can enter."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from reconciler.database.embedded.faults import EmbeddedError, explained

PORT = 5432
"""Part of the socket's name, and of nothing else: a server that listens does so on a port that it was told."""

_LONGEST = 103
"""Bytes of a socket's path: sockaddr_un holds 108 on Linux and 104 on macOS, with the closing NUL."""


def socket_path(folder: Path) -> str:
    """Return the path of the server's socket, short enough for a socket."""
    return _socket(host(folder))


def conninfo(folder: Path) -> str:
    """Return how libpq reaches the server, whether it runs or not. The port is named lest PGPORT be used."""
    with explained(folder):
        quoted = str(host(folder)).replace("\\", r"\\").replace("'", r"\'")
    return f"host='{quoted}' port={PORT} dbname=toolreg user=toolreg"


def host(folder: Path) -> Path:
    """Return the folder of the socket: the data folder itself, or a short link to it where libpq needs one."""
    data = folder.absolute() / "data"
    return data if _usable(data) else _link(data)


def _usable(place: Path) -> bool:
    """Tell whether libpq takes this as a host: it reads a comma as two hosts."""
    return len(os.fsencode(_socket(place))) <= _LONGEST and "," not in str(place)


def _link(data: Path) -> Path:
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    for top in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108  See _private.
        link = Path(top or "/", f"toolreg-{os.geteuid()}", name)
        if top and Path(top).is_dir() and _usable(link):
            _private(link.parent)
            _point(link, data)
            return link
    raise EmbeddedError(f"{data} is too long a path for a socket. Set TOOLREG_STATE_DIR to a shorter one")


def _private(place: Path) -> None:
    """Make a folder that nobody else can write in, or refuse the one that somebody has put there."""
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise EmbeddedError(
            f"{place} is not a folder that only you can enter, so the embedded server cannot be reached through it."
            " Remove it, or set XDG_RUNTIME_DIR to a folder of your own"
        )


def _point(link: Path, data: Path) -> None:
    if link.is_symlink() and link.readlink() == data:
        return
    scratch = link.with_name(f"{link.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(data)
    scratch.replace(link)


def _socket(place: Path) -> str:
    return f"{place}/.s.PGSQL.{PORT}"
