"""Others at work at the same time."""

import subprocess
import sys

import psycopg
import pytest

from reconciler.database import LOCK_KEY
from tests.builders import Repository, run, tool
from tests.faults.scene import (
    PATIENCE,
    ended,
    eventually,
    recorded,
    started,
)

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


def test_a_lock_that_is_freed_in_time_is_waited_for(repository: Repository, database: str) -> None:
    with psycopg.connect(database) as other, psycopg.connect(database, autocommit=True) as conn:
        other.execute(b"SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
        command = [sys.executable, "-m", "reconciler", "apply", "--database", database]
        with subprocess.Popen(command, cwd=repository.top, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as apply:
            eventually(conn, b"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
            other.rollback()
            assert apply.wait(PATIENCE) == 0


def test_two_at_once_apply_a_commit_once(repository: Repository, database: str) -> None:
    results = [ended(process) for process in [started(repository, database, "HEAD") for _ in range(2)]]

    assert [result.code for result in results] == [0, 0], results
    assert sorted("Nothing to do" in result.out for result in results) == [False, True]
    assert recorded(database) == [("applied", None)]


def test_two_at_once_apply_two_commits_one_after_the_other(repository: Repository, database: str) -> None:
    """The newer one wins, whoever is first; there is never a mix."""
    first = repository.git("rev-parse", "HEAD")
    repository.add(tool())
    second = repository.commit()

    results = [ended(process) for process in [started(repository, database, ref) for ref in (first, second)]]

    # Who waited while a newer one was applied is told to try again, and who came after that that it is older.
    assert results[0].code in (0, 3, 4), results
    assert results[1].code == 0, results
    with psycopg.connect(database) as conn:
        assert conn.execute(b"SELECT name FROM api.tools").fetchall() == [("lookup",)]
