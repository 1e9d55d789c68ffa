"""Analytics over a month of calls: read from rollups, beside the same from raw rows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from tests.benchmarks.databases import migrated
from tests.benchmarks.measure import Row, median_of, once

Conn = psycopg.Connection[Any]

_DAYS: Final = 30
_BEGIN: Final = datetime(2026, 9, 1, tzinfo=UTC)
_END: Final = _BEGIN + timedelta(days=_DAYS)
_RUNS: Final = 5
_NEW: Final = 100_000

# What the goals are set for: with fewer calls the rollups are nearly as large as the calls.
_MANY: Final = 10_000_000
_ONE_TOOL: Final = 0.01
_COUNTS: Final = 30
_PERCENTILES: Final = 25

_IDENTITIES: Final = """
INSERT INTO registry.entities (kind, name)
SELECT kind, lower(kind) || '_' || number
FROM (VALUES ('Tool', 50), ('Service', 10), ('Node', 5)) AS made (kind, many), generate_series(0, many - 1) AS number
"""
# 50 tools of 10 agents, some called more than others; traces of four calls; 4 of 100 do not succeed.
_CALLS: Final = """
INSERT INTO {table} (
    id, started_at, duration_ms, recorded_at, request_bytes, response_bytes, tool_id, service_id, node_id, tool,
    tool_version, agent, status, trace_id, span_id
)
WITH drawn AS MATERIALIZED (
    SELECT
        {first}::bigint + number AS id,
        {since}::timestamptz + number * (({until}::timestamptz - {since}::timestamptz) / {many}) AS started_at,
        (power(random(), 2) * 50)::int % 50 AS tool,
        (power(random(), 2) * 10)::int % 10 AS agent,
        exp(4 + 0.9 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())) AS duration,
        random() AS luck
    FROM generate_series(0, {many} - 1) AS number
)
SELECT
    drawn.id,
    drawn.started_at,
    drawn.duration * (1 + drawn.tool / 10.0),
    drawn.started_at + interval '1 s',
    500,
    2000,
    tool.id,
    service.id,
    node.id,
    tool.name,
    '1.' || drawn.tool % 3 || '.0',
    'agent_' || drawn.agent,
    CASE
        WHEN drawn.luck < 0.96 THEN 'success'
        WHEN drawn.luck < 0.985 THEN 'failure'
        WHEN drawn.luck < 0.995 THEN 'timeout'
        ELSE 'cancelled'
    END,
    md5((drawn.id / 4)::text),
    substr(md5(drawn.id::text), 1, 16)
