"""A server that is killed or out of room: nothing is changed, and the next command finds all in order."""

import os
import signal
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconciler.database import embedded
from reconciler.database.connection import connect
from reconciler.database.migrate import migrate_database
from tests.builders import Repository, Result, run, tool
from tests.faults.scene import (
    PATIENCE,
    Conn,
    Running,
    at_commit,
    children,
    content,
    copied,
    cut_at_commit,
    postmaster,
    recorded,
)
from tests.proxy import Moment, Proxy

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT, signal.SIGINT])
def test_a_server_that_is_killed_in_the_middle_changes_nothing(
    repository: Repository, own_server: Path, number: signal.Signals
) -> None:
    """By kill -9 of the postmaster, an immediate shutdown, or a fast one. The next command finds all in order."""
    conninfo = embedded.start(own_server)
    with Running(repository, conninfo) as apply:
        os.kill(postmaster(own_server), number)
        result = apply.ended()

    assert result.code == 4
    assert "error: the database does not answer: " in result.err
    assert "Nothing was changed in the database." in result.err
    assert "Traceback" not in result.err
    with embedded.serve(own_server) as conninfo:
        assert content(conninfo) == []
        assert run("apply", "--database", conninfo, cwd=repository.top).code == 0
        assert run("plan", "--detailed-exitcode", "--database", conninfo, cwd=repository.top).code == 0


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT, signal.SIGINT])
def test_a_server_that_restarts_during_a_commit_is_asked_how_it_ended(
    repository: Repository, own_server: Path, number: signal.Signals
) -> None:
    """Before COMMIT reaches it, and then before the answer reaches us; however it goes down."""

    def restart() -> None:
        os.kill(postmaster(own_server), number)
        eventually_gone(own_server)
        embedded.start(own_server)

    conninfo = embedded.start(own_server)
    with Proxy(conninfo, cut_at_commit("before", restart)) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)
    says_what_is_true(result, conninfo, is_applied=False)

    with Proxy(conninfo, cut_at_commit("after", restart)) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)
    says_what_is_true(result, conninfo, is_applied=True)


@pytest.mark.usefixtures("patient")
def test_a_server_that_is_killed_while_it_commits_is_asked_how_it_ended(
    repository: Repository,
    own_server: Path,
    long: bool,  # noqa: FBT001  A fixture.
) -> None:
    """COMMIT is on its way to it, or in its hands, or done: only the database knows."""
    for delay in range(-1, 40 if long else 2):
        conninfo = embedded.start(own_server)
        repository.add(tool(f"tool_{delay}"))
        repository.commit()

        def restart(after: float = max(0, delay) / 10_000) -> None:
            time.sleep(after)
            # All of them at once, as when a container is killed: the postmaster's own end lets a backend finish.
            first = postmaster(own_server)
            for pid in (*children(first), first):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            eventually_gone(own_server)
            embedded.start(own_server)

        killer = Thread(target=restart)
        with Proxy(conninfo, at_commit("before", killer.start)) as proxy:
            result = run("apply", "--database", proxy.conninfo, cwd=repository.top)
            killer.join()

        with psycopg.connect(conninfo) as conn:
            found = conn.execute(b"SELECT FROM registry.tools WHERE name = %s", [f"tool_{delay}"]).fetchone()
        says_what_is_true(result, conninfo, is_applied=found is not None)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("standby", ["promoted", "not yet promoted"])
def test_a_failover_during_a_commit_is_reported_as_the_new_server_has_it(
    repository: Repository, database: str, moment: Moment, standby: str
) -> None:
    """One that was promoted without the revision does not have it. One that still only reads may get it yet."""
    with copied(database) as other:
        if standby == "not yet promoted":
            only_reads(other)
        proxy = Proxy(database)
        proxy._act = cut_at_commit(moment, partial(proxy.fail_over, other))  # noqa: SLF001  It needs what it is for.
        with proxy:
            result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

        assert content(other) == []
        assert result.code == 4
        if standby == "promoted":
            says_what_is_true(result, other, is_applied=False)
        else:
            assert "run toolreg status when the database is back" in result.err
            assert "Nothing was changed" not in result.err


def says_what_is_true(result: Result, conninfo: str, *, is_applied: bool) -> None:
    assert "Traceback" not in result.err
    assert result.code == (0 if is_applied else 4), result.err
    assert ("Nothing was changed in the database." in result.err) != is_applied
    assert ("Applied as revision " in result.err) == is_applied
    assert recorded(conninfo)[-1][0] == ("applied" if is_applied else "failed")


def eventually_gone(folder: Path) -> None:
    """Wait until nothing of a server lives any more."""
    deadline = time.monotonic() + PATIENCE
    while embedded.find_running(folder):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def only_reads(conninfo: str) -> None:
    """Have a database look like that of a replica to whoever connects."""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        name = sql.Identifier(str(conninfo_to_dict(conninfo)["dbname"]))
        conn.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))


def test_a_full_disk_changes_nothing(repository: Repository, small_disk: Path, own_server: Path) -> None:
    """A database on a disk of its own, so that the write-ahead log, and with it the server, has room."""
    owner = (own_server / "data").stat()
    os.chown(small_disk, owner.st_uid, owner.st_gid)
    with embedded.serve(own_server) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as conn:
            conn.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(small_disk))))
            conn.execute(b"CREATE DATABASE full_one TABLESPACE small")
        target = make_conninfo(conninfo, dbname="full_one")
        with connect(target) as conn:
            migrate_database(conn, PATIENCE)
            fill(conn)
        for number in range(40):
            schema = {"type": "object", "description": os.urandom(25_000).hex()}
            repository.add(tool(f"large_{number}", inputSchema=schema))
        repository.commit()

        result = run("apply", "--database", target, cwd=repository.top)

        assert result.code == 4, result.err
        assert "error: the database is out of resources: " in result.err
        assert "Nothing was changed in the database." in result.err
        assert content(target) == []


def fill(conn: Conn) -> None:
    """Leave less than a quarter of a megabyte."""
    conn.execute(b"CREATE TABLE public.filler (content text)")
    conn.execute(b"ALTER TABLE public.filler ALTER COLUMN content SET STORAGE PLAIN")
    with suppress(psycopg.errors.DiskFull):
        while True:
            conn.execute(b"INSERT INTO public.filler SELECT repeat('x', 7000) FROM generate_series(1, 25)")
