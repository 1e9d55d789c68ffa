"""Analytics say what the raw rows say, whatever part of them is read from rollups."""

import datetime as dt
import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from reconciler.assets import SQL
from reconciler.database.embedded import binaries
from tests.builders import Repository, node, tool
from tests.calls import Conn, declare, identity, log, make_day, rollup, value
from tests.conftest import Toolreg, copy

UTC = dt.UTC
WIDTH = 1.1
FILTERS = ("tool", "agent", "service", "node", "category")


def rows(conn: Conn, statement: str, *parameters: Any) -> list[dict[str, Any]]:
    return conn.cursor(row_factory=dict_row).execute(statement.encode(), parameters).fetchall()


def one(conn: Conn, statement: str, *parameters: Any) -> dict[str, Any]:
    (row,) = rows(conn, statement, *parameters)
    return row


# ---- The shipped sample


def test_the_shipped_sample_gives_the_documented_figures(conn: Conn, database: str) -> None:
    sample = str(SQL / "sample/invocations.sql")
    command = [binaries.locate().path("psql"), database, "-v", "ON_ERROR_STOP=1", "-qf", sample]
    for calls in (6, 12):
        subprocess.run(command, check=True, capture_output=True)

        assert value(conn, "SELECT total FROM api.orchestration_analytics()") == calls
        if calls == 6:
            has_the_figures_of_the_sample(conn)
            rollup(conn)
            has_the_figures_of_the_sample(conn)


def has_the_figures_of_the_sample(conn: Conn) -> None:
    expected = {
        "total": 6,
        "successful": 5,
        "success_percent": 83.33,
        "failed": 1,
        "failure_percent": 16.67,
        "mean_ms": 607,
        "most_active_agent": "PersonalAssistant_001",
        "most_active_agent_calls": 3,
        "most_used_tool": "process_payment",
        "most_used_tool_calls": 2,
    }
    found = one(conn, "SELECT * FROM api.orchestration_analytics()")
    assert {name: found[name] if isinstance(found[name], str) else float(found[name]) for name in expected} == expected


def test_its_calls_give_these_figures(conn: Conn) -> None:
    """The same calls, read from the file and put in as rows."""
    text = (SQL / "sample/invocations.sql").read_text("utf-8")
    calls = re.findall(r"'(\w+)',\s'(success|failure)', (\d+), '(\w+)', (\d+)", text)
    for name, status, duration, agent, minutes in calls:
        log(conn, name, f"2026-03-02 10:0{minutes}Z", status=status, duration_ms=float(duration), agent=agent)

    has_the_figures_of_the_sample(conn)
    assert len({name for name, *_ in calls}) == 5


# ---- Against raw rows

RAW = """
SELECT
    count(*) AS total,
    count(*) FILTER (WHERE status = 'success') AS successful,
    count(*) FILTER (WHERE status <> 'success') AS failed,
    count(*) FILTER (WHERE status = 'timeout') AS timed_out,
    count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
    round(100.0 * count(*) FILTER (WHERE status = 'success') / nullif(count(*), 0), 2) AS success_percent,
    round(100.0 * count(*) FILTER (WHERE status <> 'success') / nullif(count(*), 0), 2) AS failure_percent,
    round(avg(duration_ms)::numeric, 3) AS mean_ms,
    percentile_disc(0.50) WITHIN GROUP (ORDER BY duration_ms) AS p50_ms,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95_ms,
    percentile_disc(0.99) WITHIN GROUP (ORDER BY duration_ms) AS p99_ms,
    round(max(duration_ms)::numeric, 3) AS max_ms,
    max(started_at) AS last_call_at
FROM named
"""
NAMED = """
WITH named AS (
    SELECT
        call.started_at,
        call.duration_ms,
        call.status,
        coalesce(called.name, call.tool) AS tool,
        concat_ws(' ', coalesce(called.name, call.tool), call.tool_version) AS version,
        call.agent,
        coalesce(serving.name, call.service) AS service,
        coalesce(running.name, call.node) AS node,
        declared.category
    FROM runtime.invocation_logs AS call
    LEFT JOIN registry.entities AS called ON called.id = call.tool_id
    LEFT JOIN registry.entities AS serving ON serving.id = call.service_id
    LEFT JOIN registry.entities AS running ON running.id = call.node_id
    LEFT JOIN registry.tools AS declared ON declared.id = call.tool_id
    WHERE call.started_at >= %(since)s AND call.started_at < %(until)s
)
"""
BEGIN = dt.datetime(2026, 2, 27, tzinfo=UTC)
TIMES = st.integers(0, 5 * 24 * 4).map(lambda quarters: BEGIN + dt.timedelta(minutes=15 * quarters))
DURATIONS = st.sampled_from([0.0, 0.001, 1.0, 99.9, 100.0, 110.0, 121.0]) | st.floats(0, 1e6)
CALLS = st.fixed_dictionaries(
    {
        "tool": st.sampled_from(["lookup", "pay", "unheard_of"]),
        "started_at": TIMES,
        "duration_ms": DURATIONS,
        "status": st.sampled_from(["success", "success", "failure", "timeout", "cancelled"]),
        "agent": st.sampled_from(["ada", "bob"]),
        "tool_version": st.sampled_from([None, "1.0.0", "2.0.0"]),
        "node": st.sampled_from([None, "somewhere", "worker"]),
        "service": st.sampled_from([None, "something"]),
    }
)
WINDOWS = st.lists(TIMES, min_size=2, max_size=2).map(sorted)


