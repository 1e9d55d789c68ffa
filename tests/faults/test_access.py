"""A database that does not let us in, or not do what we want."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from reconciler.database import embedded
from tests.builders import Repository, run
from tests.faults.scene import (
    content,
    eventually,
)
from tests.roles import login

pytestmark = pytest.mark.faults


def test_a_database_that_is_away_is_temporary(repository: Repository, tmp_path: Path) -> None:
    result = run("apply", "--database", f"host={tmp_path} port=1", cwd=repository.top)

    assert result.code == 4
    assert "error: the database does not answer: " in result.err
    assert result.err.startswith("Nothing was changed in the database.")


def test_a_database_that_does_not_exist_is_an_error(repository: Repository, server: str) -> None:
    result = run("apply", "--database", make_conninfo(server, dbname="nowhere"), cwd=repository.top)

    assert result.code == 1
    assert "error: the database does not let us in: " in result.err
    assert 'database "nowhere" does not exist' in result.err


@pytest.mark.parametrize("url", ["postgresql://user:hunter2@[", "host=x password='hunter2", "hunter2"])
def test_a_connection_string_that_is_none_is_not_repeated(repository: Repository, url: str) -> None:
    """It may hold a password."""
    result = run("apply", "--database", url, cwd=repository.top)

    assert result.code == 1
    assert "error: --database " in result.err
    assert "hunter2" not in result.err


def test_a_wrong_password_is_an_error_and_not_repeated(repository: Repository, own_server: Path) -> None:
    with embedded.serve(own_server) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as conn:
            conn.execute(b"CREATE ROLE guest LOGIN PASSWORD 'right'")
            rules = own_server / "data/pg_hba.conf"
            rules.write_text(f"local all guest scram-sha-256\n{rules.read_text()}")
            conn.execute(b"SELECT pg_reload_conf()")
            eventually(conn, b"SELECT EXISTS (SELECT FROM pg_hba_file_rules WHERE auth_method = 'scram-sha-256')")
        for password, words in (("hunter2", "password authentication failed"), (None, "no password supplied")):
            target = make_conninfo(conninfo, user="guest", password=password)

            result = run("apply", "--database", target, cwd=repository.top)

            assert result.code == 1
            assert "error: the database does not let us in: " in result.err
            assert words in result.err
            assert "hunter2" not in result.err


@pytest.fixture
def reader(database: str) -> Iterator[str]:
    """How a role connects that may only read."""
    with login(database, "toolreg_reader") as conninfo:
        yield conninfo


def test_a_role_that_only_reads_plans_and_is_refused_to_apply(
    repository: Repository, database: str, reader: str
) -> None:
    plan = run("plan", "--detailed-exitcode", "--database", reader, cwd=repository.top)
    assert (plan.code, plan.err) == (2, "")
    assert run("status", "--database", reader, cwd=repository.top).code in {0, 1}

    result = run("apply", "--database", reader, cwd=repository.top)

    assert result.code == 1
    assert "error: the database role may not do this: permission denied for " in result.err
    assert "Nothing was changed in the database." in result.err
    assert content(database) == []


def test_a_database_that_only_reads_is_an_error(repository: Repository, database: str) -> None:
    target = make_conninfo(database, options="-c default_transaction_read_only=on")

    assert run("plan", "--database", target, cwd=repository.top).code == 0
    result = run("apply", "--database", target, cwd=repository.top)

    assert result.code == 1
    assert "error: the database only reads, as a replica does: " in result.err
    assert "Nothing was changed in the database." in result.err
