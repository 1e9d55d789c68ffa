"""Runs maintenance tasks. Each task is a file of sql/maintenance: a SELECT that lists the statements to run now.

Every statement is an idempotent transaction of its own. A task can be interrupted anywhere and run again, and two
concurrent runs do no harm; a run needs neither a lock nor a session of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from psycopg import IsolationLevel

from reconciler.assets import list_scripts, load_query
from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.nearest import did_you_mean
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
from reconciler.database.migrate import read_storage
from reconciler.database.rows import StatementRow, read_rows
from reconciler.guards.clock import read_clock

_GROUP: Final = "toolreg_reconciler"


class UnknownTask(ToolregError):
    """The maintenance task does not exist."""


class _TaskRow(NamedTuple):
    task: str
    every: str | None
    last_started_at: datetime | None
    last_error: str | None
    is_due: bool


def list_tasks(conn: Connection) -> list[Task]:
    """Return all tasks in the order of their run. Raises NotMigratedError if the database is not migrated."""
    described = {path.stem: _read_description(path) for path in list_scripts("maintenance")}
    with begin_snapshot(conn):
        read_storage(conn).require_current()
        rows = read_rows(conn, _TaskRow, load_query("operating/maintenance_tasks")).fetchall()
    return [
        Task(row.task, described[row.task], row.every, row.last_started_at, row.last_error, row.is_due)
        for row in rows
        if row.task in described
    ]


def find_task(name: str, known: Sequence[Task]) -> Task:
    """Return the task of this name. Raises UnknownTask with the nearest name."""
    match = next((task for task in known if task.name == name.replace("-", "_")), None)
    if match is None:
        hint = did_you_mean(name, [task.name for task in known])
        raise UnknownTask(f"there is no maintenance task {quoted(name)}; {hint}")
    return match


def list_work(conn: Connection, task: Task, limit: int | None) -> Work:
    """Return the statements that a task has to run now: all, or the first `limit`."""
    with begin_snapshot(conn):
        listed = [row.statement for row in read_rows(conn, StatementRow, _read_select(task.name))]
    chosen = listed[:limit]
    return Work(task, chosen, len(listed) - len(chosen))


def run_due(conn: Connection, told: Callable[[Outcome], None]) -> None:
    """Run each task that is due, one after the other. `told` is called with each outcome; an error ends one task only.

    Raises DatabaseAway if the connection is lost.
    """
    for task in list_tasks(conn):
        if not task.is_due:
            continue
        try:
            outcome = run_task(conn, list_work(conn, task, None), lambda _: None)
        except DatabaseAway:
            raise
        except ToolregError as error:
            outcome = Outcome(Work(task, (), 0), error=error)
        told(outcome)


def run_task(conn: Connection, work: Work, told: Callable[[TaskStep], None]) -> Outcome:
    """Run the statements, each in its own transaction, and record the outcome, also after an interrupt.

    `told` is called with each step as soon as its statement ends. After a TemporaryError the next statements still run;
    DatabaseAway and all other errors end the task.
    """
    with translate_errors(), begin_snapshot(conn):
        started_at = read_clock(conn)
    done: list[TaskStep] = []
    try:
        for step in _run_statements(conn, work.statements):
            done.append(step)
            told(step)
    except KeyboardInterrupt:
        with suppress(ToolregError):
            _record(conn, work, started_at, done, "interrupted")
        raise
    outcome = Outcome(work, done, _find_worst(done))
    if outcome.error:
        # Raising here would hide the first error: a role that may not run the task may not record the run either.
        with suppress(ToolregError):
            _record(conn, work, started_at, done, str(outcome.error))
        return outcome
    _record(conn, work, started_at, done)
    return outcome


def _run_statements(conn: Connection, statements: Sequence[str]) -> Iterator[TaskStep]:
    for statement in statements:
        step = _run_statement(conn, statement)
        yield step
        if step.error and (isinstance(step.error, DatabaseAway) or not isinstance(step.error, TemporaryError)):
            return


def _run_statement(conn: Connection, statement: str) -> TaskStep:
    # CONCURRENTLY refuses an open transaction. Every other statement gets its own, which makes a task safe to stop.
    # READ COMMITTED overrides the default of the database or the role: a statement that drops calls must see all calls.
    conn.isolation_level = IsolationLevel.READ_COMMITTED
    is_call = statement.startswith("SELECT ")
    try:
        with (
            translate_errors(),
            explain_missing_rights(conn, _GROUP) if is_call else nullcontext(),
            begin_transaction(conn) if is_call else nullcontext(),
        ):
            cursor = conn.execute(statement.encode())
            # Untyped: a task may list any statement, and its columns are only printed.
            rows = cursor.fetchall() if cursor.description else []
    except ToolregError as error:
        return TaskStep(statement, error=error)
    if cursor.description is None:
        return TaskStep(statement, (cursor.statusmessage or "done",))
    return TaskStep(statement, tuple("  ".join(str(value) for value in row if value is not None) for row in rows))


def _find_worst(done: Sequence[TaskStep]) -> ToolregError | None:
    errors = [step.error for step in done if step.error]
    return next((error for error in errors if not isinstance(error, TemporaryError)), errors[0] if errors else None)


def _record(
    conn: Connection, work: Work, started_at: datetime, done: Sequence[TaskStep], error: str | None = None
) -> None:
    parameters = {
        "task": work.task.name,
        "started_at": started_at,
        "statements": len(done),
        "error": error,
        "remaining": work.left,
    }
    with translate_errors(), explain_missing_rights(conn, _GROUP), begin_transaction(conn):
        conn.execute(load_query("operating/record_maintenance"), parameters)


def _read_select(name: str) -> bytes:
    """Return the SELECT of a task's file, without the last lines, by which psql runs the listed statements."""
    (path,) = (path for path in list_scripts("maintenance") if path.stem == name)
    return path.read_bytes().partition(b"\\gexec\n")[0]


def _read_description(path: Path) -> str:
    return path.read_text("utf-8").partition("\n")[0].removeprefix("-- ")
