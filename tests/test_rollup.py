"""The rollups hold what the raw rows hold: nothing is lost and nothing counted twice, whoever commits or dies when."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.calls import Conn, declare, log, make_day, rollup, value

PATIENCE = 20.0

ROLLED = """
SELECT
    rolled.hour, series.tool_id, series.tool, series.tool_version, series.agent, series.service_id, series.service,
    series.node_id, series.node, rolled.calls, rolled.successes, rolled.failures, rolled.timeouts, rolled.cancellations,
    rolled.duration_ms_sum, rolled.duration_ms_max, rolled.request_bytes, rolled.response_bytes, rolled.last_started_at
FROM runtime.invocation_rollup AS rolled
INNER JOIN runtime.series AS series ON series.id = rolled.series_id
"""
RAW = """
SELECT
    date_trunc('hour', started_at, 'UTC'), tool_id, tool, tool_version, agent, service_id, service, node_id, node,
    count(*), count(*) FILTER (WHERE status = 'success'), count(*) FILTER (WHERE status = 'failure'),
    count(*) FILTER (WHERE status = 'timeout'), count(*) FILTER (WHERE status = 'cancelled'),
    sum(duration_ms), max(duration_ms), coalesce(sum(request_bytes), 0)::bigint,
    coalesce(sum(response_bytes), 0)::bigint, max(started_at)
FROM runtime.invocation_logs
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
"""
MEASURED = """
SELECT measured.day, series.tool, series.agent, measured.bucket, sum(measured.calls)
FROM runtime.duration_histogram AS measured
INNER JOIN runtime.series AS series ON series.id = measured.series_id
GROUP BY 1, 2, 3, 4
"""
RAW_MEASURED = """
SELECT (started_at AT TIME ZONE 'UTC')::date, tool, agent, internal.duration_bucket(duration_ms), count(*)
FROM runtime.invocation_logs
GROUP BY 1, 2, 3, 4
"""


DAILY = """
SELECT
    day::timestamp AT TIME ZONE 'UTC', tool_id, tool, tool_version, agent, service_id, service, node_id, node,
    calls, successes, failures, timeouts, cancellations, duration_ms_sum, duration_ms_max, request_bytes,
    response_bytes, last_started_at
FROM runtime.invocation_rollup_daily AS rolled
INNER JOIN runtime.series AS series ON series.id = rolled.series_id
"""
MEASURED_TOTAL = "SELECT day, bucket, calls FROM runtime.duration_histogram_total"
RAW_MEASURED_TOTAL = """
SELECT (started_at AT TIME ZONE 'UTC')::date, internal.duration_bucket(duration_ms), count(*)
FROM runtime.invocation_logs
GROUP BY 1, 2
"""


def same(conn: Conn, one: str, other: str) -> None:
    left, right = (sorted(conn.execute(text.encode()).fetchall(), key=str) for text in (one, other))
    assert left == right


def is_exact(conn: Conn) -> None:
    """Fail where the rollups differ from the raw rows. All durations of these tests add up without rounding."""
    same(conn, ROLLED, RAW)
    same(conn, DAILY, RAW.replace("'hour'", "'day'"))
    same(conn, MEASURED, RAW_MEASURED)
    same(conn, MEASURED_TOTAL, RAW_MEASURED_TOTAL)


def forget(conn: Conn, before: str) -> None:
    """Remove days from the rollups: those which no raw row is left of."""
    conn.execute(b"DELETE FROM runtime.invocation_rollup WHERE hour < %s::timestamptz", (before,))
    for table in ("invocation_rollup_daily", "duration_histogram", "duration_histogram_total"):
        conn.execute(f"DELETE FROM runtime.{table} WHERE day < %s".encode(), (before,))


def total(conn: Conn) -> int:
    """Return how many calls there are, from rollups and raw rows, and that the raw rows agree."""
    ((counted, raw),) = conn.execute(
        b"SELECT (SELECT total FROM api.orchestration_analytics()), (SELECT count(*) FROM runtime.invocation_logs)"
    )
    assert counted == raw
    return int(counted)


@pytest.fixture
def other(database: str) -> Iterator[Conn]:
    """A second connection."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@contextmanager
