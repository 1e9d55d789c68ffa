"""Bounded work in SQL: no calls or arguments of an agent make a function or view of schema api run for long."""

import json
import unicodedata
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from tests import corpora
from tests.builders import service, tool
from tests.calls import rollup

pytestmark = pytest.mark.faults

Conn = psycopg.Connection[Any]

# Work that grows with the square of the calls exceeds these limits; work that grows with them takes a tenth of them.
SHORT = (30_000, "5s")
LONG_FORM = (150_000, "60s")

LONG = "word " * 200_000
MANY = " ".join(f"w{number}" for number in range(200_000))
OBJECT = json.dumps({f"k{number}": number for number in range(5_000)})
SCHEMA = json.dumps({f"k{number}": {"minimum": number} for number in range(5_000)})

# Arguments that make each public function work hard. An error is an answer, too.
ATTACKS: dict[str, list[tuple[object, ...]]] = {
    "analytics_by": [("tool",), ("version",), ("agent",), ("service",), ("node",), ("category",), (LONG,)],
    "analytics_over_time": [("1 minute",), ("1 microsecond", "-infinity"), ("1 day", "-infinity", "infinity")],
    "changes_since": [(), (0,), (9223372036854775807,), (-1, None, -1), (0, None, 9223372036854775807)],
    "create_partition": [("0001-01-01",), ("infinity",)],
    "delete_artifact": [("00000000-0000-0000-0000-000000000000",)],
    "delete_expired_calls": [(), (9223372036854775807,)],
    "drop_partition": [("0001-01-01",)],
    "error_breakdown": [(), ("-infinity", "infinity"), ("-infinity", "infinity", "x"), ("-infinity", "infinity", LONG)],
    "heartbeat": [("n1", 0.5, 1, json.dumps({"x": LONG})), (LONG,)],
    "impact": [("tool0",), ("x",), (LONG,)],
    "invocation_payload": [(1,), (9223372036854775807,)],
    "large_artifacts_by_tool": [(0,), (-9223372036854775808,)],
    "latest_invocations": [(), ("x", "a", "failure", 100), (None, "nobody", None, 100), (LONG,)],
    "log_invocation": [("x", "failure", 1, "a", None, None, None, None, "E", LONG), (LONG, LONG, 1)],
    "log_invocations": [(json.dumps([{"tool": "x", "status": "success", "duration_ms": 1}] * 5_000),), (OBJECT,)],
    "objectives": [(), ("-infinity", "infinity"), ("-infinity", "infinity", "x")],
    "orchestration_analytics": [(), ("-infinity", "infinity", "x", "a")],
    "purge_history": [("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")],
    "rebuild_rollup": [()],
    "recommend_tools": [("find a word", "a"), (None, "a", 100), (LONG, LONG, 100), (MANY, MANY), ("x" * 1_000_000,)],
    "record_export": [("2026-01-01", 1, 1, "9" * 1_000, 1, "0" * 64, True), ("2026-01-01", 1, 1, 1, 1, LONG, False)],
    "record_maintenance": [("rollup_invocations", "2026-01-01", 1, LONG)],
    "refresh_statistics": [("registry.tools",)],
    "register_artifact": [("tool0", "s3://" + LONG, "text/plain", 1), (LONG, "s3://a/b", LONG, 1)],
    "registry_at": [(0,), (None, "infinity")],
    "remove_expired_artifacts": [(), (9223372036854775807,)],
    "remove_orphaned_artifacts": [("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")],
    "remove_tool_override": [("tool0",), (LONG,)],
    "rollup_invocations": [()],
    "search_tools": [
        ("find a word",),
        (LONG,),
        (MANY,),
        ("x" * 1_000_000,),
        ("a.b/c-d_" * 100_000,),
        ("'s" * 100_000,),
    ],
    "search_tools_by_schema": [(SCHEMA,), (json.dumps("a" * 1_000_000),)],
    "set_tool_override": [("tool0", "unavailable", LONG), (LONG, LONG, LONG)],
    "tools_accepting": [(OBJECT,), (json.dumps({"a1": ["x"] * 100_000}),)],
    "tools_fed_by": [("tool0",), (LONG,)],
    "tools_with_parameter": [("a1",), ("a1", "string"), (LONG, LONG)],
    "update_tool_status": [()],
    "week_over_week": [(), ("infinity",)],
}


