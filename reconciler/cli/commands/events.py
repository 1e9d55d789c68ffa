"""toolreg events."""

import io
import os
import select
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import click

from reconciler.cli import databases
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command, PipeClosed
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import note, put
from reconciler.cli.reading import POINT, choose_used_target, find_point, open_for_reading
from reconciler.core.errors import ToolregError
from reconciler.core.state.event import Event, Position
from reconciler.database.connection import Connection
from reconciler.observed.events import find_position, read_events
from reconciler.observed.revision_names import Point
from reconciler.render.event_text import render_error_line, render_event, render_event_json
from reconciler.render.terminal import safe
from reconciler.serving.following import follow_events


@click.command(cls=Command)
@click.option(
    "--since",
    type=POINT,
    metavar="REV",
    help="Begin after this revision: a number (0 for all), 7 characters or more of a commit, or a time. With --follow,"
    " the default is the last applied revision.",
)
@click.option("--follow", is_flag=True, help="Wait for revisions, until stopped.")
@database_option
@registry_option
@output_option("text", "json")
def events(since: Point | None, follow: bool, database: str | None, registry: Path, output: str) -> int:
    """Print the changes of applied revisions, as they are applied.

    Each created, updated, moved (renamed) or deleted resource has a line, in the order of revisions; with -o json, a
    JSON object with the manifest. After a purge of the history or a restore from a backup, the changes since REV may be
    unknown: a line "reset" comes first, then a line "present" for each declared resource. With --follow, the command
    connects again after a lost connection, prints each event once, and ends on SIGINT or SIGTERM with 0.

    \b
    Example:
        toolreg events --since 41
        toolreg events --follow -o json
    """
    if since is None and not follow:
        raise click.UsageError("give --since REV to print past changes, or --follow to wait for the next ones")
    with _errors_in_lines(output):
        if not follow:
            with open_for_reading(database, registry) as conn:
                _print_all(conn, _find_position(conn, since), output)
            return ExitCode.DONE
        try:
            _follow(database, registry, since, output)
        except KeyboardInterrupt:
            _abandon_blocked_stdout()
        return ExitCode.DONE


@contextmanager
def _errors_in_lines(output: str) -> Iterator[None]:
    """With -o json, print an error as a line of JSON, like the events, instead of an indented document."""
    try:
        yield
    except ToolregError as error:
        if output == "json":
            put(render_error_line(error))
            error.is_shown = True
        raise


def _find_position(conn: Connection, since: Point | None) -> Position:
    if since is None:
        return find_position(conn)
    return find_position(conn, find_point(conn, since).number if since.number is None else since.number)


def _print_all(conn: Connection, position: Position, output: str) -> None:
    while changes := read_events(conn, position, with_manifests=output == "json"):
        _print_events(changes, output)
        position = changes[-1].position


def _follow(database: str | None, registry: Path, since: Point | None, output: str) -> None:
    with open_for_reading(database, registry) as conn:
        position = _find_position(conn, since)
    note(f"Waiting for revisions after {position.revision}.")
    target = choose_used_target(database, registry)

    @contextmanager
    def connect() -> Iterator[Connection]:
        # Restarts a killed embedded server.
        with databases.open_target(target) as open_connection, open_connection() as conn:
            yield conn

    with closing(follow_events(connect, position, _tell, with_manifests=output == "json")) as batches:
        for changes in batches:
            _print_events(changes, output)
            _require_reader()


def _print_events(changes: Iterable[Event], output: str) -> None:
    # Each is flushed.
    for event in changes:
        put(render_event_json(event) if output == "json" else render_event(event))


def _tell(message: str) -> None:
    note(safe(message, 2000))


def _require_reader() -> None:
    """Raise PipeClosed if the reader of stdout is gone, which a write would tell only at the next event."""
    if _poll_stdout(0) & (select.POLLERR | select.POLLHUP):
        raise PipeClosed


def _abandon_blocked_stdout() -> None:
    """Drop the rest of an interrupted line if the reader does not read: Python would wait for the reader at its end."""
    if not _poll_stdout(select.POLLOUT):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _poll_stdout(wanted: int) -> int:
    """Return the state of stdout; the wanted state if stdout is no file."""
    with suppress(io.UnsupportedOperation):
        poll = select.poll()
        poll.register(sys.stdout.fileno(), wanted)
        return next((state for _, state in poll.poll(0)), 0)
    return wanted
