"""Runs maintenance tasks. Each is a file of sql/maintenance: one SELECT that lists the statements to run now.

Every statement is a transaction of its own, and leaves nothing to do where it is run twice. So a task can be
interrupted anywhere and run again, and two at once do no harm; nothing here needs a lock, or a session of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from psycopg import IsolationLevel

from reconciler.assets import query, scripts
from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.core.state.task import Outcome, Step, Task, Work
from reconciler.database.connection import Connection, DatabaseAway, as_member, in_transaction, reading, translated
from reconciler.database.migrate import storage

_GROUP: Final = "toolreg_reconciler"


class UnknownTask(ToolregError):
    """There is no such maintenance task."""


def tasks(conn: Connection) -> list[Task]:
    """Return all tasks in the order in which they run. Raises NotMigratedError where the database has none yet."""
    described = {path.stem: _description(path) for path in scripts("maintenance")}
    with reading(conn):
        storage(conn).require_current()
        rows = conn.execute(query("operating/maintenance_tasks")).fetchall()
    return [
        Task(row.task, described[row.task], row.every, row.last_started_at, row.last_error, row.is_due)
        for row in rows
        if row.task in described
    ]


def task_named(name: str, known: Sequence[Task]) -> Task:
    """Return the task of this name. Raises UnknownTask, which says which name is near."""
    found = next((task for task in known if task.name == name.replace("-", "_")), None)
    if found is None:
        hint = did_you_mean(name, [task.name for task in known])
        raise UnknownTask(f"there is no maintenance task {quoted(name)}; {hint}")
    return found


def work(conn: Connection, task: Task, limit: int | None) -> Work:
    """Return what a task has to do now: all of it, or the first `limit` statements."""
    with reading(conn):
        listed = [row.statement for row in conn.execute(_listing(task.name)).fetchall()]
    chosen = listed[:limit]
    return Work(task, chosen, len(listed) - len(chosen))


def run(conn: Connection, found: Work, told: Callable[[Step], None]) -> Outcome:
    """Run the statements, one transaction each, and record how it went, also when it is interrupted.

    `told` is called with each statement as soon as it is done. Where one could not be had at the moment, those after it
    are still run; anything else ends the task.
    """
    with translated(), reading(conn):
        started_at = conn.execute(query("guards/clock")).fetchone().moment  # type: ignore[union-attr]
    done: list[Step] = []
    try:
        for step in _steps(conn, found.statements):
            done.append(step)
            told(step)
    except KeyboardInterrupt:
        with suppress(ToolregError):
            _record(conn, found, started_at, done, "interrupted")
        raise
    outcome = Outcome(found, done, _worst(done))
    if outcome.error:
        # It would hide what went wrong: who may not run the task may not record it either.
        with suppress(ToolregError):
            _record(conn, found, started_at, done, str(outcome.error))
        return outcome
    _record(conn, found, started_at, done)
    return outcome


def _steps(conn: Connection, statements: Sequence[str]) -> Iterator[Step]:
    for statement in statements:
        step = _step(conn, statement)
        yield step
        if step.error and (isinstance(step.error, DatabaseAway) or not isinstance(step.error, TemporaryError)):
            return


def _step(conn: Connection, statement: str) -> Step:
    # CONCURRENTLY refuses a transaction around it. All else gets one, to commit each is what makes it safe to stop, and
    # not one of the level that the database or the role may have for its default: what drops calls must see them.
    conn.isolation_level = IsolationLevel.READ_COMMITTED
    is_call = statement.startswith("SELECT ")
    try:
        with (
            translated(),
            as_member(conn, _GROUP) if is_call else nullcontext(),
            in_transaction(conn) if is_call else nullcontext(),
        ):
            cursor = conn.execute(statement.encode())
            rows = cursor.fetchall() if cursor.description else []
    except ToolregError as error:
        return Step(statement, error=error)
    if cursor.description is None:
        return Step(statement, (cursor.statusmessage or "done",))
    return Step(statement, tuple("  ".join(str(value) for value in row if value is not None) for row in rows))


def _worst(done: Sequence[Step]) -> ToolregError | None:
    errors = [step.error for step in done if step.error]
    return next((error for error in errors if not isinstance(error, TemporaryError)), errors[0] if errors else None)


def _record(
    conn: Connection, found: Work, started_at: datetime, done: Sequence[Step], error: str | None = None
) -> None:
    parameters = {
        "task": found.task.name,
        "started_at": started_at,
        "statements": len(done),
        "error": error,
        "remaining": found.left,
    }
    with translated(), as_member(conn, _GROUP), in_transaction(conn):
        conn.execute(query("operating/record_maintenance"), parameters)


def _listing(name: str) -> bytes:
    """Return the SELECT of a task's file. psql runs what it lists, told so by the lines at the end; here we do."""
    (path,) = (path for path in scripts("maintenance") if path.stem == name)
    return path.read_bytes().partition(b"\\gexec\n")[0]


def _description(path: Path) -> str:
    return path.read_text("utf-8").partition("\n")[0].removeprefix("-- ")
