"""Chooses and opens the database of a command. Separate from the options, since psycopg is slow to import."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from reconciler.cli.progress import waiting
from reconciler.database.target import Connect, Target


def target_of(database: str | None, registry: Path) -> Target:
    """Return the database of a command."""
    return Target.chosen(database, registry, os.environ)


@contextmanager
def opened(target: Target) -> Iterator[Connect]:
    """Yield a function that opens connections. Shows progress if the embedded server is slow to start."""
    with ExitStack() as stack:
        with waiting("starting the embedded server"):
            connect = stack.enter_context(target.opened())
        yield connect
