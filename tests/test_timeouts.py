"""Time limits that a role, a database or a server sets for its clients: no reason to say `try again` for ever."""

import select

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from reconciler.database.connection import DatabaseError, connect
from tests.builders import Repository, run, tool

LIMITS = {"statement_timeout": "40ms", "transaction_timeout": "60ms", "idle_in_transaction_session_timeout": "40ms"}


@pytest.fixture
def limited(database: str) -> str:
    """How to reach a database that has a short limit of each kind."""
    with psycopg.connect(database, autocommit=True) as conn:
        name = sql.Identifier(conn.info.dbname)
        for setting, value in LIMITS.items():
            if conn.execute("SELECT current_setting(%s, true)", (setting,)).fetchone() != (None,):
                statement = sql.SQL("ALTER DATABASE {} SET {} = {}")
                conn.execute(statement.format(name, sql.Identifier(setting), sql.Literal(value)))
    return database


def test_limits_of_others_do_not_end_what_takes_longer(repository: Repository, limited: str) -> None:
    for number in range(700):
        repository.add(tool(f"t{number}", metadata={"description": "x" * 2000}))
    repository.commit()

    for command in ("apply", "plan", "status", "doctor", "maintain --all", "history", "drift", "get tools", "migrate"):
        result = run(*command.split(), "--database", limited, cwd=repository.top)
        assert result.code == 0, (command, result.err)


def test_a_limit_of_the_connection_s_own_options_holds(repository: Repository, limited: str) -> None:
    """Who gives it means this command."""
    own = make_conninfo(limited, options="-c statement_timeout=1ms")
    for number in range(300):
        repository.add(tool(f"t{number}"))
    repository.commit()

    result = run("apply", "--database", own, cwd=repository.top)

    assert result.code in {1, 4}
    assert "statement_timeout" in result.err


@pytest.mark.parametrize("setting", ["statement_timeout", "idle_session_timeout"])
def test_a_limit_that_cannot_be_lifted_is_named(database: str, setting: str) -> None:
    """Outside of a transaction there is no setting that ends with it, as a pooler needs.

    The server's word may come before the next statement, while it is sent, or after: many times all of it is seen.
    """

    def wait_longer() -> None:
        with connect(database) as conn:
            conn.execute(f"SET {setting} = '1ms'".encode())
            select.select([conn.fileno()], [], [], 10 if setting == "idle_session_timeout" else 0)
            conn.execute("SELECT pg_sleep(10)")

    for _ in range(60 if setting == "idle_session_timeout" else 1):
        with pytest.raises(
            DatabaseError, match=rf"{setting}, a setting of this role, .* Set 0 \(no limit\) or '15min'"
        ):
            wait_longer()
