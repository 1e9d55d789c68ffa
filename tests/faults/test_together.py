"""Others at work at the same time: they hold locks, or leave a transaction open, or are paused themselves."""

import re
import signal
import subprocess
import sys
import threading

import psycopg
import pytest

from reconciler.database import LOCK_KEY
from tests.builders import Repository, run, tool
from tests.conftest import Toolreg
from tests.faults.scene import PATIENCE, Conn, content, eventually, recorded, with_two_commits
from tests.proxy import Proxy, Statement
from tests.victims import Victims

pytestmark = pytest.mark.faults


def test_a_lock_that_is_held_names_its_holder(repository: Repository, database: str) -> None:
    with psycopg.connect(database, application_name="the other one") as other:
        other.execute(b"SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
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
        other.execute(b"SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
        command = [sys.executable, "-m", "reconciler", "apply", "--lock-timeout", "90", "--database", database]
        with subprocess.Popen(command, cwd=repository.top, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as apply:
            eventually(conn, b"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
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
