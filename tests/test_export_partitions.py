"""Days of logs are parked in Parquet files before they are dropped: no call is lost, no foreign file overwritten."""

import fcntl
import hashlib
import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.builders import Repository, node, run, tool
from tests.conftest import Toolreg
from tests.roles import login
from tests.test_maintain import LONG_AGO, TODAY, log, make, only, partition_of, partitions, rolled_up, rows

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
compute = pytest.importorskip("pyarrow.compute")

Conn = psycopg.Connection[Any]
FILE = f"calls-{LONG_AGO}-1.parquet"
WORDS = 'of "quoted" text,\r\nof two lines, \\N and \u00fc\U0001f600'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "parked"
    made.mkdir()
    return made


@pytest.fixture
def day(conn: Conn) -> date:
    """A rolled-up expired day of three calls, and the demand to export it."""
    make(conn, LONG_AGO, TODAY)
    log(conn, LONG_AGO, 3)
    rolled_up(conn)
    conn.execute(b"UPDATE runtime.settings SET export_before_drop = true")
    return LONG_AGO


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def read(folder: Path, name: str = FILE) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parquet.read_table(folder / name, page_checksum_verification=True).to_pylist()
    return found


def export(toolreg: Toolreg, folder: Path, *arguments: object) -> Any:
    return toolreg("maintain", "export_partitions", "--to", folder, *arguments)


def test_a_day_is_parked_and_then_dropped(toolreg: Toolreg, conn: Conn, folder: Path, day: date) -> None:
    """Every value comes back as it was logged; the file is the user's alone, and recorded with its checksum."""
    conn.execute(
        b"INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, agent, status, error_code, error_message,"
        b" attempt, request_bytes, arguments, result)"
        b" VALUES (%s::timestamp AT TIME ZONE 'UTC' + interval '86399.999999 s', 0.1, 'a,\"b', '\n', 'failure', '', %s,"
        b" 2, 9223372036854775807, %s, 'null')",
        (day, WORDS, '{"b": "\\u00fc,\\n", "a": 1}'),
    )
    rolled_up(conn)

    result = export(toolreg, folder)

    path = folder / FILE
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        f"export_partitions: 1 day to export\n  exported {day}: 4 calls, {path.stat().st_size} bytes\n"
    )
    assert (names(folder), path.stat().st_mode & 0o777) == ([FILE], 0o600)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert rows(conn, b"SELECT file, calls, bytes, sha256, has_payloads, dropped_at FROM api.exported_days") == [
        (FILE, 4, path.stat().st_size, digest, True, None)
    ]
    first, *_, last = read(folder)
    assert (first["id"], first["tool"], first["error_code"], first["arguments"]) == (1, "lookup", None, None)
    assert first["attributes"] == '{"n": 1}'
    assert last == {
        **dict.fromkeys(last),
        "id": 4,
        "started_at": datetime(day.year, day.month, day.day, 23, 59, 59, 999_999, UTC),
        "duration_ms": 0.1,
        "status": "failure",
        "tool": 'a,"b',
        "tool_as_called": 'a,"b',
        "agent": "\n",
        "error_code": "",
        "error_message": WORDS,
        "attempt": 2,
        "request_bytes": 9223372036854775807,
        "recorded_by": last["recorded_by"],
        "recorded_at": last["recorded_at"],
        "arguments": '{"a": 1, "b": "\u00fc,\\n"}',
        "result": "null",
    }
    assert toolreg("maintain", "drop_expired_partitions").code == 0
    assert partition_of(day) not in partitions(conn)
    assert only(conn, b"SELECT dropped_at IS NOT NULL FROM api.exported_days")
    assert export(toolreg, folder).out == "export_partitions: no days to export\n"
    assert len(read(folder)) == 4


