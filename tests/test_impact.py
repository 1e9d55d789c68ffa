"""Shows the consumers of a tool: services with a range, references, and the agents that call it."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.calls import Conn, declare, identity, log, rollup

NOW = dt.datetime.now(dt.UTC)

RAW = """
SELECT
    tool_id,
    agent,
    count(*) FILTER (WHERE started_at >= now() - interval '7 days'),
    count(*) FILTER (WHERE started_at >= now() - interval '30 days'),
    max(started_at)
FROM runtime.invocation_logs
WHERE tool_id = ANY (%s::uuid[])
GROUP BY tool_id, agent
"""


def ago(**length: float) -> str:
    return (NOW - dt.timedelta(**length)).isoformat()


def callers(conn: Conn, *names: str) -> set[tuple[Any, ...]]:
    tools = [identity(conn, "Tool", name) for name in names]
    return set(conn.execute("SELECT * FROM internal.callers_of(%s)", (tools,)).fetchall())


@pytest.mark.parametrize("rolled", [False, True])
def test_the_callers_of_several_tools_are_counted_in_windows(conn: Conn, rolled: bool) -> None:
    declare(conn, "Tool", "lookup", "pay", "other")
    lookup, pay = identity(conn, "Tool", "lookup"), identity(conn, "Tool", "pay")
    calls = [
        ("lookup", "ada", 1),
        ("lookup", "ada", 8),
        ("lookup", "bob", 40),
        ("pay", "ada", 29.9),
        ("other", "ada", 1),
    ]
    for name, agent, days in calls:
        log(conn, name, ago(days=days), agent=agent)
    if rolled:
        rollup(conn)

    assert callers(conn, "lookup", "pay") == {
        (lookup, "ada", 1, 2, NOW - dt.timedelta(days=1)),
        (lookup, "bob", 0, 0, NOW - dt.timedelta(days=40)),
        (pay, "ada", 0, 1, NOW - dt.timedelta(days=29.9)),
    }
    assert callers(conn) == set()
    assert conn.execute("SELECT * FROM internal.callers_of(NULL)").fetchall() == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.lists(
                st.tuples(st.sampled_from(["lookup", "pay", "other"]), st.sampled_from("ab"), st.integers(0, 40 * 48)),
                max_size=10,
            ),
            st.booleans(),
        ),
        max_size=3,
    )
)
def test_callers_agree_with_raw_rows(conn: Conn, steps: list[Any]) -> None:
    """Random calls in half-hour steps over forty days, rolled up or not; calls at the edges of both windows included."""
    conn.execute(
        "TRUNCATE runtime.invocation_logs, runtime.series, runtime.invocation_rollup, runtime.invocation_rollup_daily,"
        " runtime.duration_histogram, runtime.duration_histogram_total, runtime.rollup_state"
    )
    if not identity(conn, "Tool", "lookup"):
        declare(conn, "Tool", "lookup", "pay", "other")
    for calls, is_rolled in steps:
        for name, agent, half_hours in calls:
            log(conn, name, ago(hours=half_hours / 2), agent=agent)
        if is_rolled:
            rollup(conn)
    tools = [identity(conn, "Tool", name) for name in ("lookup", "pay")]

    assert callers(conn, "lookup", "pay") == set(conn.execute(RAW, (tools,)).fetchall())