@pytest.fixture
def busy(repository: Repository, toolreg: Toolreg, conn: Conn) -> Conn:
    """A database with two tools, two of whose five days have tables."""
    repository.add(tool("lookup"), tool("pay", category="MONEY"), node("worker"))
    repository.commit()
    assert toolreg("apply").code == 0
    make_day(conn, "2026-02-28")
    make_day(conn, "2026-03-01")
    return conn


def agrees(found: dict[str, Any], raw: dict[str, Any]) -> None:
    """Fail where a count differs, or a percentile by more than its bucket's width."""
    for name, expected in raw.items():
        if name.startswith("p"):
            assert (found[name] is None) == (expected is None)
            if expected is not None:
                assert float(found[name]) <= expected * WIDTH + 0.002
                assert float(found[name]) >= expected / WIDTH - 0.002
        elif name == "mean_ms":
            assert (found[name] is None) == (expected is None)
            assert abs((found[name] or 0) - (expected or 0)) <= Decimal("0.002")
        else:
            assert found[name] == expected, name


def checked(conn: Conn, window: list[dt.datetime], filters: dict[str, str]) -> None:
    """Compare every function with plain SQL over raw rows, at one window."""
    values = {"since": window[0], "until": window[1]} | filters
    where = "WHERE " + " AND ".join([f"{name} = %({name})s" for name in filters] or ["true"])
    named = ", ".join(f"{name} => %({name})s" for name in values)

    def found(statement: str) -> list[dict[str, Any]]:
        return conn.cursor(row_factory=dict_row).execute(statement.encode(), values).fetchall()

    (total,), (raw,) = found(f"SELECT * FROM api.orchestration_analytics({named})"), found(NAMED + RAW + where)
    agrees(total, raw)
    for name, shown in (("agent", "most_active_agent"), ("tool", "most_used_tool")):
        most = found(f"{NAMED} SELECT {name}, count(*) FROM named {where} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1")
        expected = (most[0][name], most[0]["count"]) if most else (None, None)
        assert (total[shown], total[f"{shown}_calls"]) == expected
    for dimension in (*FILTERS, "version"):
        groups = {row["name"]: row for row in found(f"SELECT * FROM api.analytics_by('{dimension}', {named})")}
        raws = found(
            NAMED + RAW.replace("SELECT", f"SELECT {dimension} AS name,", 1) + where + f" GROUP BY {dimension}"
        )
        assert groups.keys() == {row["name"] for row in raws}
        for row in raws:
            agrees(groups[row["name"]], {name: row[name] for name in row if name != "name"})
    for bucket in ("15 minutes", "1 hour", "5 hours", "1 day", "2 days"):
        series = found(f"SELECT * FROM api.analytics_over_time('{bucket}', {named})")
        raws = found(
            NAMED
            + RAW.replace("SELECT", f"SELECT date_bin('{bucket}', started_at, '2001-01-01 00:00Z') AS at,", 1)
            + where
            + " GROUP BY 1"
        )
        filled = {row["bucket_start"]: row for row in series if row["total"]}
        assert filled.keys() == {row["at"] for row in raws}
        for row in raws:
            agrees(filled[row["at"]], {name: row[name] for name in row if name not in {"at", "last_call_at"}})
        starts = [row["bucket_start"] for row in series]
        assert len({late - early for early, late in pairwise(starts)}) <= 1


