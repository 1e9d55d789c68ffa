"""Behind PgBouncer in transaction mode: everything works but migrating, which says why."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconciler.database.embedded import account
from tests.builders import Repository, run, tool
from tests.conftest import Toolreg
from tests.faults.reconcilers import Reconciler, each_commit_was_applied_once, ready
from tests.faults.scene import PATIENCE, no_lock_remains
from tests.victims import Victims

pytestmark = pytest.mark.faults

BOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def pooled(database: str, folder: Path, mode: str, size: int = 5) -> Iterator[str]:
    """Yield how a database is reached through PgBouncer, in a mode and with so many sessions."""
    if BOUNCER is None:
        pytest.skip("PgBouncer is not installed")
    known = conninfo_to_dict(database)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    folder.mkdir()
    # It refuses to run as root, and shall reach the socket of a server that runs as somebody else, in a closed folder.
    who = account.server()
    host = str(known["host"])
    home = os.open(host, os.O_PATH) if host.startswith("/") else None
    where = host if home is None else f"/proc/self/fd/{home}"
    (folder / "users.txt").write_text(f'"{known["user"]}" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"""
        [databases]
        {known["dbname"]} = host={where} port={known.get("port", 5432)}
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {port}
        unix_socket_dir =
        auth_type = trust
        auth_file = users.txt
        pool_mode = {mode}
        default_pool_size = {size}
        """
    )
    who.own_tree(folder)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [BOUNCER, "/proc/self/cwd/pgbouncer.ini"],
            cwd=folder,
            user=who.uid,
            group=who.gid,
            extra_groups=who.groups,
            pass_fds=[home] if home is not None else [],
            stderr=log,
        )
    try:
        conninfo = make_conninfo(database, host="127.0.0.1", port=port)
        deadline = time.monotonic() + PATIENCE
        while not answers(conninfo):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.01)
        yield conninfo
    finally:
        process.kill()
        process.wait()
        if home is not None:
            os.close(home)


def answers(conninfo: str) -> bool:
    try:
        with psycopg.connect(conninfo):
            return True
    except psycopg.OperationalError:
        return False


@pytest.fixture
def pooler(database: str, tmp_path: Path) -> Iterator[str]:
    """How this test's database is reached through a pooler in transaction mode."""
    with pooled(database, tmp_path / "pooler", "transaction") as conninfo:
        yield conninfo


def test_every_command_but_migrate_works(repository: Repository, pooler: str) -> None:
    toolreg = Toolreg(repository, pooler)
    repository.add(tool("lookup"), tool("other"))
    repository.commit()
    assert toolreg("apply").code == 0
    repository.add(tool("lookup", version="2.0.0"))
    repository.commit()
    assert toolreg("plan", "--detailed-exitcode").code == 2

    assert "Applied as revision 2" in toolreg("apply").err

    assert toolreg("plan", "--detailed-exitcode").code == 0
    assert toolreg("status").code == 0
    assert toolreg("drift", "--detailed-exitcode").code == 0
    assert "2.0.0" in toolreg("get", "tools").out
    assert len(toolreg("history", "-o", "json").items) == 2
    assert toolreg("query", "active_tools").code == 0
    with psycopg.connect(pooler, autocommit=True, prepare_threshold=None) as conn:
        for number in range(1, 4):
            logged = conn.execute(b"SELECT api.log_invocation('lookup', 'success', 12, agent => 'one')").fetchone()
            assert logged == (number,)
    assert toolreg("maintain", "rollup_invocations").code == 0
    assert toolreg("rollback", 1, "--reason", "Why not.").code == 0
    assert toolreg("migrate", "--status").code == 0


def test_one_writer_at_a_time(repository: Repository, database: str, pooler: str) -> None:
    """The lock belongs to the transaction, which keeps its session; nobody else's can be taken for it."""
    words = ("apply", "--database", pooler)
    with Victims(repository.top) as victims:
        first = victims.start(*words, at=("after-lock", signal.SIGSTOP))
        first.wait_until_stopped()

        second = run(*words, "--lock-timeout", "0.2", cwd=repository.top)

        assert second.code == 4
        assert "another writer holds the lock: " in second.err
        first.send(signal.SIGCONT)
        assert first.end().code == 0
        killed = victims.start(*words, at=("after-lock", signal.SIGKILL))
        assert killed.end().code == -signal.SIGKILL
        assert run(*words, cwd=repository.top).code == 0
    with psycopg.connect(database, autocommit=True) as conn:
        assert conn.execute(b"SELECT outcome FROM registry.revisions").fetchall() == [("applied",)]
    no_lock_remains(database)


@pytest.mark.parametrize("size", [1, 5])
def test_migrate_refuses_a_session_that_is_not_its_own(empty_database: str, tmp_path: Path, size: int) -> None:
    with pooled(empty_database, tmp_path / "transaction", "transaction", size) as pooler:
        result = run("migrate", "--database", pooler, cwd=tmp_path)

    assert result.code == 1
    assert "error: a pooler stands between here and PostgreSQL and lends each transaction another session" in result.err
    with psycopg.connect(empty_database) as conn:
        assert conn.execute(b"SELECT FROM pg_namespace WHERE nspname IN ('registry', 'yoyo')").fetchall() == []


@pytest.mark.parametrize("size", [1, 5])
def test_migrate_works_where_the_pooler_keeps_the_session(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Also where it has no second one, to tell by."""
    monkeypatch.setattr("reconciler.database.pooler._WAIT", 0.3)
    with pooled(empty_database, tmp_path / "session", "session", size) as pooler:
        assert "The database is up to date." in run("migrate", "--database", pooler, cwd=tmp_path).out


def test_the_reconciler_holds_its_lease_through_the_pooler(
    repository: Repository, pooler: str, conn: psycopg.Connection[Any]
) -> None:
    with Reconciler(repository.top, pooler) as first:
        ready(conn, repository.git("rev-parse", "HEAD"))
        with Reconciler(repository.top, pooler):
            repository.add(tool())
            first.process.kill()
            ready(conn, repository.commit())
    each_commit_was_applied_once(conn)
