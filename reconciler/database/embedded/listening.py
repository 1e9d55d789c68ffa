"""Lets the server listen on the network, on request: for containers, drivers without Unix sockets, other users.

The file `listen` in the state folder holds the endpoint until `stop`; `password` holds the password. The socket in the
data folder keeps its name, which contains the default port; with another port, this name is a link to the real socket.
"""

import errno
import os
import secrets
import socket
from contextlib import closing, suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from reconciler.database.embedded import account
from reconciler.database.embedded.address import PORT
from reconciler.database.embedded.faults import EmbeddedError

_RULES = "local all all trust\nhost all all all scram-sha-256\n"
"""Replaces pg_hba.conf: the socket in the data folder needs no password, the network does."""

_RULES_FILE = "listening_hba.conf"
_LAST_PORT = 65535
_WHY = {
    errno.EADDRINUSE: "another program listens there. Choose another port",
    errno.EADDRNOTAVAIL: "it is no address of this machine. Choose one of its own, such as 127.0.0.1",
    errno.EACCES: "this user may not listen there. Choose a port above 1023",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of this machine and a port of TCP."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Endpoint":
        """Parse ADDRESS:PORT, with an IPv6 address in brackets. Raises ValueError."""
        host, _, port = text.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        address = ip_address(host[1:-1] if bracketed else host)
        if bracketed != isinstance(address, IPv6Address) or not (port.isascii() and port.isdecimal()):
            raise ValueError(text)
        if not 1 <= int(port) <= _LAST_PORT:
            raise ValueError(text)
        return cls(str(address), int(port))

    @property
    def is_local(self) -> bool:
        """Whether only programs of this machine reach the address."""
        return ip_address(self.host).is_loopback

    @property
    def reached_at(self) -> str:
        """The address for clients on this machine: 0.0.0.0 and :: stand for all its addresses."""
        address = ip_address(self.host)
        if not address.is_unspecified:
            return self.host
        return "127.0.0.1" if address.version == 4 else "::1"  # noqa: PLR2004  The version of IP.

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_endpoint(folder: Path) -> Endpoint | None:
    """Return the endpoint of the server of this folder, None for no network."""
    with suppress(FileNotFoundError, ValueError):
        return Endpoint.parse((folder / "listen").read_text().strip())
    return None


def write_endpoint(folder: Path, endpoint: Endpoint | None) -> None:
    """Set the endpoint for the next start of the server, None for no network."""
    if endpoint is None:
        (folder / "listen").unlink(missing_ok=True)
    else:
        _write(folder / "listen", f"{endpoint}\n")


def prepare_network(folder: Path) -> dict[str, str]:
    """Return the network settings of postgres and make the files for them; empty without an endpoint.

    Raises EmbeddedError if the port is taken, which postgres would only log.
    """
    data = folder / "data"
    _remove_link(data)
    endpoint = read_endpoint(folder)
    if endpoint is None:
        return {}
    _require_free(endpoint)
    _write(data / _RULES_FILE, _RULES)
    user = account.server()
    user.own(data / _RULES_FILE)
    if endpoint.port != PORT:
        (data / f".s.PGSQL.{PORT}").symlink_to(f".s.PGSQL.{endpoint.port}")
    rules = f"{user.place(data)}/{_RULES_FILE}"
    return {"listen_addresses": endpoint.host, "port": str(endpoint.port), "hba_file": rules}


def obtain_password(folder: Path) -> str:
    """Return the password for the network, made once for each state folder."""
    path = folder / "password"
    with suppress(FileNotFoundError):
        return path.read_text()
    _write(path, secrets.token_urlsafe(24))
    return path.read_text()


def _require_free(endpoint: Endpoint) -> None:
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    try:
        with closing(socket.socket(family)) as probe:
            # As postgres does: connections of a stopped server do not keep its port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((endpoint.host, endpoint.port))
    except OSError as error:
        why = _WHY.get(error.errno or 0, error.strerror)
        raise EmbeddedError(
            f"the embedded server cannot listen on {endpoint}: {why}. Or let it listen nowhere: toolreg db stop"
        ) from error


def _remove_link(data: Path) -> None:
    link = data / f".s.PGSQL.{PORT}"
    if link.is_symlink():
        link.unlink()


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner can read. The rename into place follows no existing link."""
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:  # noqa: PTH123
        file.write(text)
    scratch.replace(path)
