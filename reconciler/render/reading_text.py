"""Renders resources, revisions, history and blame for a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.difference import Difference
from reconciler.core.manifest.contract import Kind
from reconciler.core.manifest.kinds import list_columns
from reconciler.core.masking import mask_value
from reconciler.core.pointer import Json, Pointer, format_pointer
from reconciler.core.state.resource import Identity, References, Resource, Revision, Version
from reconciler.core.times import format_time
from reconciler.render import table, yaml
from reconciler.render.difference_text import render_field
from reconciler.render.table import Column, Keep
from reconciler.render.terminal import PLAIN, Paint, safe, short

_OF_VERSIONS: Final = (
    Column("REV", Keep.ALL),
    Column("ACTION", Keep.ALL),
    Column("COMMIT", Keep.ALL),
    Column("AUTHOR"),
    Column("WHEN", Keep.ALL),
)
_OF_REVISIONS: Final = (
    Column("REV", Keep.ALL),
    Column("OUTCOME", Keep.ALL),
    Column("COMMIT", Keep.ALL),
    Column("AUTHOR"),
    Column("CHANGES", Keep.ALL),
    Column("WHEN", Keep.ALL),
)
_OF_BLAME: Final = (
    Column("REV", Keep.ALL),
    Column("COMMIT", Keep.ALL),
    Column("AUTHOR"),
    Column("DATE", Keep.ALL),
    Column("FIELD", Keep.END),
    Column("VALUE"),
)
_STATES: Final = {
    "applied": "as it was applied",
    "changed": "changed by hand in the database; toolreg drift shows how, toolreg drift --fix puts it right",
    "unmanaged": "put into the database by hand; no revision knows it",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of resources: name, owner, and the fields of `spec` that the kind requires."""

    kind: Kind
    found: Sequence[Resource]
    width: int | None = None

    def render(self, paint: Paint = PLAIN) -> Iterator[str]:
        """Yield the titles, then one line per resource."""
        return table.render_table(self._columns, self._rows, self.width, paint)

    @property
    def left_out(self) -> list[str]:
        """The columns omitted for lack of room."""
        return table.list_left_out(self._columns, self._rows, self.width)

    @property
    def _columns(self) -> list[Column]:
        names = (Column(name.upper()) for name in list_columns(self.kind))
        registry = [Column("REGISTRY", Keep.NOTHING)] if self._has_several else []
        return [Column("NAME", Keep.ALL), *registry, Column("OWNER", Keep.NOTHING), *names]

    @property
    def _has_several(self) -> bool:
        """Whether the resources belong to several registries of the database."""
        return len({one.registry for one in self.found if one.registry}) > 1

    @property
    def _rows(self) -> list[list[str]]:
        names = list_columns(self.kind)
        return [
            [
                one.ref.name,
                *([one.registry or ""] if self._has_several else []),
                _read_field(one, "metadata", "owner"),
                *(_read_field(one, "spec", name) for name in names),
            ]
            for one in self.found
        ]


def _read_field(resource: Resource, section: str, name: str) -> str:
    content = resource.value.get(section)
    value = content.get(name) if isinstance(content, dict) else None
    return value if isinstance(value, str) else "" if value is None else short(value)


def render_history(
    identity: Identity,
    changes: Iterable[tuple[Version, Sequence[Difference]]],
    width: int | None = None,
    paint: Paint = PLAIN,
    *,
    full: bool = False,
) -> Iterator[str]:
    """Yield the versions of one resource, each with its changed fields below."""
    shown = list(changes)
    gone = "" if identity.present else ", which is deleted"
    yield f"{safe(str(identity.ref))}{gone}"
    head, *rows = table.render_table(_OF_VERSIONS, [_make_version_row(version) for version, _ in shown], width, paint)
    yield head
    for row, (version, fields) in zip(rows, shown, strict=True):
        yield row
        yield from (f"     {line}" for line in _format_restoration(version.revision, width))
        if version.drifted:
            yield "     put right what had been changed by hand in the database"
        # A creation or deletion concerns every field.
        for difference in fields if version.action not in ("create", "delete") else ():
            yield from (f"     {line}" for line in render_field(difference, paint, full=full))