STEPS = st.lists(
    st.tuples(st.lists(CALLS, max_size=12), st.sampled_from(["", "roll up", "roll up meanwhile"])), max_size=4
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, window=WINDOWS, filters=st.sets(st.sampled_from(FILTERS), max_size=2))
def test_analytics_agree_with_raw_rows(
    busy: Conn, database: str, steps: list[Any], window: list[dt.datetime], filters: set[str]
) -> None:
    """Random calls, some of them late, rollups after them or while they are under way, any window and filter."""
    busy.execute(
        b"TRUNCATE runtime.invocation_logs, runtime.series, runtime.invocation_rollup, runtime.invocation_rollup_daily,"
        b" runtime.duration_histogram, runtime.duration_histogram_total, runtime.rollup_state"
    )
    worker = value(busy, "SELECT id FROM registry.nodes")
    with psycopg.connect(database) as other:
        for calls, then in steps:
            for call in calls:
                known = call["node"] == "worker"
                log(other, **call | ({"node": None, "node_id": worker} if known else {}))
            if then == "roll up meanwhile":
                rollup(busy)
            other.commit()
            if then == "roll up":
                rollup(busy)
    values = {"tool": "pay", "agent": "ada", "service": "something", "node": "worker", "category": "MONEY"}
    checked(busy, window, {name: values[name] for name in filters})


def test_names_are_those_of_now(busy: Conn) -> None:
    """A renamed tool keeps its calls; one that was called before it was declared counts with it."""
    log(busy, "lookup")
    log(busy, "lookup", tool_id=None)
    log(busy, "old_pay", tool_id=value(busy, "SELECT id FROM registry.tools WHERE name = 'pay'"))
    for _ in range(2):
        found = rows(busy, "SELECT name, total FROM api.analytics_by('tool')")
        assert found == [{"name": "lookup", "total": 2}, {"name": "pay", "total": 1}]
        for name, calls in (("lookup", 2), ("pay", 1), ("old_pay", 0)):
            assert value(busy, "SELECT total FROM api.orchestration_analytics(tool => %s)", name) == calls
        rollup(busy)


# ---- One by one


def test_nothing_called_is_zero_and_null(conn: Conn) -> None:
    found = one(conn, "SELECT * FROM api.orchestration_analytics()")

    counts = {"total", "successful", "failed", "timed_out", "cancelled"}
    assert all(found[name] == (0 if name in counts else None) for name in found)
    assert rows(conn, "SELECT * FROM api.analytics_by('tool')") == []
    assert rows(conn, "SELECT * FROM api.error_breakdown()") == []
    assert rows(conn, "SELECT * FROM api.week_over_week()") == []


def test_a_time_series_has_a_row_for_every_bucket(conn: Conn) -> None:
    log(conn, started_at="2026-03-02 12:10Z")

    found = rows(conn, "SELECT * FROM api.analytics_over_time('1 hour', '2026-03-02 10:30Z', '2026-03-02 14:00Z')")

    assert [(row["bucket_start"].astimezone(UTC).hour, row["total"]) for row in found] == [
        (10, 0),
        (11, 0),
        (12, 1),
        (13, 0),
    ]


@pytest.mark.parametrize(
    "call",
    [
        "orchestration_analytics('294276-12-31 23:59:59Z')",
        "orchestration_analytics('4714-11-24 00:00Z BC', '294276-12-31 23:59:59Z')",
        "analytics_over_time('1 day', '294276-12-30 23:59:59Z', '294276-12-31 23:59:59Z')",
        "analytics_over_time('1 hour', '4714-11-24 00:00Z BC', '4714-11-24 02:00Z BC')",
        "objectives('294276-12-31 23:59:59Z')",
    ],
)
def test_a_window_at_the_end_of_time_is_answered(busy: Conn, call: str) -> None:
    rollup(busy)

    # As text, since Python has no such time.
    assert rows(busy, f"SELECT found::text FROM api.{call} AS found")


