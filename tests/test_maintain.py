"""Maintenance: what each task does, while agents write, interrupted anywhere, and by whom it may be run."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from reconciler.assets import SQL, list_scripts
from reconciler.database.embedded import binaries
from tests.builders import Repository, Result, node, run, tool
from tests.conftest import Toolreg
from tests.roles import login

PATIENCE = 20.0
Conn = psycopg.Connection[Any]
Rows = list[tuple[Any, ...]]

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
LONG_AGO = TODAY - timedelta(days=200)
TASKS = [path.stem for path in list_scripts("maintenance")]


def rows(conn: Conn, statement: bytes, *parameters: object) -> Rows:
    return conn.execute(statement, parameters or None).fetchall()


def only(conn: Conn, statement: bytes, *parameters: object) -> Any:
    ((value,),) = rows(conn, statement, *parameters)
    return value


def eventually(conn: Conn, statement: bytes, *parameters: object) -> None:
    """Wait until a query returns true."""
    deadline = time.monotonic() + PATIENCE
    while not only(conn, statement, *parameters):
        assert time.monotonic() < deadline, statement
        time.sleep(0.01)


def log(conn: Conn, day: date, calls: int = 1, tool_id: object = None) -> None:
    """Log calls at different moments of a day (UTC)."""
    conn.execute(
        b"INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, tool_id, agent, status, attributes)"
        b" SELECT %s::timestamp AT TIME ZONE 'UTC' + n * interval '1 second', 5, 'lookup', %s, 'agent', 'success',"
        b" jsonb_build_object('n', n) FROM generate_series(1, %s) AS n",
        (day, tool_id, calls),
    )


def rolled_up(conn: Conn) -> None:
    """Let the rollups have counted every call that was logged until now; what they count is tested elsewhere."""
    conn.execute(
        b"INSERT INTO runtime.rollup_state (counted, cluster, rolled_at)"
        b" SELECT pg_current_snapshot(), system_identifier::text, now() FROM pg_control_system()"
        b" ON CONFLICT (only_row) DO UPDATE SET counted = excluded.counted, rolled_at = excluded.rolled_at"
    )


def partitions(conn: Conn) -> list[str]:
    return [
        name
        for (name,) in rows(
            conn,
            b"SELECT relname::text FROM pg_inherits INNER JOIN pg_class ON oid = inhrelid"
            b" WHERE inhparent = 'runtime.invocation_logs'::regclass ORDER BY relname",
        )
    ]


def partition_of(day: date) -> str:
    return f"invocation_logs_{day:%Y%m%d}"


def in_default(conn: Conn) -> int:
    count: int = only(conn, b"SELECT count(*) FROM runtime.invocation_logs_default")
    return count


def make(conn: Conn, *days: date) -> None:
    for day in days:
        conn.execute(b"SELECT api.create_partition(%s)", (day,))


@contextmanager
def background(work: Callable[[], object]) -> Iterator[list[BaseException]]:
    """Run something again and again in a thread for the time of the block; yields the errors that it raised."""
    found: list[BaseException] = []
    is_over = threading.Event()

    def repeat() -> None:
        try:
            while not is_over.is_set():
                work()
        except BaseException as error:  # noqa: BLE001  The test looks at it.
            found.append(error)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield found
    finally:
        is_over.set()
        thread.join(PATIENCE)


# ---- The files


def test_each_file_is_a_task_and_each_task_a_file(conn: Conn) -> None:
    assert sorted(TASKS) == [
        task for (task,) in rows(conn, b"SELECT task FROM runtime.maintenance_tasks ORDER BY task")
    ]


@pytest.mark.parametrize("path", list_scripts("maintenance"), ids=lambda path: path.stem)
def test_each_file_is_one_statement_whose_rows_are_run(path: Path) -> None:
    text = path.read_text("utf-8")

    assert re.match(r"-- [A-Z].*\.\n", text)
    assert text.endswith(f"\n\\gexec\n\\echo '{path.stem}: done'\n")
    assert text.count("\\gexec") == 1
    assert ";" not in text


def missing_function(conn: Conn, task: str) -> bool:
    functions = {"rollup_invocations": "rollup_invocations", "update_tool_status": "update_tool_status"}
    return task in functions and only(conn, b"SELECT to_regproc(%s) IS NULL", f"api.{functions[task]}")


@pytest.mark.parametrize("task", TASKS)
def test_psql_runs_each_file(conn: Conn, database: str, task: str) -> None:
    if missing_function(conn, task):
        pytest.skip("its function is not there yet")
    psql = binaries.locate().path("psql")
    words = [psql, "-X", "-At", "-v", "ON_ERROR_STOP=1", "-f", str(SQL / f"maintenance/{task}.sql"), database]

    result = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith(f"{task}: done\n")
    if task == "ensure_partitions":
        assert f"created runtime.{partition_of(TODAY)}\n" in result.stdout
        assert partition_of(TODAY) in partitions(conn)


# ---- ensure_partitions


def test_partitions_are_made_ahead(toolreg: Toolreg, conn: Conn) -> None:
    result = toolreg("maintain", "ensure_partitions")

    ahead = [partition_of(TODAY + timedelta(days=days)) for days in range(8)]
    assert result.code == 0, result.err
    assert result.out == "ensure_partitions: 8 statements\n" + "".join(f"  created runtime.{name}\n" for name in ahead)
    assert partitions(conn) == [*ahead, "invocation_logs_default"]
    assert toolreg("maintain", "ensure_partitions").out == "ensure_partitions: nothing to do\n"


def test_a_partition_is_like_the_logs_themselves(conn: Conn) -> None:
    """Same indexes, checks and foreign keys, no rights of its own, and it goes on counting the ids."""
    make(conn, TODAY)
    shape = (
        b"SELECT contype::text, pg_get_constraintdef(oid) FROM pg_constraint"
        b" WHERE conrelid = %s::regclass AND contype <> 'n' ORDER BY 1, 2"
    )
    indexes = (
        b"SELECT regexp_replace(pg_get_indexdef(indexrelid), ' INDEX .* USING', '') FROM pg_index"
        b" WHERE indrelid = %s::regclass ORDER BY 1"
    )
    ours, logs = f"runtime.{partition_of(TODAY)}", "runtime.invocation_logs"

    assert rows(conn, shape, ours) == rows(conn, shape, logs)
    assert rows(conn, indexes, ours) == rows(conn, indexes, logs)
    others = (
        b"SELECT count(*) FROM pg_class, aclexplode(relacl) AS acl WHERE oid = %s::regclass AND acl.grantee <> relowner"
    )
    assert only(conn, others, ours) == 0
    assert (
        only(conn, b"SELECT obj_description(%s::regclass, 'pg_class')", ours) == f"Calls that began on {TODAY} (UTC)."
    )
    log(conn, TODAY, 2)
    assert rows(conn, b"SELECT id, tableoid::regclass::text FROM runtime.invocation_logs ORDER BY id") == [
        (1, ours),
        (2, ours),
    ]
    with pytest.raises(errors.ForeignKeyViolation):
        log(conn, TODAY, tool_id="00000000-0000-0000-0000-000000000000")


def test_calls_of_days_without_a_partition_are_moved_as_they_are(toolreg: Toolreg, conn: Conn) -> None:
    """With id, transaction, role and payload; calls that have expired stay where they are."""
    for day, calls in ((TODAY, 5), (YESTERDAY, 7), (TODAY - timedelta(days=30), 3), (LONG_AGO, 2)):
        log(conn, day, calls)
    everything = b"SELECT log::text FROM runtime.invocation_logs AS log ORDER BY id"
    before = rows(conn, everything)

    result = toolreg("maintain", "ensure_partitions")

    last_month = partition_of(TODAY - timedelta(days=30))
    assert result.code == 0, result.err
    assert result.out.startswith(
        f"ensure_partitions: 10 statements\n  created runtime.{partition_of(TODAY)}, moved 5 calls"
    )
    assert result.out.endswith(
        f"  created runtime.{partition_of(YESTERDAY)}, moved 7 calls into it from the default partition\n"
        f"  created runtime.{last_month}, moved 3 calls into it from the default partition\n"
    )
    assert rows(conn, everything) == before
    assert in_default(conn) == 2


def test_a_partition_that_exists_is_not_made_again(conn: Conn) -> None:
    make(conn, TODAY)

    assert only(conn, b"SELECT api.create_partition(%s)", TODAY) == f"runtime.{partition_of(TODAY)} exists already"


def test_a_table_of_that_name_that_is_no_partition_is_not_touched(conn: Conn) -> None:
    conn.execute(sql.SQL("CREATE TABLE runtime.{} (id int)").format(sql.Identifier(partition_of(TODAY))))

    with pytest.raises(errors.DuplicateTable, match="exists, but is no partition"):
        make(conn, TODAY)


@pytest.mark.parametrize("function", ["create_partition", "drop_partition"])
@pytest.mark.parametrize(
    "day", [None, "infinity", "-infinity", "5874897-12-31", "10000-01-01", "0001-12-31 BC", "4713-01-01 BC"]
)
def test_a_day_that_is_none_is_refused(conn: Conn, function: str, day: str | None) -> None:
    call = sql.SQL("SELECT {}(%s)").format(sql.Identifier("api", function))

    with pytest.raises(errors.InvalidParameterValue, match=r'^day is "'):
        conn.execute(call, (day,))


def test_an_open_transaction_that_logs_is_not_blocked(toolreg: Toolreg, conn: Conn, database: str) -> None:
    """Days to come are made while it is open, since nothing of them can be in the default partition."""
    make(conn, TODAY, YESTERDAY)
    with psycopg.connect(database) as agent:
        agent.execute(b"SET lock_timeout = '50ms'")
        log(agent, TODAY)

        result = toolreg("maintain", "ensure_partitions")

        assert result.code == 0, result.err
        assert len(partitions(conn)) == 10
        log(agent, YESTERDAY)
    assert only(conn, b"SELECT count(*) FROM runtime.invocation_logs") == 2


@pytest.mark.faults
def test_a_transaction_that_does_not_end_leaves_a_partition_for_the_next_run(
    toolreg: Toolreg, conn: Conn, database: str
) -> None:
    """It logged into the default partition. It is not harmed, nothing is changed, and the next run makes up for it."""
    conn.execute(b"UPDATE runtime.settings SET partitions_ahead = 1")
    with psycopg.connect(database) as agent:
        agent.execute(b"SET lock_timeout = '1s'")
        log(agent, TODAY)

        result = toolreg("maintain", "ensure_partitions", "--limit", "1")

        assert result.code == 4
        assert f"runtime.{partition_of(TODAY)} is left for the next run" in result.err
        assert partitions(conn) == ["invocation_logs_default"]
        log(agent, TODAY)
    assert toolreg("maintain", "ensure_partitions").code == 0
    assert (len(partitions(conn)), in_default(conn)) == (3, 0)
    assert only(conn, b"SELECT count(*) FROM runtime.invocation_logs") == 2


@pytest.mark.faults
def test_an_apply_is_not_disturbed(conn: Conn, database: str) -> None:
    """The foreign keys of a new table wait for it; who logs waits for neither."""
    tomorrow = TODAY + timedelta(days=1)
    make(conn, TODAY)
    with psycopg.connect(database) as applying, psycopg.connect(database, autocommit=True) as agent:
        applying.execute(b"LOCK TABLE registry.entities IN ROW EXCLUSIVE MODE")
        agent.execute(b"SET lock_timeout = '50ms'")
        with background(lambda: log(agent, TODAY)) as failures, pytest.raises(errors.LockNotAvailable):
            make(conn, tomorrow)
        assert failures == []
        applying.execute(b"LOCK TABLE registry.entities IN ROW EXCLUSIVE MODE NOWAIT")

    make(conn, tomorrow)
    assert partitions(conn) == [partition_of(TODAY), partition_of(tomorrow), "invocation_logs_default"]


def test_who_logs_into_a_day_that_is_there_never_waits(conn: Conn, database: str) -> None:
    """Not even 50 ms, while tables of days to come are made."""
    make(conn, TODAY)
    with psycopg.connect(database, autocommit=True) as agent:
        agent.execute(b"SET lock_timeout = '50ms'")
        with background(lambda: log(agent, TODAY)) as failures:
            make(conn, *(TODAY + timedelta(days=days) for days in range(1, 20)))

    assert failures == []
    assert in_default(conn) == 0


def test_nobody_misses_a_call_or_loses_one_while_calls_are_moved(conn: Conn, database: str) -> None:
    """Today has no table: agents log into the default partition while its calls are moved, and others count them."""
    days = [TODAY - timedelta(days=days) for days in range(8)]
    for day in days:
        log(conn, day, 500)
    known = b"SELECT count(*), count(DISTINCT id), count(*) FILTER (WHERE agent = 'agent') FROM runtime.invocation_logs"
    logged: list[int] = []
    counts: set[tuple[bool, int]] = set()

    with (
        psycopg.connect(database, autocommit=True) as agent,
        psycopg.connect(database, autocommit=True) as reader,
        psycopg.connect(database, autocommit=True) as preparing,
    ):

        def write() -> None:
            agent.execute(
                b"INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, agent, status)"
                b" VALUES (%s::timestamp AT TIME ZONE 'UTC', 1, 'lookup', 'new', 'success')",
                (days[len(logged) % len(days)],),
            )
            logged.append(1)

        def count(conn: Conn, *, prepare: bool) -> None:
            ((calls, distinct, old),) = conn.execute(known, prepare=prepare).fetchall()
            counts.add((calls == distinct, old))

        with (
            background(write) as unlogged,
            background(lambda: count(reader, prepare=False)) as unread,
            background(lambda: count(preparing, prepare=True)) as unprepared,
        ):
            make(conn, *days)

    assert (unlogged, unread, unprepared) == ([], [], [])
    assert counts == {(True, 4000)}
    assert in_default(conn) == 0
    assert only(conn, b"SELECT count(*) FROM runtime.invocation_logs") == 4000 + len(logged)
    assert len(partitions(conn)) == 9


def test_two_make_the_same_partitions_at_once(conn: Conn, database: str) -> None:
    """Each of them is made once, by one of the two."""
    days = [TODAY + timedelta(days=days) for days in range(10)]
    with psycopg.connect(database, autocommit=True) as other:
        thread = threading.Thread(target=make, args=(other, *days))
        thread.start()
        make(conn, *days)
        thread.join(PATIENCE)

    assert partitions(conn) == [*map(partition_of, days), "invocation_logs_default"]


def test_the_partitions_are_listed(conn: Conn) -> None:
    make(conn, YESTERDAY, LONG_AGO)
    log(conn, YESTERDAY, 2)
    rolled_up(conn)
    log(conn, YESTERDAY, 3)
    log(conn, TODAY, 4)

    listed = rows(
        conn, b"SELECT name, day, uncounted_calls, is_expired FROM api.log_partitions ORDER BY day NULLS FIRST"
    )

    assert listed == [
        ("invocation_logs_default", None, 4, False),
        (partition_of(LONG_AGO), LONG_AGO, 0, True),
        (partition_of(YESTERDAY), YESTERDAY, 3, False),
    ]


# ---- drop_expired_partitions


def test_expired_days_are_dropped(toolreg: Toolreg, conn: Conn) -> None:
    keep = only(conn, b"SELECT internal.log_cutoff() AT TIME ZONE 'UTC'").date()
    make(conn, LONG_AGO, keep - timedelta(days=1), keep, TODAY)
    for day in (LONG_AGO, keep - timedelta(days=1), keep, TODAY):
        log(conn, day, 10)
    rolled_up(conn)

    dry = toolreg("maintain", "drop_expired_partitions", "--dry-run")
    assert len(partitions(conn)) == 5
    result = toolreg("maintain", "drop_expired_partitions")

    assert dry.out == (
        "-- drop_expired_partitions: 2 statements\n"
        f"SELECT api.drop_partition('{keep - timedelta(days=1)}');\nSELECT api.drop_partition('{LONG_AGO}');\n"
    )
    assert result.code == 0, result.err
    assert re.search(rf"  dropped runtime.{partition_of(LONG_AGO)}, \d+ kB\n", result.out)
    assert partitions(conn) == [partition_of(keep), partition_of(TODAY), "invocation_logs_default"]
    assert only(conn, b"SELECT count(*) FROM runtime.invocation_logs") == 20


@pytest.mark.parametrize("rollup", ["none", "earlier", "of another server"])
def test_a_day_that_is_not_in_the_rollups_is_not_dropped(toolreg: Toolreg, conn: Conn, rollup: str) -> None:
    make(conn, LONG_AGO)
    if rollup == "earlier":
        rolled_up(conn)
    log(conn, LONG_AGO)
    if rollup == "of another server":
        rolled_up(conn)
        conn.execute(b"UPDATE runtime.rollup_state SET cluster = '1'")

    result = toolreg("maintain", "drop_expired_partitions")

    assert result.code == 1
    assert "are not in the rollups yet; run rollup_invocations first" in result.err
    assert partition_of(LONG_AGO) in partitions(conn)
    rolled_up(conn)
    conn.execute(b"UPDATE runtime.rollup_state SET cluster = (SELECT system_identifier::text FROM pg_control_system())")
    assert toolreg("maintain", "drop_expired_partitions").code == 0
    assert partitions(conn) == ["invocation_logs_default"]


def test_a_day_that_has_not_expired_is_not_dropped(conn: Conn) -> None:
    make(conn, YESTERDAY)

    with pytest.raises(errors.ObjectNotInPrerequisiteState, match=f"day is {YESTERDAY}, which has not expired"):
        conn.execute(b"SELECT api.drop_partition(%s)", (YESTERDAY,))
    assert partition_of(YESTERDAY) in partitions(conn)


def test_a_day_without_a_table_needs_no_dropping(conn: Conn) -> None:
    said = only(conn, b"SELECT api.drop_partition(%s)", LONG_AGO)

    assert said == f"no table holds the calls of {LONG_AGO} alone"


def test_a_day_is_dropped_by_what_its_table_holds(conn: Conn) -> None:
    """A year before Christ is written with the same digits; and a table may bear the name of another day."""
    make(conn, LONG_AGO, TODAY)
    log(conn, TODAY)
    with pytest.raises(errors.InvalidParameterValue):
        conn.execute(b"SELECT api.drop_partition(%s)", (f"{TODAY} BC",))
    swapped = sql.SQL("ALTER TABLE runtime.{} RENAME TO {}")
    for before, after in ((LONG_AGO, "other"), (TODAY, partition_of(LONG_AGO))):
        name = sql.Identifier(partition_of(before))
        conn.execute(swapped.format(name, sql.Identifier(after)))
    rolled_up(conn)
    conn.execute(b"SET DateStyle = 'SQL, DMY'; SET timezone = 'Asia/Tokyo'")

    assert only(conn, b"SELECT api.drop_partition(%s)", LONG_AGO.isoformat()).startswith("dropped runtime.other, ")

    assert only(conn, b"SELECT count(*) FROM runtime.invocation_logs") == 1


FROZEN = {
    "create_partition": b"SELECT api.create_partition('2026-03-02')",
    "drop_partition": b"SELECT api.drop_partition('2026-03-02')",
    "delete_expired_calls": b"SELECT api.delete_expired_calls()",
}


@pytest.mark.parametrize("name", FROZEN)
@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_who_does_not_see_what_was_committed_meanwhile_drops_nothing(conn: Conn, name: str, level: str) -> None:
    conn.execute(sql.SQL("SET default_transaction_isolation = {}").format(level))

    with pytest.raises(errors.ActiveSqlTransaction, match=f"the transaction is {level}, .*expected read committed"):
        conn.execute(FROZEN[name])


def test_maintenance_sees_what_was_committed_whatever_the_default_is(toolreg: Toolreg, conn: Conn) -> None:
    make(conn, LONG_AGO)
    log(conn, LONG_AGO - timedelta(days=1))
    rolled_up(conn)
    database = sql.Identifier(conn.info.dbname)
    conn.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_isolation = 'repeatable read'").format(database))

    for task in ("ensure_partitions", "rollup_invocations", "drop_expired_partitions"):
        assert toolreg("maintain", task).code == 0

    assert partition_of(TODAY) in partitions(conn)
    assert partition_of(LONG_AGO) not in partitions(conn)
    assert in_default(conn) == 0


@pytest.mark.faults
def test_a_day_is_left_to_the_next_run_while_a_transaction_uses_the_logs(
    toolreg: Toolreg, conn: Conn, database: str
) -> None:
    """It need not wait, and is not harmed."""
    make(conn, LONG_AGO, TODAY)
    rolled_up(conn)
    with psycopg.connect(database) as agent:
        agent.execute(b"SET lock_timeout = '1s'")
        log(agent, TODAY)

        result = toolreg("maintain", "drop_expired_partitions")

        assert result.code == 4
        assert f"runtime.{partition_of(LONG_AGO)} is left for the next run" in result.err
        log(agent, TODAY)
    assert partition_of(LONG_AGO) in partitions(conn)
    assert only(conn, b"SELECT count(*) FROM runtime.invocation_logs") == 2


def test_calls_that_came_after_their_day_had_expired_are_deleted(toolreg: Toolreg, conn: Conn) -> None:
    """In batches, once they are in the rollups; no table is made for them."""
    log(conn, LONG_AGO, 10_001)
    rolled_up(conn)
    log(conn, LONG_AGO, 1)
    assert toolreg("maintain", "ensure_partitions").code == 0

    result = toolreg("maintain", "drop_expired_partitions")

    assert result.out == (
        "drop_expired_partitions: 2 statements\n"
        "  deleted 10000 expired calls from the default partition\n"
        "  deleted 1 expired calls from the default partition\n"
    )
    assert in_default(conn) == 1
    assert partition_of(LONG_AGO) not in partitions(conn)


# ---- rollup_invocations, update_tool_status


@pytest.mark.parametrize("task", ["rollup_invocations", "update_tool_status"])
def test_what_others_do_is_run(toolreg: Toolreg, conn: Conn, task: str) -> None:
    if missing_function(conn, task):
        pytest.skip("its function is not there yet")
    make(conn, TODAY)
    log(conn, TODAY, 3)

    result = toolreg("maintain", task)

    assert result.code == 0, result.err
    assert result.out.startswith(f"{task}: 1 statement\n  ")
    if task == "rollup_invocations":
        assert only(conn, b"SELECT sum(calls)::bigint FROM runtime.invocation_rollup") == 3
        assert only(conn, b"SELECT sum(uncounted_calls)::bigint FROM api.log_partitions") == 0


def test_what_became_of_a_tool_is_said_in_words(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    repository.add(node("worker"), tool("pay", node="worker"))
    repository.commit()
    assert toolreg("apply").code == 0
    conn.execute(
        b"INSERT INTO runtime.node_heartbeats (node_id, seen_at)"
        b" SELECT id, now() - interval '1 hour' FROM registry.nodes"
    )

    said = toolreg("maintain", "update_tool_status").out

    assert re.search(r"^  pay: available -> unavailable \(node worker is silent since .*\)$", said, re.MULTILINE)


# ---- Settings


@pytest.mark.parametrize("name", ["keep_logs", "keep_history", "orphan_grace", "silent_after"])
def test_a_setting_that_no_time_can_be_counted_back_by_is_refused(toolreg: Toolreg, conn: Conn, name: str) -> None:
    update = sql.SQL("UPDATE runtime.settings SET {} = %s").format(sql.Identifier(name))
    with pytest.raises(errors.CheckViolation):
        conn.execute(update, ("101 years",))

    conn.execute(update, ("100 years",))

    for task in TASKS:
        assert toolreg("maintain", task, "--dry-run").code == 0
    rows(conn, b"TABLE api.data_integrity")


# ---- Artifacts


def with_tools(repository: Repository, toolreg: Toolreg, conn: Conn) -> dict[str, Any]:
    """Apply the tools `kept` and `gone`, remove the latter, and return their ids."""
    repository.add(tool("kept"), tool("gone"))
    repository.commit()
    assert toolreg("apply").code == 0
    repository.remove("tools/gone.yaml")
    repository.commit()
    assert toolreg("apply").code == 0
    return dict(rows(conn, b"SELECT name, id FROM registry.entities WHERE kind = 'Tool'"))


def age_revisions(conn: Conn, days: int) -> None:
    """Let every revision have been applied so many days earlier. They are append-only, even for a superuser."""
    with conn.transaction():
        conn.execute(b"SET LOCAL session_replication_role = replica")
        conn.execute(b"UPDATE registry.revisions SET finished_at = finished_at - %s * interval '1 day'", (days,))


def store(
    conn: Conn, tool_id: object, count: int = 1, age: int = 100, invocation: tuple[Any, Any] = (None, None)
) -> None:
    conn.execute(
        b"INSERT INTO runtime.artifacts (tool_id, uri, media_type, size_bytes, created_at, invocation_id,"
        b" invocation_started_at) SELECT %s, 'file:/' || gen_random_uuid(), 'text/plain', 1,"
        b" now() - %s * interval '1 day', %s, %s FROM generate_series(1, %s)",
        (tool_id, age, *invocation, count),
    )


def artifacts(conn: Conn) -> int:
    count: int = only(conn, b"SELECT count(*) FROM runtime.artifacts")
    return count


def test_orphans_are_removed_after_their_grace_period(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Counted from the artifact and from the removal of its tool; never while its call is in the logs."""
    ids = with_tools(repository, toolreg, conn)
    make(conn, YESTERDAY)
    log(conn, YESTERDAY, 1, ids["gone"])
    call = rows(conn, b"SELECT id, started_at FROM runtime.invocation_logs")[0]
    store(conn, ids["kept"])
    store(conn, ids["gone"], age=0)
    store(conn, ids["gone"], invocation=call)
    store(conn, ids["gone"], invocation=(call[0], call[1] - timedelta(days=1)))
    store(conn, ids["gone"])
    assert toolreg("maintain", "cleanup_orphaned_artifacts").out == "cleanup_orphaned_artifacts: nothing to do\n"
    age_revisions(conn, 8)

    result = toolreg("maintain", "cleanup_orphaned_artifacts")

    assert result.out == "cleanup_orphaned_artifacts: 1 statement\n  removed 2 orphaned artifacts\n"
    assert artifacts(conn) == 3