def render_revisions(revisions: Sequence[Revision], width: int | None = None, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield a table of revisions, with restored revision, overrides, undeleted resources and error below each.

    Revisions of several registries have a column with the name of the registry.
    """
    several = len({one.registry for one in revisions if one.registry}) > 1
    columns = (*_OF_REVISIONS, Column("REGISTRY")) if several else _OF_REVISIONS
    cells = [[*_make_revision_row(one), *([one.registry or ""] if several else [])] for one in revisions]
    head, *rows = table.render_table(columns, cells, width, paint)
    yield head
    for row, one in zip(rows, revisions, strict=True):
        yield row
        yield from (f"     {line}" for line in _format_restoration(one, width))
        if one.overridden:
            yield f"     overrode {', '.join(one.overridden)}"
        if one.left_undeleted:
            yield f"     left {one.left_undeleted} that are no longer declared"
        if one.error:
            yield f"     {paint(safe(one.error, (width or 2000) - 5), 'red')}"


def describe_restoration(revision: Revision) -> str | None:
    """Return the restored revision and the reason, or None for a revision from files."""
    if revision.restored is None:
        return None
    what = "repair of what was changed by hand since" if revision.repairs else "rollback to"
    return f"{what} revision {revision.restored}: {revision.reason}"


def _format_restoration(revision: Revision, width: int | None) -> Iterator[str]:
    text = describe_restoration(revision)
    if text:
        yield safe(text, (width or 2000) - 5)


def render_description(
    resource: Resource, made: Version | None, references: References, versions: Sequence[Version], paint: Paint
) -> Iterator[str]:
    """Yield all properties of a resource; `made` is its current version, None if unknown."""
    yield paint(safe(str(resource.ref)), "bold")
    facts = {**_describe_provenance(resource, made), "state": _STATES[resource.state]}
    width = max(map(len, facts))
    for name, value in facts.items():
        yield f"  {name:{width}}  {safe(value, 1000)}"
    yield paint("Manifest", "bold")
    yield from (f"  {line}".rstrip(" ") for line in yaml.render_yaml(resource.value).splitlines())
    yield paint("Names", "bold")
    yield from _list_or_nothing(f"{pointer} -> {target}" for pointer, target in references.names)
    yield paint("Named by", "bold")
    yield from _list_or_nothing(f"{source} at {pointer}" for source, pointer in references.named_by)
    yield paint("Versions", "bold")
    rows = [_make_version_row(version) for version in versions]
    yield from (f"  {line}" for line in table.render_table(_OF_VERSIONS, rows)) if rows else ["  none"]


def _describe_provenance(resource: Resource, made: Version | None) -> dict[str, str]:
    facts = {"path": resource.path or "unknown"}
    if made:
        provenance = made.revision
        facts |= {
            "revision": ", ".join(filter(None, (str(provenance.number), describe_restoration(provenance)))),
            "commit": made.commit or _describe_commit(provenance),
            "author": made.author or _describe_author(provenance),
            **({"applied with": _describe_commit(provenance)} if made.commit not in {None, provenance.commit} else {}),
            "applied at": f"{format_time(provenance.finished_at)} by {provenance.applied_by}",
        }
    return facts | {"created at": format_time(resource.created_at), "updated at": format_time(resource.updated_at)}


def _describe_commit(one: Revision) -> str:
    if one.commit is None:
        return "none: files outside git"
    return f"none: files as they lay, with {one.commit} checked out" if one.source == "worktree" else one.commit


def _describe_author(one: Revision) -> str:
    return "unknown" if one.source == "worktree" else one.author or "unknown"


def _list_or_nothing(items: Iterable[str]) -> Iterator[str]:
    shown = [f"  {safe(item)}" for item in items]
    yield from shown or ["  nothing"]


def render_blame(
    fields: Mapping[Pointer, Version],
    values: Mapping[Pointer, Json],
    width: int | None = None,
    paint: Paint = PLAIN,
) -> Iterator[str]:
    """Yield a table of fields with the revision of their last change."""
    rows = []
    for pointer, version in fields.items():
        one = version.revision
        value = short(mask_value(values[pointer], pointer), 2000)
        rows.append(
            [
                str(one.number),
                *_format_writer(version),
                format_time(one.finished_at)[:10],
                format_pointer(pointer),
                value,
            ]
        )
    return table.render_table(_OF_BLAME, rows, width, paint)


def _make_version_row(version: Version) -> list[str]:
    one = version.revision
    return [str(one.number), version.action, *_format_writer(version), format_time(one.finished_at)]


def _make_revision_row(one: Revision) -> list[str]:
    counts = f"+{one.created} ~{one.updated} -{one.deleted}"
    return [str(one.number), one.outcome, *_format_origin(one), counts, format_time(one.finished_at)]


def _format_writer(version: Version) -> list[str]:
    """Return the commit that changed the file and its author, short; if unknown, commit and author of the revision."""
    if version.commit is None:
        return _format_origin(version.revision)
    name, _, _ = (version.author or "").partition(" <")
    return [version.commit[:8], name or "-"]


def _format_origin(one: Revision) -> list[str]:
    """Return commit and author, short (-o json has both in full). Uncommitted files have neither."""
    if one.source == "worktree":
        return ["worktree", "-"]
    name, _, _ = (one.author or "").partition(" <")
    return [one.commit[:8] if one.commit else "-", name or "-"]
