"""Notifications: CloudEvents that are signed, retried, bounded, and never waited for."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from reconciler.core.errors import ToolregError
from reconciler.core.state.loop_report import Looked, Ran, RunOutcome, RunReport
from reconciler.serving import notifications
from reconciler.serving.notifications import MOST_WAITING, Notifier
from reconciler.serving.webhook import Webhook

COMMIT = "0" * 40
SECRET = b"a long enough secret"


class _Receiver(BaseHTTPRequestHandler):
    """Keeps what it is sent; answers with the next of the given statuses, or 204."""

    received: list[tuple[dict[str, str], bytes]]
    statuses: list[int]

    def do_POST(self) -> None:
        """Take an event."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        status = self.statuses.pop(0) if self.statuses else 204
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def receiver(*statuses: int) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """Receive events; yield the URL and what came."""
    handler = type("Handler", (_Receiver,), {"received": [], "statuses": [*statuses]})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/events", handler.received  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


def ran(outcome: RunOutcome) -> Ran:
    return Ran("eu", COMMIT, datetime.now(UTC), RunReport(outcome, 0.1, rules=("rewind",), messages=("Not so.",)))


def wait(received: list[Any], number: int) -> None:
    deadline = time.monotonic() + 10
    while len(received) < number:
        assert time.monotonic() < deadline, received
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(notifications, "_FIRST_WAIT", 0.01)


def test_each_state_has_its_event() -> None:
    counted: list[str] = []
    with receiver() as (url, received):
        notifier = Notifier(url, SECRET, "https://git.example.com/x", counted.append)
        with notifier.running():
            for outcome in RunOutcome:
                notifier.tell(ran(outcome))
            for drifted in (0, 2, 2, 0):
                notifier.tell(Looked("eu", COMMIT, None, drifted, {}, {}, {}))
            wait(counted, 6)
    events = [json.loads(body) for _, body in received]
    assert [event["type"].removeprefix("io.toolreg.reconcile.") for event in events] == [
        "applied",
        "failed",
        "refused",
        "refused",
        "failed",
        "drifted",
    ]
    assert events[2]["data"]["rules"] == ["rewind"]
    assert {(event["specversion"], event["source"], event["subject"]) for event in events} == {
        ("1.0", "https://git.example.com/x", "eu")
    }
    assert len({event["id"] for event in events}) == len(events)
    assert counted == ["sent"] * 6
    for headers, body in received:
        assert headers["content-type"].startswith("application/cloudevents+json")
        assert Webhook([SECRET]).is_genuine(headers, body, time.time())


def test_an_event_that_fails_is_sent_again_and_a_redirect_is_no_success() -> None:
    counted: list[str] = []
    with receiver(500, 302, 429) as (url, received):
        notifier = Notifier(url, None, "x", counted.append)
        with notifier.running():
            notifier.tell(ran(RunOutcome.APPLIED))
            wait(counted, 1)
    assert len(received) == 4
    assert len({body for _, body in received}) == 1
    assert counted == ["sent"]


def test_a_receiver_that_is_away_costs_no_time_and_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "_FIRST_WAIT", 30.0)
    counted: list[str] = []
    notifier = Notifier("http://127.0.0.1:1/", None, "x", counted.append)
    with notifier.running():
        began = time.monotonic()
        for _ in range(MOST_WAITING + 50):
            notifier.tell(ran(RunOutcome.APPLIED))
        assert time.monotonic() - began < 1
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 1
    assert 48 <= len(counted) <= 52


def test_an_event_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "GIVE_UP_SECONDS", 0.0)
    counted: list[str] = []
    notifier = Notifier("http://127.0.0.1:1/", None, "x", counted.append)
    with notifier.running():
        notifier.tell(ran(RunOutcome.APPLIED))
        wait(counted, 1)
    assert counted == ["failed"]


@pytest.mark.parametrize("url", ["ftp://example.com/", "file:///etc/passwd", "", "http://", "//example.com"])
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(ToolregError, match="neither http:// nor https://"):
        Notifier(url, None, "x", lambda _: None)


def test_the_queue_stays_bounded_when_an_event_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "_FIRST_WAIT", 30.0)
    monkeypatch.setattr(notifications, "_LAST_WAIT", 30.0)
    counted: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        notifier = Notifier(f"http://127.0.0.1:{server.getsockname()[1]}/", None, "x", counted.append)
        with notifier.running():
            notifier.tell(ran(RunOutcome.APPLIED))
            connection, _ = server.accept()
            for _ in range(MOST_WAITING):
                notifier.tell(ran(RunOutcome.APPLIED))
            # The receiver goes away, and the first event is back before the others.
            connection.close()
            time.sleep(0.2)
            for _ in range(MOST_WAITING):
                notifier.tell(ran(RunOutcome.APPLIED))

    assert counted == ["dropped"] * (MOST_WAITING + 1)


def test_a_receiver_that_is_away_for_days_is_told_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "_LAST_WAIT", 0.0)
    counted: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        notifier = Notifier(f"http://127.0.0.1:{server.getsockname()[1]}/", None, "x", counted.append)
        with notifier.running():
            notifier.tell(ran(RunOutcome.APPLIED))
            server.settimeout(10)
            # At a minute each, 18 hours; a doubled wait would no longer be a float.
            for _ in range(1_100):
                server.accept()[0].close()
            with server.accept()[0] as connection:
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                wait(counted, 1)

    assert counted == ["sent"]


def test_events_are_signed_with_the_key_of_a_standard_secret() -> None:
    key = b"a key of twenty-four byte"
    secret = b"whsec_" + base64.b64encode(key)
    counted: list[str] = []
    with receiver() as (url, received):
        notifier = Notifier(url, secret, "x", counted.append)
        with notifier.running():
            notifier.tell(ran(RunOutcome.APPLIED))
            wait(counted, 1)
    headers, body = received[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body

    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"


def test_an_event_takes_no_detour_by_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    counted: list[str] = []
    with receiver() as (url, _):
        notifier = Notifier(url, None, "x", counted.append)
        with notifier.running():
            notifier.tell(ran(RunOutcome.APPLIED))
            wait(counted, 1)

    assert counted == ["sent"]


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://h:99999/", "http://h:0/", "http://h/a b", "http://h/\n", "http://name:pa55@h/"]
)
def test_a_url_that_cannot_work_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ToolregError, match="the URL for notifications") as caught:
        Notifier(url, None, "x", lambda _: None)

    assert url.removeprefix("http://") not in str(caught.value)
    assert "pa55" not in str(caught.value)


def test_an_empty_secret_signs_nothing() -> None:
    with pytest.raises(ToolregError, match="0 bytes"):
        Notifier("http://127.0.0.1:1/", b"", "x", lambda _: None)
