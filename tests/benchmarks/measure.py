"""Measures, and says what was measured."""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

TOOLREG: Final = str(Path(sys.executable).with_name("toolreg"))

_MILLI: Final = 1e-3
_SECOND: Final = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. Times are in seconds; a floor or a goal that there is none of is None."""

    work: str
    ours: float
    floor: float | None = None
    floor_is: str = ""
    goal: float | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the row as text: the work, ours, the floor, the ratio, the goal, and what the floor is."""
        ratio = _ratio(self.ours, self.floor) if self.floor else "-"
        missed = " missed" if self.goal and self.ours > self.goal else ""
        return (self.work, shown(self.ours), shown(self.floor), ratio, shown(self.goal) + missed, self.floor_is)


def _ratio(ours: float, floor: float) -> str:
    return f"1/{floor / ours:.0f}" if ours * 10 < floor else f"{ours / floor:.1f}x"


HEAD: Final = ("work", "ours", "floor", "ratio", "goal", "floor is")


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the rows as the lines of a Markdown table."""
    cells = [HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in cells]
    yield lines[0]
    yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    yield from lines[1:]


def shown(seconds: float | None) -> str:
    """Return a time with the unit that it is best read in."""
    if seconds is None:
        return "-"
    if seconds < _MILLI:
        return f"{seconds * 1e6:.0f} us"
    return f"{seconds * 1e3:.1f} ms" if seconds < _SECOND / 2 else f"{seconds:.2f} s"


def median_of(work: Callable[[], object], runs: int) -> float:
    """Return the median time of one run."""
    return median(once(work) for _ in range(runs))


def once(work: Callable[[], object]) -> float:
    """Return the time of one run."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def each(work: Callable[[], object], items: int, runs: int = 9) -> float:
    """Return the least processor time of one item of a loop, without the garbage collector, as the loader runs it.

    These are microseconds that are subtracted from each other, so what other processes take must not count.
    """
    gc.disable()
    try:
        return min(_processor_time(work) for _ in range(runs)) / items
    finally:
        gc.enable()


def _processor_time(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def command(*arguments: str, cwd: Path) -> str:
    """Run a command to its end, and return what it said on stderr. Raises where it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DATABASE_URL"))}
    done = subprocess.run(arguments, cwd=cwd, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)[:200]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stderr


def of_command(*arguments: str, cwd: Path, runs: int) -> float:
    """Return the median time of a whole command, after one run that warms the caches of the disk."""
    command(*arguments, cwd=cwd)
    return median_of(lambda: command(*arguments, cwd=cwd), runs)
