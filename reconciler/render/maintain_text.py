"""Renders maintenance tasks and their results as text and as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.core.pointer import Json
from reconciler.core.state.task import Outcome, Task, TaskStep, Work
from reconciler.core.times import format_time
from reconciler.render import table
from reconciler.render.table import Column, Keep
from reconciler.render.terminal import PLAIN, Paint, safe

_OF_TASKS: Final = (
    Column("TASK", Keep.ALL),
    Column("EVERY", Keep.ALL),
    Column("LAST RUN", Keep.ALL),
    Column("DUE", Keep.ALL),
    Column("DESCRIPTION"),
)
_LONGEST: Final = 2000


def render_tasks(tasks: Sequence[Task], width: int | None = None, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield a table of tasks, with the error of a failed last run below its task."""
    head, *rows = table.render_table(_OF_TASKS, [_make_row(task) for task in tasks], width, paint)
    yield head
    for row, task in zip(rows, tasks, strict=True):
        yield row
        if task.last_error:
            yield f"     {paint(safe(task.last_error, (width or _LONGEST) - 5), 'red')}"


def _make_row(task: Task) -> list[str]:
    last = format_time(task.last_started_at) if task.last_started_at else "never"
    return [task.name, task.every or "never", last, "yes" if task.is_due else "no", task.description]


def make_tasks_document(tasks: Iterable[Task]) -> list[Json]:
    """Return the tasks of `render_tasks`, for a JSON document."""
    return [
        {
            "task": task.name,
            "description": task.description,
            "every": task.every,
            "lastStartedAt": format_time(task.last_started_at) if task.last_started_at else None,
            "lastError": task.last_error,
            "due": task.is_due,
        }
        for task in tasks
    ]


def render_work(work: Work) -> Iterator[str]:
    """Yield the statements of a task as SQL for psql."""
    yield f"-- {work.task.name}: {_count_statements(work)}"
    yield from (f"{safe(statement, _LONGEST)};" for statement in work.statements)


def render_files(work: Work) -> Iterator[str]:
    """Yield the files of an export that would run."""
    yield render_export_headline(work)
    yield from (f"  {safe(path, _LONGEST)}" for path in work.statements)


def _count_statements(work: Work) -> str:
    count = len(work.statements)
    left = f", {work.left} more left by --limit" if work.left else ""
    return ("nothing to do" if not count else f"{count} statement{'' if count == 1 else 's'}") + left


def render_task_headline(work: Work, paint: Paint = PLAIN) -> str:
    """Return the headline of a running task."""
    return f"{paint(work.task.name, 'bold')}: {_count_statements(work)}"


def render_export_headline(work: Work, paint: Paint = PLAIN) -> str:
    """Return the headline of a running export: one file per day."""
    count = len(work.statements)
    left = f", {work.left} more left by --limit" if work.left else ""
    return f"{paint(work.task.name, 'bold')}: {count or 'no'} day{'' if count == 1 else 's'} to export{left}"


def render_step(done: TaskStep) -> Iterator[str]:
    """Yield the effects of a statement."""
    yield from (f"  {safe(line, _LONGEST)}" for line in done.did or ["nothing changed"])


def make_outcome_documents(outcomes: Iterable[Outcome]) -> list[Json]:
    """Return the results of tasks for a JSON document; without steps, a dry run."""
    return [
        {
            "task": one.work.task.name,
            "statements": list(one.work.statements),
            "left": one.work.left,
            "steps": [
                {"statement": done.statement, "did": list(done.did), "error": _format_error(done.error)}
                for done in one.steps
            ],
            "error": _format_error(one.error),
        }
        for one in outcomes
    ]


def _format_error(error: ToolregError | None) -> str | None:
    return safe(str(error), _LONGEST) if error else None
