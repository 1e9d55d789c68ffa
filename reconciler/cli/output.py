"""What commands print with: colour where it is wanted, progress where somebody watches."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO

import click

from reconciler.render.terminal import Paint

# A bar for what is over before it can be read only flickers.
_SECONDS_BEFORE_PROGRESS: Final = 1.0


def palette(stream: TextIO) -> Paint:
    """Return colours for a stream: for a terminal, unless NO_COLOR is set (no-color.org); FORCE_COLOR asks for them."""
    if os.environ.get("NO_COLOR"):
        return Paint(wanted=False)
    return Paint(wanted=bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb"))


def complain(message: str) -> None:
    """Say on stderr what went wrong."""
    click.echo(f"{palette(sys.stderr)('error', 'red')}: {message}", err=True, color=True)


def note(message: str) -> None:
    """Say on stderr what the user should know."""
    click.echo(message, err=True)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """Yield a function that is called with how many more are done. Shows a count on a terminal, once it takes long."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    shown = _Progress(what)
    try:
        yield shown.advance
    finally:
        shown.close()


class _Progress:
    """Shows nothing at first; rich, which is slow to import, is there only when it is needed."""

    def __init__(self, what: str) -> None:
        import time  # noqa: PLC0415

        self._what = what
        self._done = 0
        self._clock = time.monotonic
        self._began = time.monotonic()
        self._bar: Any = None

    def advance(self, count: int) -> None:
        self._done += count
        if self._bar is None and self._clock() - self._began > _SECONDS_BEFORE_PROGRESS:
            from rich.console import Console  # noqa: PLC0415
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

            columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed}"), TimeElapsedColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.add_task(self._what, total=None)
            self._bar.start()
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._done)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
