"""A git commit, read from its object."""

from datetime import datetime
from typing import NamedTuple


class Commit(NamedTuple):
    """A git commit. `author` is `Name <address>`; `committed_at` has its time zone."""

    id: str
    parents: tuple[str, ...]
    author: str
    committed_at: datetime
    subject: str
