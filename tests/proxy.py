"""Stands between a client and PostgreSQL, counts the statements, and lets a test act before each and after its answer.

It speaks as much of the frontend/backend protocol 3.0 as that takes (PostgreSQL manual, 55.7): where a message ends,
and which of them begin a statement or end the answer to one.
"""

import os
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector
from threading import Thread
from types import TracebackType
from typing import Final, Literal, Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

Moment = Literal["before", "after"]

_CANCEL: Final = 80877102
# Query, Parse, CopyData, CopyDone.
_STATEMENTS: Final = frozenset(b"QPdc")
# ReadyForQuery, CopyInResponse.
_ANSWERS: Final = frozenset(b"ZG")
_HEAD: Final = 5


@dataclass(frozen=True, slots=True)
class Statement:
    """The `number`-th statement that clients sent, from 1, before it reaches the server or after it was answered."""

    number: int
    moment: Moment
    text: str


class Cut(Exception):
    """Raised by what a test does at a statement: the connection is lost, on both sides."""


Act = Callable[[Statement], None]


class Proxy:
    """Listens on the loopback interface and passes on what clients of a server say. A context manager."""

    def __init__(self, conninfo: str, act: Act = lambda _: None) -> None:
        self._act = act
        self._server = conninfo_to_dict(conninfo)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [Thread(target=self._accept)]
        self._open = ExitStack()
        self._count = 0
        port = self._listener.getsockname()[1]
        self.conninfo = make_conninfo(conninfo, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable")
        """How libpq reaches the server through this."""

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.stop_listening()
        with self._open:
            pass
        for thread in self._threads:
            thread.join(20)

    def stop_listening(self) -> None:
        """Let nobody connect from now on, as a server that is away."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def fail_over(self, conninfo: str) -> None:
        """Have whoever connects from now on reach another database."""
        self._server = conninfo_to_dict(conninfo)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            # Else each answer waits 40 ms for the acknowledgement of the one before.
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(Cut, OSError), client, self._connected() as server:
            self._open.callback(_close, client)
            self._pass_on(client, server)

    def _connected(self) -> socket.socket:
        host, port = str(self._server["host"]), int(self._server.get("port") or 5432)
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        # A path may be longer than a socket's address can be.
        folder = os.open(host, os.O_RDONLY | os.O_DIRECTORY)
        try:
            server.connect(f"/proc/self/fd/{folder}/.s.PGSQL.{port}")
        except OSError:
            server.close()
            raise
        finally:
            os.close(folder)
        return server

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        first = client.recv(4)
        if not first:
            return
        first += _exactly(client, int.from_bytes(first, "big") - 4)
        if int.from_bytes(first[4:8], "big") == _CANCEL:
            server.sendall(first)
            return
        server.sendall(_addressed(first, str(self._server["dbname"])))
        buffers = {client: b"", server: b""}
        with DefaultSelector() as selector:
            selector.register(client, EVENT_READ)
            selector.register(server, EVENT_READ)
            last = Statement(0, "before", "")
            while True:
                for key, _ in selector.select():
                    source = client if key.fileobj is client else server
                    data = source.recv(1 << 16)
                    if not data:
                        return
                    buffers[source] += data
                    while (message := _first_message(buffers[source])) is not None:
                        buffers[source] = buffers[source][len(message) :]
                        if source is client:
                            last = self._from_client(message, server, last)
                        else:
                            self._from_server(message, client, last)

    def _from_client(self, message: bytes, server: socket.socket, last: Statement) -> Statement:
        if message[0] in _STATEMENTS:
            self._count += 1
            last = Statement(self._count, "before", message[_HEAD:].strip(b"\0").decode("utf-8", "replace"))
            self._act(last)
        server.sendall(message)
        return last

    def _from_server(self, message: bytes, client: socket.socket, last: Statement) -> None:
        if message[0] in _ANSWERS and last.number:
            self._act(Statement(last.number, "after", last.text))
        client.sendall(message)


def _close(client: socket.socket) -> None:
    with suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)


def _addressed(first: bytes, database: str) -> bytes:
    """Return a startup message to a database."""
    words = first[8:].split(b"\0")
    words[words.index(b"database") + 1] = database.encode()
    rest = first[4:8] + b"\0".join(words)
    return (4 + len(rest)).to_bytes(4, "big") + rest


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += source.recv(size - len(data)) or b"\0"
    return data


def _first_message(buffer: bytes) -> bytes | None:
    if len(buffer) < _HEAD:
        return None
    size = 1 + int.from_bytes(buffer[1:_HEAD], "big")
    return buffer[:size] if len(buffer) >= size else None
