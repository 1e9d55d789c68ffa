"""toolreg reconcile as a process that runs on: stopped, killed, frozen, cut off, and replaced by another."""

import signal
import socket
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.builders import Repository, tool
from tests.faults.reconcilers import Reconciler, applied, each_commit_was_applied_once, ready, with_signal
from tests.faults.scene import eventually
from tests.test_remote import is_running

pytestmark = pytest.mark.faults

Conn = psycopg.Connection[Any]
TAKEOVER = 10.0


def commit(repository: Repository, name: str) -> str:
    repository.add(tool(name))
    return repository.commit(f"Add {name}")


def test_a_push_is_applied_as_soon_as_it_is_told(repository: Repository, database: str, conn: Conn) -> None:
    head = repository.git("rev-parse", "HEAD")
    with Reconciler(repository.top, database, options=("--interval", "1h")) as reconciler:
        ready(conn, head)
        head = commit(repository, "one")

        reconciler.send(signal.SIGUSR1)
        ready(conn, head)

        code, seconds = reconciler.end()
        assert (code, reconciler.children()) == (0, [])
        assert seconds < 5
    assert conn.execute(b"SELECT is_alive FROM api.reconcilers").fetchone() == (False,)


def test_what_is_due_is_maintained(repository: Repository, database: str, conn: Conn) -> None:
    conn.execute(b"UPDATE runtime.maintenance_tasks SET every = '1 hour'")
    with Reconciler(repository.top, database):
        eventually(
            conn,
            b"SELECT count(DISTINCT task) = (SELECT count(*) FROM runtime.maintenance_tasks) FROM"
            b" runtime.maintenance_runs WHERE error IS NULL",
        )
        eventually(conn, b"SELECT NOT EXISTS (SELECT FROM api.maintenance_tasks WHERE is_due)")
        time.sleep(3)
    assert conn.execute(b"SELECT count(*) = count(DISTINCT task) FROM runtime.maintenance_runs").fetchone() == (True,)


