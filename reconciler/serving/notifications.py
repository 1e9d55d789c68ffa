"""Sends an event for each applied, failed, refused or drifted state, as CloudEvents 1.0 over HTTP (structured mode).

Events wait in a bounded queue and leave by a thread of their own: an apply never waits for a receiver.
"""

import base64
import hashlib
import hmac
import http.client
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from reconciler.core.errors import ToolregError
from reconciler.core.pointer import Json
from reconciler.core.state.loop_report import Looked, LoopReport, Ran, RunOutcome
from reconciler.core.times import format_time
from reconciler.serving.webhook import decode_key

MOST_WAITING: Final = 100
GIVE_UP_SECONDS: Final = 600.0

_TIMEOUT: Final = 10.0
_FIRST_WAIT: Final = 1.0
_LAST_WAIT: Final = 60.0
_TYPES: Final = {
    RunOutcome.APPLIED: "applied",
    RunOutcome.INVALID: "failed",
    RunOutcome.FAILED: "failed",
    RunOutcome.REFUSED: "refused",
    RunOutcome.ON_HOLD: "refused",
}


class _Waiting(NamedTuple):
    """An event to send, and the reading of the monotonic clock at which to give up."""

    name: str
    body: bytes
    deadline: float


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, which could lead a request anywhere."""

    def redirect_request(self, *_arguments: object) -> None:
        """Return None: the redirect counts as a failure."""


class Notifier:
    """Sends events to one URL. `source` is the followed branch; `count` takes sent, dropped or failed for each event.

    With a secret, requests are signed (Standard Webhooks).
    """

    def __init__(self, url: str, secret: bytes | None, source: str, count: Callable[[str], None]) -> None:
        _require_http(url)
        self._url = url
        self._key = None if secret is None else decode_key(secret)
        self._source = source
        self._count = count
        self._waiting: deque[_Waiting] = deque()
        self._lock = threading.Condition()
        self._is_stopping = False
        self._drifted: dict[str, int] = {}
        # Without HTTP_PROXY and its like: an event goes to the named host, or nowhere.
        self._opener = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))

    def tell(self, report: LoopReport) -> None:
        """Queue the event of a report, if it has one."""
        match report:
            case Ran(target, commit, _, run) if run.outcome in _TYPES:
                data: dict[str, Json] = {
                    "target": target,
                    "commit": commit,
                    "revision": run.revision,
                    "created": run.created,
                    "updated": run.updated,
                    "deleted": run.deleted,
                    "rules": [*run.rules],
                    "messages": [*run.messages],
                }
                self._put(_TYPES[run.outcome], target, data)
            case Looked() if report.drifted != self._drifted.get(report.target, 0):
                self._drifted[report.target] = report.drifted
                if report.drifted:
                    self._put("drifted", report.target, {"target": report.target, "resources": report.drifted})
            case _:
                return

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send during the block. Events still waiting at its end are dropped."""
        thread = threading.Thread(target=self._send_all, daemon=True)
        thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._is_stopping = True
                self._lock.notify_all()
            # A request under way ends by its own timeout, or with the process.
            thread.join(0.5)

    def _put(self, kind: str, target: str, data: dict[str, Json]) -> None:
        event: dict[str, Json] = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": self._source,
            "type": f"io.toolreg.reconcile.{kind}",
            "subject": target,
            "time": format_time(datetime.now(UTC)),
            "datacontenttype": "application/json",
            "data": data,
        }
        waiting = _Waiting(str(event["id"]), json.dumps(event).encode(), time.monotonic() + GIVE_UP_SECONDS)
        with self._lock:
            # More than the most while a failed event is back at the head.
            while len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self._count("dropped")
            self._waiting.append(waiting)
            self._lock.notify_all()

    def _send_all(self) -> None:
        wait = _FIRST_WAIT
        while waiting := self._take():
            if self._send(waiting):
                self._count("sent")
                wait = _FIRST_WAIT
                continue
            if time.monotonic() > waiting.deadline:
                self._count("failed")
                continue
            with self._lock:
                self._waiting.appendleft(waiting)
                self._lock.wait_for(lambda: self._is_stopping, wait)
            wait = min(2 * wait, _LAST_WAIT)

    def _take(self) -> _Waiting | None:
        """Wait for the next event; return None when the notifier stops."""
        with self._lock:
            self._lock.wait_for(lambda: self._waiting or self._is_stopping)
            return None if self._is_stopping else self._waiting.popleft()

    def _send(self, waiting: _Waiting) -> bool:
        headers = {"Content-Type": "application/cloudevents+json; charset=utf-8", **self._sign(waiting)}
        request = urllib.request.Request(self._url, waiting.body, headers, method="POST")  # noqa: S310  Checked above.
        try:
            with self._opener.open(request, timeout=_TIMEOUT):
                return True
        except (OSError, http.client.HTTPException, ValueError):
            # HTTPError, for any status but 2xx, is an OSError.
            return False

    def _sign(self, waiting: _Waiting) -> dict[str, str]:
        """Return the headers of Standard Webhooks."""
        stamp = str(int(time.time()))
        if self._key is None:
            return {}
        content = b".".join((waiting.name.encode(), stamp.encode(), waiting.body))
        signature = base64.b64encode(hmac.new(self._key, content, hashlib.sha256).digest()).decode()
        return {"webhook-id": waiting.name, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}


def _require_http(url: str) -> None:
    """Raise ToolregError, without the URL, for a URL that no request can be sent to."""
    try:
        parts = urlsplit(url)
        is_http = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_http = False
    if not is_http or not url.isascii() or not url.isprintable() or " " in url:
        raise ToolregError("the URL for notifications is neither http:// nor https://, or not well-formed")
    if "@" in parts.netloc:
        raise ToolregError(
            "the URL for notifications holds a user or a password; expected none: sign events with"
            " --notify-secret-file, or put a token into the path"
        )