def test_parked_calls_answer_the_questions_of_the_logs(toolreg: Toolreg, conn: Conn, folder: Path, day: date) -> None:
    """As sql/README.md shows it: calls and failures by tool, from all files of the folder."""
    log(conn, day - timedelta(days=1), 2)
    conn.execute(b"UPDATE runtime.invocation_logs SET tool = 'pay', status = 'failure' WHERE id = 2")
    make(conn, day - timedelta(days=1))
    rolled_up(conn)
    assert export(toolreg, folder).code == 0
    expected = rows(
        conn,
        b"SELECT tool, count(*), count(*) FILTER (WHERE status = 'failure') FROM api.invocations GROUP BY 1 ORDER BY 1",
    )

    calls = parquet.read_table(folder, columns=["tool", "status"], filters=[("started_at", "<", datetime.now(UTC))])
    failed = compute.equal(calls["status"], "failure").cast(pyarrow.int64())
    by_tool = calls.append_column("failed", failed).group_by("tool").aggregate([("status", "count"), ("failed", "sum")])

    assert sorted(tuple(row.values()) for row in by_tool.to_pylist()) == expected == [("lookup", 4, 0), ("pay", 1, 1)]


def test_names_are_the_current_ones(repository: Repository, toolreg: Toolreg, conn: Conn, folder: Path) -> None:
    repository.add(node("worker"), tool("old"))
    repository.commit()
    assert toolreg("apply").code == 0
    make(conn, LONG_AGO)
    log(conn, LONG_AGO, 1, only(conn, b"SELECT id FROM registry.tools"))
    rolled_up(conn)
    repository.add(tool("new", metadata={"movedFrom": "old"}))
    repository.remove("tools/old.yaml")
    repository.commit()
    assert toolreg("apply").code == 0

    assert export(toolreg, folder).code == 0

    (call,) = read(folder)
    assert (call["tool"], call["tool_as_called"]) == ("new", "lookup")


# ---- What is not parked is not dropped


def test_an_unexported_day_stays_as_long_as_the_setting_demands_a_file(toolreg: Toolreg, conn: Conn, day: date) -> None:
    """By the task it is left, by a call of the function refused."""
    assert toolreg("maintain", "drop_expired_partitions").out == "drop_expired_partitions: nothing to do\n"
    with pytest.raises(errors.ObjectNotInPrerequisiteState, match=f"calls of {day} are in no file yet") as refused:
        conn.execute(b"SELECT api.drop_partition(%s)", (day,))
    assert "toolreg maintain export_partitions --to" in str(refused.value.diag.message_hint)
    assert partition_of(day) in partitions(conn)
    told = b"SELECT subject FROM api.data_integrity WHERE check_name = 'unexported_day'"
    assert rows(conn, told) == [(str(day),)]

    conn.execute(b"UPDATE runtime.settings SET export_before_drop = false")
    assert rows(conn, told) == []

    assert toolreg("maintain", "drop_expired_partitions").code == 0
    assert partition_of(day) not in partitions(conn)


def test_an_empty_day_needs_no_file(toolreg: Toolreg, conn: Conn, folder: Path) -> None:
    make(conn, LONG_AGO)
    rolled_up(conn)
    conn.execute(b"UPDATE runtime.settings SET export_before_drop = true")

    assert export(toolreg, folder).out == "export_partitions: no days to export\n"
    assert toolreg("maintain", "drop_expired_partitions").code == 0
    assert (partitions(conn), names(folder)) == (["invocation_logs_default"], [])


def test_a_call_that_comes_after_the_export_is_exported_before_the_drop(
    toolreg: Toolreg, conn: Conn, folder: Path, day: date
) -> None:
    assert export(toolreg, folder).code == 0
    log(conn, day, 1)
    rolled_up(conn)

    assert toolreg("maintain", "drop_expired_partitions").out == "drop_expired_partitions: nothing to do\n"
    assert export(toolreg, folder).code == 0

    assert len(read(folder)) == 4
    assert names(folder) == [FILE]
    assert toolreg("maintain", "drop_expired_partitions").code == 0
    assert partition_of(day) not in partitions(conn)


