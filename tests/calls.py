"""Logged calls for tests: put in as rows, as any client's function would, with defaults for what does not matter."""

from typing import Any

import psycopg
from psycopg import sql

Conn = psycopg.Connection[Any]


def log(conn: Conn, tool: str = "lookup", started_at: str = "2026-03-02 10:30Z", **columns: Any) -> None:
    """Log one call: a success of 100 ms by the agent `ada`, of a tool that is declared if its name is an identity's."""
    row = {"status": "success", "duration_ms": 100, "agent": "ada", "tool": tool, "started_at": started_at} | columns
    row |= {"tool_id": identity(conn, "Tool", tool)} if "tool_id" not in row else {}
    conn.execute(
        sql.SQL("INSERT INTO runtime.invocation_logs ({}) VALUES ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(map(sql.Placeholder, row))
        ),
        row,
    )


def identity(conn: Conn, kind: str, name: str) -> Any:
    """Return the id of an identity, or None where there is none of that name."""
    found = conn.execute("SELECT id FROM registry.entities WHERE kind = %s AND name = %s", (kind, name)).fetchone()
    return found and found[0]


def declare(conn: Conn, kind: str, *names: str) -> None:
    """Make identities, without a resource."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO registry.entities (kind, name) VALUES (%s, %s)", [(kind, name) for name in names]
        )


def make_day(conn: Conn, day: str) -> str:
    """Make the table of a day, and return its name."""
    conn.execute("SELECT api.create_partition(%s)", (day,))
    return f"runtime.invocation_logs_{day.replace('-', '')}"


def value(conn: Conn, statement: str, *parameters: Any) -> Any:
    """Return the first column of the only row."""
    row = conn.execute(statement.encode(), parameters).fetchone()
    assert row
    return row[0]


def rollup(conn: Conn) -> str:
    """Bring the rollups up to date, and return what it says."""
    return str(value(conn, "SELECT api.rollup_invocations()"))
