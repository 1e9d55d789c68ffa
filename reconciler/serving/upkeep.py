"""Maintenance for a reconciler, in a process of its own: python -m reconciler.serving.upkeep.

The order comes on stdin as JSON: conninfo and its origin. A line of JSON per task goes to stdout.
"""

import json
import sys
import time
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted
from reconciler.core.state.loop_report import Maintained
from reconciler.core.state.task import Outcome
from reconciler.database.connection import connect
from reconciler.operating.maintenance import run_due
from reconciler.serving.child import Child, ChildEnd
from reconciler.serving.retry import back_off

_MODULE: Final = "reconciler.serving.upkeep"


class Upkeep:
    """The maintenance of one target, at most one process at a time, a later one after a failure."""

    def __init__(self, target: str, conninfo: str, origin: str) -> None:
        self._target = target
        self._order = json.dumps({"conninfo": conninfo, "origin": origin}).encode()
        self._child: Child | None = None
        self._failures = 0
        self._not_before = 0.0

    def start(self) -> None:
        """Begin, unless it runs already or failed a moment ago."""
        if self._child is None and time.monotonic() >= self._not_before:
            self._child = Child(_MODULE, self._order)

    def reap(self) -> list[Maintained]:
        """Return the tasks that were run, once the process ended."""
        end = self._child.poll() if self._child else None
        if end is None:
            return []
        self._child = None
        done = parse_end(self._target, end)
        self._failures = self._failures + 1 if any(one.error for one in done) else 0
        self._not_before = time.monotonic() + back_off(self._failures) if self._failures else 0.0
        return done

    def interrupt(self) -> None:
        """Have a running process end: every statement is a transaction of its own, and the next run goes on."""
        if self._child:
            self._child.interrupt()

    def kill(self) -> None:
        """Kill a process that still runs."""
        if self._child:
            self._child.kill()
            self._child = None


def parse_end(target: str, end: ChildEnd) -> list[Maintained]:
    """Return the tasks in the output of a process; a process that ended badly is a task called `all`."""
    try:
        done = [Maintained(target, **json.loads(line)) for line in end.out.splitlines()]
    except (ValueError, TypeError) as error:
        return [Maintained(target, "all", end.seconds, f"unreadable: {quoted(str(error), limit=200)}")]
    return done if end.code == 0 else [*done, Maintained(target, "all", 0.0, end.description)]


def main() -> None:
    """Run what is due, and write a line per task."""
    order = json.loads(sys.stdin.buffer.read())
    began = time.monotonic()

    def tell(outcome: Outcome) -> None:
        nonlocal began
        now = time.monotonic()
        _write(outcome.work.task.name, now - began, outcome.error)
        began = now

    try:
        with connect(order["conninfo"], order["origin"]) as conn:
            run_due(conn, tell)
    except ToolregError as error:
        _write("all", time.monotonic() - began, error)


def _write(task: str, seconds: float, error: ToolregError | None) -> None:
    line = {"task": task, "seconds": seconds, "error": str(error) if error else None}
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