def test_a_call_that_comes_after_the_drop_gets_a_file_of_its_own(
    toolreg: Toolreg, conn: Conn, folder: Path, day: date
) -> None:
    assert export(toolreg, folder).code == 0
    assert toolreg("maintain", "drop_expired_partitions").code == 0
    log(conn, day, 2)
    rolled_up(conn)
    with pytest.raises(errors.ObjectNotInPrerequisiteState, match="export_before_drop is set"):
        conn.execute(b"SELECT api.delete_expired_calls()")

    for task in ("ensure_partitions", "rollup_invocations"):
        assert toolreg("maintain", task).code == 0
    assert export(toolreg, folder).code == 0
    assert toolreg("maintain", "drop_expired_partitions").code == 0

    assert [call["id"] for call in read(folder)] == [1, 2, 3]
    assert [call["id"] for call in read(folder, f"calls-{day}-2.parquet")] == [4, 5]
    assert partition_of(day) not in partitions(conn)
    assert only(conn, b"SELECT count(*) FROM runtime.invocation_logs") == 0
    assert rows(conn, b"SELECT part, calls FROM api.exported_days WHERE dropped_at IS NOT NULL ORDER BY part") == [
        (1, 3),
        (2, 2),
    ]


def test_a_transaction_that_is_open_during_the_export_loses_no_call(
    toolreg: Toolreg, conn: Conn, database: str, folder: Path, day: date
) -> None:
    with psycopg.connect(database) as agent:
        log(agent, day, 1)
        assert export(toolreg, folder).code == 0
        agent.commit()
    rolled_up(conn)

    assert toolreg("maintain", "drop_expired_partitions").out == "drop_expired_partitions: nothing to do\n"
    assert only(conn, b"SELECT count(*) FROM runtime.invocation_logs") == 4


def test_a_file_with_other_calls_is_not_recorded(conn: Conn, day: date) -> None:
    with pytest.raises(errors.ObjectNotInPrerequisiteState, match="or the file holds other calls"):
        conn.execute(b"SELECT api.record_export(%s, 1, 3, 7, 1, repeat('0', 64), true)", (day,))
    assert rows(conn, b"TABLE runtime.exported_days") == []


def test_a_day_whose_calls_are_not_counted_waits(toolreg: Toolreg, conn: Conn, folder: Path, day: date) -> None:
    """It is temporary: the rollup runs every minute. The days that are counted are exported."""
    make(conn, day - timedelta(days=1))
    log(conn, day - timedelta(days=1), 1)

    result = export(toolreg, folder)

    assert result.code == 4
    assert result.err == (
        f"error: export_partitions: 1 calls of {day - timedelta(days=1)} are not in the rollups yet;"
        " toolreg maintain rollup_invocations\n"
    )
    assert names(folder) == [FILE]


# ---- The folder


@pytest.mark.usefixtures("day")
def test_a_lost_file_of_a_day_that_is_still_there_is_written_again(toolreg: Toolreg, folder: Path) -> None:
    assert export(toolreg, folder).code == 0
    assert export(toolreg, folder, "--dry-run").out == "export_partitions: no days to export\n"
    (folder / FILE).unlink()

    assert export(toolreg, folder, "--dry-run").out == (f"export_partitions: 1 day to export\n  {folder / FILE}\n")
    assert names(folder) == []
    assert export(toolreg, folder).code == 0
    assert len(read(folder)) == 3


@pytest.mark.parametrize("content", ["text", "of another database"])
@pytest.mark.usefixtures("day")
def test_a_foreign_file_is_not_overwritten(toolreg: Toolreg, folder: Path, content: str) -> None:
    path = folder / FILE
    if content == "text":
        path.write_text("Mine.")
    else:
        schema = pyarrow.schema([("id", pyarrow.int64())], metadata={"toolreg.database": "1/tools"})
        parquet.write_table(pyarrow.table({"id": [1]}, schema=schema), path)
    before = path.read_bytes()

    result = export(toolreg, folder)

    assert result.code == 1
    assert f"{FILE}' was not exported from this database, and is kept" in result.err.replace('"', "'")
    assert path.read_bytes() == before
    assert names(folder) == [FILE]