@pytest.mark.parametrize(("until", "total"), [("10:15", 0), ("10:20", 1), ("10:40", 2)])
def test_a_window_within_an_hour_ends_there(busy: Conn, until: str, total: int) -> None:
    """Also where it ends after all that was counted, and what comes after it was not counted yet."""
    log(busy, started_at="2026-03-02 09:00Z")
    rollup(busy)
    log(busy, started_at="2026-03-02 10:17Z")
    log(busy, started_at="2026-03-02 10:30Z")

    found = one(busy, "SELECT * FROM api.orchestration_analytics('2026-03-02 10:15Z', %s)", f"2026-03-02 {until}Z")

    assert (found["total"], found["p50_ms"] is None) == (total, total == 0)


def test_days_are_those_of_utc_whatever_the_session_says(conn: Conn) -> None:
    """Clocks in Berlin were put forward on 29 March 2026."""
    conn.execute(b"SET TimeZone = 'Europe/Berlin'")
    for day in ("28", "29", "30"):
        log(conn, started_at=f"2026-03-{day} 00:00Z")
    for _ in range(2):
        found = rows(conn, "SELECT * FROM api.analytics_over_time('1 day', '2026-03-28 00:00Z', '2026-03-31 00:00Z')")
        assert [(row["bucket_start"].astimezone(UTC).isoformat()[:13], row["total"]) for row in found] == [
            ("2026-03-28T00", 1),
            ("2026-03-29T00", 1),
            ("2026-03-30T00", 1),
        ]
        rollup(conn)


def test_errors_are_broken_down_by_tool_status_and_code(conn: Conn) -> None:
    failure = {"status": "failure", "error_code": "E1"}
    log(conn, "pay", "2026-03-02 10:00Z", **failure, error_message="first")
    log(conn, "pay", "2026-03-02 10:02Z", **failure, error_message="last")
    log(conn, "pay", "2026-03-02 10:03Z", **failure)
    log(conn, "pay", "2026-03-02 10:04Z", status="timeout")
    log(conn, "pay", "2026-03-02 10:05Z")

    found = rows(conn, "SELECT * FROM api.error_breakdown('2026-03-01', tool => 'pay')")

    assert [
        (row["status"], row["error_code"], row["calls"], float(row["share_percent"]), row["last_message"])
        for row in found
    ] == [
        ("failure", "E1", 3, 75.0, "last"),
        ("timeout", None, 1, 25.0, None),
    ]
    assert found[0]["last_call_at"].minute == 3


def test_a_week_stands_beside_the_one_before(conn: Conn) -> None:
    for day in ("2026-03-02", "2026-03-09", "2026-03-09"):
        log(conn, "pay", f"{day} 10:00Z")
    log(conn, "gone", "2026-03-02 10:00Z", status="failure")
    log(conn, "new", "2026-03-09 10:00Z")

    found = rows(conn, "SELECT * FROM api.week_over_week('2026-03-14')")

    assert [(row["tool_name"], row["calls"], row["calls_before"], row["calls_change_percent"]) for row in found] == [
        ("pay", 2, 1, 100),
        ("new", 1, 0, None),
        ("gone", 0, 1, -100),
    ]


def test_the_measures_of_each_week_are_its_own(conn: Conn) -> None:
    for day, status, duration in (
        ("2026-03-02", "failure", 100),
        ("2026-03-02", "success", 300),
        ("2026-03-09", "success", 1000),
    ):
        log(conn, "pay", f"{day} 10:00Z", status=status, duration_ms=duration)
    for _ in range(2):
        found = one(conn, "SELECT * FROM api.week_over_week('2026-03-14')")

        assert (found["success_percent"], found["success_percent_before"]) == (100, 50)
        assert (found["mean_ms"], found["mean_ms_before"]) == (1000, 200)
        assert float(found["p95_ms"]) == pytest.approx(1000, rel=0.05)
        assert float(found["p95_ms_before"]) == pytest.approx(300, rel=0.05)
        rollup(conn)


@pytest.mark.parametrize(
    "filters",
    [{"tool": "pay"}, {"agent": "ada"}, {"service": "something"}, {"node": "worker"}, {"category": "MONEY"}],
    ids=str,
)
def test_errors_and_weeks_are_filtered_alike(busy: Conn, filters: dict[str, str]) -> None:
    """Each of five calls but one has what is asked for."""
    worker = identity(busy, "Node", "worker")
    failure = {"status": "failure", "started_at": "2026-03-10 10:00Z"}
    asked = {"tool": "pay", "agent": "ada", "service": "something", "node_id": worker}
    other = {"tool": "lookup", "agent": "bob", "service": "anything", "node_id": None}
    for filtered in ("tool", "agent", "service", "node_id"):
        log(busy, **failure | asked | {filtered: other[filtered]})
    log(busy, **failure | asked)
    ((name, wanted),) = filters.items()
    for call in ("error_breakdown('2026-03-09', '2026-03-11'", "week_over_week('2026-03-14'"):
        found = rows(busy, f"SELECT sum(calls)::int AS calls FROM api.{call}, {name} => %s)", wanted)
        assert found == [{"calls": 4}], call


