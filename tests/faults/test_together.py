"""Others at work at the same time: they hold locks, or leave a transaction open, or are paused themselves."""

import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import psycopg
import pytest

from tests.builders import Repository, run, tool
from tests.conftest import Toolreg
from tests.faults.scene import PATIENCE, Conn, content, eventually, recorded, with_two_commits
from tests.proxy import Proxy, Statement
from tests.roles import login
from tests.victims import Victims

pytestmark = pytest.mark.faults

WAITS = b"SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'yoyo.writer'::regclass AND NOT granted)"


def test_a_lock_that_is_held_names_its_holder(repository: Repository, database: str) -> None:
    with psycopg.connect(database, application_name="the other one") as other:
        other.execute(b"LOCK TABLE yoyo.writer IN EXCLUSIVE MODE")
        role, process = other.info.user, other.info.backend_pid

        result = run("apply", "--lock-timeout", "0.2", "--database", database, cwd=repository.top)

    assert result.code == 4
    assert f"another writer holds the lock: {role} (the other one, process {process}" in result.err
    assert result.err.endswith("try again, or wait longer with --lock-timeout\n")
    assert recorded(database) == []


def test_a_lock_that_is_freed_in_time_is_waited_for(
    repository: Repository,
    database: str,
    long: bool,  # noqa: FBT001  A fixture.
) -> None:
    """In the long form it is held for a minute."""
    with psycopg.connect(database) as other, psycopg.connect(database, autocommit=True) as conn:
        other.execute(b"LOCK TABLE yoyo.writer IN EXCLUSIVE MODE")
        command = [sys.executable, "-m", "reconciler", "apply", "--lock-timeout", "90", "--database", database]
        with subprocess.Popen(command, cwd=repository.top, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as apply:
            eventually(conn, WAITS)
            if long:
                with pytest.raises(subprocess.TimeoutExpired):
                    apply.wait(60)
            other.rollback()
            assert apply.wait(PATIENCE) == 0


# ---- An idle transaction of somebody


def test_an_idle_transaction_is_waited_for_as_long_as_was_said(
    repository: Repository, database: str, toolreg: Toolreg
) -> None:
    with_two_commits(repository, database)
    before = content(database)
    for statement in (
        b"LOCK TABLE registry.revisions IN ACCESS EXCLUSIVE MODE",
        b"LOCK TABLE registry.tools IN ACCESS EXCLUSIVE MODE",
        b"UPDATE registry.tools SET manifest = manifest WHERE name = 'kept'",
        b"SELECT FROM registry.tools WHERE name = 'kept' FOR UPDATE",
    ):
        with psycopg.connect(database) as other:
            other.execute(statement)

            refused = toolreg("apply", "--lock-timeout", "0.2")

            assert refused.code == 4
            assert "error: the database was busy: canceling statement due to lock timeout" in refused.err
            assert "Nothing was changed in the database." in refused.err
            other.rollback()
        assert content(database) == before


def test_an_idle_transaction_that_ends_in_time_is_waited_for(
    repository: Repository, database: str, toolreg: Toolreg
) -> None:
    with_two_commits(repository, database)
    with psycopg.connect(database) as other:
        other.execute(b"SELECT FROM registry.tools WHERE name = 'gone' FOR UPDATE")
        timer = threading.Timer(0.3, other.rollback)
        timer.start()

        assert toolreg("apply", "--lock-timeout", PATIENCE).code == 0

        timer.join()


def test_an_idle_transaction_of_a_reader_or_an_agent_is_in_nobodys_way(
    repository: Repository, database: str, toolreg: Toolreg
) -> None:
    with_two_commits(repository, database)
    with psycopg.connect(database) as reader, psycopg.connect(database) as agent:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute(b"SELECT count(*) FROM registry.resources")
        agent.execute(b"SELECT api.set_tool_override('kept', 'unavailable', 'Repair.')")
        agent.execute(b"SELECT api.log_invocation('gone', 'success', 5)")

        assert toolreg("apply", "--lock-timeout", "0.2").code == 0

        assert reader.execute(b"SELECT count(*) FROM registry.resources WHERE name = 'gone'").fetchone() == (1,)


MODES = ("ACCESS EXCLUSIVE", "EXCLUSIVE", "SHARE ROW EXCLUSIVE", "SHARE", "ROW EXCLUSIVE", "ROW SHARE", "ACCESS SHARE")


def take_every_lock(conn: Conn, tables: list[str]) -> int:
    """Lock each table as strongly as the role may, and each advisory lock that anybody ever took; return how many."""
    conn.execute(b"SELECT pg_advisory_lock(%s)", [int.from_bytes(b"toolreg", "big")])
    conn.execute(b"SELECT pg_advisory_lock(hashtextextended('toolreg.partitions', 0))")
    taken = 0
    for table in tables:
        for mode in MODES:
            with suppress(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(f"LOCK TABLE {table} IN {mode} MODE".encode())
                taken += 1
                break
        for strength in ("UPDATE", "KEY SHARE"):
            with suppress(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(f"SELECT FROM {table} FOR {strength}".encode())
    return taken


@pytest.mark.parametrize("groups", [(), ("toolreg_reader",), ("toolreg_agent",)])
def test_no_lock_that_others_may_take_stops_who_applies(
    repository: Repository, database: str, toolreg: Toolreg, conn: Conn, groups: tuple[str, ...]
) -> None:
    """The lock of writers needs a right that only members of toolreg_reconciler have."""
    with_two_commits(repository, database)
    listed = b"SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('registry', 'runtime', 'yoyo')"
    tables = [name for (name,) in conn.execute(listed)]
    with login(database, *groups) as somebody, psycopg.connect(somebody) as other:
        assert (take_every_lock(other, tables) > 0) == bool(groups)
        if groups == ("toolreg_agent",):
            other.execute(b"SELECT api.log_invocation('old', 'success', 5), api.heartbeat('worker', 0.5, 1)")

        for command in ("apply", "suspend --reason No.", "resume", "rollback 1 --reason Back. --max-deletes 2"):
            result = toolreg(*command.split(), "--lock-timeout", 5) if command != "resume" else toolreg("resume")
            assert result.code == 0, (command, result.err)
        conn.execute(b"SET lock_timeout = '5s'")
        conn.execute(b"SELECT api.set_tool_override('kept', 'unavailable', 'Repair.'), api.update_tool_status()")


# ---- Paused


class Hurried(Proxy):
    """Has the server end a session that idles in a transaction after a second, and not after 15 minutes."""

    def _from_client(self, message: bytes, server: object, last: Statement) -> Statement:
        return super()._from_client(message.replace(b"'15min'", b"'1s'   "), server, last)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["before-lock", "before-commit"])
def test_who_was_paused_for_too_long_does_not_overwrite_what_is_newer(
    repository: Repository, database: str, conn: Conn, name: str
) -> None:
    """SIGSTOP, as when a laptop sleeps or a container is frozen; the server has freed the lock when it goes on."""
    with_two_commits(repository, database)
    older = repository.git("rev-parse", "HEAD")
    repository.add(tool("newest"))
    repository.commit("Third")
    with Hurried(database) as proxy, Victims(repository.top) as victims:
        paused = victims.start("apply", "--ref", older, "--database", proxy.conninfo, at=(name, signal.SIGSTOP))
        paused.wait_until_stopped()
        assert run("apply", "--lock-timeout", PATIENCE, "--database", database, cwd=repository.top).code == 0
        after = content(database)
        eventually(
            conn,
            b"SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'idle in transaction'"
            b" AND datname = current_database())",
        )
        paused.send(signal.SIGCONT)

        result = paused.end()

    assert result.code == 4, result.err
    # The server says why, unless the connection is gone before that was read.
    assert re.search("error: the database (ended this session|does not answer): ", result.err)
    assert "Nothing was changed in the database." in result.err
    assert content(database) == after
    assert conn.execute(b"SELECT count(*) FROM registry.tools WHERE name = 'newest'").fetchone() == (1,)
    assert [outcome for outcome, _ in recorded(database)] == ["applied", "applied", "failed"]
