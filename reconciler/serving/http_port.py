"""The port of a reconciler: webhook, probes and metrics.

waitress reads requests in one thread, so a slow client costs no thread. A connection lives for CONNECTION_SECONDS at
most, however busy: a client that sends a byte a second would be active for ever.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server

from reconciler.core.errors import ToolregError
from reconciler.serving.webhook import Webhook

CONNECTION_SECONDS: Final = 10
MOST_BODY_BYTES: Final = 1 << 20

_MOST_BUFFER_BYTES: Final = 64 << 10
_MOST_HEADER_BYTES: Final = 32 << 10
_MOST_CONNECTIONS: Final = 500
_THREADS: Final = 4
_PAUSE: Final = 0.2
_GRACE: Final = 2.0
_TEXT: Final = "text/plain; charset=utf-8"

HttpAnswer = tuple[HTTPStatus, str, bytes]


class _Channel(HTTPChannel):
    """A connection whose age counts, not its last activity."""

    @property
    def last_activity(self) -> float:
        """The beginning of the connection."""
        return float(self.creation_time)

    @last_activity.setter
    def last_activity(self, _now: float) -> None:
        """Ignore activity."""


class HttpPort:
    """Answers on one port. `wake` is called for each genuine webhook.

    `read_readiness` returns whether each target is ready. Without secrets, every webhook is refused.
    """

    def __init__(
        self,
        address: tuple[str, int],
        wake: Callable[[], None],
        read_readiness: Callable[[], Mapping[str, bool]],
        metrics: CollectorRegistry,
        webhook: Webhook,
    ) -> None:
        self._wake = wake
        self._read_readiness = read_readiness
        self._metrics = metrics
        self._webhook = webhook
        self._map: dict[int, Any] = {}
        self._stopping = threading.Event()
        # Its messages would tell of requests.
        for name in ("waitress", "waitress.queue"):
            logging.getLogger(name).disabled = True
        create_server(
            self._respond,
            map=self._map,
            sockets=[_listen(address)],
            threads=_THREADS,
            connection_limit=_MOST_CONNECTIONS,
            channel_timeout=CONNECTION_SECONDS,
            cleanup_interval=1,
            # A body of this size is refused already.
            max_request_body_size=MOST_BODY_BYTES + 1,
            # A larger body waits in a file: many clients fill no memory.
            inbuf_overflow=_MOST_BUFFER_BYTES,
            max_request_header_size=_MOST_HEADER_BYTES,
            asyncore_use_poll=True,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
        for server in self._list_servers():
            server.channel_class = _Channel

    @property
    def port(self) -> int:
        """The port, also where 0 was asked for."""
        return int(self._list_servers()[0].socket.getsockname()[1])

    @contextmanager
    def running(self) -> Iterator[None]:
        """HttpAnswer during the block."""
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join()
            self._close()

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Return status, content type and content for a request. Names of headers are lower case."""
        known = {"/webhook": "POST", "/livez": "GET", "/readyz": "GET", "/metrics": "GET"}
        if path not in known:
            return _make_answer(HTTPStatus.NOT_FOUND)
        if method != known[path] and not (method == "HEAD" and known[path] == "GET"):
            return _make_answer(HTTPStatus.METHOD_NOT_ALLOWED)
        match path:
            case "/webhook":
                return self._take_webhook(headers, body)
            case "/livez":
                return _make_answer(HTTPStatus.OK)
            case "/readyz":
                return self._tell_readiness()
            case _:
                encode, content_type = choose_encoder(headers.get("accept", ""))
                return HTTPStatus.OK, content_type, encode(self._metrics)

    def _take_webhook(self, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        if not self._webhook.is_genuine(headers, body, time.time()):
            return _make_answer(HTTPStatus.UNAUTHORIZED)
        self._wake()
        return _make_answer(HTTPStatus.ACCEPTED)

    def _tell_readiness(self) -> HttpAnswer:
        readiness = self._read_readiness()
        status = HTTPStatus.OK if all(readiness.values()) else HTTPStatus.SERVICE_UNAVAILABLE
        lines = (f"{name}: {'ready' if ready else 'not ready'}\n" for name, ready in readiness.items())
        return status, _TEXT, "".join(lines).encode()

    def _respond(self, environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        try:
            body = environment["wsgi.input"].read(MOST_BODY_BYTES + 1)
            status, content_type, content = self.answer(
                environment["REQUEST_METHOD"], environment["PATH_INFO"], _list_headers(environment), body
            )
        except Exception:  # noqa: BLE001  A client learns nothing of a fault, and the process goes on.
            status, content_type, content = _make_answer(HTTPStatus.INTERNAL_SERVER_ERROR)
        length = str(len(content))
        start(f"{status.value} {status.phrase}", [("Content-Type", content_type), ("Content-Length", length)])
        return [] if environment["REQUEST_METHOD"] == "HEAD" else [content]

    def _list_servers(self) -> list[Any]:
        return [one for one in self._map.values() if hasattr(one, "channel_class")]

    def _serve(self) -> None:
        while not self._stopping.is_set():
            wasyncore.loop(timeout=_PAUSE, use_poll=True, map=self._map, count=1)
            self._cut_off()

    def _cut_off(self) -> None:
        """Close what outlived its time: waitress itself waits for a client to read, and for the end of requests."""
        oldest = time.time() - CONNECTION_SECONDS - _GRACE
        for channel in [*self._map.values()]:
            if isinstance(channel, _Channel) and channel.creation_time < oldest:
                channel.handle_close()

    def _close(self) -> None:
        for server in self._list_servers():
            server.task_dispatcher.shutdown(cancel_pending=True, timeout=1)
        wasyncore.close_all(map=self._map, ignore_all=True)


def _listen(address: tuple[str, int]) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        return socket.create_server(address, family=family)
    except (OSError, ValueError) as error:
        raise ToolregError(
            f"cannot listen on {address[0]}:{address[1]}: {error}; choose another with --listen HOST:PORT"
        ) from error


def _make_answer(status: HTTPStatus) -> HttpAnswer:
    return status, _TEXT, f"{status.phrase}\n".encode()


def _list_headers(environment: WSGIEnvironment) -> dict[str, str]:
    return {
        name[5:].replace("_", "-").lower(): value
        for name, value in environment.items()
        if name.startswith("HTTP_") and isinstance(value, str)
    }
