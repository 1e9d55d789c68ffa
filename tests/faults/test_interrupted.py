"""Killed, interrupted or ended in the middle, an apply leaves the old revision or the new one, and no lock."""

import signal

import psycopg
import pytest

from tests.builders import Repository, run
from tests.faults.scene import (
    PATIENCE,
    Running,
    content,
    copied,
    eventually,
    no_lock_remains,
    recorded,
    with_two_commits,
)
from tests.victims import Victims

pytestmark = pytest.mark.faults


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
        for statement in statements if long else [*statements[:-4:9], *statements[-4:]]:
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


def test_a_killed_apply_frees_its_lock_while_its_statement_still_runs(repository: Repository, database: str) -> None:
    """PostgreSQL looks whether the client is still there; else the lock would live as long as the statement."""
    with Running(repository, database) as apply, psycopg.connect(database, autocommit=True) as conn:
        apply.process.kill()
        eventually(
            conn,
            b"SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND database ="
            b" (SELECT oid FROM pg_database WHERE datname = current_database()))",
        )

    assert content(database) == []


def test_a_session_that_an_administrator_ends_changes_nothing(repository: Repository, database: str) -> None:
    with Running(repository, database) as apply, psycopg.connect(database, autocommit=True) as conn:
        conn.execute(b"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
        result = apply.ended()

    assert result.code == 4
    assert "Nothing was changed in the database." in result.err
    assert [outcome for outcome, _ in recorded(database)] == ["failed"]
