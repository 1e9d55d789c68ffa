"""Resources, their versions, and the revisions that made them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.core.difference import Absent
from reconciler.core.manifest.resource import Ref
from reconciler.core.pointer import Json


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as the database holds it now.

    `state` is applied; changed, if somebody changed the row since; or unmanaged, if it was never applied. `revision` is
    the number of the one that last changed it.
    """

    ref: Ref
    id: str
    value: dict[str, Any]
    path: str | None
    revision: int | None
    state: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """An attempt to apply a registry. `outcome` is applied, refused or failed.

    `restored` is the revision whose content it has, where that comes from history, and `reason` says why; it `repairs`
    where that content was the applied one already. `overridden` are the guards that the user overrode, `left_undeleted`
    counts what is no longer declared but was not to be deleted.
    """

    number: int
    outcome: str
    source: str
    commit: str | None
    author: str | None
    committed_at: datetime | None
    subject: str | None
    created: int
    updated: int
    deleted: int
    finished_at: datetime
    applied_by: str
    error: str | None
    restored: int | None
    repairs: bool
    reason: str | None
    overridden: Sequence[str]
    left_undeleted: int


@dataclass(frozen=True, slots=True)
class Version:
    """What one revision made of a resource. `drifted` says that it put right what had been changed by hand.

    `commit` is the one that changed the file, by `author`: one of those that the revision applied, not always the last.
    """

    action: str
    name: str
    path: str | None
    drifted: bool
    value: Json | Absent
    revision: Revision
    commit: str | None
    author: str | None


@dataclass(frozen=True, slots=True)
class Identity:
    """A resource that is or was. `ref` has its present name, or its last one where it is not `present`."""

    ref: Ref
    id: str
    present: bool


@dataclass(frozen=True, slots=True)
class References:
    """What a resource names, and who names it: each with the JSON Pointer of the place."""

    names: tuple[tuple[str, Ref], ...]
    named_by: tuple[tuple[Ref, str], ...]
