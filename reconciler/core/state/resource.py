"""Resources, their versions, and the revisions of a registry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from reconciler.core.difference import Absent
from reconciler.core.manifest.resource import Ref
from reconciler.core.pointer import Json


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as the database holds it now.

    `state` is applied; changed, if the row was changed by hand since; or unmanaged, if the row was never applied.
    `revision` is the number of the last revision with a change of the resource.
    `registry` is the registry that owns it, None for an unmanaged row.
    """

    ref: Ref
    id: str
    value: dict[str, Any]
    path: str | None
    revision: int | None
    state: str
    created_at: datetime
    updated_at: datetime
    registry: str | None = None


class Revision(NamedTuple):
    """An attempt to apply a registry. `outcome` is applied, refused or failed.

    `restored` is the revision whose content was restored from history, None for content from files, and `reason` says
    why; `repairs` is true if the restored content was the applied content already. `overridden` are the guards
    overridden by the user, `left_undeleted` counts the resources no longer declared but kept.
    `environment` is the environment whose patches the content includes, and `registry` the name of the
    registry at the time, None for a failed attempt with an unreadable registry.yaml.
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
    environment: str | None
    registry: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """A resource after one revision. `drifted` says whether this version repaired a change by hand.

    `commit`, by `author`, changed the file: one of the commits that the revision applied, not always the last.
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
    """A present or former resource. `ref` has its present name, or its last name if not `present`."""

    ref: Ref
    id: str
    present: bool


@dataclass(frozen=True, slots=True)
class References:
    """The references from a resource and to a resource, each with the JSON Pointer of its place."""

    names: tuple[tuple[str, Ref], ...]
    named_by: tuple[tuple[Ref, str], ...]


class Consumer(NamedTuple):
    """A resource that names a tool, or an agent that calls the tool: `kind` is then agent.

    `range` are the versions that the consumer can work with, None for any; `is_satisfied` says whether the version of
    the tool is one of them. `pointers` are the places in its manifest. `last_call` is None without a call.
    """

    kind: str
    name: str
    owner: str | None
    range: str | None
    is_satisfied: bool | None
    pointers: Sequence[str]
    calls_7_days: int
    calls_30_days: int
    last_call: datetime | None
