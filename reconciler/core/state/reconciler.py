"""The state of a reconciler, as recorded in the database."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Condition(StrEnum):
    """The condition of a reconciler, in the terms of Argo CD and Flux.

    Ready: the database equals the branch. Reconciling: work is under way, or a retry is due. Stalled: nothing happens
    before the branch, the policy or the database changes.
    """

    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"


class LoopState(NamedTuple):
    """The condition of a reconciler with its reason (one word) and message.

    `registry` is the name of the registry, `head` the last commit of the branch, `attempted` the commit applied or
    tried last, each None if unknown. `behind` is the number of commits of the branch not applied. `looked` says whether
    the repository answered just now.
    """

    condition: Condition
    reason: str
    message: str | None = None
    registry: str | None = None
    head: str | None = None
    attempted: str | None = None
    behind: int | None = None
    looked: bool = False


class Reconciler(NamedTuple):
    """A recorded reconciler: its source, the holder of its lease, and its state.

    `is_alive` says whether a process holds the lease now.
    """

    source: str
    registry: str | None
    holder: str
    is_alive: bool
    condition: str
    reason: str
    message: str | None
    since: datetime
    head: str | None
    attempted: str | None
    behind: int | None
    looked_at: datetime | None