def test_a_rate_is_a_fraction_and_says_so(conn: Conn) -> None:
    """What is a percentage has another name, so that nobody compares one with the other."""
    found = rows(
        conn,
        "SELECT proname AS name, obj_description(oid) AS comment FROM pg_proc"
        " WHERE pronamespace = 'api'::regnamespace AND proargnames::text ~ '_rate'"
        " UNION ALL SELECT class.relname, obj_description(class.oid) FROM pg_class AS class"
        " WHERE relnamespace = 'api'::regnamespace AND EXISTS"
        " (SELECT FROM pg_attribute WHERE attrelid = class.oid AND attname ~ '_rate')",
    )

    assert {row["name"] for row in found} == {"objectives", "system_summary", "tool_usage_statistics"}
    assert [row["name"] for row in found if "0 to 1" not in row["comment"]] == []


def test_each_percentile_says_what_it_is(conn: Conn) -> None:
    found = rows(
        conn,
        "SELECT proname AS name, obj_description(oid) AS comment FROM pg_proc"
        " WHERE pronamespace = 'api'::regnamespace AND 'p95_ms' = ANY (proargnames)"
        " UNION ALL SELECT 'slow_tools', obj_description('api.slow_tools'::regclass)",
    )

    assert len(found) == 6
    public = [row for row in found if not row["comment"].startswith("Internal")]
    assert [row["name"] for row in public if "did not exceed, within 5 %" not in row["comment"]] == []


def test_objectives_stand_beside_what_was_reached(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    repository.add(
        tool("holds", objectives={"successRate": 0.5, "p95LatencyMs": 200}),
        tool("fails", objectives={"successRate": 0.9, "p95LatencyMs": 50}),
        tool("perfect", objectives={"successRate": 1}),
        tool("quick", objectives={"successRate": 1, "p95LatencyMs": 97}),
        tool("uncalled", objectives={"successRate": 0.9, "p95LatencyMs": 50}),
        tool("undeclared"),
    )
    repository.commit()
    toolreg("apply")
    for name in ("holds", "fails", "perfect", "undeclared"):
        for status in ("success", "success", "success", "failure"):
            log(conn, name, status=status, duration_ms=100)
    for duration in range(1, 101):
        log(conn, "quick", duration_ms=duration)

    found = {row["tool"]: row for row in rows(conn, "SELECT * FROM api.objectives('2026-03-01', '2026-03-03')")}

    def shown(name: str) -> tuple[Any, ...]:
        row = found[name]
        return (row["calls"], row["success_rate_holds"], row["error_budget_left"], row["p95_holds"])

    assert float(found["holds"]["success_rate"]) == 0.75
    assert (float(found["holds"]["declared_success_rate"]), found["holds"]["declared_p95_ms"]) == (0.5, 200)
    assert float(found["quick"]["p95_ms"]) == pytest.approx(95, rel=0.05)
    assert [shown(name) for name in ("holds", "fails", "perfect", "quick", "uncalled", "undeclared")] == [
        (4, True, 0.5, True),
        (4, False, -1.5, False),
        (4, False, 0, None),
        (100, True, 1, True),
        (0, None, None, None),
        (4, None, None, None),
    ]


def test_a_manifest_changed_by_hand_has_no_objectives_that_are_not_numbers(busy: Conn) -> None:
    busy.execute(
        b"UPDATE registry.tools SET manifest = jsonb_set(manifest::jsonb, '{spec,objectives}',"
        b""" '{"successRate": "all", "p95LatencyMs": {}}')::json"""
    )
    log(busy, "pay", "2026-03-02 10:00Z")

    for row in rows(busy, "SELECT * FROM api.objectives('2026-03-01')"):
        assert (row["declared_success_rate"], row["declared_p95_ms"], row["p95_holds"]) == (None, None, None)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("analytics_by('colour')", 'dimension is "colour"; expected tool, version, agent, service, node or category'),
        ("analytics_by(NULL)", "dimension is NULL; expected tool"),
        ("analytics_over_time('1 month')", 'bucket is "1 mon"; expected a time without months'),
        ("analytics_over_time('0')", 'bucket is "00:00:00"; expected'),
        ("analytics_over_time('1 hour', '-infinity')", 'since is "-infinity"; expected a time at which'),
        ("analytics_over_time('1 hour', now(), NULL)", "until is NULL; expected a time at which"),
        ("analytics_over_time('1 second')", 'bucket is "00:00:01", which makes more than 10000 of this window'),
        ("week_over_week('infinity')", 'until is "infinity"; expected a time at which'),
    ],
)
def test_an_argument_that_cannot_be_is_named(conn: Conn, call: str, message: str) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue) as error:
        rows(conn, f"SELECT * FROM api.{call}")

    assert message in str(error.value)


