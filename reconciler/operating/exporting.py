"""Parks expired days of logs in Parquet files, one per day, before they are dropped.

Each day is an export of its own: the file is written and read back, then the database compares its calls with the logs
and records it. Killed anywhere, the next run writes the day again.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from psycopg import IsolationLevel

from reconciler.assets import load_query
from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.quote import quoted
from reconciler.core.state.task import Outcome, Task, TaskStep, Work
from reconciler.database.connection import (
    Connection,
    DatabaseAway,
    begin_snapshot,
    begin_transaction,
    explain_missing_rights,
    translate_errors,
)
from reconciler.database.rows import read_row, read_rows
from reconciler.operating.calls_file import CallsFile, read_origin, require_pyarrow, write_calls

EXPORT_TASK: Final = "export_partitions"
"""The name of the task, for `toolreg maintain`."""

_NEXT: Final = "drop_expired_partitions"
"""The task that an export precedes."""

_DESCRIPTION: Final = "Write expired days of logs to Parquet files, with --to."


class ExportRunning(TemporaryError):
    """Another export writes to the folder. Try again when it has ended."""


class DayNotReady(TemporaryError):
    """Calls of the day are not in the rollups yet."""


class ForeignFile(ToolregError):
    """A file of this name was not exported from this database."""


class _DayRow(NamedTuple):
    day: str
    part: int
    uncounted_calls: int
    is_exported: bool
    bytes: int | None

    @property
    def file(self) -> str:
        """The name of the file, as api.exported_days has it."""
        return f"calls-{self.day}-{self.part}.parquet"


class _ExporterRow(NamedTuple):
    database: str
    may_read_payloads: bool
    last_exported_at: datetime | None


class Export(NamedTuple):
    """The days to export to a folder, and the way in which this role exports them."""

    work: Work
    folder: Path
    days: Sequence[_DayRow]
    database: str
    has_payloads: bool


def describe_export(conn: Connection) -> Task:
    """Return the task for a list of tasks: it is never due by itself, since it needs a folder."""
    with begin_snapshot(conn):
        exporter = read_row(conn, _ExporterRow, load_query("operating/exporter"))
    return Task(EXPORT_TASK, _DESCRIPTION, None, exporter.last_exported_at, None, is_due=False)


def add_export(tasks: Sequence[Task], export: Task) -> list[Task]:
    """Return tasks in the order of their run, with the export before days are dropped."""
    at = next((index for index, task in enumerate(tasks) if task.name == _NEXT), len(tasks))
    return [*tasks[:at], export, *tasks[at:]]


def list_exports(conn: Connection, folder: Path, limit: int | None) -> Export:
    """Return the expired days that no file of the folder holds: all, or the first `limit`."""
    with begin_snapshot(conn):
        exporter = read_row(conn, _ExporterRow, load_query("operating/exporter"))
        days = read_rows(conn, _DayRow, load_query("operating/expired_days")).fetchall()
    wanted = [day for day in days if not _is_parked(day, folder)]
    chosen = wanted[:limit]
    task = Task(EXPORT_TASK, _DESCRIPTION, None, exporter.last_exported_at, None, is_due=False)
    work = Work(task, [str(folder / day.file) for day in chosen], len(wanted) - len(chosen))
    return Export(work, folder, chosen, exporter.database, exporter.may_read_payloads)


def run_export(conn: Connection, export: Export, told: Callable[[TaskStep], None]) -> Outcome:
    """Export day after day. `told` is called with each as soon as it ends; a failed day does not keep the next ones.

    Raises ParquetMissing, ExportRunning, and ToolregError for a folder that cannot be written to.
    """
    require_pyarrow()
    done = []
    with _hold_folder(export.folder):
        for day in export.days:
            done.append(_export_day(conn, export, day))
            told(done[-1])
            if isinstance(done[-1].error, DatabaseAway):
                break
    errors = [step.error for step in done if step.error]
    lasting = (error for error in errors if not isinstance(error, TemporaryError))
    return Outcome(export.work, done, next(lasting, errors[0] if errors else None))


def _is_parked(day: _DayRow, folder: Path) -> bool:
    """Return whether the calls of a day need no export: there are none, or a recorded file is in the folder."""
    if not day.is_exported or day.bytes is None:
        return day.is_exported
    try:
        return (folder / day.file).stat().st_size == day.bytes
    except OSError:
        return False


@contextmanager
def _hold_folder(folder: Path) -> Iterator[None]:
    """Keep other exports out of the folder; the lock of a killed one is gone. Raises ExportRunning."""
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ToolregError(f"{quoted(str(folder), limit=500)} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ExportRunning(
            f"another export writes to {quoted(str(folder), limit=500)}; try again when it has ended"
        ) from error
    finally:
        os.close(number)


def _export_day(conn: Connection, export: Export, day: _DayRow) -> TaskStep:
    path = export.folder / day.file
    try:
        _require_ready(export, day, path)
        written = _write(conn, export, day, path)
        with translate_errors(), explain_missing_rights(conn, "toolreg_reconciler"):
            _record(conn, export, day, written)
    except ToolregError as error:
        return TaskStep(str(path), error=error)
    except OSError as error:
        return TaskStep(
            str(path), error=ToolregError(f"{quoted(str(path), limit=500)} cannot be written: {error.strerror}")
        )
    payloads = (
        "" if export.has_payloads else ", without arguments, results and attributes, which this role may not read"
    )
    return TaskStep(str(path), (f"exported {day.day}: {written.calls} calls, {written.bytes} bytes{payloads}",))


def _require_ready(export: Export, day: _DayRow, path: Path) -> None:
    if day.uncounted_calls:
        raise DayNotReady(
            f"{day.uncounted_calls} calls of {day.day} are not in the rollups yet; toolreg maintain rollup_invocations"
        )
    if path.exists() and read_origin(path).get("toolreg.database") != export.database:
        raise ForeignFile(
            f"{quoted(str(path), limit=500)} was not exported from this database, and is kept;"
            " choose a folder of its own for each database"
        )


def _write(conn: Connection, export: Export, day: _DayRow, path: Path) -> CallsFile:
    query = "operating/copy_calls_with_payloads" if export.has_payloads else "operating/copy_calls"
    origin = {"toolreg.database": export.database, "toolreg.day": day.day, "toolreg.part": str(day.part)}
    with (
        translate_errors(),
        explain_missing_rights(conn, "toolreg_reader"),
        begin_snapshot(conn),
        conn.cursor() as cursor,
        cursor.copy(load_query(query), {"day": day.day}) as rows,
    ):
        return write_calls(iter(rows), path, origin)


def _record(conn: Connection, export: Export, day: _DayRow, written: CallsFile) -> None:
    # The function compares the file with what other sessions committed meanwhile.
    conn.isolation_level = IsolationLevel.READ_COMMITTED
    parameters = {"day": day.day, "part": day.part, "has_payloads": export.has_payloads, **written._asdict()}
    with begin_transaction(conn):
        conn.execute(load_query("operating/record_export"), parameters)
