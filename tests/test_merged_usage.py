"""Usage of databases that know nothing of each other is added up by the name of the tool."""

import os
import subprocess
from pathlib import Path
from typing import Any

import psycopg

from reconciler.assets import SQL
from reconciler.database.embedded import binaries
from tests.conftest import copy

Conn = psycopg.Connection[Any]
CALLS = (
    b"INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, agent, status)"
    b" SELECT now() - n * interval '5 hours', 1.07 ^ n, CASE n %% 3 WHEN 0 THEN 'pay' ELSE 'lookup' END, 'agent',"
    b" CASE n %% 4 WHEN 0 THEN 'failure' ELSE 'success' END FROM generate_series(1, 100) AS n WHERE n %% 2 = ANY (%s)"
)


def psql(*words: str, stdin: str = "") -> str:
    command = [binaries.locate().path("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *words]
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=True, env=os.environ | {"PGTZ": "UTC"}
    )
    return done.stdout


def show(*databases: str) -> str:
    """Show the usage of databases as sql/README.md does."""
    lines = "".join(psql("-f", str(SQL / "merging/write_usage.sql"), database) for database in databases)
    begin, end = str(SQL / "merging/begin.sql"), str(SQL / "merging/show_usage.sql")
    return psql("-At", "-f", begin, "-c", "COPY usage FROM STDIN", "-f", end, databases[0], stdin=lines)


def test_usage_of_several_databases_is_that_of_one_with_all_calls(
    conn: Conn, database: str, server: str, template: str
) -> None:
    """Counts, rates and percentiles, of rolled-up calls and of later ones."""
    with copy(server, template) as second, psycopg.connect(second, autocommit=True) as other:
        conn.execute(CALLS, ([0],))
        other.execute(CALLS, ([1],))
        conn.execute(b"SELECT api.rollup_invocations()")
        conn.execute(b"SELECT api.log_invocation('pay', 'success', 5, 'late')")
        apart = show(database, second)
    conn.execute(CALLS, ([1],))

    together = show(database)

    assert [line.split("|")[:2] for line in together.splitlines()] == [["lookup", "67"], ["pay", "34"]]
    assert [line.rpartition("|")[0] for line in apart.splitlines()] == [
        line.rpartition("|")[0] for line in together.splitlines()
    ]


def test_the_documented_command_is_the_tested_one() -> None:
    text = (Path(SQL) / "README.md").read_text("utf-8")

    assert 'psql -qX "$url" -f sql/merging/write_usage.sql' in text
    assert '-f sql/merging/begin.sql -c "COPY usage FROM STDIN" -f sql/merging/show_usage.sql' in text
