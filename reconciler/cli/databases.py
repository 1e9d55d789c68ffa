"""Chooses and opens the database of a command. Separate from the options, since psycopg is slow to import."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from reconciler.cli.progress import show_wait
from reconciler.database.target import Connect, Target


def choose_target(database: str | None, registry: Path) -> Target:
    """Return the database of a command."""
    return Target.choose(database, registry, os.environ)


@contextmanager
def open_target(target: Target) -> Iterator[Connect]:
    """Yield a function that opens connections. Shows progress if the embedded server is slow to start."""
    with ExitStack() as stack:
        with show_wait("starting the embedded server"):
            connect = stack.enter_context(target.open())
        yield connect
