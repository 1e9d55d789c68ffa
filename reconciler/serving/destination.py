"""A database to keep, and the branch that it follows."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

from reconciler.database.target import Connect


class Destination(NamedTuple):
    """A database to keep: its name, its connection string with the string's source, and how to open it.

    `open` starts an embedded server that is down.
    """

    name: str
    conninfo: str
    origin: str
    open: Callable[[], AbstractContextManager[Connect]]


class Following(NamedTuple):
    """The branch to follow: its name as a source, the copy of the repository, the folder, the digest of the contract.

    `rewind` allows a head that does not descend from the applied commit. `environment` is the one to apply, None for
    the registry without patches. `interval` is in seconds. `count_behind` returns the number of commits from an applied
    commit to the head, None if unknown.
    """

    source: str
    mirror: str
    folder: str
    contract: str
    rewind: bool
    environment: str | None
    interval: float
    count_behind: Callable[[str, str], int | None]
