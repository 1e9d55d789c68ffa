"""What the database holds, read back: resources, their versions, revisions. One command reads one snapshot."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from reconciler.assets import query
from reconciler.core.difference import ABSENT, Absent, Difference, differences
from reconciler.core.errors import ToolregError
from reconciler.core.json_text import json_value
from reconciler.core.manifest.contract import Kind
from reconciler.core.manifest.resource import Ref
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import Json
from reconciler.core.state.resource import Identity, References, Resource, Revision, Version
from reconciler.database.connection import Connection, reading
from reconciler.database.migrate import storage
from reconciler.observed import stored


class NotThereError(ToolregError):
    """There is no such resource."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a resource must have to be listed: each tag, the owner, and these properties of `spec`."""

    tags: Sequence[str] = ()
    owner: str | None = None
    spec: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a revision must be to be listed.

    It ended at `since` or later, the name or address of its author contains `author` whatever its case, and it changed
    a resource of `kind`.
    """

    since: datetime | None = None
    author: str | None = None
    kind: str | None = None

    def takes(self, version: "Version") -> bool:
        """Whether a version is of a revision that ended late enough, and written or applied by this author."""
        authors = (version.author, version.revision.author)
        is_by = self.author is None or any(self.author.lower() in (author or "").lower() for author in authors)
        return is_by and (self.since is None or version.revision.finished_at >= self.since)


EVERY: Final = Chosen()


@contextmanager
def snapshot(connect: Callable[[], AbstractContextManager[Connection]]) -> Iterator[Connection]:
    """Yield a connection on which everything is read as of one moment. Raises where the tables are not there."""
    with connect() as conn, reading(conn):
        storage(conn).require_current()
        yield conn


def resources(
    conn: Connection, kind: Kind, wanted: Filter, name: str | None = None, at: int | None = None
) -> list[Resource]:
    """Return the resources of a kind that match, by name: as they are, or as they were declared at a revision."""
    parameters = {
        "kind": kind.name,
        "name": _text(name),
        "owner": _text(wanted.owner),
        "tags": _text(json.dumps([*wanted.tags], ensure_ascii=False)),
        "spec": _text(json.dumps(dict(wanted.spec or {}), ensure_ascii=False)),
    }
    if at is None:
        return [_resource(row) for row in conn.execute(query("observed/resources"), parameters)]
    return [_resource(row) for row in conn.execute(query("observed/resources_at"), parameters | {"at": at})]


def resource(conn: Connection, kind: Kind, name: str, at: int | None = None) -> Resource:
    """Return one resource, as it is or as it was declared at a revision.

    Raises NotThereError, which says what became of it, or which name is near.
    """
    found = resources(conn, kind, Filter(), name, at)
    if not found:
        raise NotThereError(_missing(conn, kind, name) if at is None else _missing_then(conn, kind, name, at))
    return found[0]


def identity(conn: Connection, kind: Kind, name: str) -> Identity:
    """Return who has this name, or had it last. Raises NotThereError where nobody ever had."""
    row = conn.execute(query("observed/identity"), {"kind": kind.name, "name": _text(name)}).fetchone()
    if row is None:
        raise NotThereError(
            f"there never was a {kind.name}/{name} here; {_suggestion(conn, kind, name, present=False)}"
        )
    return Identity(Ref(kind.name, row.name or name), row.id, row.present)


def past(conn: Connection, kind: Kind, name: str) -> tuple[Identity, list[Version]]:
    """Return who has or had this name, and every version of it, the first one first; there is at least one."""
    found = identity(conn, kind, name)
    known = versions(conn, found.id)
    if not known:
        raise NotThereError(f"{found.ref} was put into the database by hand; it has no history")
    return found, known


def versions(conn: Connection, entity_id: str) -> list[Version]:
    """Return every version of a resource, the first one first."""
    return [
        Version(
            row.action,
            row.name,
            row.path,
            row.drifted,
            ABSENT if row.manifest is None else json.loads(row.manifest),
            _revision(row),
            row.changed_commit,
            row.changed_author,
        )
        for row in conn.execute(query("observed/versions"), {"id": entity_id})
    ]


def changes(versions: Sequence[Version]) -> list[tuple[Version, list[Difference]]]:
    """Return each version with what it changed: nothing by field where it deletes, everything where it creates.

    What the first one changed is not known where those before it are not kept.
    """
    first = versions[0].value if versions and not is_whole(versions) else ABSENT
    before = [first, *(version.value for version in versions)]
    return [(version, _changed(old, version.value)) for old, version in zip(before, versions, strict=False)]


def is_whole(versions: Sequence[Version]) -> bool:
    """Whether these are all versions of a resource since it was created: older ones may have been purged."""
    return versions[0].action == "create"


def revisions(
    conn: Connection, limit: int | None = None, outcome: str | None = None, chosen: Chosen = EVERY
) -> list[Revision]:
    """Return the last revisions that match, the newest first."""
    parameters = {
        "limit": limit,
        "outcome": outcome,
        "since": chosen.since,
        "author": _text(chosen.author),
        "kind": chosen.kind,
    }
    return [_revision(row) for row in conn.execute(query("observed/revisions"), parameters)]


def references(conn: Connection, found: Resource) -> References:
    """Return what a resource names, and who names it."""
    rows = conn.execute(query("observed/references"), {"id": found.id}).fetchall()
    named_by = [(source, pointer) for source, _, pointer, _ in stored.dependants(conn, [found.ref])]
    return References(
        tuple(sorted((row.pointer, Ref(row.target_kind, row.target_name)) for row in rows)), tuple(sorted(named_by))
    )


def _text(argument: str | None) -> str | None:
    """Return an argument as the database takes it: bytes that are no UTF-8 name nothing there."""
    return argument and argument.encode("utf-8", "replace").decode()


def _missing(conn: Connection, kind: Kind, name: str) -> str:
    row = conn.execute(query("observed/identity"), {"kind": kind.name, "name": _text(name)}).fetchone()
    if row is None:
        return f"there is no {kind.name}/{name}; {_suggestion(conn, kind, name, present=True)}"
    if row.present and row.name != name:
        return f"there is no {kind.name}/{name} any more: it is {kind.name}/{row.name} now"
    if row.present:
        return f"the row of {kind.name}/{name} is missing: it was removed by hand. toolreg drift --fix brings it back"
    return f"{kind.name}/{name} was deleted; toolreg history {kind.name}/{name} shows what it was"


def _missing_then(conn: Connection, kind: Kind, name: str, at: int) -> str:
    then = {one.id: one.ref for one in resources(conn, kind, Filter(), at=at)}
    row = conn.execute(query("observed/identity"), {"kind": kind.name, "name": _text(name)}).fetchone()
    if row and row.id in then:
        return f"at revision {at}, {kind.name}/{name} was called {then[row.id]}"
    names = [ref.name for ref in then.values()]
    hint = did_you_mean(name, names) if names else f"there was no {kind.name} at all"
    return f"there was no {kind.name}/{name} at revision {at}; {hint}"


def _suggestion(conn: Connection, kind: Kind, name: str, *, present: bool) -> str:
    rows = conn.execute(query("observed/resource_names"), {"kind": kind.name}).fetchall()
    known = [row.name for row in rows if row.present or not present]
    if known or revisions(conn, 1, "applied"):
        return did_you_mean(name, known) if known else f"there is no {kind.name} at all"
    return "nothing was applied yet: toolreg apply"


def _resource(row: Any) -> Resource:  # noqa: ANN401  A named tuple of resources.sql.
    ref = Ref(row.kind, row.name)
    value = _value(row.manifest, ref)
    return Resource(ref, row.id, value, row.path, row.revision, row.state, row.created_at, row.updated_at)


def _revision(row: Any) -> Revision:  # noqa: ANN401  A named tuple of revisions.sql or versions.sql.
    return Revision(**{name: getattr(row, name) for name in Revision.__slots__})


def _value(text: str, ref: Ref) -> dict[str, Any]:
    try:
        value = json_value(text)
    except ValueError:
        raise ToolregError(
            f"the row of {ref} was changed by hand into no manifest; mend or remove it, or: toolreg drift --fix"
        ) from None
    return value if isinstance(value, dict) else {}


def _changed(before: Json | Absent, after: Json | Absent) -> list[Difference]:
    if isinstance(after, Absent):
        return []
    return list(differences({} if isinstance(before, Absent) else before, after))