@pytest.fixture
def attacked(conn: Conn, *, long: bool) -> Conn:
    """A connection to a database in which one agent logged many calls of one instant, each with names of its own."""
    calls, limit = LONG_FORM if long else SHORT
    properties = {
        f"a{number}": {"type": ["string", "null"], "enum": ["x", None], "description": "a word"} for number in range(20)
    }
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    described = {"description": "Find a word. " * 20, "tags": [f"t{number}" for number in range(20)]}
    names = [f"tool{number}" for number in range(500)]
    tools = [tool(name, metadata=described, inputSchema=schema, outputSchema=schema) for name in names]
    corpora.load(conn, [*tools, service("a", type="agent", recommendedTools=names[:100], usesTools=names[:100])])
    conn.execute(
        "INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, tool_id, agent, service, node,"
        " tool_version, status, error_code, error_message, trace_id, span_id, parent_span_id, arguments)"
        " SELECT date_trunc('hour', now()), n %% 7, coalesce(tool.name, CASE n %% 2 WHEN 0 THEN 'x' ELSE 't' || n END),"
        " tool.id, 'a', 's' || n %% 1000, 'n' || n %% 10, 'v' || n %% 100,"
        " CASE n %% 3 WHEN 0 THEN 'success' ELSE 'failure' END, 'E' || n, 'message ' || n,"
        " repeat('a', 32), lpad(to_hex(n), 16, '1'), lpad(to_hex(n - 1), 16, '1'), '{}'"
        " FROM generate_series(1, %s) AS n LEFT JOIN registry.tools AS tool ON tool.name = 'tool' || n %% 1000",
        (calls,),
    )
    conn.execute("SELECT set_config('statement_timeout', %s, false)", (limit,))
    return conn


def public(conn: Conn, relation: str) -> list[str]:
    """Return the names of the views or functions of schema api."""
    kinds = {
        "functions": "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'api'::regnamespace",
        "views": "SELECT relname FROM pg_class WHERE relnamespace = 'api'::regnamespace AND relkind = 'v'",
    }
    return sorted(name for (name,) in conn.execute(kinds[relation].encode()))


def exhausted(conn: Conn) -> list[str]:
    """Return the functions and views that do not end within the limit."""
    queries = [
        (f"{name}({', '.join(str(value)[:20] for value in arguments)})", sql.Identifier(name), arguments)
        for name in public(conn, "functions")
        for arguments in ATTACKS[name]
    ]
    found = [shown for shown, name, arguments in queries if not _ends(conn, _call(name, len(arguments)), arguments)]
    reading = sql.SQL("SELECT count(*) FROM (SELECT * FROM api.{} OFFSET 0) AS shown")
    return found + [name for name in public(conn, "views") if not _ends(conn, reading.format(sql.Identifier(name)), ())]


def _call(name: sql.Identifier, arguments: int) -> sql.Composed:
    values = sql.SQL(", ").join([sql.Placeholder()] * arguments)
    return sql.SQL("SELECT count(*) FROM (SELECT * FROM api.{}({}) OFFSET 0) AS shown").format(name, values)


def _ends(conn: Conn, statement: sql.Composed, arguments: tuple[object, ...]) -> bool:
    try:
        with conn.transaction():
            conn.execute(statement, arguments)
    except errors.QueryCanceled:
        return False
    except errors.UndefinedFunction:
        raise
    except psycopg.Error:
        pass
    return True


def test_every_public_function_is_attacked(conn: Conn) -> None:
    assert public(conn, "functions") == sorted(ATTACKS)


@pytest.mark.slow
def test_no_agent_can_make_a_function_or_view_run_for_long(attacked: Conn) -> None:
    """Before the calls are rolled up, and after it."""
    assert exhausted(attacked) == []
    rollup(attacked)
    assert exhausted(attacked) == []


def test_the_last_message_is_that_of_the_last_call(conn: Conn) -> None:
    """Of several calls of one instant, that which was logged last; a later call without a message has none to show."""
    for code, message in (("E", "first"), ("E", "second"), ("F", "other"), ("E", None)):
        conn.execute(
            "INSERT INTO runtime.invocation_logs"
            " (started_at, duration_ms, tool, agent, status, error_code, error_message)"
            " VALUES (date_trunc('hour', now()) + CASE WHEN %s::text IS NULL THEN interval '1 ms' ELSE '0' END,"
            " 1, 'x', 'a', 'failure', %s, %s)",
            (message, code, message),
        )

    rows = conn.execute("SELECT error_code, calls, last_message FROM api.error_breakdown()").fetchall()

    assert rows == [("E", 3, "second"), ("F", 1, "other")]


@pytest.mark.parametrize("function", ["search_tools", "recommend_tools"])
def test_a_blank_of_any_kind_is_no_word(conn: Conn, function: str) -> None:
    """A text of blanks is an empty one, and a blank of any kind separates words."""
    corpora.load(conn, [tool("refund_payment", metadata={"description": "Give back the money."})])
    statement = sql.SQL("SELECT name FROM api.{}(%s)").format(sql.Identifier(function))
    empty = conn.execute(statement, ("",)).fetchall()
    blanks = [chr(code) for code in range(1, 0x3001) if unicodedata.category(chr(code)) == "Zs" or chr(code).isspace()]
    # What str.isspace() takes for a space, and Unicode's White_Space does not: U+001C to U+001F.
    blanks = [blank for blank in blanks if not "\x1c" <= blank <= "\x1f"]

    assert len(blanks) == 25
    for blank in blanks:
        assert conn.execute(statement, (blank * 3,)).fetchall() == empty
        assert conn.execute(statement, (f"give{blank}money",)).fetchall() == [("refund_payment",)]