def test_artifacts_of_a_tool_that_comes_back_stay(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Restored in git, or removed by hand only: the next apply brings it back."""
    ids = with_tools(repository, toolreg, conn)
    store(conn, ids["gone"])
    store(conn, ids["kept"])
    repository.add(tool("gone"))
    repository.commit()
    toolreg("apply")
    age_revisions(conn, 100)
    conn.execute(b"DELETE FROM registry.tools WHERE name = 'kept'")

    assert toolreg("maintain", "cleanup_orphaned_artifacts").out == "cleanup_orphaned_artifacts: nothing to do\n"
    assert artifacts(conn) == 2


def test_artifacts_expire(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Whether or not the tool is there, in batches."""
    ids = with_tools(repository, toolreg, conn)
    store(conn, ids["kept"], 1001)
    conn.execute(b"UPDATE runtime.artifacts SET expires_at = now() - interval '1 second'")
    store(conn, ids["kept"])
    store(conn, ids["gone"])
    conn.execute(
        b"UPDATE runtime.artifacts SET expires_at = now() + interval '1 day' WHERE tool_id = %s", (ids["gone"],)
    )

    result = toolreg("maintain", "expire_artifacts", "--limit", 1)
    again = toolreg("maintain", "expire_artifacts")

    assert result.out == "expire_artifacts: 1 statement, 1 more left by --limit\n  removed 1000 expired artifacts\n"
    assert again.out == "expire_artifacts: 1 statement\n  removed 1 expired artifacts\n"
    assert artifacts(conn) == 2


# ---- purge_history


def with_history(repository: Repository, toolreg: Toolreg) -> None:
    """Apply five revisions: `old` is renamed to `new`, `gone` is changed and deleted, `restored` was deleted once."""

    def apply() -> None:
        repository.commit()
        result = toolreg("apply")
        assert result.code == 0, result.err

    repository.add(tool("old", category="ONE"), tool("gone"), tool("restored"))
    apply()
    repository.add(tool("old", category="TWO"), tool("gone", category="LAST"))
    repository.remove("tools/restored.yaml")
    apply()
    repository.remove("tools/old.yaml")
    repository.remove("tools/gone.yaml")
    repository.add(tool("new", category="TWO", metadata={"movedFrom": "old"}), tool("restored"))
    apply()
    repository.add(tool("new", category="TWO", version="2.0.0", metadata={"movedFrom": "old"}))
    apply()


def kept_versions(conn: Conn) -> Rows:
    return rows(conn, b"SELECT name, revision, action FROM registry.history ORDER BY revision, name")


def test_history_is_kept_for_good_by_default(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    with_history(repository, toolreg)
    age_revisions(conn, 1000)

    assert toolreg("maintain", "purge_history").out == "purge_history: nothing to do\n"


def test_history_is_removed_by_nothing_but_the_function(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Neither after it, in its transaction, nor after it failed, nor by a role that was granted more than ours have."""
    repository.add(tool("a"))
    repository.commit()
    assert toolreg("apply").code == 0
    anything = b"'00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'"
    with conn.transaction():
        conn.execute(b"SELECT api.purge_history(" + anything + b")")
        with pytest.raises(errors.InsufficientPrivilege, match="append-only"), conn.transaction():
            conn.execute(b"DELETE FROM registry.history")
    # Whose error is caught in the middle of the function.
    conn.execute(b"ALTER TABLE registry.hand_changes RENAME TO away")
    with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
        conn.execute(
            b"DO $$ BEGIN PERFORM api.purge_history(" + anything + b"); EXCEPTION WHEN undefined_table"
            b" THEN DELETE FROM registry.history; END $$"
        )
    with login(conn.info.dsn, "toolreg_reconciler") as conninfo, psycopg.connect(conninfo, autocommit=True) as other:
        conn.execute(f"GRANT DELETE ON registry.history TO {other.info.user}".encode())
        other.execute(b"SET toolreg.purging = 'on'")
        with pytest.raises(errors.InsufficientPrivilege, match="is_purging"):
            other.execute(b"DELETE FROM registry.history")


def test_versions_that_were_replaced_long_ago_are_purged(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """The last version stays, a deletion together with what it deleted; get, history and blame work on."""
    with_history(repository, toolreg)
    conn.execute(b"UPDATE runtime.settings SET keep_history = '30 days'")
    before = kept_versions(conn)
    assert toolreg("maintain", "purge_history").out == "purge_history: nothing to do\n"
    age_revisions(conn, 100)
    blame = toolreg("blame", "tool/new").out
    dry = toolreg("maintain", "purge_history", "--dry-run").out
    assert dry.startswith("-- purge_history: 1 statement\nSELECT api.purge_history('")
    assert kept_versions(conn) == before

    result = toolreg("maintain", "purge_history")

    assert result.out == "purge_history: 1 statement\n  removed 6 versions\n"
    assert kept_versions(conn) == [
        ("api", 1, "create"),
        ("gone", 2, "update"),
        ("gone", 3, "delete"),
        ("restored", 3, "create"),
        ("new", 4, "update"),
    ]
    gone = toolreg("history", "tool/gone", "-o", "json")
    assert [one["fields"] for one in gone.json["versions"]] == [[], []]
    assert gone.err == "What it was before revision 2 is not kept.\n"
    assert '"LAST"' in toolreg("blame", "tool/gone").out
    now = toolreg("blame", "tool/new")
    assert now.err == "What it was before revision 4 is not kept: what that one shows may be older.\n"
    assert sorted(line.split()[-2:] for line in now.out.splitlines()) == sorted(
        line.split()[-2:] for line in blame.splitlines()
    )
    assert {line.split()[0] for line in now.out.splitlines()[1:]} == {"4"}
    assert toolreg("get", "tool", "new").code == 0
    assert toolreg("describe", "tool/new").code == 0
    assert toolreg("plan").out == "Nothing to do: the database matches.\n"
    assert toolreg("maintain", "purge_history").out == "purge_history: nothing to do\n"


def test_what_was_replaced_lately_is_kept_with_the_version_before_it(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """At the time since when history is kept, it is known what everything was."""
    with_history(repository, toolreg)
    age_revisions(conn, 40)
    repository.add(tool("new", category="TWO", version="3.0.0", metadata={"movedFrom": "old"}))
    repository.commit()
    toolreg("apply")
    conn.execute(b"UPDATE runtime.settings SET keep_history = '30 days'")

    toolreg("maintain", "purge_history")

    assert [row for row in kept_versions(conn) if row[0] == "new"] == [("new", 4, "update"), ("new", 5, "update")]
    fields = toolreg("history", "tool/new", "-o", "json").json["versions"][0]["fields"]
    assert [(one["field"], one["before"], one["after"]) for one in fields] == [("spec.version", "2.0.0", "3.0.0")]


@pytest.mark.parametrize(
    "statement",
    [b"DELETE FROM registry.history", b"UPDATE registry.history SET name = 'x'", b"TRUNCATE registry.history"],
)
def test_history_is_append_only_for_everybody_else(conn: Conn, statement: bytes) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match=r"registry\.history is append-only"):
        conn.execute(statement)


# ---- refresh_statistics, reindex_bloated


def test_tables_that_changed_are_measured(toolreg: Toolreg, conn: Conn, database: str) -> None:
    make(conn, TODAY)
    conn.execute(b"ANALYZE")
    with psycopg.connect(database) as agent:
        log(agent, TODAY, 1000)
        agent.commit()
        agent.execute(b"SELECT pg_stat_force_next_flush()")
    eventually(conn, b"SELECT pg_stat_get_mod_since_analyze(%s::regclass) = 1000", f"runtime.{partition_of(TODAY)}")

    result = toolreg("maintain", "refresh_statistics")

    assert result.code == 0, result.err
    assert "  measured runtime.invocation_logs\n" in result.out
    assert "registry.tools" not in result.out
    for name in ("invocation_logs", partition_of(TODAY)):
        assert only(conn, b"SELECT reltuples FROM pg_class WHERE oid = %s::regclass", f"runtime.{name}") == 1000


def test_only_tables_of_ours_are_measured(conn: Conn) -> None:
    with pytest.raises(errors.InvalidParameterValue, match='measured is "pg_class"'):
        conn.execute(b"SELECT api.refresh_statistics('pg_class')")


def bloat(conn: Conn) -> None:
    """Fill the artifacts and delete nearly all of them again: their indexes stay as large as they were."""
    owner = only(conn, b"INSERT INTO registry.entities (kind, name) VALUES ('Tool', 'x') RETURNING id")
    store(conn, owner, 60_000)
    conn.execute(b"DELETE FROM runtime.artifacts WHERE uri !~ '00$'")
    conn.execute(b"VACUUM ANALYZE runtime.artifacts")


@pytest.mark.faults
def test_bloated_indexes_are_built_anew(toolreg: Toolreg, conn: Conn) -> None:
    bloat(conn)
    size = b"SELECT pg_relation_size('runtime.artifact_is_registered_once')"
    before = only(conn, size)

    result = toolreg("maintain", "reindex_bloated")

    assert result.code == 0, result.err
    assert "REINDEX" in result.out
    assert only(conn, size) < before / 10
    assert toolreg("maintain", "reindex_bloated").out == "reindex_bloated: nothing to do\n"
    assert rows(conn, b"SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid") == []


def test_an_index_that_is_as_large_as_it_must_be_is_left_alone(toolreg: Toolreg, conn: Conn) -> None:
    owner = only(conn, b"INSERT INTO registry.entities (kind, name) VALUES ('Tool', 'x') RETURNING id")
    store(conn, owner, 30_000)
    conn.execute(b"VACUUM ANALYZE runtime.artifacts")
    store(conn, owner, 30_000)

    assert toolreg("maintain", "reindex_bloated").out == "reindex_bloated: nothing to do\n"


def test_what_an_interrupted_reindex_left_is_dropped_first(toolreg: Toolreg, conn: Conn, database: str) -> None:
    with psycopg.connect(database) as writer:
        writer.execute(b"LOCK TABLE runtime.artifacts IN ROW EXCLUSIVE MODE")
        conn.execute(b"SET statement_timeout = '300ms'")
        with pytest.raises(errors.QueryCanceled):
            conn.execute(b"REINDEX INDEX CONCURRENTLY runtime.artifact_is_registered_once")
        conn.execute(b"RESET statement_timeout")
    left = b"SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    assert rows(conn, left) == [("runtime.artifact_is_registered_once_ccnew",)]

    result = toolreg("maintain", "reindex_bloated")

    assert result.out == "reindex_bloated: 1 statement\n  DROP INDEX\n"
    assert rows(conn, left) == []


# ---- The command


@pytest.mark.parametrize(
    "arguments",
    [[], ["ensure_partitions", "--all"], ["--all", "--list"], ["--due"], ["ensure_partitions", "--due"]],
    ids=" ".join,
)
def test_what_to_run_is_said_once(toolreg: Toolreg, arguments: list[str]) -> None:
    assert toolreg("maintain", *arguments).code == 64


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ensure_partition", "ensure_partitions"),
        ("rollup", "rollup_invocations"),
        ("update-status", "update_tool_status"),
    ],
)
def test_a_task_that_is_not_there_is_wrong_usage(toolreg: Toolreg, name: str, meant: str) -> None:
    result = toolreg("maintain", name)

    assert (result.code, result.out) == (64, "")
    assert f'there is no maintenance task "{name}"; did you mean {meant}?\n' in result.err


# What tasks change, and when they last did: all of it as text.
CONTENT = b"""
SELECT log::text FROM runtime.invocation_logs AS log
UNION ALL SELECT artifact::text FROM runtime.artifacts AS artifact
UNION ALL SELECT version::text FROM registry.history AS version
UNION ALL SELECT run::text FROM runtime.maintenance_runs AS run
UNION ALL SELECT status::text FROM runtime.tool_statuses AS status
UNION ALL SELECT state::text FROM runtime.rollup_state AS state
UNION ALL SELECT class.relname || ' ' || class.relfilenode FROM pg_class AS class
WHERE class.relnamespace IN ('registry'::regnamespace, 'runtime'::regnamespace)
UNION ALL SELECT relid || ' ' || analyze_count FROM pg_stat_all_tables WHERE schemaname IN ('registry', 'runtime')
"""


def test_a_database_that_is_not_migrated_is_refused(repository: Repository, empty_database: str) -> None:
    result = run("maintain", "--list", "--database", empty_database, cwd=repository.top)

    assert (result.code, result.err[-21:]) == (1, "Run: toolreg migrate\n")


@pytest.mark.parametrize("task", TASKS)
def test_a_dry_run_changes_nothing(repository: Repository, toolreg: Toolreg, conn: Conn, task: str) -> None:
    with_something_to_do(repository, toolreg, conn)
    before = sorted(rows(conn, CONTENT))

    result = toolreg("maintain", task, "--dry-run")

    assert result.code == 0, result.err
    assert result.out.startswith(f"-- {task}: ")
    assert task == "reindex_bloated" or "\nSELECT " in result.out
    assert result.err == "Dry run: nothing was written.\n"
    assert sorted(rows(conn, CONTENT)) == before


def test_a_limited_run_leaves_the_rest_and_stays_due(toolreg: Toolreg, conn: Conn) -> None:
    result = toolreg("maintain", "ensure_partitions", "--limit", 3)

    assert result.code == 0
    assert len(partitions(conn)) == 4
    assert rows(conn, b"SELECT statements, remaining, error FROM runtime.maintenance_runs") == [(3, 5, None)]
    due = b"SELECT is_due FROM api.maintenance_tasks WHERE task = 'ensure_partitions'"
    assert only(conn, due)
    (one,) = (one for one in toolreg("maintain", "--list", "-o", "json").items if one["task"] == "ensure_partitions")
    assert (one["due"], one["lastError"]) == (True, None)
    doctor = toolreg("doctor").out
    assert "ensure_partitions failed" not in doctor
    toolreg("maintain", "ensure_partitions")
    assert not only(conn, due)


def test_what_failed_after_it_had_succeeded_is_due(conn: Conn) -> None:
    for error in (None, "no disk"):
        conn.execute(b"SELECT api.record_maintenance('purge_history', clock_timestamp(), 1, %s)", (error,))

    assert only(conn, b"SELECT is_due FROM api.maintenance_tasks WHERE task = 'purge_history'")


def alone(conn: Conn, *tasks: str) -> None:
    """Let only these tasks ever be due."""
    conn.execute(b"UPDATE runtime.maintenance_tasks SET every = NULL WHERE task <> ALL (%s)", ([*tasks],))


def test_only_what_is_due_is_run(toolreg: Toolreg, conn: Conn) -> None:
    alone(conn, "ensure_partitions", "expire_artifacts", "purge_history")

    first, again = toolreg("maintain", "--all", "--due"), toolreg("maintain", "--all", "--due")
    conn.execute(
        b"UPDATE runtime.maintenance_runs SET started_at = started_at - interval '59 minutes 50 seconds'"
        b" WHERE task = 'expire_artifacts'"
    )
    later = toolreg("maintain", "--all", "--due", "-o", "json")

    assert [line for line in first.out.splitlines() if not line.startswith(" ")] == [
        "ensure_partitions: 8 statements",
        "expire_artifacts: nothing to do",
        "purge_history: nothing to do",
    ]
    assert (again.out, again.err, again.code) == ("", "Nothing is due.\n", 0)
    assert [one["task"] for one in later.items] == ["expire_artifacts"]


def test_the_tasks_are_listed(toolreg: Toolreg, conn: Conn) -> None:
    alone(conn, "expire_artifacts")
    toolreg("maintain", "expire_artifacts")

    listed = toolreg("maintain", "--list", "-o", "json").items

    assert [one["task"] for one in listed][:3] == ["ensure_partitions", "rollup_invocations", "update_tool_status"]
    (one,) = (one for one in listed if one["task"] == "expire_artifacts")
    assert (one["description"], one["every"]) == ("Remove artifacts whose time has passed.", "01:00:00")
    assert (one["due"], one["lastError"]) == (False, None)
    assert one["lastStartedAt"]
    text = toolreg("maintain", "--list").out.splitlines()
    assert text[0].split() == ["TASK", "EVERY", "LAST", "RUN", "DUE", "DESCRIPTION"]
    assert len(text) == 1 + len([*TASKS, "export_partitions"])


def test_the_others_go_on_when_a_task_fails(toolreg: Toolreg, conn: Conn) -> None:
    """It fails for good, so the whole does; and it stays due."""
    make(conn, LONG_AGO)
    log(conn, LONG_AGO)
    alone(conn, "drop_expired_partitions", "expire_artifacts")

    result = toolreg("maintain", "--all", "--due")

    assert result.code == 1
    assert result.out.endswith("expire_artifacts: nothing to do\n")
    assert "error: drop_expired_partitions: the database refused: calls from " in result.err
    recorded = rows(
        conn, b"SELECT task, statements, error ~ 'not in the rollups' FROM runtime.maintenance_runs ORDER BY id"
    )
    assert recorded == [("drop_expired_partitions", 1, True), ("expire_artifacts", 0, None)]
    listed = toolreg("maintain", "--list").out
    assert "     the database refused: calls from " in listed
    assert [one["task"] for one in toolreg("maintain", "--all", "--due", "-o", "json").items] == [
        "drop_expired_partitions"
    ]


@pytest.mark.faults
def test_a_failure_that_will_pass_is_told_apart(toolreg: Toolreg, conn: Conn, database: str) -> None:
    make(conn, LONG_AGO, TODAY)
    rolled_up(conn)
    alone(conn, "drop_expired_partitions", "expire_artifacts")
    with psycopg.connect(database) as agent:
        log(agent, TODAY)

        result = toolreg("maintain", "--all", "--due", "-o", "json")

    assert result.code == 4
    assert [bool(one["error"]) for one in result.items] == [True, False]
    assert toolreg("maintain", "--all", "--due").code == 0


def test_old_records_go(conn: Conn) -> None:
    conn.execute(
        b"INSERT INTO runtime.maintenance_runs (task, started_at, statements) VALUES"
        b" ('purge_history', now() - interval '2 years', 1), ('purge_history', now() - interval '1 day', 1)"
    )

    conn.execute(b"SELECT api.record_maintenance('purge_history', now(), 1, NULL)")

    assert only(conn, b"SELECT count(*) FROM runtime.maintenance_runs") == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (b"'mine', now(), 1", 'task is "mine"; expected one of'),
        (b"NULL, now(), 1", "expected one of runtime.maintenance_tasks"),
        (b"'purge_history', 'infinity', 1", 'started_at is "infinity"'),
        (b"'purge_history', now() + interval '1 hour', 1", "expected a time that has passed"),
        (b"'purge_history', now(), -1", 'statements is "-1"'),
        (b"'purge_history', now(), 1, NULL, -1", 'remaining is "-1"'),
    ],
)
def test_a_record_that_cannot_be_is_refused(conn: Conn, values: bytes, message: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=message):
        conn.execute(b"SELECT api.record_maintenance(%b)" % values)


# ---- While agents write

# These three have tests of their own: the first two hold what blocks for a moment, the last runs in no transaction.
MOMENTARY = ("ensure_partitions", "drop_expired_partitions", "reindex_bloated")
WRITES = (
    b"SELECT api.log_invocation('new', 'success', 1)",
    b"""SELECT api.log_invocations('[{"tool": "new", "status": "success", "duration_ms": 1}]')""",
    b"SELECT api.delete_artifact(api.register_artifact('new', 'file:///a', 'text/plain', 1))",
    b"SELECT api.heartbeat('worker')",
)


def work_of(conn: Conn, task: str) -> list[bytes]:
    """Return the statements that a task would run now."""
    text, _, _ = (SQL / f"maintenance/{task}.sql").read_bytes().partition(rb"\gexec")
    return [statement.encode() for (statement,) in rows(conn, text)]


@pytest.mark.parametrize("task", sorted({*TASKS} - {*MOMENTARY}))
def test_agents_wait_for_nothing_that_a_task_holds(
    repository: Repository, toolreg: Toolreg, conn: Conn, database: str, task: str
) -> None:
    """It holds the most just before it commits."""
    repository.add(node("worker"), tool("slow", node="worker"))
    with_something_to_do(repository, toolreg, conn)
    conn.execute(
        b"INSERT INTO runtime.node_heartbeats (node_id, seen_at)"
        b" SELECT id, now() - interval '1 day' FROM registry.nodes"
    )
    work = work_of(conn, task)
    with psycopg.connect(database) as running, psycopg.connect(database, autocommit=True) as agent:
        agent.execute(b"SET lock_timeout = '50ms'")
        did = [only(running, statement) for statement in work]

        for write in WRITES:
            agent.execute(write)

    assert did
    assert all(did)


@pytest.mark.faults
def test_nobody_waits_behind_a_day_that_cannot_be_dropped_yet(conn: Conn, database: str) -> None:
    """A long report reads the logs; it is not asked to end, and others log on."""
    make(conn, LONG_AGO, TODAY)
    rolled_up(conn)
    with psycopg.connect(database) as report, psycopg.connect(database, autocommit=True) as agent:
        rows(report, b"SELECT count(*) FROM runtime.invocation_logs")
        agent.execute(b"SET lock_timeout = '500ms'")
        with background(lambda: log(agent, TODAY)) as failures, pytest.raises(errors.LockNotAvailable):
            conn.execute(b"SELECT api.drop_partition(%s)", (LONG_AGO,))

    assert failures == []
    assert only(conn, b"SELECT count(*) FROM runtime.invocation_logs") > 10


@pytest.mark.faults
def test_nobody_waits_behind_an_index_that_is_built_anew(conn: Conn, database: str) -> None:
    bloat(conn)
    work = work_of(conn, "reindex_bloated")
    owner = only(conn, b"SELECT id FROM registry.entities")
    with (
        psycopg.connect(database) as writer,
        psycopg.connect(database, autocommit=True) as agent,
        psycopg.connect(database, autocommit=True) as running,
    ):
        store(writer, owner)
        thread = threading.Thread(target=running.execute, args=(work[0],))
        thread.start()
        eventually(
            conn,
            b"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid = %s)",
            running.info.backend_pid,
        )
        agent.execute(b"SET lock_timeout = '500ms'")
        store(agent, owner)
        writer.commit()
        thread.join(PATIENCE)

    assert work[0].startswith(b"REINDEX INDEX CONCURRENTLY runtime.artifact")
    assert not thread.is_alive()


# ---- Interrupted


@pytest.mark.faults
@pytest.mark.usefixtures("usual_signals")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)], ids=["INT", "TERM", "KILL"]
)
def test_interrupted_in_the_middle_it_can_be_run_again(
    repository: Repository, toolreg: Toolreg, conn: Conn, database: str, number: int, code: int
) -> None:
    """The batch that was done stays done, the one that was begun is undone."""
    store(conn, with_tools(repository, toolreg, conn)["gone"], 1500)
    age_revisions(conn, 100)
    command = [sys.executable, "-m", "reconciler", "maintain", "cleanup_orphaned_artifacts", "--database", database]
    with psycopg.connect(database) as other:
        other.execute(b"SELECT FROM runtime.artifacts ORDER BY id DESC LIMIT 1 FOR UPDATE")
        pipe = subprocess.PIPE
        with subprocess.Popen(command, cwd=repository.top, stdout=pipe, stderr=pipe, text=True) as process:
            eventually(conn, b"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            process.send_signal(number)
            out, err = process.communicate(timeout=PATIENCE)
        if number != signal.SIGKILL:
            assert err.strip() == f"error: {'interrupted' if number == signal.SIGINT else 'terminated'}"
            assert rows(conn, b"SELECT statements, error FROM runtime.maintenance_runs") == [(1, "interrupted")]
            assert artifacts(conn) == 500
    assert process.returncode == code
    assert "  removed 1000 orphaned artifacts\n" in out

    assert toolreg("maintain", "cleanup_orphaned_artifacts").code == 0

    assert artifacts(conn) == 0


# ---- Rights


@pytest.fixture
def member(database: str) -> Iterator[Callable[[str], str]]:
    """Makes a role that may log in, a member of a group role; returns how it connects."""
    with ExitStack() as stack:
        yield lambda group: stack.enter_context(login(database, group))


def with_something_to_do(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Leave work for every task."""
    with_history(repository, toolreg)
    age_revisions(conn, 100)
    conn.execute(b"UPDATE runtime.settings SET keep_history = '30 days'")
    gone = only(conn, b"SELECT id FROM registry.entities WHERE name = 'gone'")
    make(conn, LONG_AGO)
    log(conn, LONG_AGO, 3)
    log(conn, LONG_AGO - timedelta(days=1))
    log(conn, TODAY)
    rolled_up(conn)
    store(conn, gone, 2)
    store(conn, gone, 1, age=0)
    conn.execute(
        b"UPDATE runtime.artifacts SET expires_at = now() - interval '1 hour'"
        b" WHERE created_at > now() - interval '1 day'"
    )
    conn.execute(b"SELECT pg_stat_force_next_flush()")


def maintain_as(conninfo: str, repository: Repository, *arguments: object) -> Result:
    return run("maintain", *arguments, "--database", conninfo, cwd=repository.top)


def test_the_reconciler_runs_all_tasks(
    repository: Repository, toolreg: Toolreg, conn: Conn, member: Callable[[str], str]
) -> None:
    with_something_to_do(repository, toolreg, conn)
    reconciler = member("toolreg_reconciler")
    for task in TASKS:
        result = maintain_as(reconciler, repository, task)

        assert result.code == 0, (task, result.err)
        if task not in ("rollup_invocations", "update_tool_status", "reindex_bloated"):
            assert "\n  " in result.out, task
    assert artifacts(conn) == 0
    assert in_default(conn) == 0
    assert len(kept_versions(conn)) == 5


@pytest.mark.faults
def test_who_does_not_own_the_tables_is_told_who_may_reindex_them(
    repository: Repository, toolreg: Toolreg, conn: Conn, member: Callable[[str], str]
) -> None:
    """The task itself finds nothing that this role may do, so that it does not fail for ever."""
    bloat(conn)
    reconciler = member("toolreg_reconciler")
    owner = only(conn, b"SELECT relowner::regrole::text FROM pg_class WHERE oid = 'runtime.artifacts'::regclass")

    result = maintain_as(reconciler, repository, "reindex_bloated")

    assert (result.code, result.out) == (0, "reindex_bloated: nothing to do\n")
    with psycopg.connect(reconciler) as theirs:
        (problem,) = rows(
            theirs,
            b"SELECT severity, problem, fix FROM api.data_integrity"
            b" WHERE subject = 'runtime.artifact_is_registered_once'",
        )
    assert problem[0] == "notice"
    assert re.fullmatch(r"the index takes .*B; .*B would do", problem[1])
    assert problem[2].startswith(f"toolreg maintain reindex_bloated, as a member of {owner}")
    assert toolreg("maintain", "reindex_bloated").code == 0
    assert rows(conn, b"TABLE api.bloated_indexes") == []


@pytest.mark.faults
def test_who_maintains_the_tables_may_reindex_them(
    repository: Repository, conn: Conn, member: Callable[[str], str]
) -> None:
    if conn.info.server_version < 170000:
        pytest.skip("there is no such privilege")
    bloat(conn)
    reconciler = member("toolreg_reconciler")
    role = psycopg.conninfo.conninfo_to_dict(reconciler)["user"]
    conn.execute(sql.SQL("GRANT pg_maintain TO {}").format(sql.Identifier(str(role))))

    result = maintain_as(reconciler, repository, "reindex_bloated")

    assert (result.code, "REINDEX" in result.out) == (0, True), result.err


@pytest.mark.parametrize("group", ["toolreg_reader", "toolreg_agent"])
def test_others_may_look_but_not_touch(
    repository: Repository, toolreg: Toolreg, conn: Conn, member: Callable[[str], str], group: str
) -> None:
    with_something_to_do(repository, toolreg, conn)
    guest = member(group)
    assert maintain_as(guest, repository, "--list").code == 0
    for task in TASKS:
        if missing_function(conn, task) or task == "reindex_bloated":
            continue
        dry, result = maintain_as(guest, repository, task, "--dry-run"), maintain_as(guest, repository, task)

        assert (dry.code, result.code) == (0, 1), task
        assert f"error: {task}: the database role may not do this: permission denied for function " in result.err
        assert re.search(r'; make it a member: GRANT toolreg_reconciler TO "\w+"\n$', result.err)
    assert rows(conn, b"SELECT * FROM runtime.maintenance_runs") == []
    assert artifacts(conn) == 3


def test_who_may_nothing_is_told_what_makes_it_a_reader(repository: Repository, database: str) -> None:
    with login(database) as stranger:
        results = [
            maintain_as(stranger, repository, "--list"),
            run("status", "--database", stranger, cwd=repository.top),
        ]

    for result in results:
        assert result.code == 1
        assert re.search(
            r'permission denied for schema yoyo; make it a member: GRANT toolreg_reader TO "\w+", or toolreg_agent, or'
            r" toolreg_reconciler\n",
            result.err,
        )


def test_who_may_not_maintain_is_told_so_where_there_is_nothing_to_do(
    repository: Repository, member: Callable[[str], str]
) -> None:
    result = maintain_as(member("toolreg_reader"), repository, "purge_history")

    assert result.code == 1
    assert re.search(r'record_maintenance; make it a member: GRANT toolreg_reconciler TO "\w+"\n$', result.err)


DEFINERS = {
    "create_partition": b"SELECT api.create_partition(current_date)",
    "delete_expired_calls": b"SELECT api.delete_expired_calls()",
    "drop_partition": b"SELECT api.drop_partition((now() - interval '200 days')::date)",
    "purge_history": (
        b"SELECT api.purge_history('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff')"
    ),
    "record_maintenance": b"SELECT api.record_maintenance('purge_history', now(), 0, NULL)",
    "refresh_statistics": b"SELECT api.refresh_statistics('runtime.artifacts')",
    "remove_expired_artifacts": b"SELECT api.remove_expired_artifacts()",
    "remove_orphaned_artifacts": (
        b"SELECT api.remove_orphaned_artifacts('00000000-0000-0000-0000-000000000000',"
        b" 'ffffffff-ffff-ffff-ffff-ffffffffffff')"
    ),
}


@pytest.mark.parametrize("name", DEFINERS)
def test_temporary_objects_do_not_take_the_place_of_real_ones(
    repository: Repository, toolreg: Toolreg, conn: Conn, member: Callable[[str], str], name: str
) -> None:
    """A caller's table, view or function of the same name, which would run with the rights of the owner."""
    with_something_to_do(repository, toolreg, conn)
    state = (
        b"SELECT (SELECT count(*) FROM runtime.artifacts), (SELECT count(*) FROM registry.history),"
        b" (SELECT count(*) FROM runtime.invocation_logs), (SELECT count(*) FROM runtime.maintenance_runs),"
        b" (SELECT count(*) FROM pg_inherits WHERE inhparent = 'runtime.invocation_logs'::regclass),"
        b" (SELECT last_analyze FROM pg_stat_all_tables WHERE relid = 'runtime.artifacts'::regclass)"
    )
    before = rows(conn, state)
    relations = rows(
        conn,
        b"SELECT DISTINCT relname::text FROM pg_class WHERE relkind IN ('r', 'p', 'v')"
        b" AND relnamespace IN ('runtime'::regnamespace, 'registry'::regnamespace, 'api'::regnamespace)"
        b" UNION VALUES ('pg_class'), ('pg_inherits'), ('pg_proc')",
    )
    with psycopg.connect(member("toolreg_reconciler"), autocommit=True) as caller:
        caller.execute(
            b"CREATE FUNCTION pg_temp.seize() RETURNS int LANGUAGE plpgsql AS"
            b" $$ BEGIN RAISE 'seized by %%', current_user; END $$".replace(b"%%", b"%")
        )
        for function in ("now()", "format(text)", "to_char(date, text)", "pg_sleep(numeric)"):
            seizing = f"CREATE FUNCTION pg_temp.{function} RETURNS text LANGUAGE sql AS 'SELECT pg_temp.seize()::text'"
            caller.execute(seizing.encode())
        for (relation,) in relations:
            caller.execute(
                sql.SQL("CREATE TEMP VIEW {} AS SELECT pg_temp.seize() AS id").format(sql.Identifier(relation))
            )
        caller.execute(b"SET search_path = pg_temp, pg_catalog")

        caller.execute(DEFINERS[name])

    if name == "refresh_statistics":
        eventually(
            conn, b"SELECT last_analyze IS NOT NULL FROM pg_stat_all_tables WHERE relid = 'runtime.artifacts'::regclass"
        )
    assert rows(conn, state) != before


def test_every_definer_of_maintenance_is_tried(conn: Conn) -> None:
    ours = {path.stem for path in list_scripts("api") if path.stem in DEFINERS}
    definers = {name for (name,) in rows(conn, b"SELECT proname::text FROM pg_proc WHERE prosecdef")}

    assert ours == set(DEFINERS)
    assert set(DEFINERS) <= definers
