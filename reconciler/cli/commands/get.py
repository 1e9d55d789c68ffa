"""toolreg get."""

import sys
from pathlib import Path

import click

from reconciler.assets import contract
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import note, palette, put
from reconciler.cli.reading import (
    NOTHING_YET,
    POINT,
    found_point,
    kind_of,
    opened,
    resource_of,
    show,
    terminal_width,
)
from reconciler.core.errors import ToolregError
from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.kinds import has_spec, resource_kinds
from reconciler.core.state.resource import Resource
from reconciler.core.times import when
from reconciler.database.connection import Connection
from reconciler.observed.resources import Filter, resource, resources, revisions
from reconciler.observed.revision_names import Point
from reconciler.render import json_document, yaml
from reconciler.render.reading_text import Listing


@click.command(cls=Command)
@click.argument("kind")
@click.argument("name", required=False)
@click.option("--tag", "tags", multiple=True, help="Only those with this tag; several times: with each of them.")
@click.option("--owner", help="Only those of this team.")
@click.option("--category", help="Only those of this category.")
@click.option("--service", help="Only those that belong to this service.")
@click.option("--node", help="Only those that run on this node.")
@click.option("--at", type=POINT, metavar="REVISION", help="As it was declared at a revision, a commit or a time.")
@database_option
@registry_option
@output_option("table", "json", "yaml")
def get(
    kind: str,
    name: str | None,
    tags: tuple[str, ...],
    owner: str | None,
    category: str | None,
    service: str | None,
    node: str | None,
    at: Point | None,
    database: str | None,
    registry: Path,
    output: str,
) -> None:
    """List resources, or show one.

    KIND is a kind of resource in singular or plural. JSON and YAML are the manifests as git holds them, in the order of
    their files: a list of them, or the one with NAME.

    With --at, what was declared at a revision: its number, the beginning of its commit, or a time, which stands for the
    newest revision applied until then. A time without an offset is read in the time zone of the database session.

    \b
    Example:
        toolreg get tools --tag payments
        toolreg get tool process_payment -o yaml
        toolreg get tools --at "2026-12-20 18:00"
    """
    known = contract()
    chosen = {"category": category, "service": service, "node": node}
    wanted = Filter(tags, owner, {key: value for key, value in chosen.items() if value is not None})
    if name is None and "/" not in kind:
        asked = _filtered(kind_of(kind, known), wanted, known)
        with opened(database, registry) as conn:
            then = _as_of(conn, at) if at else None
            found = resources(conn, asked, wanted, at=then)
            is_new = not found and not revisions(conn, 1, "applied")
        _show_all(asked, found, output)
        if not found:
            note(NOTHING_YET if is_new else f"There {'were' if then else 'are'} no such {asked.plural}.")
        return
    if wanted != Filter((), None, {}):
        raise click.UsageError("a NAME is one resource; filters are for lists")
    asked, exact = resource_of((kind, name) if name else (kind,), known)
    with opened(database, registry) as conn:
        one = resource(conn, asked, exact, _as_of(conn, at) if at else None)
    _show_one(asked, one, output)


def _as_of(conn: Connection, at: Point) -> int:
    """Return the number of the revision that is named, and say which one it is."""
    then = found_point(conn, at)
    note(f"As of revision {then.number}, applied at {when(then.finished_at)}.")
    return then.number


def _filtered(kind: Kind, wanted: Filter, known: Contract) -> Kind:
    """Return the kind; raises ToolregError where no resource of it could ever match."""
    for name in wanted.spec or {}:
        if not has_spec(kind, name):
            having = ", ".join(other.name for other in resource_kinds(known) if has_spec(other, name)) or "no kind"
            raise ToolregError(f"--{name} compares spec.{name}, which a {kind.name} does not have; {having} has it")
    return kind


def _show_all(kind: Kind, found: list[Resource], output: str) -> None:
    _note_drift(found)
    if output == "json":
        put(json_document.document([one.value for one in found]))
    elif output == "yaml":
        put(yaml.documents(one.value for one in found), nl=False)
    elif found:
        _list(kind, found)


def _show_one(kind: Kind, one: Resource, output: str) -> None:
    _note_drift([one])
    if output == "json":
        # As git holds it: a manifest has a version of its own, apiVersion.
        put(json_document.text(one.value))
    elif output == "yaml":
        put(yaml.document(one.value), nl=False)
    else:
        _list(kind, [one])


def _list(kind: Kind, found: list[Resource]) -> None:
    listing = Listing(kind, found, terminal_width())
    show(listing.lines(palette(sys.stdout)))
    if listing.left_out:
        note(f"Left out for the width of the terminal: {', '.join(listing.left_out)}; -o json shows everything.")


def _note_drift(found: list[Resource]) -> None:
    """Say where the database does not hold what git does."""
    drifted = [one for one in found if one.state != "applied"]
    if drifted:
        more = f" and {len(drifted) - 1} more" if len(drifted) > 1 else ""
        note(f"Changed by hand in the database: {drifted[0].ref}{more}; toolreg drift shows how.")