@pytest.mark.parametrize("role", ["toolreg_reader", "toolreg_agent", "toolreg_reconciler"])
def test_everybody_in_a_group_role_reads_analytics(conn: Conn, role: str) -> None:
    log(conn, status="failure", agent="'; DROP TABLE x; --%\\")
    rollup(conn)
    conn.execute(f"SET ROLE {role}".encode())
    for call in (
        "orchestration_analytics()",
        "analytics_by('tool')",
        "analytics_over_time('1 day', '2026-03-01', '2026-03-04')",
        "error_breakdown('2026-03-01')",
        "week_over_week('2026-03-04')",
        "objectives()",
    ):
        rows(conn, f"SELECT * FROM api.{call}")
    assert value(conn, "SELECT total FROM api.orchestration_analytics(agent => %s)", "'; DROP TABLE x; --%\\") == 1


# ---- How it is read


@pytest.fixture(scope="module")
def month(server: str, template: str) -> Iterator[Conn]:
    """Thirty days of 1,000 calls of 20 tools each, counted, and a call that is not. To be read only."""
    with copy(server, template) as conninfo, psycopg.connect(conninfo, autocommit=True) as conn:
        fill_a_month(conn)
        yield conn


def fill_a_month(conn: Conn) -> None:
    declare(conn, "Tool", *(f"tool_{number}" for number in range(20)))
    for day in range(30):
        make_day(conn, str(dt.date(2026, 3, 1) + dt.timedelta(days=day)))
    conn.execute(
        b"INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool_id, tool, agent, status)"
        b" SELECT timestamptz '2026-03-01 00:00Z' + number * interval '86.4 s', 1 + number % 1000, entity.id,"
        b" entity.name, 'ada', 'success'"
        b" FROM generate_series(0, 29999) AS number"
        b" INNER JOIN registry.entities AS entity ON entity.name = 'tool_' || number % 20"
    )
    rollup(conn)
    # BRIN works on what was summarised, and an index alone serves rows that every transaction sees.
    conn.execute(b"VACUUM ANALYZE")
    log(conn, "tool_1", "2026-03-30 10:00Z")


def scans(conn: Conn, statement: str) -> dict[str, int]:
    """Run a statement; return which tables it read from end to end, and how many rows of them."""
    # What a parallel worker reads is not among the numbers of this transaction.
    conn.execute(b"SET max_parallel_workers_per_gather = 0")
    with conn.transaction():
        before = _scanned(conn)
        conn.execute(statement.encode())
        after = _scanned(conn)
    return {
        name: rows - before.get(name, (0, 0))[1]
        for name, (scans, rows) in after.items()
        if scans > before.get(name, (0, 0))[0]
    }


def _scanned(conn: Conn) -> dict[str, tuple[int, int]]:
    found = conn.execute(
        b"SELECT relname, seq_scan, seq_tup_read FROM pg_stat_xact_user_tables WHERE schemaname = 'runtime'"
    )
    return {name: (int(times), int(read)) for name, times, read in found}


