"""Reads the declared state of earlier revisions, from the history of the database alone."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from psycopg import errors

from reconciler.assets import load_query
from reconciler.core.errors import ToolregError
from reconciler.core.history.commit import Commit
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Plan
from reconciler.core.state.history import Applied, History
from reconciler.database.connection import Connection
from reconciler.database.rows import read_rows


class NotKnown(ToolregError):
    """There is no such revision, it changed nothing, or what was declared then is not wholly known any more."""


class _AppliedRow(NamedTuple):
    number: int
    finished_at: datetime
    original: int
    folder: str
    commit: str | None
    parents: list[str]
    author: str | None
    committed_at: datetime | None
    subject: str | None
    contract: str | None
    registry: str | None


class _DeclaredRow(NamedTuple):
    kind: str
    name: str
    id: str
    digest: str
    path: str | None
    blob: str | None


class _SideRow(NamedTuple):
    side: str
    kind: str
    name: str
    id: str
    digest: str
    manifest: str
    path: str | None
    blob: str | None


class _TextRow(NamedTuple):
    id: str
    manifest: str


def find_applied(conn: Connection, number: int | None = None, at: datetime | str | None = None) -> Applied:
    """Return an applied revision by its number, or the newest revision applied until a time.

    A time in text without a time zone is read in the time zone of the database session. Raises NotKnown if no revision
    matches, or if its declared state is not fully known any more.
    """
    with _translate_errors():
        row = read_rows(
            conn, _AppliedRow, load_query("observed/applied_revision"), {"number": number, "at": at}
        ).fetchone()
    if row is None:
        raise NotKnown
    content = History(row.original, row.folder, _make_commit(row), row.contract or "")
    return Applied(row.number, row.finished_at, content, row.registry)


def find_newest(conn: Connection) -> Applied:
    """Return the last applied revision. Raises NotKnown before the first apply."""
    return find_applied(conn, at="infinity")


def read_state_at(conn: Connection, number: int, registry: str | None) -> dict[Ref, Manifest]:
    """Return the declared state of a registry, None for all, at an applied revision.

    Each resource has its identity, and its name at the time. Manifests carry no text. Raises NotKnown as `find_applied`
    does.
    """
    parameters = {"number": number, "registry": registry}
    with _translate_errors():
        rows = read_rows(conn, _DeclaredRow, load_query("observed/state_at"), parameters).fetchall()
    return {(manifest := _make_manifest(row)).ref: manifest for row in rows}


def read_texts_at(conn: Connection, number: int, ids: Collection[str]) -> dict[str, str]:
    """Return the manifest texts of some resources at an applied revision, by identity."""
    with _translate_errors():
        parameters = {"number": number, "ids": [*ids]}
        return dict(read_rows(conn, _TextRow, load_query("observed/manifests_at"), parameters)) if ids else {}


def compare_revisions(conn: Connection, before: int, after: int) -> Plan:
    """Return the plan from the state at an applied revision to the state at another, in either order, by identity."""
    sides: dict[str, dict[Ref, Manifest]] = {"before": {}, "after": {}}
    with _translate_errors():
        parameters = {"before": before, "after": after}
        rows = read_rows(conn, _SideRow, load_query("observed/changed_between"), parameters).fetchall()
    for row in rows:
        manifest = _make_manifest(row, row.manifest)
        sides[row.side][manifest.ref] = manifest
    return Plan.by_identity(sides["after"], sides["before"])


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Raise NotKnown with the message of internal.applied_revision."""
    try:
        yield
    except errors.InvalidParameterValue as error:
        raise NotKnown(error.diag.message_primary) from error


def _make_commit(row: _AppliedRow) -> Commit | None:
    # A commit comes with its author, time and subject.
    if row.commit is None or row.committed_at is None:
        return None
    return Commit(row.commit, tuple(row.parents), row.author or "", row.committed_at, row.subject or "")


def _make_manifest(row: _DeclaredRow | _SideRow, text: str | None = None) -> Manifest:
    return Manifest(Ref(row.kind, row.name), row.digest, text, row.path, row.blob, id=row.id)
