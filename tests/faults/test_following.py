"""Consumers of the change feed while everything around them fails: they hold the declared tools, and miss no event."""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any

import psycopg
import pytest
from psycopg import IsolationLevel

from reconciler.applying.reconcile import prepared
from reconciler.applying.rollback import make_restoration
from reconciler.assets import SQL, load_contract
from reconciler.core.plan.consent import Consent
from reconciler.database import embedded
from reconciler.database.connection import connect
from reconciler.serving.following import can_listen
from tests.builders import Repository, run, tool
from tests.conftest import Toolreg
from tests.faults.scene import PATIENCE, postmaster
from tests.faults.test_pooler import pooled
from tests.faults.test_server import eventually_gone
from tests.test_maintain import age_revisions, with_history

pytestmark = pytest.mark.faults

_TEXT = (SQL / "api/README.md").read_text("utf-8")
DOCUMENTED = dict(re.findall(r"^```(python|js)\n(.*?)^```$", _TEXT, re.DOTALL | re.MULTILINE))
PRINTING = {
    "python": "\nimport json, sys\nfollow(sys.argv[1], lambda tools: print(json.dumps(tools), flush=True))\n",
    "js": "\nfollow(process.argv[2], (tools) => console.log(JSON.stringify(Object.fromEntries(tools))));\n",
}
NODE_MODULES = os.environ.get("TOOLREG_TEST_NODE_MODULES", "node_modules")
PIPE = 1 << 16
KILL = b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = %s"


