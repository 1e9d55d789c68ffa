"""api.log_invocation and api.log_invocations, beside writing the same values into the same table without them."""

import json
import random
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, Final

import psycopg
from psycopg import sql

from tests.benchmarks.applying import apply_head
from tests.benchmarks.databases import migrated
from tests.benchmarks.measure import Row, once
from tests.builders import Repository

_ONE_BY_ONE: Final = 50
_PIPELINED: Final = 1_000
_BATCHES: Final = 1
_BATCH: Final = 1_000
_ROUNDS: Final = 41

# Foreign keys are triggers; without them a million rows take half a minute less.
_FILL: Final = """
SET session_replication_role = replica;
INSERT INTO runtime.invocation_logs
    (tool_id, tool, tool_version, agent, service_id, status, started_at, duration_ms, trace_id, span_id)
SELECT tools.ids[n % tools.amount + 1], tools.names[n % tools.amount + 1], '1.0.0', 'agent-' || n % 50, tools.ids[1],
    'success', now() - n * interval '1 second', n % 1000, md5(n::text), left(md5(n::text), 16)
FROM (SELECT array_agg(id) AS ids, array_agg(name) AS names, count(*) AS amount FROM registry.tools) AS tools,
    generate_series(1, {}) AS n;
RESET session_replication_role;
ANALYZE runtime.invocation_logs;
ANALYZE registry.entities;
ANALYZE registry.tools;
CHECKPOINT
"""
_RESOLVED: Final = """
SELECT tool.name, tool.id, tool.version, service.id, node.id
FROM registry.tools AS tool
INNER JOIN registry.entities AS service ON service.kind = 'Service' AND service.name = tool.service
LEFT JOIN registry.entities AS node ON node.kind = 'Node' AND node.name = tool.node
ORDER BY tool.name
"""
_COLUMNS: Final = (
    "tool, status, duration_ms, agent, started_at, trace_id, span_id, attempt, tool_id, tool_version"
    ", service_id, node_id"
)
_INSERT: Final = (
    f"INSERT INTO runtime.invocation_logs ({_COLUMNS})"
    " VALUES (%s, %s, %s, %s, clock_timestamp(), %s, %s, 1, %s, %s, %s, %s) RETURNING id"
)
_COPY: Final = f"COPY runtime.invocation_logs ({_COLUMNS}) FROM STDIN"
_LOG: Final = "SELECT api.log_invocation(%s, %s, %s, %s, trace_id => %s, span_id => %s)"
_LOG_BATCH: Final = "SELECT api.log_invocations(%s::jsonb)"

# What is given, and what the database finds out from it.
_Call = tuple[tuple[Any, ...], tuple[Any, ...]]


def rows(repository: Repository, server: str, name: str, calls_there: int) -> Iterator[Row]:
    """Yield what it costs to log a call among so many, in each of the three ways."""
    with migrated(server, name) as database, psycopg.connect(database, autocommit=True, prepare_threshold=0) as conn:
        apply_head(repository, database)
        conn.execute(sql.SQL(_FILL).format(calls_there), prepare=False)
        among = f"among {calls_there:,}"
        calls = list(_calls(conn, max(_PIPELINED, _BATCHES * _BATCH)))

        ours, floor = _compared(
            lambda: _one_by_one(conn, _LOG, [given for given, _ in calls[:_ONE_BY_ONE]]),
            lambda: _one_by_one(conn, _INSERT, [given + known for given, known in calls[:_ONE_BY_ONE]]),
            _ONE_BY_ONE,
        )
        yield Row(f"log a call {among}, a commit each", ours, floor, "a prepared INSERT", 1.2 * floor)
        ours, floor = _compared(
            lambda: _pipelined(conn, _LOG, [given for given, _ in calls[:_PIPELINED]]),
            lambda: _pipelined(conn, _INSERT, [given + known for given, known in calls[:_PIPELINED]]),
            _PIPELINED,
        )
        yield Row(f"log a call {among}, pipelined", ours, floor, "a pipelined INSERT", 1.3 * floor)
        batches = [calls[n : n + _BATCH] for n in range(0, _BATCHES * _BATCH, _BATCH)]
        as_json = [_json(batch) for batch in batches]
        as_text = [_text(batch) for batch in batches]
        ours, floor = _compared(
            lambda: _one_by_one(conn, _LOG_BATCH, [(batch,) for batch in as_json]),
            lambda: _copied(conn, as_text),
            _BATCHES * _BATCH,
        )
        yield Row(f"log a call {among}, in batches of 1,000", ours, floor, "COPY, 1,000 rows each", 6 * floor)


def _calls(conn: psycopg.Connection[Any], amount: int) -> Iterator[_Call]:
    """Yield calls: what is given, and what the database finds out from it."""
    draw = random.Random(7)  # noqa: S311  The same calls each time.
    tools = conn.execute(_RESOLVED).fetchall()
    for _ in range(amount):
        name, *known = draw.choice(tools)
        trace = f"{draw.getrandbits(127) + 1:032x}"
        yield (name, "success", draw.uniform(1, 900), f"agent-{draw.randrange(50)}", trace, trace[:16]), tuple(known)


def _compared(ours: Callable[[], object], floor: Callable[[], object], calls: int) -> tuple[float, float]:
    """Return the median time of one call of each, in short turns: what disturbs one disturbs the other."""
    times = [(once(ours), once(floor)) for _ in range(_ROUNDS)]
    return median(time for time, _ in times) / calls, median(time for _, time in times) / calls


def _one_by_one(conn: psycopg.Connection[Any], statement: str, values: list[tuple[Any, ...]]) -> None:
    for one in values:
        conn.execute(statement.encode(), one, prepare=True)


def _pipelined(conn: psycopg.Connection[Any], statement: str, values: list[tuple[Any, ...]]) -> None:
    with conn.transaction(), conn.cursor() as cursor:
        cursor.executemany(statement.encode(), values)


def _copied(conn: psycopg.Connection[Any], batches: list[bytes]) -> None:
    for batch in batches:
        with conn.cursor().copy(_COPY) as copy:
            copy.write(batch)


def _json(batch: list[_Call]) -> str:
    names = ("tool", "status", "duration_ms", "agent", "trace_id", "span_id")
    return json.dumps([dict(zip(names, given, strict=True)) for given, _ in batch])


def _text(batch: list[_Call]) -> bytes:
    """Return rows in the text format of COPY; a call starts when it is written, as in the others."""
    lines = (
        "\t".join("\\N" if value is None else str(value) for value in (*given[:4], "now", *given[4:], 1, *known))
        for given, known in batch
    )
    return ("\n".join(lines) + "\n").encode()
