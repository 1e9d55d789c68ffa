"""Three reconcilers of one database, killed, frozen and cut off: each commit is applied once, and the last one wins."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import psycopg
import pytest

from tests.builders import Repository, tool
from tests.faults.reconcilers import Reconciler, each_commit_was_applied_once, ready, with_signal
from tests.proxy import Cut, Proxy, Statement

pytestmark = pytest.mark.faults

Conn = psycopg.Connection[Any]
REPLICAS: Final = 3
FAULTS: Final = 8
MANY_FAULTS: Final = 300
# Of the pauses in the short form. A replica may still be frozen for longer than its lease of 5 seconds.
SHORTER: Final = 0.6


class Replica:
    """A reconciler behind a network of its own, which may be cut or fall silent."""

    def __init__(self, repository: Repository, database: str, stack: ExitStack, scale: float) -> None:
        self._scale = scale
        self._repository = repository
        self._stack = stack
        self._cut = threading.Event()
        self._talks = threading.Event()
        self._talks.set()
        self._proxy = stack.enter_context(Proxy(database, self._pass_on))
        stack.callback(self._talks.set)
        self._reconciler = self._start()

    def kill(self, _luck: random.Random) -> None:
        """Kill the process, and start another."""
        self._reconciler.process.kill()
        self._reconciler.process.wait()
        self._reconciler = self._start()

    def freeze(self, luck: random.Random) -> None:
        """Stop the process with all that it started, for up to twice the time of a lease in the long form."""
        pids = [*self._reconciler.children(), self._reconciler.process.pid]
        for pid in pids:
            with_signal(pid, signal.SIGSTOP)
        self._pause(luck, 10)
        for pid in pids:
            with_signal(pid, signal.SIGCONT)

    def cut(self, luck: random.Random) -> None:
        """Lose the connections to the database, and have no new ones."""
        self._cut.set()
        self._pause(luck, 6)
        self._cut.clear()

    def silence(self, luck: random.Random) -> None:
        """Have no answer from the database."""
        self._talks.clear()
        self._pause(luck, 10)
        self._talks.set()

    def stop(self, _luck: random.Random) -> None:
        """Stop the process as an operator does, and start another."""
        # 143: it had only just begun, and did not listen to signals yet.
        assert self._reconciler.end()[0] in {0, 143}
        self._reconciler = self._start()

    def said(self) -> str:
        """Return the log of the process."""
        return self._reconciler.said()

    def _pause(self, luck: random.Random, seconds: float) -> None:
        time.sleep(luck.uniform(0, seconds * self._scale))

    def _start(self) -> Reconciler:
        return self._stack.enter_context(Reconciler(self._repository.top, self._proxy.conninfo))

    def _pass_on(self, _statement: Statement) -> None:
        self._talks.wait()
        if self._cut.is_set():
            raise Cut


@pytest.fixture
def replicas(repository: Repository, database: str, *, long: bool) -> Iterator[list[Replica]]:
    """The three."""
    with ExitStack() as stack:
        yield [Replica(repository, database, stack, 1.0 if long else SHORTER) for _ in range(REPLICAS)]


def test_each_commit_is_applied_once(
    repository: Repository,
    replicas: list[Replica],
    conn: Conn,
    long: bool,  # noqa: FBT001  A fixture.
) -> None:
    seed = random.randrange(2**32)  # noqa: S311  No secret.
    luck = random.Random(seed)  # noqa: S311
    ways = (Replica.kill, Replica.freeze, Replica.cut, Replica.silence, Replica.stop)
    for number in range(MANY_FAULTS if long else FAULTS):
        repository.add(tool(f"tool_{number % 7}", metadata={"description": f"Number {number} of a test."}))
        repository.commit(f"Commit {number}")
        time.sleep(luck.uniform(0, 1.5 if long else 1.5 * SHORTER))
        luck.choice(ways)(luck.choice(replicas), luck)
    try:
        ready(conn, repository.git("rev-parse", "HEAD"))
    except AssertionError:
        told = conn.execute(b"SELECT * FROM api.reconcilers").fetchall()
        raise AssertionError(seed, told, [replica.said()[-3000:] for replica in replicas]) from None
    each_commit_was_applied_once(conn)
    assert conn.execute(b"SELECT * FROM api.data_integrity WHERE severity = 'error'").fetchall() == [], seed