@pytest.mark.usefixtures("day")
def test_the_remains_of_a_killed_export_are_replaced(toolreg: Toolreg, folder: Path) -> None:
    """A link in its place is not followed."""
    other = folder.parent / "other"
    other.write_text("Mine.")
    (folder / f".{FILE}.part").symlink_to(other)

    assert export(toolreg, folder).code == 0

    assert other.read_text() == "Mine."
    assert names(folder) == [FILE]


@pytest.mark.usefixtures("day")
def test_two_exports_do_not_write_to_one_folder(toolreg: Toolreg, folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        result = export(toolreg, folder)
    finally:
        os.close(number)

    assert result.code == 4
    assert "another export writes to" in result.err
    assert names(folder) == []


def test_the_folder_has_to_be_named_and_to_exist(toolreg: Toolreg, folder: Path) -> None:
    assert "needs the folder of its files: --to FOLDER" in toolreg("maintain", "export_partitions").err
    assert export(toolreg, folder / "not").code == 64
    assert toolreg("maintain", "purge_history", "--to", folder).code == 64
    assert toolreg("maintain", "export_partition", "--to", folder).code == 64


# ---- As a part of maintenance


def test_with_all_tasks_it_runs_before_days_are_dropped(toolreg: Toolreg, conn: Conn, folder: Path, day: date) -> None:
    conn.execute(b"UPDATE runtime.maintenance_tasks SET every = NULL WHERE task <> 'drop_expired_partitions'")

    first = toolreg("maintain", "--all", "--due", "--to", folder)

    assert [line for line in first.out.splitlines() if not line.startswith(" ")] == [
        "export_partitions: 1 day to export",
        "drop_expired_partitions: 1 statement",
    ]
    assert partition_of(day) not in partitions(conn)
    assert len(read(folder)) == 3
    later = toolreg("maintain", "--all", "--due", "--to", folder, "-o", "json").items
    assert [(one["task"], one["statements"], one["error"]) for one in later] == [("export_partitions", [], None)]
    (listed,) = (one for one in toolreg("maintain", "--list", "-o", "json").items if one["task"] == "export_partitions")
    assert (listed["every"], listed["due"], bool(listed["lastStartedAt"])) == (None, False, True)


def test_a_limit_leaves_later_days_for_the_next_run(toolreg: Toolreg, conn: Conn, folder: Path, day: date) -> None:
    make(conn, day + timedelta(days=1))
    log(conn, day + timedelta(days=1), 1)
    rolled_up(conn)

    result = export(toolreg, folder, "--limit", 1)

    assert result.out.startswith("export_partitions: 1 day to export, 1 more left by --limit\n  exported ")
    assert names(folder) == [FILE]


@pytest.mark.usefixtures("day")
def test_payloads_go_only_into_files_of_a_role_that_may_read_them(
    repository: Repository, conn: Conn, database: str, folder: Path
) -> None:
    with login(database, "toolreg_reconciler") as reconciler:
        result = run("maintain", "export_partitions", "--to", folder, "--database", reconciler, cwd=repository.top)

    assert result.code == 0, result.err
    assert ", without arguments, results and attributes, which this role may not read\n" in result.out
    assert {"arguments", "result", "attributes"}.isdisjoint(read(folder)[0])
    assert only(conn, b"SELECT has_payloads FROM api.exported_days") is False


@pytest.mark.usefixtures("day")
def test_a_reader_exports_nothing(repository: Repository, conn: Conn, database: str, folder: Path) -> None:
    """The file would be of use to no other role, since it is recorded by none."""
    with login(database, "toolreg_reader") as reader:
        result = run("maintain", "export_partitions", "--to", folder, "--database", reader, cwd=repository.top)

    assert result.code == 1
    assert "make it a member: GRANT toolreg_reconciler TO" in result.err
    assert rows(conn, b"TABLE runtime.exported_days") == []


@pytest.mark.usefixtures("day")
def test_without_pyarrow_the_command_says_what_to_install(
    toolreg: Toolreg, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)

    result = export(toolreg, folder)

    assert result.code == 1
    assert result.err.endswith("pip install 'toolreg[parquet]'\n")
    assert names(folder) == []
