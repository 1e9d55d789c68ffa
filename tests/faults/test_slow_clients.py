"""Clients that hold on to the port of a reconciler: each connection is cut off, and the probes answer meanwhile."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from reconciler.serving.http_port import CONNECTION_SECONDS, HttpPort
from reconciler.serving.metrics import Metrics
from reconciler.serving.webhook import Webhook

pytestmark = pytest.mark.faults

CLIENTS = 200
# More than the kernel takes for a client that reads nothing, and than waitress holds before a thread waits.
LARGE = 5_000


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a reconciler whose metrics are a large text."""
    metrics = Metrics()
    for number in range(LARGE):
        metrics.count_notification(f"result_{number}")
    http_port = HttpPort(("127.0.0.1", 0), lambda: None, dict, metrics.registry, Webhook([]))
    with http_port.running():
        yield http_port.port


def answer_time(port: int) -> float:
    """Return the seconds that /livez takes."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/livez")
    assert connection.getresponse().status == 200
    connection.close()
    return time.monotonic() - began


def open_clients(stack: ExitStack, port: int) -> list[socket.socket]:
    clients = [stack.enter_context(socket.socket()) for _ in range(CLIENTS)]
    for client in clients:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.settimeout(0)
    return clients


def count_descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def test_clients_that_read_nothing_are_cut_off(port: int) -> None:
    before = count_descriptors()
    with ExitStack() as stack:
        clients = open_clients(stack, port)
        for client in clients:
            client.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 40)
        began = time.monotonic()
        # The end of a connection waits in the kernel for such a client, and the server holds nothing of it.
        while count_descriptors() > before + CLIENTS:
            assert time.monotonic() - began < 4 * CONNECTION_SECONDS
            time.sleep(0.5)
        assert answer_time(port) < 1
