"""Analytics over a month of calls of many series: every analytic beside its raw statement, and one tool's figures."""

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
_WEEK: Final = _END - timedelta(days=7)
_RUNS: Final = 3
_AGENTS: Final = 300
_TOOLS_OF_AN_AGENT: Final = 50
_CALLS_OF_A_TOOL: Final = 50

_SHARE: Final = 0.25
_ONE: Final = 0.02

_IDENTITIES: Final = """
INSERT INTO registry.entities (kind, name)
SELECT 'Tool', 'tool_' || number FROM generate_series(0, {tools} - 1) AS number
UNION ALL
SELECT 'Service', 'service_' || number FROM generate_series(0, 99) AS number
"""
# One tool of ten has objectives.
_DECLARED: Final = """
INSERT INTO registry.tools (id, manifest)
SELECT
    entity.id,
    json_build_object(
        'kind', 'Tool',
        'metadata', json_build_object('name', entity.name),
        'spec', json_build_object(
            'version', '1.0.0',
            'category', 'category_' || substr(entity.name, 6)::int % 20,
            'lifecycle', 'active',
            'service', 'service_0',
            'inputSchema', json_build_object('type', 'object'),
            'objectives', CASE
                WHEN entity.name LIKE '%7' THEN json_build_object('successRate', 0.95, 'p95LatencyMs', 200)
            END
        )
    )
FROM registry.entities AS entity
WHERE entity.kind = 'Tool'
"""
# 300 agents of 50 tools each, and one call of a hundred at random; 4 of 100 calls do not succeed.
_CALLS: Final = """
INSERT INTO {table} (
    id, started_at, duration_ms, recorded_at, tool_id, service_id, tool, tool_version, agent, service, status
)
WITH drawn AS MATERIALIZED (
    SELECT
        {first}::bigint + number AS id,
        {since}::timestamptz + number * (({until}::timestamptz - {since}::timestamptz) / {many}) AS started_at,
        floor(random() * {agents})::int AS agent,
        CASE WHEN random() < 0.01 THEN floor(random() * {tools})::int END AS any_tool,
        floor(random() * {each})::int AS own_tool,
        exp(4 + 0.9 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())) AS duration,
        random() AS luck
    FROM generate_series(0, {many} - 1) AS number
)
SELECT
    drawn.id, drawn.started_at, drawn.duration, drawn.started_at + interval '1 s', tool.id, service.id, tool.name,
    '1.0.0', 'agent_' || drawn.agent, service.name,
    CASE WHEN drawn.luck < 0.96 THEN 'success' WHEN drawn.luck < 0.985 THEN 'failure' ELSE 'timeout' END
FROM drawn
CROSS JOIN LATERAL (
    SELECT coalesce(drawn.any_tool, (drawn.agent * 7919 + drawn.own_tool * 104729) % {tools}) AS number
) AS called
INNER JOIN registry.entities AS tool ON tool.kind = 'Tool' AND tool.name = 'tool_' || called.number
INNER JOIN registry.entities AS service ON service.kind = 'Service' AND service.name = 'service_' || called.number % 100
ORDER BY drawn.started_at
"""
_MAKE: Final = "CREATE TABLE {} (LIKE runtime.invocation_logs INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)"
_ATTACH: Final = "ALTER TABLE runtime.invocation_logs ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})"
_ROLL_UP: Final = "SELECT api.rollup_invocations()"

_MEASURES: Final = (
    "count(*), count(*) FILTER (WHERE status = 'success'), avg(duration_ms), max(duration_ms),"
    " percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_ms)"
    " FROM runtime.invocation_logs WHERE started_at >= %(since)s AND started_at < %(until)s"
)
_COUNTS: Final = (
    "count(*), count(*) FILTER (WHERE status = 'success'), avg(duration_ms)"
    " FROM runtime.invocation_logs WHERE started_at >= %(since)s AND started_at < %(until)s"
)
_TOOL_COUNTS: Final[LiteralString] = "SELECT tool_id, " + _COUNTS + " GROUP BY 1"
_TOOL: Final[LiteralString] = "SELECT tool_id, " + _MEASURES + " GROUP BY 1"
_WINDOW: Final = "%(since)s, %(until)s)"

