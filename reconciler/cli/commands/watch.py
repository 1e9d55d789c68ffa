"""toolreg watch."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import click

from reconciler.assets import load_contract
from reconciler.cli.asking import Declined, is_confirmed, must_ask
from reconciler.cli.databases import choose_target
from reconciler.cli.drawing import LineDrawing, ScreenDrawing, TextDrawing
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import (
    choose_source,
    database_option,
    lock_timeout_option,
    output_option,
    registry_option,
    yes_option,
)
from reconciler.cli.progress import show_count
from reconciler.database.target import Target
from reconciler.desired.worktree_files import Worktree
from reconciler.render.terminal import safe
from reconciler.serving.watch import Watch
from reconciler.serving.watched_target import WatchedTarget


@click.command(cls=Command)
@registry_option
@database_option
@click.option("--apply", "applies", is_flag=True, help="Apply each plan that no guard refuses.")
@yes_option
@lock_timeout_option
@output_option("text", "json")
def watch(registry: Path, database: str | None, applies: bool, yes: bool, lock_timeout: float, output: str) -> int:
    """Validate and plan the work tree anew at each save, until Ctrl-C.

    Shows problems, findings and the plan, on a terminal as one screen, in a pipe as a block per change; with -o json,
    one document a line. An invalid file, or a database that is away, does not end it. Leaves out what git ignores and
    the temporary files of editors.

    With --apply, each save that is valid is applied through all guards. A refusal is shown, and tried again after the
    next change.

    \b
    Examples:
        toolreg watch
        toolreg watch --apply
    """
    target = choose_target(database, registry)
    if applies and must_ask(target, yes=yes):
        _require_yes(target)

    def find_source() -> Worktree:
        source = choose_source(registry, None, worktree=True)
        assert isinstance(source, Worktree)  # noqa: S101  Without a ref, there is no other source.
        return source

    contract = load_contract()
    drawing = _choose_drawing(output, find_source().top)
    # WATCHFILES_FORCE_POLLING is documented by watchfiles, for file systems that tell no changes.
    is_polling = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower() not in ("", "false", "disable", "disabled")
    stopped: list[int] = []
    with ExitStack() as stack:
        try:
            stack.enter_context(_signals_noted(stopped))
            watched = stack.enter_context(WatchedTarget(target, contract, applies=applies, lock_timeout=lock_timeout))
            advance = stack.enter_context(show_count("files read"))
            drawing.before = advance.close
            Watch(find_source, contract, watched, drawing.tell, advance, is_polling=is_polling).run(
                lambda: bool(stopped)
            )
        except KeyboardInterrupt:
            # The end that was asked for. A second signal, while the server stops, ends it as usual.
            drawing.end()
    return ExitCode.DONE


def _choose_drawing(output: str, top: Path) -> TextDrawing | LineDrawing:
    if output == "json":
        return LineDrawing()
    is_screen = sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb")
    return ScreenDrawing(top) if is_screen else TextDrawing(top)


def _require_yes(target: Target) -> None:
    if not is_confirmed(f"Apply each save to {safe(target.place)}? [y/N] "):
        raise Declined


@contextmanager
def _signals_noted(stopped: list[int]) -> Iterator[None]:
    """Note SIGINT and SIGTERM, and raise KeyboardInterrupt: an apply under way is undone, or ends as applied."""

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.append(number)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, handler in before.items():
        # A shell has a job in the background ignore Ctrl-C.
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
