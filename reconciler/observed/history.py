"""What was declared at an earlier revision, read from the history of the database alone."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from psycopg import errors

from reconciler.assets import query
from reconciler.core.errors import ToolregError
from reconciler.core.history.commit import Commit
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Plan
from reconciler.core.state.history import Applied, History
from reconciler.database.connection import Connection


class NotKnown(ToolregError):
    """There is no such revision, it changed nothing, or what was declared then is not wholly known any more."""


def applied(conn: Connection, number: int | None = None, at: datetime | str | None = None) -> Applied:
    """Return an applied revision, by its number, or the newest one at a time.

    Text without a time zone is a time in the one of the database session. Raises NotKnown where there is none, or where
    it is not wholly known any more what was declared then.
    """
    with _explained():
        row = conn.execute(query("observed/applied_revision"), {"number": number, "at": at}).fetchone()
    if row is None:
        raise NotKnown
    commit = Commit(row.commit, tuple(row.parents), row.author, row.committed_at, row.subject) if row.commit else None
    return Applied(row.number, row.finished_at, History(row.original, row.folder, commit, row.contract or ""))


def newest(conn: Connection) -> Applied:
    """Return the revision that was applied last. Raises NotKnown where nothing was."""
    return applied(conn, at="infinity")


def state_at(conn: Connection, number: int) -> dict[Ref, Manifest]:
    """Return what was declared at an applied revision, each resource under its identity and the name it had then.

    Without the manifests themselves. Raises NotKnown as `applied` does.
    """
    with _explained():
        rows = conn.execute(query("observed/state_at"), {"number": number}).fetchall()
    return {(manifest := _manifest(row, None)).ref: manifest for row in rows}


def texts_at(conn: Connection, number: int, ids: Collection[str]) -> dict[str, str]:
    """Return the manifests of some resources as they were declared at an applied revision, by identity."""
    with _explained():
        rows = conn.execute(query("observed/manifests_at"), {"number": number, "ids": [*ids]}).fetchall() if ids else []
    return {row.id: row.manifest for row in rows}


def difference(conn: Connection, before: int, after: int) -> Plan:
    """Return what turns the state at one applied revision into that at another, in either order, by identity."""
    sides: dict[str, dict[Ref, Manifest]] = {"before": {}, "after": {}}
    with _explained():
        rows = conn.execute(query("observed/changed_between"), {"before": before, "after": after}).fetchall()
    for row in rows:
        manifest = _manifest(row, row.manifest)
        sides[row.side][manifest.ref] = manifest
    return Plan.by_identity(sides["after"], sides["before"])


@contextmanager
def _explained() -> Iterator[None]:
    """Say in the words of internal.applied_revision why there is nothing."""
    try:
        yield
    except errors.InvalidParameterValue as error:
        raise NotKnown(error.diag.message_primary) from error


def _manifest(row: Any, text: str | None) -> Manifest:  # noqa: ANN401  A named tuple of state_at or changed_between.
    return Manifest(Ref(row.kind, row.name), row.digest, text, row.path, row.blob, id=row.id)
