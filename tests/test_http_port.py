"""The port of a reconciler: what it answers, to whom, and that nobody holds it up."""

import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler.core.errors import ToolregError
from reconciler.core.state.loop_report import Asked, Looked, Maintained, Ran, RunOutcome, RunReport, Turned
from reconciler.core.state.reconciler import Condition, LoopState
from reconciler.serving.http_port import CONNECTION_SECONDS, MOST_BODY_BYTES, HttpPort
from reconciler.serving.metrics import Metrics
from reconciler.serving.webhook import Webhook

SECRET = "a long enough secret"  # noqa: S105  Of a server of this test.
PROMTOOL = os.environ.get("TOOLREG_PROMTOOL") or shutil.which("promtool")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Served(NamedTuple):
    """An endpoint that answers, and what became of it."""

    port: int
    woken: list[None]
    ready: dict[str, bool]
    metrics: Metrics

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Return status and content."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content


@pytest.fixture
def served() -> Iterator[Served]:
    """An endpoint of this test's own."""
    woken: list[None] = []
    ready = {"eu": False}
    metrics = Metrics()
    endpoint = HttpPort(
        ("127.0.0.1", 0), lambda: woken.append(None), lambda: ready, metrics.registry, Webhook([SECRET.encode()])
    )
    with endpoint.running():
        yield Served(endpoint.port, woken, ready, metrics)


def test_a_genuine_webhook_wakes(served: Served) -> None:
    assert served.ask("POST", "/webhook", b"{}", X_Gitlab_Token=SECRET)[0] == 202
    assert len(served.woken) == 1


def test_a_forged_webhook_does_nothing(served: Served) -> None:
    assert served.ask("POST", "/webhook", b"{}", X_Gitlab_Token="guessed")[0] == 401  # noqa: S106
    assert served.ask("POST", "/webhook", b"{}")[0] == 401
    assert served.woken == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/webhook", 405),
        ("POST", "/metrics", 405),
        ("GET", "/livez", 200),
        ("HEAD", "/livez", 200),
        ("GET", "/../livez", 404),
        ("GET", "/readyz", 503),
    ],
)
def test_each_path_has_its_method(served: Served, method: str, path: str, status: int) -> None:
    assert served.ask(method, path)[0] == status


def test_a_body_is_bounded(served: Served) -> None:
    assert served.ask("POST", "/webhook", b"x" * MOST_BODY_BYTES, X_Gitlab_Token=SECRET)[0] == 202
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        head = f"POST /webhook HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: {SECRET}\r\n"
        client.sendall(f"{head}Content-Length: {MOST_BODY_BYTES + 1}\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 413")
    assert len(served.woken) == 1


def test_readiness_is_told_per_target(served: Served) -> None:
    assert served.ask("GET", "/readyz") == (503, b"eu: not ready\n")

    served.ready["eu"] = True

    assert served.ask("GET", "/readyz") == (200, b"eu: ready\n")


def test_an_address_in_use_says_what_to_do(served: Served) -> None:
    with pytest.raises(ToolregError, match=r"cannot listen on 127\.0\.0\.1:\d+: .*--listen HOST:PORT"):
        HttpPort(("127.0.0.1", served.port), lambda: None, dict, Metrics().registry, Webhook([]))


def test_it_stops_at_once_and_leaves_nothing() -> None:
    before = threading.active_count(), len([*Path("/proc/self/fd").iterdir()])
    endpoint = HttpPort(("127.0.0.1", 0), lambda: None, dict, Metrics().registry, Webhook([]))
    with ExitStack() as stack:
        stack.enter_context(endpoint.running())
        stack.enter_context(socket.create_connection(("127.0.0.1", endpoint.port)))
        began = time.monotonic()
        stack.pop_all().close()

    assert time.monotonic() - began < 2
    assert (threading.active_count(), len([*Path("/proc/self/fd").iterdir()])) == before


@pytest.mark.faults
def test_slow_clients_hold_nobody_up(served: Served) -> None:
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=5)) for _ in range(200)
        ]
        for client in clients:
            client.sendall(b"POST /webhook HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        began = time.monotonic()
        while clients and time.monotonic() - began < CONNECTION_SECONDS + 5:
            asked = time.monotonic()
            assert served.ask("GET", "/livez")[0] == 200
            assert time.monotonic() - asked < 1
            clients = [client for client in clients if _trickle(client)]
            time.sleep(0.5)
        assert not clients


def _trickle(client: socket.socket) -> bool:
    """Send a byte; return whether the server still listens."""
    try:
        client.sendall(b"a")
        client.settimeout(0)
        return bool(client.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        client.settimeout(5)


def tell_everything(metrics: Metrics) -> None:
    """Tell each kind of report once."""
    now = datetime.now(UTC)
    metrics.follow({"eu": lambda: True})
    metrics.tell(Asked("ls-remote", "ok", 0.01))
    metrics.tell(Looked("eu", COMMIT[::-1], now, 1, {"Tool": 2}, {"rollup_invocations": 5.0}, {"success": 4}))
    metrics.tell(Looked("eu", COMMIT, now, 0, {"Tool": 3}, {}, {"success": 5}))
    metrics.tell(Maintained("eu", "rollup_invocations", 0.1, None))
    metrics.tell(Turned("eu", LoopState(Condition.STALLED, "Invalid")))
    metrics.tell(Ran("eu", COMMIT, now, RunReport(RunOutcome.APPLIED, 0.2, 7, lock_seconds=0.01)))
    metrics.tell(Ran("eu", COMMIT, now, RunReport(RunOutcome.REFUSED, 0.2, rules=("rewind",))))
    metrics.count_notification("sent")


def test_metrics_tell_what_happened(served: Served) -> None:
    tell_everything(served.metrics)

    lines = served.ask("GET", "/metrics")[1].decode().splitlines()

    for line in (
        'toolreg_reconcile_total{result="applied",target="eu"} 1.0',
        'toolreg_reconcile_duration_seconds_count{target="eu"} 2.0',
        f'toolreg_revision_info{{commit="{COMMIT}",target="eu"}} 1.0',
        'toolreg_merge_to_applied_seconds_count{target="eu"} 1.0',
        'toolreg_resources{kind="Tool",target="eu"} 3.0',
        'toolreg_drift_resources{target="eu"} 0.0',
        'toolreg_guard_refusals_total{rule="rewind",target="eu"} 1.0',
        'toolreg_git_requests_total{result="ok",type="ls-remote"} 1.0',
        'toolreg_lock_wait_seconds_count{target="eu"} 1.0',
        'toolreg_maintenance_total{result="done",target="eu",task="rollup_invocations"} 1.0',
        'toolreg_calls_last_hour{status="success",target="eu"} 5.0',
        'toolreg_ready{target="eu"} 1.0',
        'toolreg_stalled{target="eu"} 1.0',
        'toolreg_notifications_total{result="sent"} 1.0',
    ):
        assert line in lines
    # The commit and the tasks of before are told no more, and no time of creation.
    assert not [line for line in lines if COMMIT[::-1] in line or "overdue_seconds{" in line or "_created" in line]


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_accepts_the_metrics(served: Served) -> None:
    tell_everything(served.metrics)
    content = served.ask("GET", "/metrics")[1]

    done = subprocess.run([str(PROMTOOL), "check", "metrics"], input=content, capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
