"""Maintenance tasks and their results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.core.errors import ToolregError


@dataclass(frozen=True, slots=True)
class Task:
    """A maintenance task and its last run. `every` is None for a task never due by itself."""

    name: str
    description: str
    every: str | None
    last_started_at: datetime | None
    last_error: str | None
    is_due: bool


@dataclass(frozen=True, slots=True)
class TaskStep:
    """An executed statement: its reported actions, line by line, or its error."""

    statement: str
    did: Sequence[str] = ()
    error: ToolregError | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """The statements to run now for a task, and the number left by a limit for the next time."""

    task: Task
    statements: Sequence[str]
    left: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a task. `error` is the first permanent error, or else the first error."""

    work: Work
    steps: Sequence[TaskStep] = ()
    error: ToolregError | None = None
