"""toolreg reconcile as a process that runs on: stopped, killed, frozen, cut off, and replaced by another."""

import ctypes
import signal
import socket
import threading
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
from tests.proxy import Proxy, Statement
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


@pytest.mark.parametrize("bad", ["targets: [{name: t0, database: 'env:NOT_SET'}]", "listen: '127.0.0.1:{port}'"])
def test_settings_that_cannot_be_used_leave_the_reconciler_as_it_was(
    repository: Repository, database: str, conn: Conn, tmp_path: Path, bad: str
) -> None:
    file = tmp_path / "reconcile.yaml"
    good = f"targets: [{{name: t0, database: {database!r}}}]\n"
    file.write_text(good)
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as taken,
        Reconciler(repository.top, options=("--config", file)) as reconciler,
    ):
        ready(conn, repository.git("rev-parse", "HEAD"))
        bad = bad.replace("{port}", str(taken.getsockname()[1]))
        file.write_text(f"{bad}\n" if "targets" in bad else f"{good}{bad}\n")
        reconciler.send(signal.SIGHUP)
        eventually_says(reconciler, "the settings stay as they were")

        ready(conn, commit(repository, "one"))
        assert reconciler.end()[0] == 0


def test_targets_are_added_with_sighup(repository: Repository, database: str, conn: Conn, tmp_path: Path) -> None:
    file = tmp_path / "reconcile.yaml"
    file.write_text("targets: [{name: away, database: 'host=/nowhere dbname=x'}]\n")
    with Reconciler(repository.top, options=("--config", file)) as reconciler:
        eventually_says(reconciler, "DatabaseAway")
        file.write_text(f"targets: [{{name: here, database: {database!r}}}]\n")
        reconciler.send(signal.SIGHUP)
        ready(conn, repository.git("rev-parse", "HEAD"))


def test_a_signal_that_the_kernel_hands_to_another_thread_is_heard(
    repository: Repository, database: str, conn: Conn
) -> None:
    with Reconciler(repository.top, database) as reconciler:
        ready(conn, repository.git("rev-parse", "HEAD"))
        pid = reconciler.process.pid
        thread = max(int(path.name) for path in Path(f"/proc/{pid}/task").iterdir())
        assert thread != pid

        ctypes.CDLL(None).tgkill(pid, thread, signal.SIGTERM)

        assert reconciler.process.wait(5) == 0


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
            for pid in (*first.children(), first.process.pid):
                with_signal(pid, signal.SIGCONT)
            # "lost" if it finds the lease gone first, "temporary" if its ended session.
            eventually_says(first, "was not applied (")
            assert first.end()[0] == 0
    each_commit_was_applied_once(conn)
    # Not even the failure of the earlier holder.
    assert conn.execute(b"SELECT DISTINCT outcome FROM registry.revisions").fetchall() == [("applied",)]


def test_a_holder_that_stops_within_a_renewal_does_not_keep_the_lease(
    repository: Repository, database: str, conn: Conn
) -> None:
    stops, goes_on = threading.Event(), threading.Event()

    def act(statement: Statement) -> None:
        if stops.is_set() and statement.moment == "after" and "UPDATE registry.reconcilers AS lease" in statement.text:
            goes_on.wait()

    with Proxy(database, act) as proxy, Reconciler(repository.top, proxy.conninfo):
        ready(conn, repository.git("rev-parse", "HEAD"))
        with Reconciler(repository.top, database):
            stops.set()
            try:
                ready(conn, commit(repository, "one"))
            finally:
                goes_on.set()


def test_a_reconciler_that_is_cut_off_ends_in_time_and_leaves_no_process(
    repository: Repository, database: str, conn: Conn
) -> None:
    talks = threading.Event()
    talks.set()

    def act(_statement: Statement) -> None:
        talks.wait()

    with (
        psycopg.connect(conn.info.dsn) as blocker,
        Proxy(database, act) as proxy,
        Reconciler(repository.top, proxy.conninfo) as reconciler,
    ):
        blocker.execute(b"LOCK registry.references IN EXCLUSIVE MODE")
        eventually(conn, b"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        children = reconciler.children()
        talks.clear()
        time.sleep(5)

        code, seconds = reconciler.end()

        assert (code, [pid for pid in children if is_running(pid)]) == (0, [])
        assert seconds < 5
        talks.set()


def test_a_branch_that_comes_back_is_no_longer_told_as_gone(repository: Repository, database: str, conn: Conn) -> None:
    repository.write("tools/bad.yaml", "kind: [")
    repository.commit()
    with Reconciler(repository.top, database) as reconciler:
        eventually_is(conn, "Invalid")
        repository.git("branch", "-m", "main", "away")
        eventually_is(conn, "SourceGone")
        repository.git("branch", "-m", "away", "main")
        reconciler.send(signal.SIGUSR1)
        eventually_is(conn, "Invalid")


def eventually_is(conn: Conn, reason: str) -> None:
    eventually(conn, b"SELECT EXISTS (SELECT FROM api.reconcilers WHERE reason = %s)", reason)


def eventually_says(reconciler: Reconciler, words: str) -> None:
    deadline = time.monotonic() + TAKEOVER
    while words not in reconciler.said():
        assert time.monotonic() < deadline, reconciler.said()
        time.sleep(0.05)
