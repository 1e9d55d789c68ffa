"""The rows of the queries about resources, as columns with their types, and the resources given to queries."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from reconciler.core.manifest.resource import Ref


def format_refs(refs: Iterable[Ref]) -> str:
    """Return resources as a parameter of a query: a JSON list of kinds and names."""
    return json.dumps([{"kind": ref.kind, "name": ref.name} for ref in refs])


class ResourceRow(NamedTuple):
    """A row of resources.sql and resources_at.sql."""

    kind: str
    name: str
    id: str
    manifest: str
    path: str | None
    revision: int | None
    created_at: datetime
    updated_at: datetime
    state: str
    registry: str | None


class IdentityRow(NamedTuple):
    """A row of identity.sql."""

    id: str
    name: str | None
    present: bool


class VersionRow(NamedTuple):
    """A row of versions.sql: a version, and from `number` on the fields of its Revision."""

    action: str
    name: str
    path: str | None
    drifted: bool
    changed_commit: str | None
    changed_author: str | None
    manifest: str | None
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
    overridden: list[str]
    left_undeleted: int
    environment: str | None
    registry: str | None


class ReferenceRow(NamedTuple):
    """A row of references.sql."""

    pointer: str
    target_kind: str
    target_name: str


class NameRow(NamedTuple):
    """A row of resource_names.sql."""

    name: str
    present: bool
