"""Maintenance tasks, and what they did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.core.errors import ToolregError


@dataclass(frozen=True, slots=True)
class Task:
    """A maintenance task, and how it went last. `every` is None where it is never due by itself."""

    name: str
    description: str
    every: str | None
    last_started_at: datetime | None
    last_error: str | None
    is_due: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A statement that was run: what it said that it did, line by line, or the error."""

    statement: str
    did: Sequence[str] = ()
    error: ToolregError | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """The statements that a task has to run now, and how many more a limit leaves for the next time."""

    task: Task
    statements: Sequence[str]
    left: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a task did. `error` is the first that is not temporary, or else the first."""

    work: Work
    steps: Sequence[Step] = ()
    error: ToolregError | None = None