# An analytic, its raw statement, and the days before the end that both read.
_ANALYTICS: Final[tuple[tuple[str, LiteralString, LiteralString, datetime], ...]] = (
    ("orchestration_analytics", "SELECT * FROM api.orchestration_analytics(" + _WINDOW, "SELECT " + _MEASURES, _BEGIN),
    ("analytics_by tool", "SELECT * FROM api.analytics_by('tool', " + _WINDOW, _TOOL, _BEGIN),
    (
        "analytics_by agent",
        "SELECT * FROM api.analytics_by('agent', " + _WINDOW,
        "SELECT agent, " + _MEASURES + " GROUP BY 1",
        _BEGIN,
    ),
    (
        "analytics_by agent, 7 days",
        "SELECT * FROM api.analytics_by('agent', " + _WINDOW,
        "SELECT agent, " + _MEASURES + " GROUP BY 1",
        _WEEK,
    ),
    (
        "analytics_over_time 1 day",
        "SELECT * FROM api.analytics_over_time('1 day', " + _WINDOW,
        "SELECT date_trunc('day', started_at, 'UTC'), " + _MEASURES + " GROUP BY 1",
        _BEGIN,
    ),
    (
        "analytics_over_time 1 hour, 7 days",
        "SELECT * FROM api.analytics_over_time('1 hour', " + _WINDOW,
        "SELECT date_trunc('hour', started_at, 'UTC'), " + _MEASURES + " GROUP BY 1",
        _WEEK,
    ),
    (
        "week_over_week",
        "SELECT * FROM api.week_over_week(%(until)s)",
        "SELECT tool_id, started_at < %(until)s - interval '168 hours', " + _MEASURES + " GROUP BY 1, 2",
        _END - timedelta(days=14),
    ),
    ("objectives", "SELECT * FROM api.objectives(" + _WINDOW, _TOOL, _BEGIN),
    ("tool_usage_statistics", "SELECT * FROM api.tool_usage_statistics", _TOOL_COUNTS, _BEGIN),
)
_OF_ONE: Final[tuple[tuple[str, LiteralString, LiteralString], ...]] = (
    (
        "orchestration_analytics of a tool",
        "SELECT * FROM api.orchestration_analytics(%(since)s, %(until)s, tool => 'tool_7')",
        "SELECT " + _MEASURES + " AND tool_id = %(tool_id)s",
    ),
    (
        "orchestration_analytics of an agent",
        "SELECT * FROM api.orchestration_analytics(%(since)s, %(until)s, agent => 'agent_7')",
        "SELECT " + _MEASURES + " AND agent = 'agent_7'",
    ),
    (
        "analytics_by tool of an agent",
        "SELECT * FROM api.analytics_by('tool', %(since)s, %(until)s, agent => 'agent_7')",
        "SELECT tool_id, " + _MEASURES + " AND agent = 'agent_7' GROUP BY 1",
    ),
    (
        "tool_usage_statistics of a tool",
        "SELECT * FROM api.tool_usage_statistics WHERE tool = 'tool_7'",
        "SELECT " + _COUNTS + " AND tool_id = %(tool_id)s",
    ),
)


def rows(server: str, name: str, size: int) -> Iterator[Row]:
    """Yield the time of every analytic over a month of calls, 65 for each series, beside the raw statement."""
    with migrated(server, name) as database, psycopg.connect(database, autocommit=True) as conn:
        fill(conn, size)
        of = f"of {size:,} calls"
        yield Row(f"first rollup {of}", once(lambda: conn.execute(_ROLL_UP)))
        conn.execute("VACUUM ANALYZE")
        yield from measure(conn, of)


def measure(conn: Conn, of: str) -> Iterator[Row]:
    """Yield the time of every analytic, beside the raw statement of the same run."""
    ((tool_id,),) = conn.execute("SELECT id FROM registry.entities WHERE kind = 'Tool' AND name = 'tool_7'").fetchall()
    for title, ours, theirs, since in _ANALYTICS:
        values = {"since": since, "until": _END}
        raw = _timed(conn, theirs, values)
        yield Row(f"{title} {of}", _timed(conn, ours, values), raw, "the same from raw rows", raw * _SHARE)
    for title, ours, theirs in _OF_ONE:
        values = {"since": _BEGIN, "until": _END, "tool_id": tool_id}
        raw = _timed(conn, theirs, values)
        yield Row(f"{title} {of}", _timed(conn, ours, values), raw, "the same from raw rows", _ONE)


def fill(conn: Conn, size: int) -> None:
    """Make tools, agents and calls: as many calls for each series as 5,000,000 calls of 64,779 series have."""
    agents = min(_AGENTS, max(size // 3300, 1))
    tools = max(size // _CALLS_OF_A_TOOL, _TOOLS_OF_AN_AGENT)
    each = max(size // (65 * agents), 1)
    conn.execute(sql.SQL(_IDENTITIES).format(tools=sql.Literal(tools)))
    with conn.transaction():
        # Tools without services and revisions: neither is measured.
        conn.execute("SET LOCAL session_replication_role = replica")
        conn.execute(_DECLARED)
    conn.execute("ANALYZE registry.entities")
    for day in range(_DAYS):
        since, many = _BEGIN + timedelta(days=day), size // _DAYS
        table = sql.Identifier("runtime", f"invocation_logs_{since:%Y%m%d}")
        until = since + timedelta(days=1)
        conn.execute(sql.SQL(_MAKE).format(table))
        conn.execute(
            sql.SQL(_CALLS).format(
                table=table,
                first=sql.Literal(day * size),
                since=sql.Literal(since),
                until=sql.Literal(until),
                many=sql.Literal(many),
                agents=sql.Literal(agents),
                tools=sql.Literal(tools),
                each=sql.Literal(each),
            )
        )
        conn.execute(sql.SQL(_ATTACH).format(table, sql.Literal(since), sql.Literal(until)))
    conn.execute("VACUUM ANALYZE")


def _timed(conn: Conn, statement: LiteralString, values: dict[str, Any]) -> float:
    conn.execute(statement, values)
    return median_of(lambda: conn.execute(statement, values).fetchall(), _RUNS)
