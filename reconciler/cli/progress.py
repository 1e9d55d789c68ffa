"""Shows progress of work that takes over a second, on stderr if a terminal; rich is imported only then."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Timer
from typing import Any, Final

# A display too short to read only flickers.
_SECONDS_BEFORE: Final = 1.0


class Counting:
    """Counts finished items. The working thread starts the display, since worker processes may be forked meanwhile."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._done = 0
        self._began = time.monotonic()
        self._bar: Any = None
        self._is_watched = sys.stderr.isatty()

    def __call__(self, count: int) -> None:
        """Add newly finished items."""
        self._done += count
        if self._is_watched and self._bar is None and time.monotonic() - self._began > _SECONDS_BEFORE:
            self._bar = _start_bar(f"{self._what}: {{task.completed:,}}")
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._done)

    def close(self) -> None:
        """Remove the display, before other output is printed."""
        self._is_watched = False
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


@contextmanager
def show_count(what: str) -> Iterator[Counting]:
    """Yield a counter, to be called with the number of newly finished items."""
    shown = Counting(what)
    try:
        yield shown
    finally:
        shown.close()


@contextmanager
def show_wait(what: str) -> Iterator[None]:
    """Show the subject and the duration of a wait. Not for work that forks processes."""
    if not sys.stderr.isatty():
        yield
        return
    bars: list[Any] = []
    is_over = Event()
    lock = Lock()

    def start() -> None:
        with lock:
            if not is_over.is_set():
                bars.append(_start_bar(what))

    timer = Timer(_SECONDS_BEFORE, start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        is_over.set()
        timer.cancel()
        with lock:
            for bar in bars:
                bar.stop()


def _start_bar(text: str) -> Any:  # noqa: ANN401  rich is not imported yet.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (SpinnerColumn(), TextColumn(text), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task("", total=None)
    bar.start()
    return bar