class Lines:
    """What a process prints, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = Thread(target=self._read, args=(process.stdout,))
        self._reader.start()

    def _read(self, stdout: IO[str]) -> None:
        for line in stdout:
            self.lines.append(line)

    def until(self, is_done: Callable[[list[str]], bool]) -> None:
        """Wait until the lines are as they should be."""
        deadline = time.monotonic() + PATIENCE
        while not is_done(self.lines):
            assert self.process.poll() is None, self.lines
            assert time.monotonic() < deadline, self.lines
            time.sleep(0.02)

    def end(self, number: signal.Signals) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code


@contextmanager
def running(*words: object, cwd: Path | None = None) -> Iterator[Lines]:
    with subprocess.Popen(
        [*map(str, words)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield Lines(process)
        finally:
            process.kill()


def documented(language: str, folder: Path) -> list[str]:
    """Return the command that runs an example of the documentation, which prints what it publishes."""
    if language == "python":
        path = folder / "follow.py"
        command = [sys.executable]
    else:
        modules = Path(NODE_MODULES).absolute()
        node = shutil.which("node")
        if node is None or not (modules / "pg").is_dir():
            pytest.skip(f"node, or its module pg in {modules}, is not installed; see TOOLREG_TEST_NODE_MODULES")
        path = folder / "follow.mjs"
        (folder / "node_modules").symlink_to(modules)
        command = [node]
    path.write_text(DOCUMENTED[language] + PRINTING[language])
    return [*command, str(path)]


def url(conninfo: str) -> str:
    """Return a connection string as a URL, which pg for node needs."""
    known = psycopg.conninfo.conninfo_to_dict(conninfo)
    host = str(known["host"]).replace("/", "%2F")
    return f"postgresql://{known.get('user')}@{host}:{known.get('port', 5432)}/{known['dbname']}"


def apply(repository: Repository, conninfo: str, *manifests: dict[str, Any], gone: tuple[str, ...] = ()) -> None:
    for name in gone:
        repository.remove(f"tools/{name}.yaml")
    repository.add(*manifests)
    repository.commit()
    result = run("apply", "--database", conninfo, cwd=repository.top)
    assert result.code == 0, result.err


def declared(conninfo: str) -> dict[str, Any]:
    with psycopg.connect(conninfo) as conn:
        return dict(conn.execute(b"SELECT name, manifest FROM registry.tools").fetchall())


def kill_sessions(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute(KILL, ("client backend",))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["python", "js"])
def test_a_documented_consumer_holds_the_declared_tools_whatever_happens(
    language: str, repository: Repository, own_server: Path, tmp_path: Path
) -> None:
    command = documented(language, tmp_path)
    conninfo = embedded.start(own_server)
    with running(*command, url(conninfo)) as consumer:

        def is_current(lines: list[str]) -> bool:
            return bool(lines) and json.loads(lines[-1]) == declared(conninfo)

        consumer.until(is_current)
        apply(repository, conninfo, tool("a"), tool("b"), tool("c"))
        consumer.until(is_current)

        kill_sessions(conninfo)
        swap = (tool("a", category="B", metadata={"movedFrom": "b"}), tool("b", metadata={"movedFrom": "a"}))
        apply(repository, conninfo, *swap)
        consumer.until(is_current)

        embedded.stop(own_server)
        subprocess.run(["cp", "-a", own_server, tmp_path / "backup"], check=True)
        embedded.start(own_server)
        apply(repository, conninfo, tool("d"), gone=("c",))
        consumer.until(is_current)
        assert run("rollback", 2, "--reason", "why", "--database", conninfo, cwd=repository.top).code == 0
        consumer.until(is_current)

        consumer.process.send_signal(signal.SIGSTOP)
        apply(repository, conninfo, tool("e"))
        apply(repository, conninfo, tool("f", version="2.0.0"), gone=("e",))
        purge(repository, conninfo)
        consumer.process.send_signal(signal.SIGCONT)
        consumer.until(is_current)

        consumer.process.send_signal(signal.SIGSTOP)
        embedded.stop(own_server)
        shutil.rmtree(own_server)
        (tmp_path / "backup").rename(own_server)
        embedded.start(own_server)
        # As many revisions as the consumer has seen, and other ones.
        for number in range(5):
            apply(repository, conninfo, tool(f"other{number}"))
        consumer.process.send_signal(signal.SIGCONT)
        consumer.until(is_current)
        consumer.end(signal.SIGKILL)


def purge(repository: Repository, conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute(b"UPDATE runtime.settings SET keep_history = '1 day'")
        age_revisions(conn, 100)
        assert run("maintain", "purge_history", "--database", conninfo, cwd=repository.top).code == 0
        assert conn.execute(b"SELECT revision FROM registry.horizon").fetchone()


def printed(lines: list[str]) -> list[tuple[int, str, str]]:
    events = [json.loads(line) for line in lines]
    return [(event["revision"], event["action"], event["name"]) for event in events]


def events(conninfo: str) -> list[tuple[int, str, str]]:
    with psycopg.connect(conninfo) as conn:
        return conn.execute(b"SELECT revision, action, name FROM api.changes_since(0)").fetchall()


def following(database: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "reconciler", "events", "--follow", "--database", database, *options]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("usual_signals")
def test_each_event_is_printed_once_and_in_order(
    repository: Repository, own_server: Path, number: signal.Signals
) -> None:
    """Whether the session is killed, or the server stops in any way; ended by a signal, it was successful."""
    conninfo = embedded.start(own_server)
    with running(*following(conninfo, "--since", "0", "-o", "json"), cwd=repository.top) as command:

        def is_current(lines: list[str]) -> bool:
            return len(lines) >= len(events(conninfo))

        apply(repository, conninfo, tool("a"), tool("c"))
        command.until(is_current)
        kill_sessions(conninfo)
        apply(repository, conninfo, tool("b"), gone=("a",))
        command.until(is_current)
        embedded.stop(own_server)
        embedded.start(own_server)
        apply(repository, conninfo, tool("d"))
        os.kill(postmaster(own_server), signal.SIGKILL)
        eventually_gone(own_server)
        embedded.start(own_server)
        for count in range(3):
            apply(repository, conninfo, tool("b", version=f"2.{count}.0"))
            kill_sessions(conninfo)
        command.until(is_current)

        assert command.end(number) == 0
    assert printed(command.lines) == events(conninfo)
    assert len(command.lines) == 9


def test_behind_a_pooler_it_polls(repository: Repository, database: str, tmp_path: Path) -> None:
    """LISTEN there reaches the session of others, and hears nothing."""
    with (
        pooled(database, tmp_path / "pooler", "transaction") as conninfo,
        running(*following(conninfo, "--since", "0", "-o", "json"), cwd=repository.top) as command,
    ):
        for name in ("a", "b"):
            apply(repository, conninfo, tool(name))
            command.until(lambda lines: printed(lines) == events(conninfo))
        with connect(conninfo) as lent, connect(database) as own:
            assert (can_listen(lent), can_listen(own)) == (False, True)
        assert command.end(signal.SIGTERM) == 0


def test_it_ends_when_its_reader_goes(repository: Repository, toolreg: Toolreg) -> None:
    """Also without an event to print; and where the reader stays and does not read, by a signal."""
    with_history(repository, toolreg)
    closed = subprocess.Popen(
        following(toolreg.database, "--since", "4"), cwd=repository.top, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert closed.stderr is not None
    assert closed.stdout is not None
    assert closed.stderr.readline() == b"Waiting for revisions after 4.\n"
    closed.stdout.close()
    assert closed.wait(PATIENCE) == 128 + signal.SIGPIPE
    assert closed.stderr.read() == b""
    closed.stderr.close()


@pytest.mark.usefixtures("usual_signals")
def test_it_ends_although_its_reader_does_not_read(repository: Repository, database: str) -> None:
    many = [tool(f"tool{number}", metadata={"description": "x" * 1000}) for number in range(100)]
    apply(repository, database, *many)
    words = following(database, "--since", "0", "-o", "json")
    with subprocess.Popen(words, cwd=repository.top, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as stuck:
        assert stuck.stdout is not None
        wait_until_full(stuck.stdout)
        stuck.terminate()
        assert stuck.wait(PATIENCE) == 0


def test_a_full_queue_of_notifications_does_not_stop_an_apply(repository: Repository, own_server: Path) -> None:
    """Another application may fill it, with a listener that stays in a transaction."""
    conninfo = embedded.start(own_server)
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute(b"ALTER SYSTEM SET max_notify_queue_pages = 64")
    embedded.stop(own_server)
    embedded.start(own_server)
    with psycopg.connect(conninfo, autocommit=True) as listener, psycopg.connect(conninfo, autocommit=True) as sender:
        listener.execute(b"LISTEN others")
        listener.execute(b"BEGIN")
        listener.execute(b"SELECT 1")
        with pytest.raises(psycopg.OperationalError, match="too many notifications"):
            flood(sender)

        apply(repository, conninfo, tool("a"))

    assert [name for _, _, name in events(conninfo)] == ["api", "a"]


def flood(conn: psycopg.Connection[Any]) -> None:
    for number in range(1000):
        conn.execute(b"SELECT pg_notify('others', %s || repeat('x', 7000))", (str(number),))


def wait_until_full(pipe: IO[bytes]) -> None:
    """Wait until no more comes into a pipe, which is at least half full: lines do not fill its pages."""
    deadline = time.monotonic() + PATIENCE
    before, now = b"", bytes(4)
    while before != now or int.from_bytes(now, sys.byteorder) < PIPE / 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        before, now = now, fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))


@pytest.mark.parametrize("level", list(IsolationLevel)[1:])
def test_a_reader_beside_concurrent_writers_misses_no_revision(
    repository: Repository, toolreg: Toolreg, level: IsolationLevel
) -> None:
    """At any isolation: revisions become visible in the order of their numbers, although each draws its own."""
    with_history(repository, toolreg)
    ended = Event()
    read: list[tuple[int, str]] = []
    failed: list[BaseException] = []

    def write(turns: int) -> None:
        try:
            for turn in range(turns):
                with connect(toolreg.database) as conn:
                    attempt = make_restoration(conn, 1 + turn % 4, load_contract(), Consent(max_deletes=100), "why")
                with prepared(lambda: connect(toolreg.database), attempt, 30) as ready:
                    ready.apply()
        except BaseException as error:  # noqa: BLE001  Told by the test.
            failed.append(error)

    def follow() -> None:
        with psycopg.connect(toolreg.database) as conn:
            conn.isolation_level = level
            while True:
                is_last = ended.is_set()
                with conn.transaction():
                    since = read[-1][0] if read else 0
                    read.extend(conn.execute(b"SELECT revision, name FROM api.changes_since(%s)", (since,)).fetchall())
                if is_last:
                    return

    writers = [Thread(target=write, args=(8,)) for _ in range(3)]
    reader = Thread(target=follow)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    ended.set()
    reader.join()

    assert not failed, failed
    with psycopg.connect(toolreg.database) as conn:
        written = conn.execute(b"SELECT revision, name FROM registry.history").fetchall()
    assert sorted(read) == sorted(written)
    assert [number for number, _ in read] == sorted(number for number, _ in read)
    assert len({number for number, _ in read}) > 10