def test_a_webhook_wakes_the_holder_also_through_another_process(
    repository: Repository, database: str, conn: Conn, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a long enough secret\n")
    options = ("--interval", "1h", "--webhook-secret-file", secret)
    with closing(socket.create_server(("127.0.0.1", 0))) as one, closing(socket.create_server(("127.0.0.1", 0))) as two:
        ports = [free.getsockname()[1] for free in (one, two)]
    first = Reconciler(repository.top, database, options=(*options, "--listen", f"127.0.0.1:{ports[0]}"))
    with first:
        ready(conn, repository.git("rev-parse", "HEAD"))
        with Reconciler(repository.top, database, options=(*options, "--listen", f"127.0.0.1:{ports[1]}")):
            for port in ports:
                head = commit(repository, f"tool_{port}")
                told = urllib.request.Request(
                    f"http://127.0.0.1:{port}/webhook", b"{}", {"X-Gitlab-Token": "a long enough secret"}
                )
                eventually_answers(told)
                ready(conn, head)
            assert eventually_answers(f"http://127.0.0.1:{ports[1]}/readyz") == "t0: ready\n"
            deadline = time.monotonic() + TAKEOVER
            while f'toolreg_revision_info{{commit="{head}",target="t0"}} 1.0' not in (
                metrics := eventually_answers(f"http://127.0.0.1:{ports[0]}/metrics")
            ):
                assert time.monotonic() < deadline, metrics
    assert 'toolreg_reconcile_total{result="applied",target="t0"} 3.0' in metrics


def eventually_answers(request: urllib.request.Request | str) -> str:
    """Return what a port answers as soon as it answers well."""
    deadline = time.monotonic() + TAKEOVER
    while True:
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310  Of this test's own.
                return str(answer.read().decode())
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_running_apply_is_undone_when_the_reconciler_stops(repository: Repository, database: str, conn: Conn) -> None:
    with psycopg.connect(conn.info.dsn) as blocker, Reconciler(repository.top, database) as reconciler:
        blocker.execute(b"LOCK registry.references IN EXCLUSIVE MODE")
        eventually(conn, b"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")

        code, seconds = reconciler.end()

        assert code == 0
        assert seconds < 5
        blocker.rollback()
    assert conn.execute(b"SELECT count(*) FROM registry.resources").fetchone() == (0,)


def test_settings_are_read_again_and_bad_ones_change_nothing(
    repository: Repository, database: str, conn: Conn, tmp_path: Path
) -> None:
    repository.git("branch", "other")
    file = tmp_path / "reconcile.yaml"
    file.write_text("branch: main\n")
    with Reconciler(repository.top, database, options=("--config", file)) as reconciler:
        ready(conn, repository.git("rev-parse", "HEAD"))
        file.write_text("branch: [\n")
        reconciler.send(signal.SIGHUP)
        head = commit(repository, "one")
        ready(conn, head)

        file.write_text("branch: other\n")
        reconciler.send(signal.SIGHUP)

        eventually(
            conn,
            b"SELECT EXISTS (SELECT FROM api.reconcilers WHERE source LIKE '%% other %%' AND reason LIKE 'Refused%%')",
        )
        assert reconciler.end()[0] == 0
        assert "the settings stay as they were" in reconciler.said()


def test_a_silent_remote_does_not_keep_it_from_stopping(database: str, tmp_path: Path) -> None:
    wrapper, pid = tmp_path / "ssh", tmp_path / "pid"
    wrapper.write_text(f"#!/bin/sh\necho $$ > {pid}; exec sleep 321\n")
    wrapper.chmod(0o755)
    with Reconciler("ssh://git.example.com/x", database, environment={"GIT_SSH": str(wrapper)}) as reconciler:
        while not (pid.exists() and pid.read_text().strip()):
            time.sleep(0.02)

        code, seconds = reconciler.end()

        assert code == 0
        assert seconds < 5
    assert not is_running(int(pid.read_text()))


def test_a_commit_that_failed_is_not_tried_again(repository: Repository, database: str, conn: Conn) -> None:
    with Reconciler(repository.top, database):
        ready(conn, repository.git("rev-parse", "HEAD"))
        repository.write("tools/bad.yaml", "kind: [\n")
        repository.commit("Bad")
        eventually(conn, b"SELECT EXISTS (SELECT FROM api.reconcilers WHERE reason = 'Invalid')")
        time.sleep(2.5)
        assert conn.execute(b"SELECT count(*) FROM registry.revisions WHERE outcome = 'failed'").fetchone() == (1,)

        repository.remove("tools/bad.yaml")
        ready(conn, repository.commit("Mended"))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_another_process_takes_over(repository: Repository, database: str, conn: Conn, number: signal.Signals) -> None:
    with Reconciler(repository.top, database) as first:
        ready(conn, repository.git("rev-parse", "HEAD"))
        with Reconciler(repository.top, database) as second:
            first.send(number)
            began = time.monotonic()
            head = commit(repository, "one")
            ready(conn, head)
            assert time.monotonic() - began < TAKEOVER

            first.send(signal.SIGCONT)
            ready(conn, commit(repository, "two"))
            if number == signal.SIGSTOP:
                eventually_says(first, "lost the lease")
            assert second.end()[0] == 0
    each_commit_was_applied_once(conn)


def test_an_apply_that_was_frozen_with_the_lock_is_ended_by_the_next_holder(
    repository: Repository, database: str, conn: Conn
) -> None:
    with psycopg.connect(conn.info.dsn) as blocker, Reconciler(repository.top, database) as first:
        blocker.execute(b"LOCK registry.references IN EXCLUSIVE MODE")
        eventually(conn, b"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        for pid in (*first.children(), first.process.pid):
            with_signal(pid, signal.SIGSTOP)
        blocker.rollback()
        with Reconciler(repository.top, database):
            began = time.monotonic()
            applied(conn, repository.git("rev-parse", "HEAD"))
            assert time.monotonic() - began < TAKEOVER
    each_commit_was_applied_once(conn)


def eventually_says(reconciler: Reconciler, words: str) -> None:
    deadline = time.monotonic() + TAKEOVER
    while words not in reconciler.said():
        assert time.monotonic() < deadline, reconciler.said()
        time.sleep(0.05)