def test_a_month_is_read_from_rollups_and_no_day_from_end_to_end(month: Conn) -> None:
    for call in ("orchestration_analytics", "analytics_by"):
        first = "'tool', " if call == "analytics_by" else ""
        read = scans(month, f"SELECT * FROM api.{call}({first}'2026-03-01 00:00Z', '2026-03-31 00:00Z')")

        assert read.get("invocation_logs_default", 0) == 0
        assert [name for name in read if name.startswith("invocation_logs_2026")] == []
    raw = scans(month, "SELECT count(*) FROM runtime.invocation_logs WHERE attempt = 2")
    assert len([name for name in raw if name.startswith("invocation_logs_2026")]) == 30


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM api.tool_usage_statistics WHERE tool = 'tool_1'",
        "SELECT * FROM api.orchestration_analytics('2026-03-01', '2026-04-01', tool => 'tool_1')",
        "SELECT * FROM api.week_over_week('2026-03-31', tool => 'tool_1')",
        "SELECT * FROM api.objectives('2026-03-01', of_tool => 'tool_1')",
    ],
)
def test_the_figures_of_a_tool_read_its_rows_alone(month: Conn, statement: str) -> None:
    """Of 600 counted days of 20 tools, a tool has 30."""
    reads = (
        "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
        " WHERE relname = 'invocation_rollup_daily'"
    )
    month.execute(b"SET max_parallel_workers_per_gather = 0")
    with month.transaction():
        # A table of a few pages is read whole.
        month.execute(b"SET LOCAL enable_seqscan = off")
        before = value(month, reads)
        month.execute(statement.encode())

        assert value(month, reads) - before <= 30


def test_the_objectives_of_a_tool_are_those_among_all(busy: Conn) -> None:
    log(busy, "pay")
    log(busy, "lookup", duration_ms=50)
    rollup(busy)
    log(busy, "pay", status="failure")

    found = rows(busy, "SELECT * FROM api.objectives('2026-03-01', of_tool => 'pay')")

    assert found == rows(busy, "SELECT * FROM api.objectives('2026-03-01') WHERE tool = 'pay'")
    assert [row["calls"] for row in found] == [2]
    assert rows(busy, "SELECT * FROM api.objectives('2026-03-01', of_tool => 'absent')") == []


def test_where_the_rollup_ends_is_found_by_an_index(month: Conn) -> None:
    """However often it is asked: a plan for any window alike would read all hours."""
    for _ in range(8):
        assert scans(
            month, "SELECT * FROM internal.rolled_part('2026-03-02', '2026-03-30 23:59:59Z', NULL, 'hour')"
        ) == {"rollup_state": 1}


def test_a_transaction_that_takes_long_does_not_make_it_read_what_was_counted_after_it_began(
    conn: Conn, database: str
) -> None:
    """Each snapshot since then names it, so what is older than the snapshot's oldest is not all that was counted."""
    with psycopg.connect(database) as slow:
        slow.execute(b"SELECT pg_current_xact_id()")
        fill_a_month(conn)
        fetched = (
            b"SELECT coalesce(sum(idx_tup_fetch + seq_tup_read), 0) FROM pg_stat_xact_user_tables"
            b" WHERE relname ~ '^invocation_logs_202603'"
        )
        conn.execute(b"SET max_parallel_workers_per_gather = 0")
        with conn.transaction():
            conn.execute(b"SELECT * FROM api.orchestration_analytics('2026-03-01 00:00Z', '2026-03-30 00:00Z')")
            assert conn.execute(fetched).fetchall() == [(0,)]


def test_the_last_day_of_a_tool_is_read_by_the_index_on_it(month: Conn) -> None:
    index = (
        "SELECT coalesce(sum(idx_scan), 0) FROM pg_stat_user_indexes WHERE relname ~ '^invocation_logs_202603(29|30)'"
        " AND indexrelname ~ 'tool_id'"
    )
    value(month, "SELECT pg_stat_force_next_flush()::text")
    before = value(month, index)

    statement = "SELECT * FROM api.orchestration_analytics('2026-03-29 11:20Z', '2026-03-30 11:20Z', 'tool_1')"
    read = scans(month, statement)
    value(month, "SELECT pg_stat_force_next_flush()::text")

    assert [name for name in read if name.startswith("invocation_logs_2026")] == []
    assert value(month, index) > before


def test_errors_are_found_by_the_index_on_them(conn: Conn) -> None:
    """Of many calls few fail: those are read, and no others."""
    make_day(conn, "2026-03-02")
    conn.execute(
        b"INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, agent, status)"
        b" SELECT timestamptz '2026-03-02 00:00Z' + number * interval '4 s', 100, 'lookup', 'ada',"
        b" CASE WHEN number % 1000 = 0 THEN 'failure' ELSE 'success' END FROM generate_series(0, 19999) AS number"
    )
    conn.execute(b"VACUUM ANALYZE")

    fetched = fetched_of(conn, "SELECT * FROM api.error_breakdown('2026-03-01', '2026-03-04')")

    assert value(conn, "SELECT sum(calls)::int FROM api.error_breakdown('2026-03-01', '2026-03-04')") == 20
    assert fetched <= 40