def blocked(conn: Conn, by: Conn, statement: str) -> Iterator[Any]:
    """Run a statement in a thread; once it waits for a lock, give what becomes of it."""
    pid = by.info.backend_pid
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(value, by, statement)
        give_up = time.monotonic() + PATIENCE
        while not value(conn, "SELECT cardinality(pg_blocking_pids(%s))", pid):
            assert time.monotonic() < give_up
            assert not running.done(), running.result()
        yield running


# ---- What is counted


def test_the_first_rollup_counts_all_there_is(conn: Conn) -> None:
    declare(conn, "Tool", "lookup")
    make_day(conn, "2026-03-02")
    log(conn, request_bytes=10, response_bytes=20, tool_version="1.0.0")
    log(conn, status="failure", duration_ms=0)
    log(conn, status="timeout", started_at="2026-03-02 10:59:59.999999Z", node="somewhere", service="something")
    log(conn, status="cancelled", started_at="1999-12-31 23:59Z")
    log(conn, "unheard_of", agent="bob", duration_ms=0.5)

    assert rollup(conn) == "counted 5 calls of 2 days"

    is_exact(conn)


def test_a_second_rollup_adds_nothing(conn: Conn) -> None:
    log(conn)
    rollup(conn)

    assert rollup(conn) == "counted 0 new calls"

    is_exact(conn)


def test_calls_are_added_to_what_was_counted_also_late_ones(conn: Conn) -> None:
    make_day(conn, "2026-03-02")
    log(conn)
    rollup(conn)
    log(conn, status="failure", duration_ms=400, started_at="2026-03-02 10:01Z")
    log(conn, started_at="2020-01-01 00:00Z")
    log(conn, agent="bob")

    assert rollup(conn) == "counted 3 new calls"

    is_exact(conn)


def test_there_may_be_nothing(conn: Conn) -> None:
    assert rollup(conn) == "counted 0 calls of 0 days"
    assert rollup(conn) == "counted 0 new calls"
    assert total(conn) == 0


def test_absurd_durations_and_sizes_do_not_stop_the_counting(conn: Conn) -> None:
    for _ in range(2):
        for duration in (0, 5e-324, 1e308):
            log(conn, duration_ms=duration, request_bytes=2**63 - 1, response_bytes=2**63 - 1)
        rollup(conn)

    assert total(conn) == 6
    assert value(conn, "SELECT sum(calls)::int FROM runtime.duration_histogram") == 6
    assert value(conn, "SELECT request_bytes FROM runtime.invocation_rollup") == 2**63 - 1


@pytest.mark.parametrize(
    ("duration", "bucket"),
    [(0, -73), (0.001, -73), (0.00105, -72), (1, 0), (1.05, 0), (1.101, 1), (100, 48), (1e308, 398)],
)
def test_buckets_are_a_tenth_wide(conn: Conn, duration: float, bucket: int) -> None:
    assert value(conn, "SELECT internal.duration_bucket(%s::float8)", duration) == bucket


# ---- Who commits when


def test_a_call_that_was_under_way_during_the_rollup_is_counted_by_the_next(conn: Conn, other: Conn) -> None:
    """The classical lost row: its number is lower than that of rows which were counted."""
    with other.transaction():
        log(other, agent="slow")
        log(conn, agent="fast")
        rollup(conn)
        assert total(conn) == 1

    assert total(conn) == 2
    assert rollup(conn) == "counted 1 new calls"
    assert total(conn) == 2
    is_exact(conn)


def test_what_was_rolled_back_is_not_counted(conn: Conn, other: Conn) -> None:
    log(conn)
    with other.transaction(force_rollback=True):
        log(other)
        rollup(conn)
    with other.transaction():
        log(other)
        with other.transaction(force_rollback=True):
            log(other)
        with other.transaction():
            log(other)

    assert rollup(conn) == "counted 2 new calls"

    is_exact(conn)


def test_calls_of_the_transaction_that_rolls_up_are_counted_by_the_next(conn: Conn, other: Conn) -> None:
    """Whether its own snapshot includes it depends on what others do meanwhile."""
    for _ in range(2):
        with conn.transaction():
            log(conn)
            log(other)
            rollup(conn)
            log(conn)
            assert total(conn) == value(conn, "SELECT count(*) FROM runtime.invocation_logs")
            rollup(conn)
            log(other)
        assert total(conn) == total(other)

    rollup(conn)

    is_exact(conn)


