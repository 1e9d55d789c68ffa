"""A commit, as its object says it."""

from datetime import datetime
from typing import NamedTuple


class Commit(NamedTuple):
    """A commit. `author` is `Name <address>`; `committed_at` has its time zone."""

    id: str
    parents: tuple[str, ...]
    author: str
    committed_at: datetime
    subject: str
