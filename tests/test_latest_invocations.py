"""The newest calls: those that the view has, and without a look at all the others."""

import datetime as dt
from collections.abc import Iterator
from itertools import product
from typing import Any

import psycopg
import pytest

from tests.calls import Conn, declare, log, make_day, value
from tests.conftest import copy
from tests.roles import login

DAYS = 30
CALLS = 30_000


@pytest.fixture(scope="module")
def month(server: str, template: str) -> Iterator[Conn]:
    """Thirty days of 1,000 calls each, up to now: of 20 tools and ten agents; to be read only."""
    with copy(server, template) as conninfo, psycopg.connect(conninfo, autocommit=True) as conn:
        declare(conn, "Tool", *(f"tool_{number}" for number in range(20)))
        today = dt.datetime.now(dt.UTC).date()
        for day in range(-1, DAYS + 1):
            make_day(conn, str(today - dt.timedelta(days=day)))
        conn.execute(
            b"INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool_id, tool, agent, status)"
            b" SELECT now() - number * interval '86.4 s', 100, entity.id, entity.name, 'agent_' || number % 10,"
            b" CASE WHEN number % 100 = 0 THEN 'failure' ELSE 'success' END"
            b" FROM generate_series(1, 30000) AS number"
            b" INNER JOIN registry.entities AS entity ON entity.name = 'tool_' || number / 10 % 20"
        )
        # Of one that was called on the first day alone, and of one that nobody declared.
        declare(conn, "Tool", "rare")
        first = str(today - dt.timedelta(days=DAYS - 1))
        log(conn, "rare", f"{first} 10:00Z")
        log(conn, "strange", f"{first} 11:00Z")
        # BRIN works on what was summarised.
        conn.execute(b"VACUUM ANALYZE")
        yield conn


def latest(conn: Conn, **arguments: Any) -> list[Any]:
    named = ", ".join(f"{name} => %({name})s" for name in arguments)
    return conn.execute(f"SELECT * FROM api.latest_invocations({named})".encode(), arguments).fetchall()


def shown(conn: Conn, **arguments: Any) -> list[Any]:
    """Return what the view has, all of which is read."""
    given = {"max_results": 20, "before": "infinity"} | arguments
    where = [f"{name} = %({name})s" for name in ("tool", "agent", "status") if arguments.get(name) is not None]
    where = ["started_at < %(before)s", *where]
    statement = f"SELECT * FROM api.invocations WHERE {' AND '.join(where)} ORDER BY started_at DESC, id DESC"
    return conn.execute(f"{statement} LIMIT %(max_results)s".encode(), given).fetchall()


@pytest.mark.parametrize(
    "before", ["infinity", "now", "yesterday", "20 days ago", "1 year ago", "-infinity", "4714-11-24 00:00Z BC"]
)
def test_they_are_those_of_the_view(month: Conn, before: str) -> None:
    if before.endswith(" ago"):
        before = value(month, "SELECT (now() - %s::interval)::text", before.removesuffix(" ago"))
    cases = product(
        [None, "tool_7", "rare", "strange", "none"], [None, "agent_3", "none"], [None, "failure", "timeout"], [1, 20]
    )
    for tool, agent, status, most in cases:
        given = {"tool": tool, "agent": agent, "status": status, "max_results": most, "before": before}
        assert latest(month, **given) == shown(month, **given), given


def test_more_than_a_part_of_the_logs_holds_is_put_together(month: Conn) -> None:
    assert latest(month, max_results=1000) == shown(month, max_results=1000)
    assert latest(month, tool="tool_7", max_results=1000) == shown(month, tool="tool_7", max_results=1000)


def test_names_are_those_of_now(conn: Conn) -> None:
    """A name that another tool took over shows both, and calls that were logged before it was declared."""
    declare(conn, "Tool", "pay", "old")
    log(conn, "pay", "2026-03-02 10:00Z", tool_id=None)
    log(conn, "pay", "2026-03-02 10:01Z")
    log(conn, "charge", "2026-03-02 10:02Z", tool_id=value(conn, "SELECT id FROM registry.entities WHERE name = 'pay'"))
    log(conn, "pay", "2026-03-02 10:03Z", tool_id=value(conn, "SELECT id FROM registry.entities WHERE name = 'old'"))
    log(conn, "pay", "9999-03-02 10:04Z")
    log(conn, "pay", "0100-03-02 10:05Z")
    conn.execute(b"SET session_replication_role = replica")
    conn.execute(b"UPDATE registry.entities SET name = NULL, present = false WHERE name = 'old'")
    conn.execute(b"RESET session_replication_role")

    assert latest(conn, tool="charge") == []
    assert len(latest(conn, tool="pay")) == 6
    assert latest(conn, tool="pay") == shown(conn, tool="pay")
    assert latest(conn) == shown(conn)
    for most in range(1, 7):
        assert latest(conn, tool="pay", max_results=most) == shown(conn, tool="pay", max_results=most)


def test_calls_of_the_same_moment_come_in_one_order(conn: Conn) -> None:
    for _ in range(30):
        log(conn)

    assert latest(conn) == shown(conn)
    assert latest(conn, tool="lookup") == shown(conn, tool="lookup")


def read(conn: Conn, **arguments: Any) -> int:
    """Return how many calls are read to find the newest."""
    # What a parallel worker reads is not among the numbers of this transaction.
    conn.execute(b"SET max_parallel_workers_per_gather = 0")
    # The table of a day is so small that an index is no gain.
    conn.execute(b"SET enable_seqscan = off")
    fetched = (
        "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables"
        " WHERE relname ~ '^invocation_logs'"
    )
    with conn.transaction():
        before = value(conn, fetched)
        latest(conn, **arguments)
        return int(value(conn, fetched) - before)


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        ({"tool": "tool_7"}, 500),
        ({"tool": "rare"}, 500),
        ({"tool": "none"}, 500),
        ({}, CALLS // 3),
        ({"agent": "agent_3"}, CALLS // 3),
        ({"status": "failure"}, CALLS // 3),
        ({"tool": "tool_7", "before": "20 days ago"}, 500),
    ],
    ids=str,
)
def test_few_others_are_read(month: Conn, arguments: dict[str, Any], most: int) -> None:
    """Of a tool only its own, by the index on it; else those of a few days, whatever time it is now."""
    if str(arguments.get("before")).endswith(" ago"):
        arguments |= {"before": value(month, "SELECT now() - interval '20 days'")}

    assert read(month, **arguments) <= most
    assert value(month, "SELECT count(*) FROM runtime.invocation_logs") == CALLS + 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"status": "failed"}, 'status is "failed"; expected success, failure, timeout or cancelled'),
        ({"max_results": 0}, "max_results is 0; expected a number from 1 to 1000"),
        ({"max_results": 1001}, "max_results is 1001; expected"),
        ({"max_results": None}, "max_results is NULL; expected"),
        ({"before": None}, "before is NULL; expected a time, or infinity"),
    ],
    ids=str,
)
def test_an_argument_that_cannot_be_is_named(conn: Conn, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue) as error:
        latest(conn, **arguments)

    assert (error.value.diag.message_primary or "").startswith(message)


@pytest.mark.parametrize("role", ["toolreg_reader", "toolreg_agent", "toolreg_reconciler"])
def test_everybody_in_a_group_role_reads_them(conn: Conn, database: str, role: str) -> None:
    log(conn)

    with login(database, role) as conninfo, psycopg.connect(conninfo) as member:
        assert len(latest(member)) == 1