def test_many_log_and_roll_up_at_once(conn: Conn, database: str) -> None:
    make_day(conn, "2026-03-02")
    rollup(conn)
    stop = threading.Event()

    def agent(name: str) -> None:
        with psycopg.connect(database, autocommit=True) as mine:
            for number in range(40):
                with mine.transaction(force_rollback=number % 5 == 0):
                    log(mine, agent=name, duration_ms=2**number % 1024)
                    log(mine, agent=name, started_at=f"2026-03-0{1 + number % 3} 23:59Z")

    def roller() -> None:
        with psycopg.connect(database, autocommit=True) as mine:
            while not stop.is_set():
                rollup(mine)
                total(mine)

    with ThreadPoolExecutor(6) as threads:
        agents = [threads.submit(agent, name) for name in ("ada", "bob", "eve")]
        rollers = [threads.submit(roller) for _ in range(2)]
        for done in agents:
            done.result()
        stop.set()
        for done in rollers:
            done.result()

    rollup(conn)
    assert total(conn) == 3 * 2 * 32
    is_exact(conn)


def test_of_two_at_once_the_second_waits_and_adds_the_rest(conn: Conn, other: Conn, database: str) -> None:
    log(conn)
    with psycopg.connect(database) as first:
        rollup(first)
        log(conn)
        with blocked(conn, other, "SELECT api.rollup_invocations()") as second:
            first.commit()

    assert second.result() == "counted 1 new calls"
    is_exact(conn)


def test_at_repeatable_read_a_rollup_that_came_second_fails_and_can_be_tried_again(conn: Conn, other: Conn) -> None:
    """Its snapshot is older than what the first one has counted."""
    rollup(conn)
    other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with other.transaction(force_rollback=True):
        value(other, "SELECT 1")
        log(conn)
        rollup(conn)
        with pytest.raises(psycopg.errors.SerializationFailure):
            rollup(other)

    with other.transaction():
        log(conn)
        assert rollup(other) == "counted 1 new calls"
    is_exact(conn)


def test_a_rollup_that_is_killed_has_counted_nothing(conn: Conn, other: Conn, database: str) -> None:
    log(conn)
    rollup(conn)
    log(conn, agent="bob")
    with psycopg.connect(database) as holder:
        holder.execute(b"LOCK TABLE runtime.duration_histogram IN SHARE MODE")
        with blocked(conn, other, "SELECT api.rollup_invocations()") as killed:
            conn.execute("SELECT pg_terminate_backend(%s)", (other.info.backend_pid,))
            with pytest.raises(psycopg.OperationalError):
                killed.result()

    assert total(conn) == 2
    assert rollup(conn) == "counted 1 new calls"
    is_exact(conn)


# ---- Raw rows that go, or come from elsewhere


def test_dropping_a_day_leaves_the_rollup_as_it_is(conn: Conn) -> None:
    table = make_day(conn, "2026-03-02")
    log(conn)
    log(conn, started_at="2026-03-03 10:30Z")
    rollup(conn)

    conn.execute(f"DROP TABLE {table}".encode())

    assert value(conn, "SELECT total FROM api.orchestration_analytics()") == 2
    log(conn, started_at="2026-03-02 10:45Z")
    assert value(conn, "SELECT total FROM api.orchestration_analytics()") == 3
    rollup(conn)
    assert value(conn, "SELECT total FROM api.orchestration_analytics()") == 3
    assert value(conn, "SELECT p50_ms FROM api.orchestration_analytics()") is not None


def test_days_are_counted_anew_when_raw_rows_were_changed_by_hand(conn: Conn) -> None:
    make_day(conn, "2026-03-02")
    for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
        log(conn, started_at=f"{day} 12:00Z")
        log(conn, started_at=f"{day} 13:00Z", agent="bob")
    rollup(conn)
    conn.execute(b"DELETE FROM runtime.invocation_logs WHERE agent = 'bob' AND started_at < '2026-03-03'")
    conn.execute(b"UPDATE runtime.invocation_logs SET status = 'failure', duration_ms = 800 WHERE agent = 'ada'")

    # A day without a table of its own, of which rows were removed, looks like one whose table was dropped.
    assert value(conn, "SELECT api.rebuild_rollup('2026-03-01', '2026-03-03')") == (
        "counted 1 calls of 1 day; kept 1 days whose logs were dropped"
    )
    assert value(conn, "SELECT api.rebuild_rollup('2026-03-03')") == "counted 2 calls of 1 day"

    conn.execute(b"DELETE FROM runtime.invocation_logs WHERE started_at < '2026-03-02'")
    forget(conn, "2026-03-02")
    is_exact(conn)