FROM drawn
INNER JOIN registry.entities AS tool ON tool.kind = 'Tool' AND tool.name = 'tool_' || drawn.tool
INNER JOIN registry.entities AS service ON service.kind = 'Service' AND service.name = 'service_' || drawn.tool % 10
INNER JOIN registry.entities AS node ON node.kind = 'Node' AND node.name = 'node_' || drawn.tool % 5
ORDER BY drawn.started_at
"""
_MAKE: Final = "CREATE TABLE {} (LIKE runtime.invocation_logs INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)"
_ATTACH: Final = "ALTER TABLE runtime.invocation_logs ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})"

_OURS: Final = "SELECT * FROM api.orchestration_analytics(%s, %s)"
_BY_TOOL: Final = "SELECT * FROM api.analytics_by('tool', %s, %s)"
_ONE: Final = "SELECT * FROM api.orchestration_analytics(%s, %s, 'tool_7')"
_RAW: Final = " FROM runtime.invocation_logs WHERE started_at >= %s AND started_at < %s"
_RAW_COUNT: Final = "SELECT count(*), count(*) FILTER (WHERE status = 'success')" + _RAW
_RAW_BY_TOOL: Final = (
    "SELECT tool_id, count(*), count(*) FILTER (WHERE status = 'success'), avg(duration_ms)" + _RAW + " GROUP BY 1"
)
_PERCENTILE: Final = "percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_ms)"
_RAW_PERCENTILES: Final = "SELECT " + _PERCENTILE + _RAW
_RAW_ONE: Final = (
    "SELECT count(*), "
    + _PERCENTILE
    + _RAW
    + " AND tool_id = (SELECT id FROM registry.entities WHERE kind = 'Tool' AND name = 'tool_7')"
)
_ROLL_UP: Final = "SELECT api.rollup_invocations()"


def rows(server: str, name: str, size: int, days_of_a_table: int = 1) -> Iterator[Row]:
    """Yield what a month of calls costs to be read, to be rolled up and to be dropped."""
    with migrated(server, name) as database, psycopg.connect(database, autocommit=True) as conn:
        _fill(conn, size, days_of_a_table)
        conn.execute("VACUUM ANALYZE")
        raw = once(lambda: conn.execute(_RAW_BY_TOOL, (_BEGIN, _END)).fetchall())
        of = f"of {size:,} calls"
        yield Row(f"first rollup {of}", once(lambda: conn.execute(_ROLL_UP)), raw, "raw rows, grouped by tool")
        conn.execute("VACUUM ANALYZE")
        yield from _reading(conn, of, goals=size >= _MANY)
        yield from _rolling(conn, of)
        yield from _dropping(conn, size)


def _reading(conn: Conn, of: str, *, goals: bool) -> Iterator[Row]:
    month, late = (_BEGIN, _END), (_BEGIN + timedelta(hours=10.5), _END - timedelta(hours=13.5))
    day = (_END - timedelta(hours=37.7), _END - timedelta(hours=13.7))
    ours = _timed(conn, _OURS, month)
    counted, grouped = _timed(conn, _RAW_COUNT, month, 3), _timed(conn, _RAW_BY_TOOL, month, 3)
    yield Row(f"30 days {of}, counts", ours, counted, "count(*) of raw rows", counted / _COUNTS if goals else None)
    yield Row(f"30 days {of}, counts", ours, grouped, "raw rows, grouped by tool", grouped / _COUNTS if goals else None)
    for what, window in (("30 days", month), ("29 days from 10:30 to 10:30", late)):
        raw = _timed(conn, _RAW_PERCENTILES, window, 3)
        error = f"percentile_cont of raw rows; largest error {_largest_error(conn, window):.1%}"
        goal = raw / _PERCENTILES if goals else None
        yield Row(f"{what} {of}, percentiles", _timed(conn, _OURS, window), raw, error, goal)
    yield Row(f"30 days {of}, by tool", _timed(conn, _BY_TOOL, month), grouped, "raw counts alone, grouped by tool")
    raw = _timed(conn, _RAW_ONE, day)
    yield Row(f"one tool's 24 hours {of}", _timed(conn, _ONE, day), raw, "the same from raw rows", _ONE_TOOL)


def _rolling(conn: Conn, of: str) -> Iterator[Row]:
    insert = _statement("runtime.invocation_logs", 10**12, _END - timedelta(hours=2), _END, _NEW)
    inserted = once(lambda: conn.execute(insert))
    yield Row(
        f"roll up {_NEW:,} new ones {of}", once(lambda: conn.execute(_ROLL_UP)), inserted, "INSERT of them at once"
    )
    yield Row(f"roll up none {of}", median_of(lambda: conn.execute(_ROLL_UP), _RUNS))
    conn.execute(_statement("runtime.invocation_logs", 2 * 10**12, _END - timedelta(hours=2), _END, 1000))
    yield Row(f"30 days {of}, 1,000 of them not yet rolled up", _timed(conn, _OURS, (_BEGIN, _END)))


def _dropping(conn: Conn, size: int) -> Iterator[Row]:
    tables = [
        table
        for (table,) in conn.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'runtime.invocation_logs'::regclass"
            " AND inhrelid <> 'runtime.invocation_logs_default'::regclass ORDER BY 1"
        )
    ]
    deleted, dropped = tables[0], tables[-1] if len(tables) == 1 else tables[1]
    delete = sql.SQL("DELETE FROM {}").format(_named(deleted))
    drop = sql.SQL("DROP TABLE {}").format(_named(dropped))
    took = once(lambda: conn.execute(delete))
    yield Row(
        f"drop a table of {size // len(tables):,} calls", once(lambda: conn.execute(drop)), took, "DELETE of its rows"
    )


def _timed(conn: Conn, statement: LiteralString, window: tuple[datetime, datetime], runs: int = _RUNS) -> float:
    conn.execute(statement, window)
    return median_of(lambda: conn.execute(statement, window).fetchall(), runs)


def _largest_error(conn: Conn, window: tuple[datetime, datetime]) -> float:
    """Return the largest relative error of the three percentiles, of all calls together."""
    ((exact,),) = conn.execute(_RAW_PERCENTILES, window).fetchall()
    (ours,) = conn.execute("SELECT p50_ms, p95_ms, p99_ms FROM api.orchestration_analytics(%s, %s)", window)
    return max(abs(float(estimate) / float(right) - 1) for estimate, right in zip(ours, exact, strict=True))


def _fill(conn: Conn, size: int, days_of_a_table: int) -> None:
    conn.execute(_IDENTITIES)
    for day in range(0, _DAYS, days_of_a_table):
        since = _BEGIN + timedelta(days=day)
        until = since + timedelta(days=days_of_a_table)
        table = f"runtime.invocation_logs_{since:%Y_%m_%d}"
        many = size * days_of_a_table // _DAYS
        conn.execute(sql.SQL(_MAKE).format(_named(table)))
        conn.execute(_statement(table, day * size, since, until, many))
        conn.execute(sql.SQL(_ATTACH).format(_named(table), sql.Literal(since), sql.Literal(until)))


def _statement(table: str, first: int, since: datetime, until: datetime, many: int) -> sql.Composed:
    return sql.SQL(_CALLS).format(
        table=_named(table),
        first=sql.Literal(first),
        since=sql.Literal(since),
        until=sql.Literal(until),
        many=sql.Literal(many),
    )


def _named(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))