def fetched_of(conn: Conn, statement: str) -> int:
    """Run a statement; return how many calls it read, in whatever way."""
    reads = (
        "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables"
        " WHERE relname ~ '^invocation_logs'"
    )
    conn.execute(b"SET max_parallel_workers_per_gather = 0")
    with conn.transaction():
        before = value(conn, reads)
        conn.execute(statement.encode())
        return int(value(conn, reads) - before)


@pytest.mark.slow
@pytest.mark.faults
def test_a_million_calls_of_one_tool_are_counted_and_read(conn: Conn) -> None:
    declare(conn, "Tool", "lookup")
    make_day(conn, "2026-03-02")
    conn.execute(
        # Foreign keys are triggers, which take a minute for a million rows.
        b"SET session_replication_role = replica"
    )
    conn.execute(
        b"INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool_id, tool, agent, status)"
        b" SELECT timestamptz '2026-03-02 00:00Z' + number * interval '86.4 ms', 1 + number % 1000, entity.id,"
        b" entity.name, 'ada', CASE WHEN number % 100 = 0 THEN 'failure' ELSE 'success' END"
        b" FROM generate_series(0, 999999) AS number INNER JOIN registry.entities AS entity ON entity.name = 'lookup'"
    )
    conn.execute(b"RESET session_replication_role")
    conn.execute(b"VACUUM ANALYZE")

    assert rollup(conn) == "counted 1000000 calls of 1 day"
    log(conn, started_at="2026-03-02 23:59:59.99Z")

    whole = "SELECT * FROM api.orchestration_analytics('2026-03-02 00:00Z', '2026-03-03 00:00Z', 'lookup')"
    found = one(conn, whole)
    assert (found["total"], found["failed"], found["most_used_tool_calls"]) == (1_000_001, 10_000, 1_000_001)
    for name, exact in (("p50_ms", 500), ("p95_ms", 950), ("p99_ms", 990)):
        assert float(found[name]) == pytest.approx(exact, rel=0.05)
    assert fetched_of(conn, whole) < 20_000
    assert fetched_of(conn, "SELECT * FROM api.latest_invocations('lookup')") < 500
    newest = "SELECT * FROM api.invocations WHERE tool = 'lookup' AND started_at >= '2026-03-02 23:59Z'"
    assert fetched_of(conn, newest) < 1_000
    assert rollup(conn) == "counted 1 new calls"


def test_what_a_filter_lets_through_is_planned_into_the_query(month: Conn) -> None:
    """The building block is inlined: other days are left out when it is planned, and the index is used."""
    plan = "\n".join(
        row[0]
        for row in month.execute(
            b"EXPLAIN SELECT duration_ms FROM internal.matching_calls('2026-03-29 11:20Z', '2026-03-29 15:00Z',"
            b" ROW('tool_1', NULL, NULL, NULL, NULL, internal.identities('Tool', 'tool_1'), NULL, NULL, NULL, '{}',"
            b" NULL))"
        )
    )

    assert "Index Only Scan using invocation_logs_20260329_tool_id" in plan
    assert "invocation_logs_20260328" not in plan
    assert "Function Scan" not in plan
    assert "Seq Scan" not in plan


def test_no_plan_over_all_calls_is_compiled(conn: Conn) -> None:
    """Compiling took longer than all the rest. A view has no settings, so a function reads for it."""
    found = rows(
        conn,
        "SELECT proname FROM pg_proc WHERE pronamespace::regnamespace::text IN ('api', 'internal')"
        " AND 'jit=off' = ANY (proconfig)",
    )
    plan = rows(conn, "EXPLAIN SELECT * FROM api.data_integrity")

    assert {row["proname"] for row in found} >= {
        "call_counts",
        "call_durations",
        "error_breakdown",
        "integrity_problems",
        "latest_invocations",
        "uncounted_calls",
    }
    assert "Function Scan on integrity_problems" in plan[-1]["QUERY PLAN"]
