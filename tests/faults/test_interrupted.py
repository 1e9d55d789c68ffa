"""Killed, interrupted or ended in the middle, an apply leaves the old revision or the new one, and no lock."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import psycopg
import pytest
import yaml
from psycopg import sql

from reconciler.database import embedded
from tests.builders import Repository, run, tool
from tests.faults.scene import (
    PATIENCE,
    Conn,
    Running,
    children,
    content,
    copied,
    eventually,
    no_lock_remains,
    recorded,
    with_two_commits,
)
from tests.victims import Victim, Victims

pytestmark = pytest.mark.faults


@pytest.mark.slow
def test_killed_at_any_statement_it_leaves_the_old_revision_or_the_new_one(
    repository: Repository,
    database: str,
    long: bool,  # noqa: FBT001  A fixture.
) -> None:
    """A commit that reached the server counts, and nothing else does. Run again, it converges; no lock remains."""
    with_two_commits(repository, database)
    before = content(database)
    with Victims(repository.top) as victims:
        with copied(database) as copy:
            statements = victims.statements(copy, "apply")
            after = content(copy)
        assert [statement.text for statement in statements[-2:]] == ["COMMIT", "COMMIT"]
        for statement in statements if long else [*statements[:-2:14], *statements[-2:]]:
            with copied(database) as copy:
                victims.kill_at(statement, copy, "apply")

                expected = after if statement == statements[-1] else before
                assert content(copy) == expected, statement
                again = run("apply", "--database", copy, "--lock-timeout", PATIENCE, cwd=repository.top)
                assert again.code == 0, again.err
                assert content(copy) == after, statement
                no_lock_remains(copy)


@pytest.mark.usefixtures("usual_signals")
@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_in_the_middle_changes_nothing(
    repository: Repository, database: str, number: signal.Signals, code: int, word: str
) -> None:
    with Running(repository, database) as apply:
        apply.process.send_signal(number)
        result = apply.ended()

    assert result.code == code
    assert result.err.endswith(f"Nothing was changed in the database.\n\nerror: {word}\n")
    assert "Traceback" not in result.err
    assert content(database) == []
    no_lock_remains(database)
    assert recorded(database) == [("failed", "Somebody interrupted it.")]


def test_a_killed_apply_frees_its_lock_within_a_second(repository: Repository, database: str) -> None:
    """While its statement waits for somebody, or computes: PostgreSQL looks twice a second whether the client is there.

    By the clock of the server, and one of three, since a busy machine may take longer to notice.
    """
    with psycopg.connect(database) as holder, psycopg.connect(database, autocommit=True) as conn:
        # As every server but the embedded one has it.
        never = sql.SQL("ALTER DATABASE {} SET client_connection_check_interval = 0")
        conn.execute(never.format(sql.Identifier(conn.info.dbname)))
        conn.execute(
            b"CREATE FUNCTION public.compute() RETURNS trigger LANGUAGE plpgsql AS"
            b" 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END'"
        )
        conn.execute(
            b"CREATE TRIGGER computes BEFORE INSERT ON registry.history EXECUTE FUNCTION public.compute();"
            b" ALTER TABLE registry.history DISABLE TRIGGER computes"
        )
        with Victims(repository.top) as victims:
            apply = partial(victims.start, "apply", "--database", database)
            holder.execute(b"LOCK TABLE registry.history IN ACCESS EXCLUSIVE MODE")
            assert any(seconds_until_free(conn, apply(), b"wait_event_type = 'Lock'") < 1 for _ in range(3))
            holder.rollback()
            conn.execute(b"ALTER TABLE registry.history ENABLE TRIGGER computes")
            assert any(seconds_until_free(conn, apply(), b"wait_event = 'PgSleep'") < 1 for _ in range(3))
    assert content(database) == []


def seconds_until_free(conn: Conn, apply: Victim, state: bytes) -> float:
    """Kill an apply in the middle of a statement, and return how long its lock outlives it."""
    eventually(
        conn, b"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND " + state + b")"
    )
    before = conn.execute(b"SELECT clock_timestamp()").fetchone()
    apply.send(signal.SIGKILL)
    with conn.transaction():
        conn.execute(b"LOCK TABLE yoyo.writer IN EXCLUSIVE MODE")
        after = conn.execute(b"SELECT clock_timestamp()").fetchone()
    assert apply.end().code == -signal.SIGKILL
    assert before
    assert after
    return float((after[0] - before[0]).total_seconds())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 143)])
def test_the_processes_that_read_files_end_with_the_one_that_started_them(
    repository: Repository, database: str, number: signal.Signals, code: int
) -> None:
    """They have its connection, too: the lock would live as long as they."""
    text = yaml.safe_dump(tool("NAME"))
    for place in range(800):
        repository.write(f"tools/tool_{place}.yaml", text.replace("NAME", f"tool_{place}"))
    repository.commit()
    with Victims(repository.top) as victims:
        # Before, registry.yaml is read by itself.
        apply = victims.start("apply", "--database", database, at=("during-load", signal.SIGSTOP), passed=2)
        apply.wait_until_stopped()
        readers = children(apply.pid)
        # Beside the workers, the git that this process asks about objects.
        assert len(readers) == len(os.sched_getaffinity(0)) + 1

        apply.send(number)
        apply.send(signal.SIGCONT)

        assert apply.end().code == code
    deadline = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{reader}").exists() for reader in readers):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    no_lock_remains(database)
    assert content(database) == []


def test_killed_on_the_embedded_server_it_needs_nobody_to_clean_up(repository: Repository, own_server: Path) -> None:
    """The server stops when its last client is gone, however it went, and starts again for the next one."""
    state = own_server.parent / "state"
    state.mkdir()
    folder = embedded.choose_folder(repository.top / "registry", {"TOOLREG_STATE_DIR": str(state)})
    own_server.rename(folder)
    with Victims(repository.top) as victims:
        apply = partial(victims.start, "apply", environment={"TOOLREG_STATE_DIR": str(state)})
        for name in ("after-connect", "before-commit", "after-commit"):
            assert apply(at=(name, signal.SIGKILL)).end().code == -signal.SIGKILL
        again = apply().end()

    assert (again.code, again.out) == (0, "Nothing to do: the database matches.\n")
    assert embedded.find_running(folder) is None
    with embedded.serve(folder) as conninfo:
        assert recorded(conninfo) == [("applied", None)]


def test_a_session_that_an_administrator_ends_changes_nothing(repository: Repository, database: str) -> None:
    with Running(repository, database) as apply, psycopg.connect(database, autocommit=True) as conn:
        conn.execute(b"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
        result = apply.ended()

    assert result.code == 4
    assert "Nothing was changed in the database." in result.err
    assert [outcome for outcome, _ in recorded(database)] == ["failed"]
