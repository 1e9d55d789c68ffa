"""Breaks the connection between a client and PostgreSQL at a byte: it is cut there, or swallows what comes after."""

import socket
from math import inf
from selectors import EVENT_READ, DefaultSelector
from threading import Event
from typing import Final, Literal

from tests.proxy import Cut, Proxy

Side = Literal["client", "server"]
How = Literal["cut", "silent", "stubborn", "deaf"]
"""What happens at the byte. The connection is `cut`, or falls `silent`: both sides keep it, and hear nothing any more.
Where it is `stubborn`, the server keeps it even when the client hangs up; where `deaf`, later ones are silent, too.
"""

# The whole of a Query, or of a CommandComplete.
_COMMIT: Final[dict[Side, bytes]] = {"client": b"Q\0\0\0\x0bCOMMIT\0", "server": b"C\0\0\0\x0bCOMMIT\0"}


class Wire(Proxy):
    """Passes on so many bytes of what one side of the first connection says, and no more.

    Where no number is given, it is all before the COMMIT of what was written, or before the answer to it.
    """

    def __init__(self, conninfo: str, side: Side, limit: float | None, how: How) -> None:
        super().__init__(conninfo)
        self.passed: dict[Side, int] = {"client": 0, "server": 0}
        """How many bytes of either side of the first connection were passed on."""
        self._side = side
        self._limit = limit
        self._how = how
        self._first = True
        self._commits = 0
        self._over = Event()

    def stop_listening(self) -> None:
        """Let nobody connect from now on, and let go of what was kept."""
        self._over.set()
        super().stop_listening()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        is_first, self._first = self._first, False
        is_broken = not is_first and self._how == "deaf"
        with DefaultSelector() as selector:
            for side, source, target in (("client", client, server), ("server", server, client)):
                selector.register(source, EVENT_READ, (side, source, target))
            while True:
                for key, _ in selector.select():
                    side, source, target = key.data
                    data = source.recv(1 << 16)
                    if not data:
                        if is_broken and self._how == "stubborn":
                            self._over.wait(60)
                        return
                    if is_first and not is_broken and side == self._side:
                        room = self._room(data)
                        is_broken = room <= len(data)
                        data = data[: min(len(data), int(room))] if is_broken else data
                        target.sendall(data)
                        self.passed[side] += len(data)
                        if is_broken and self._how == "cut":
                            raise Cut
                    elif not is_broken:
                        target.sendall(data)
                        if is_first:
                            self.passed[side] += len(data)

    def _room(self, data: bytes) -> float:
        """Return how much of what was just said may be passed on."""
        if self._limit is not None:
            return self._limit - self.passed[self._side]
        self._commits += data.count(_COMMIT[self._side])
        # The first one ends what is only read.
        return inf if self._commits < 2 else data.rindex(_COMMIT[self._side])
