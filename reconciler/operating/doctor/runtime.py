"""Checks the runtime data: tables for calls, rollups, maintenance, integrity and history."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.quote import quoted
from reconciler.core.state.finding import Finding, FindingLevel
from reconciler.database.connection import Connection
from reconciler.database.rows import read_row, read_rows
from reconciler.observed import stored

_MOST_NAMED: Final = 5
_MINUTE: Final = 60.0
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_MOST_UNCOUNTED: Final = 2 * _HOUR
_FROM_CRON: Final = "run toolreg maintain --all --due every minute, from cron or a timer"


class _PartitionsRow(NamedTuple):
    days_without_table: list[str]
    tables_until: str | None


class _RollupRow(NamedTuple):
    rolled_age: float | None
    uncounted_age: float | None


class _TaskRow(NamedTuple):
    task: str
    age: float | None
    error: str | None
    is_overdue: bool | None


class _IntegrityRow(NamedTuple):
    errors: int
    warnings: int
    notices: int
    subjects: list[str] | None


def check_partitions(conn: Connection) -> Iterator[Finding]:
    """Check that today and tomorrow have tables for their calls."""
    state = read_row(conn, _PartitionsRow, load_query("operating/doctor_partitions"))
    if state.days_without_table:
        summary = f"calls of {' and '.join(state.days_without_table)} have no table of their own"
        yield Finding("partitions", FindingLevel.WARNING, summary, "run: toolreg maintain ensure_partitions")
    else:
        yield Finding("partitions", FindingLevel.OK, f"tables for calls are there until {state.tables_until}")


def check_rollup(conn: Connection) -> Iterator[Finding]:
    """Check the age of the oldest call that no rollup has counted."""
    state = read_row(conn, _RollupRow, load_query("operating/doctor_rollup"))
    advice = "run: toolreg maintain rollup_invocations, every few minutes"
    if state.uncounted_age is None:
        yield Finding(
            "rollup", FindingLevel.OK, "every call is counted" if state.rolled_age is not None else "no call was logged"
        )
        return
    last = "never ran" if state.rolled_age is None else f"ran {_format_age(state.rolled_age)} ago"
    summary = f"it {last}; the oldest call that it has not counted is {_format_age(state.uncounted_age)} old"
    level = FindingLevel.WARNING if state.uncounted_age > _MOST_UNCOUNTED else FindingLevel.OK
    yield Finding("rollup", level, summary, advice if level is FindingLevel.WARNING else "")


def check_maintenance(conn: Connection) -> Iterator[Finding]:
    """Check for failed and overdue maintenance tasks."""
    tasks = read_rows(conn, _TaskRow, load_query("operating/doctor_maintenance")).fetchall()
    ages = [task.age for task in tasks if task.age is not None]
    if not ages:
        yield Finding("maintenance", FindingLevel.WARNING, "it never ran", _FROM_CRON)
        return
    failed = [(task.task, task.age, task.error) for task in tasks if task.age is not None and task.error is not None]
    for name, age, error in failed:
        summary = f"{name} failed {_format_age(age)} ago: {quoted(error, limit=500)}"
        yield Finding("maintenance", FindingLevel.WARNING, summary, f"run: toolreg maintain {name}")
    last_run = f"last run {_format_age(min(ages))} ago"
    overdue = [task.task for task in tasks if task.is_overdue and task.error is None]
    if overdue:
        yield Finding("maintenance", FindingLevel.WARNING, f"overdue: {', '.join(overdue)}; {last_run}", _FROM_CRON)
    elif not failed:
        yield Finding("maintenance", FindingLevel.OK, last_run)


def check_integrity(conn: Connection) -> Iterator[Finding]:
    """Check the number of problems in the data."""
    state = read_row(conn, _IntegrityRow, load_query("operating/doctor_integrity"))
    numbers = {"error": state.errors, "warning": state.warnings, "notice": state.notices}
    told = ", ".join(f"{number} {word}{'' if number == 1 else 's'}" for word, number in numbers.items() if number)
    level = FindingLevel.ERROR if state.errors else FindingLevel.WARNING if state.warnings else FindingLevel.OK
    advice = "see: toolreg query data_integrity" if told else ""
    named = f" ({', '.join(map(quoted, state.subjects))})" if state.subjects else ""
    yield Finding("integrity", level, f"in the data: {told or 'no problem'}{named}", advice)


def check_history(conn: Connection) -> Iterator[Finding]:
    """Check for rows that pass for applied but differ from their newest version in the history."""
    hidden = sorted(stored.find_altered(conn).found.keys() - stored.read_drift(conn).found.keys())
    if not hidden:
        yield Finding("history", FindingLevel.OK, "each row is its newest version in the history, or is told as drift")
        return
    some = ", ".join(quoted(str(ref)) for ref in hidden[:_MOST_NAMED])
    more = f", and {len(hidden) - _MOST_NAMED} more" if len(hidden) > _MOST_NAMED else ""
    summary = f"no revision made {some}{more} as it is: somebody who may apply changed it by hand"
    yield Finding(
        "history", FindingLevel.ERROR, summary, "see: toolreg drift; and give toolreg_reconciler other credentials"
    )


def _format_age(seconds: float) -> str:
    """Format an age in its largest unit."""
    for name, length in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= length:
            return f"{seconds / length:.0f} {name}"
    return f"{max(seconds, 0):.0f} s"
