"""The database that a command works on. Apart from other options, since psycopg is slow to import."""

import os
from pathlib import Path

from reconciler.target import Target


def target_of(database: str | None, registry: Path) -> Target:
    """Return the database that a command works on."""
    return Target.chosen(database, registry, os.environ)
