"""Reads resources, their versions and revisions from the database. Each command reads a single snapshot."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from reconciler.assets import load_query
from reconciler.core.difference import ABSENT, Absent, Comparison, Difference
from reconciler.core.errors import ToolregError
from reconciler.core.json_text import parse_json_text
from reconciler.core.manifest.contract import Kind
from reconciler.core.manifest.resource import Ref
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import Json
from reconciler.core.state.resource import Consumer, Identity, References, Resource, Revision, Version
from reconciler.database.connection import Connection, begin_snapshot
from reconciler.database.migrate import read_storage
from reconciler.database.rows import read_rows
from reconciler.observed import stored
from reconciler.observed.rows import IdentityRow, NameRow, ReferenceRow, ResourceRow, VersionRow


class NotThereError(ToolregError):
    """The resource does not exist."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The conditions to list a resource: all these tags, this owner, and these properties of `spec`."""

    tags: Sequence[str] = ()
    owner: str | None = None
    spec: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The conditions to list a revision.

    The revision ended at `since` or later, the name or address of its author contains `author` in any case, and a
    resource of `kind` changed. `registry` is the name of its registry in the database.
    """

    since: datetime | None = None
    author: str | None = None
    kind: str | None = None
    registry: str | None = None

    def accepts(self, version: "Version") -> bool:
        """Whether the revision of a version ended late enough, and this author wrote or applied the version."""
        authors = (version.author, version.revision.author)
        is_by = self.author is None or any(self.author.lower() in (author or "").lower() for author in authors)
        return is_by and (self.since is None or version.revision.finished_at >= self.since)


EVERY: Final = Chosen()


@contextmanager
def open_snapshot(connect: Callable[[], AbstractContextManager[Connection]]) -> Iterator[Connection]:
    """Yield a connection with a single snapshot for all reads. Raises ToolregError unless the schema is current."""
    with connect() as conn, begin_snapshot(conn):
        read_storage(conn).require_current()
        yield conn


def list_resources(
    conn: Connection, kind: Kind, wanted: Filter, name: str | None = None, at: int | None = None
) -> list[Resource]:
    """Return the matching resources of a kind, by name: present resources, or resources declared at a revision."""
    parameters = {
        "kind": kind.name,
        "name": _encode_argument(name),
        "owner": _encode_argument(wanted.owner),
        "tags": _encode_argument(json.dumps([*wanted.tags], ensure_ascii=False)),
        "spec": _encode_argument(json.dumps(dict(wanted.spec or {}), ensure_ascii=False)),
    }
    if at is None:
        rows = read_rows(conn, ResourceRow, load_query("observed/resources"), parameters)
    else:
        rows = read_rows(conn, ResourceRow, load_query("observed/resources_at"), {**parameters, "at": at})
    return [_make_resource(row) for row in rows]


def find_resource(conn: Connection, kind: Kind, name: str, at: int | None = None) -> Resource:
    """Return a resource as it is now, or as declared at a revision.

    Raises NotThereError with the fate of a former resource, or with a similar name.
    """
    matches = list_resources(conn, kind, Filter(), name, at)
    if not matches:
        raise NotThereError(
            _explain_absence(conn, kind, name) if at is None else _explain_absence_at(conn, kind, name, at)
        )
    return matches[0]


def find_identity(conn: Connection, kind: Kind, name: str) -> Identity:
    """Return the identity that has this name, or had it last. Raises NotThereError for a never used name."""
    row = _find_identity(conn, kind, name)
    if row is None:
        raise NotThereError(
            f"there never was a {kind.name}/{name} here; {_suggest_name(conn, kind, name, present=False)}"
        )
    return Identity(Ref(kind.name, row.name or name), row.id, row.present)


def read_past(conn: Connection, kind: Kind, name: str) -> tuple[Identity, list[Version]]:
    """Return the resource that has or had this name, and all its versions, oldest first.

    Raises NotThereError if the name was never used, or the resource has no versions.
    """
    owner = find_identity(conn, kind, name)
    known = list_versions(conn, owner.id)
    if not known:
        raise NotThereError(f"{owner.ref} was put into the database by hand; it has no history")
    return owner, known


def list_versions(conn: Connection, entity_id: str) -> list[Version]:
    """Return all versions of a resource, oldest first."""
    return [
        Version(
            row.action,
            row.name,
            row.path,
            row.drifted,
            ABSENT if row.manifest is None else json.loads(row.manifest),
            Revision(*row[7:]),
            row.changed_commit,
            row.changed_author,
        )
        for row in read_rows(conn, VersionRow, load_query("observed/versions"), {"id": entity_id})
    ]


def compare_versions(versions: Sequence[Version], compare: Comparison) -> list[tuple[Version, list[Difference]]]:
    """Return each version with the fields it changed: no fields for a deletion, all fields for a creation.

    Without the versions before the first, the changes of the first are unknown, and none are returned.
    """
    first = versions[0].value if versions and not is_whole(versions) else ABSENT
    before = [first, *(version.value for version in versions)]
    return [
        (version, _compare_values(old, version.value, compare)) for old, version in zip(before, versions, strict=False)
    ]


def is_whole(versions: Sequence[Version]) -> bool:
    """Whether the versions begin with the creation of the resource: older versions may have been purged."""
    return versions[0].action == "create"


def list_revisions(
    conn: Connection, limit: int | None = None, outcome: str | None = None, chosen: Chosen = EVERY
) -> list[Revision]:
    """Return the last matching revisions, newest first."""
    parameters = {
        "limit": limit,
        "outcome": outcome,
        "since": chosen.since,
        "author": _encode_argument(chosen.author),
        "kind": chosen.kind,
        "registry": chosen.registry,
    }
    return read_rows(conn, Revision, load_query("observed/revisions"), parameters).fetchall()


def read_references(conn: Connection, resource: Resource) -> References:
    """Return the references from and to a resource."""
    rows = read_rows(conn, ReferenceRow, load_query("observed/references"), {"id": resource.id})
    named_by = [(source, pointer) for source, _, pointer, _ in stored.find_dependants(conn, [resource.ref])]
    return References(
        tuple(sorted((row.pointer, Ref(row.target_kind, row.target_name)) for row in rows)), tuple(sorted(named_by))
    )


def _find_identity(conn: Connection, kind: Kind, name: str) -> IdentityRow | None:
    parameters = {"kind": kind.name, "name": _encode_argument(name)}
    return read_rows(conn, IdentityRow, load_query("observed/identity"), parameters).fetchone()


def consumers(conn: Connection, resource: Resource) -> list[Consumer]:
    """Return the consumers of a tool, most calls first."""
    return read_rows(conn, Consumer, load_query("observed/consumers"), {"tool": resource.ref.name}).fetchall()


def _encode_argument(argument: str | None) -> str | None:
    """Return an argument with invalid UTF-8 replaced, which then matches no name in the database."""
    return argument and argument.encode("utf-8", "replace").decode()


def _explain_absence(conn: Connection, kind: Kind, name: str) -> str:
    row = _find_identity(conn, kind, name)
    if row is None:
        return f"there is no {kind.name}/{name}; {_suggest_name(conn, kind, name, present=True)}"
    if row.present and row.name != name:
        return f"there is no {kind.name}/{name} any more: it is {kind.name}/{row.name} now"
    if row.present:
        return f"the row of {kind.name}/{name} is missing: it was removed by hand. toolreg drift --fix brings it back"
    return f"{kind.name}/{name} was deleted; toolreg history {kind.name}/{name} shows what it was"


def _explain_absence_at(conn: Connection, kind: Kind, name: str, at: int) -> str:
    then = {declared.id: declared.ref for declared in list_resources(conn, kind, Filter(), at=at)}
    row = _find_identity(conn, kind, name)
    if row and row.id in then:
        return f"at revision {at}, {kind.name}/{name} was called {then[row.id]}"
    names = [ref.name for ref in then.values()]
    hint = did_you_mean(name, names) if names else f"there was no {kind.name} at all"
    return f"there was no {kind.name}/{name} at revision {at}; {hint}"


def _suggest_name(conn: Connection, kind: Kind, name: str, *, present: bool) -> str:
    rows = read_rows(conn, NameRow, load_query("observed/resource_names"), {"kind": kind.name})
    known = [row.name for row in rows if row.present or not present]
    if known or list_revisions(conn, 1, "applied"):
        return did_you_mean(name, known) if known else f"there is no {kind.name} at all"
    return "nothing was applied yet: toolreg apply"


def _make_resource(row: ResourceRow) -> Resource:
    ref = Ref(row.kind, row.name)
    value = _parse_manifest(row.manifest, ref)
    return Resource(ref, row.id, value, row.path, row.revision, row.state, row.created_at, row.updated_at, row.registry)


def _parse_manifest(text: str, ref: Ref) -> dict[str, Any]:
    try:
        value = parse_json_text(text)
    except ValueError:
        raise ToolregError(
            f"the row of {ref} was changed by hand into no manifest; mend or remove it, or: toolreg drift --fix"
        ) from None
    return value if isinstance(value, dict) else {}


def _compare_values(before: Json | Absent, after: Json | Absent, compare: Comparison) -> list[Difference]:
    if isinstance(after, Absent):
        return []
    return list(compare({} if isinstance(before, Absent) else before, after))