@pytest.mark.parametrize("day", [None, "5874897-12-31", "0001-12-31 BC"])
@pytest.mark.parametrize("argument", ["since", "until"])
def test_days_that_cannot_be_are_not_counted_anew(conn: Conn, argument: str, day: str | None) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=r'^a day is "'):
        value(conn, f"SELECT api.rebuild_rollup({argument} => %s)", day)


def test_a_day_whose_table_was_dropped_is_not_counted_anew_from_what_came_late(conn: Conn) -> None:
    table = make_day(conn, "2026-03-02")
    for _ in range(3):
        log(conn)
    rollup(conn)
    conn.execute(f"DROP TABLE {table}".encode())
    log(conn)

    value(conn, "SELECT api.rebuild_rollup()")

    assert value(conn, "SELECT total FROM api.orchestration_analytics()") == 4


def test_a_dump_that_was_restored_on_another_server_is_counted_anew(conn: Conn, other: Conn) -> None:
    """The transactions of its rows have numbers of that server: higher than any here, or of others here."""
    table = make_day(conn, "2026-03-01")
    make_day(conn, "2026-03-02")
    log(conn, started_at="2026-03-01 10:00Z")
    log(conn)
    rollup(conn)
    conn.execute(f"DROP TABLE {table}".encode())
    log(conn)
    conn.execute(b"UPDATE runtime.invocation_logs SET recorded_xid = recorded_xid + 1000000000")
    conn.execute(b"UPDATE runtime.rollup_state SET cluster = '1', counted = '2000000000:2000000000:'")
    assert value(conn, "SELECT total FROM api.orchestration_analytics()") == 2, "until then, raw rows alone"

    with other.transaction():
        log(other, agent="here")
        assert rollup(conn) == "counted 2 calls of 1 day"
        assert value(conn, "SELECT total FROM api.orchestration_analytics()") == 3
    assert value(conn, "SELECT total FROM api.orchestration_analytics()") == 4
    assert rollup(conn) == "counted 1 new calls"

    forget(conn, "2026-03-02")
    is_exact(conn)


OLD = "2020-03-02"


def drop(conn: Conn, day: str) -> None:
    """Let the logs of a day be dropped as maintenance does it, and kept from then on."""
    assert value(conn, "SELECT api.drop_partition(%s)", day).startswith("dropped ")
    conn.execute(b"UPDATE runtime.settings SET keep_logs = '30 years'")


def counted(conn: Conn) -> list[int]:
    """Return how many calls each of the rollups has."""
    tables = ("invocation_rollup", "invocation_rollup_daily", "duration_histogram", "duration_histogram_total")
    return [value(conn, f"SELECT coalesce(sum(calls), 0)::int FROM runtime.{table}") for table in tables]


def come_from_elsewhere(conn: Conn, higher: int = 1_000_000_000) -> None:
    """Let what there is be a dump that was restored here, with the numbers that its transactions had there."""
    conn.execute("UPDATE runtime.invocation_logs SET recorded_xid = recorded_xid + %s", (higher,))
    conn.execute(
        b"UPDATE runtime.rollup_state SET cluster = '1', counted = format('%%s:%%s:', next, next)::pg_snapshot"
        b" FROM (SELECT pg_snapshot_xmax(counted)::text::bigint + %s FROM runtime.rollup_state) AS there (next)",
        (higher,),
    )


def test_a_dropped_day_that_got_a_table_again_is_not_counted_anew(conn: Conn) -> None:
    """Logs are kept for longer now, and a call came late: its raw row is one of four calls."""
    make_day(conn, OLD)
    for _ in range(3):
        log(conn, started_at=f"{OLD} 10:30Z")
    rollup(conn)
    drop(conn, OLD)
    log(conn, started_at=f"{OLD} 10:30Z")
    make_day(conn, OLD)

    said = value(conn, "SELECT api.rebuild_rollup()")

    assert said == "counted 0 calls of 0 days; kept 1 days whose logs were dropped"
    assert counted(conn) == [4] * 4
    assert rollup(conn) == "counted 0 new calls"
    come_from_elsewhere(conn)
    assert rollup(conn) == "counted 0 calls of 0 days; kept 1 days whose logs were dropped"
    assert counted(conn) == [4] * 4


