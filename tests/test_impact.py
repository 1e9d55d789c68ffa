"""Shows the consumers of a tool: services with a range, references, and the agents that call it."""

import datetime as dt
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import Repository, service, tool
from tests.calls import Conn, declare, identity, log, rollup
from tests.conftest import Toolreg

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
def test_the_callers_of_several_tools_are_counted_in_windows(conn: Conn, *, rolled: bool) -> None:
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
    """Random calls in half-hour steps over forty days, rolled up or not, also at the edges of both windows."""
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


@pytest.fixture
def used(repository: Repository, toolreg: Toolreg) -> Repository:
    """A registry whose tool `pay` is used with a range, recommended, and named by another tool."""
    repository.add(
        tool("pay", version="2.1.0"),
        tool("charge", lifecycle="deprecated", deprecation={"since": "2026-01-01", "replacedBy": "pay", "reason": "x"}),
        service("shop", metadata={"owner": "shopping"}, type="agent", uses=[{"tool": "pay", "range": "^2.1.0"}]),
        service("desk", metadata={"owner": "support"}, recommendedTools=["charge", "pay"], usesTools=["pay"]),
    )
    repository.commit()
    assert toolreg("apply").code == 0
    return repository


@pytest.mark.usefixtures("used")
def test_impact_shows_each_consumer_of_a_tool_once(conn: Conn) -> None:
    for agent, days in [("shop", 1), ("shop", 20), ("bot", 3), ("bot", 3), ("bot", 3), ("old", 50)]:
        log(conn, "pay", ago(days=days), agent=agent)

    rows = conn.execute("SELECT * FROM api.impact('Pay')").fetchall()

    never = [0, 0, None]
    assert [list(row) for row in rows] == [
        ["bot", "agent", None, None, None, [], 3, 3, NOW - dt.timedelta(days=3)],
        ["shop", "Service", "shopping", "^2.1.0", True, ["/spec/uses/0/tool"], 1, 2, NOW - dt.timedelta(days=1)],
        ["charge", "Tool", "team", None, None, ["/spec/deprecation/replacedBy"], *never],
        ["desk", "Service", "support", None, None, ["/spec/recommendedTools/1", "/spec/usesTools/0"], *never],
        ["old", "agent", None, None, None, [], 0, 0, NOW - dt.timedelta(days=50)],
    ]
    assert conn.execute("SELECT * FROM api.impact('charge') WHERE consumer <> 'desk'").fetchall() == []


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize("name", ["paid", "", None])
def test_the_impact_of_an_unknown_tool_is_an_error(conn: Conn, name: str | None) -> None:
    """Without it, a misspelt name would pass for a tool without consumers."""
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="expected the name of a tool"):
        conn.execute("SELECT * FROM api.impact(%s)", (name,))


@pytest.mark.usefixtures("used")
def test_a_version_changed_by_hand_shows_as_unsatisfied(conn: Conn, toolreg: Toolreg) -> None:
    conn.execute(
        "UPDATE registry.tools SET manifest = replace(manifest::text, '2.1.0', '3.0.0')::json WHERE name = 'pay'"
    )

    assert conn.execute("SELECT is_satisfied FROM api.impact('pay') WHERE consumer = 'shop'").fetchall() == [(False,)]
    assert "^2.1.0, unsatisfied" in toolreg("describe", "tool/pay").out


@pytest.mark.usefixtures("used")
def test_a_removed_tool_still_has_callers(conn: Conn, used: Repository, toolreg: Toolreg) -> None:
    log(conn, "charge", ago(days=1), agent="bot")
    used.remove("tools/charge.yaml")
    used.add(service("desk"))
    used.commit()
    assert toolreg("apply", "--max-deletes", "9").code == 0

    assert conn.execute("SELECT consumer, kind, calls_7_days FROM api.impact('charge')").fetchall() == [
        ("bot", "agent", 1)
    ]


@pytest.mark.usefixtures("used")
def test_describe_shows_who_uses_and_who_calls_a_tool(conn: Conn, toolreg: Toolreg) -> None:
    for _ in range(2):
        log(conn, "pay", ago(days=8), agent="bot\x1b[31m")

    text = toolreg("describe", "tool/pay").out
    document = toolreg("describe", "tool/pay", "-o", "json").json

    table = text[text.index("Used and called by\n") :].splitlines()[1:]
    assert [line.split()[:5] for line in table] == [
        ["CONSUMER", "OWNER", "RANGE", "7", "DAYS"],
        ["agent/bot\\u001b[31m", "-", "-", "0", "2"],
        ["Tool/charge", "team", "any", "0", "0"],
        ["Service/desk", "support", "any", "0", "0"],
        ["Service/shop", "shopping", "^2.1.0", "0", "0"],
    ]
    assert [(one["kind"], one["name"], one["calls30Days"]) for one in document["consumers"]] == [
        ("agent", "bot\x1b[31m", 2),
        ("Tool", "charge", 0),
        ("Service", "desk", 0),
        ("Service", "shop", 0),
    ]
    assert document["consumers"][3] == {
        "kind": "Service",
        "name": "shop",
        "owner": "shopping",
        "range": "^2.1.0",
        "isSatisfied": True,
        "pointers": ["/spec/uses/0/tool"],
        "calls7Days": 0,
        "calls30Days": 0,
        "lastCall": None,
    }


@pytest.mark.usefixtures("used")
def test_of_other_kinds_no_consumers_are_shown(toolreg: Toolreg) -> None:
    assert "Used and called by" not in toolreg("describe", "service/shop").out
    assert "consumers" not in toolreg("describe", "service/shop", "-o", "json").json


def test_a_tool_without_consumers_says_so(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool())
    repository.commit()
    toolreg("apply")

    assert toolreg("describe", "tool/lookup").out.endswith("Used and called by\n  nothing\n")


@pytest.mark.usefixtures("used")
def test_of_many_callers_the_most_frequent_are_shown(conn: Conn, toolreg: Toolreg) -> None:
    for number in range(60):
        log(conn, "pay", ago(days=1), agent=f"bot{number:02}")

    lines = toolreg("describe", "tool/pay").out.splitlines()

    assert lines[-1] == "  and 13 more; -o json shows all"
    assert lines[-2].split()[0] == "agent/bot49"


@pytest.mark.usefixtures("used")
def test_tools_with_a_range_count_as_used(conn: Conn) -> None:
    services = dict(conn.execute("SELECT name, uses_tools FROM api.services").fetchall())
    recommended = conn.execute("SELECT name FROM api.recommend_tools('', 'shop')").fetchall()

    assert services == {"api": None, "shop": ["pay"], "desk": ["pay"]}
    assert ("pay",) in recommended