def test_it_is_known_how_many_calls_only_the_rollups_have(conn: Conn) -> None:
    make_day(conn, OLD)
    for _ in range(3):
        log(conn, started_at=f"{OLD} 10:30Z")
    log(conn, started_at="2020-03-01 10:30Z")
    rollup(conn)
    drop(conn, OLD)
    conn.execute(b"UPDATE runtime.settings SET keep_logs = DEFAULT")
    for _ in range(2):
        log(conn, started_at=f"{OLD} 10:30Z")
    rollup(conn)

    value(conn, "SELECT api.delete_expired_calls()")

    dropped = conn.execute(b"SELECT day::text, calls FROM runtime.dropped_days ORDER BY day").fetchall()
    assert dropped == [("2020-03-01", 1), (OLD, 5)]
    assert counted(conn) == [6] * 4


@pytest.mark.parametrize("higher", [0, 1_000_000_000])
@pytest.mark.parametrize("has_a_table", [True, False])
def test_late_calls_of_a_dropped_day_are_counted_once_on_another_server(
    conn: Conn, *, has_a_table: bool, higher: int
) -> None:
    """Those that its rollup had counted, those that it had not, and those that were logged here before any rollup."""
    make_day(conn, OLD)
    for _ in range(3):
        log(conn, started_at=f"{OLD} 10:30Z")
    rollup(conn)
    drop(conn, OLD)
    log(conn, started_at=f"{OLD} 10:30Z", agent="counted")
    if has_a_table:
        make_day(conn, OLD)
    rollup(conn)
    assert counted(conn) == [4] * 4
    log(conn, started_at=f"{OLD} 10:30Z", agent="uncounted")
    come_from_elsewhere(conn, higher)
    log(conn, started_at=f"{OLD} 10:30Z", agent="here")

    said = rollup(conn)

    assert said == "counted 0 calls of 0 days; kept 1 days whose logs were dropped, and added 2 calls to them"
    assert counted(conn) == [6] * 4
    assert rollup(conn) == "counted 0 new calls"


# ---- What follows what


def successions(conn: Conn) -> list[Any]:
    return conn.execute(
        b"SELECT tool, next_tool, agent, calls FROM runtime.tool_successions ORDER BY tool, next_tool, agent"
    ).fetchall()


def test_the_next_tool_of_a_trace_is_counted_also_across_rollups(conn: Conn) -> None:
    for minute, tool in enumerate(("search", "read", "search", "read", "pay")):
        log(conn, tool, f"2026-03-02 10:0{minute}Z", trace_id="a" * 32)
        if minute % 2:
            rollup(conn)
    log(conn, "alone", "2026-03-02 10:02:30Z")
    log(conn, "alone", "2026-03-02 10:02:30Z", trace_id="b" * 32)

    rollup(conn)

    assert successions(conn) == [("read", "pay", "ada", 1), ("read", "search", "ada", 1), ("search", "read", "ada", 2)]


def test_what_comes_an_hour_later_does_not_follow(conn: Conn) -> None:
    for hour in (10, 11):
        log(conn, "search", f"2026-03-02 {hour}:00Z", trace_id="a" * 32)
    rollup(conn)
    log(conn, "read", "2026-03-02 12:30Z", trace_id="a" * 32)
    rollup(conn)

    assert successions(conn) == []


def test_counting_days_anew_leaves_successions_alone(conn: Conn) -> None:
    for minute in (1, 2):
        log(conn, "search", f"2026-03-02 10:0{minute}Z", trace_id="a" * 32)
    rollup(conn)

    value(conn, "SELECT api.rebuild_rollup()")

    assert successions(conn) == [("search", "search", "ada", 1)]


# ---- Rights


def test_a_temporary_table_does_not_take_the_place_of_a_real_one(conn: Conn) -> None:
    log(conn)
    conn.execute(b"SET ROLE toolreg_reconciler")
    conn.execute(b"CREATE TEMPORARY TABLE pg_class (relname text)")
    conn.execute(b"CREATE FUNCTION pg_temp.count(text) RETURNS bigint LANGUAGE sql RETURN 7")
    conn.execute(b"SET search_path = pg_temp, runtime, api, pg_catalog")

    assert rollup(conn) == "counted 1 calls of 1 day"
