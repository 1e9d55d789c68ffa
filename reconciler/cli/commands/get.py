"""toolreg get."""

import sys
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.completing import complete_kind, complete_name
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import choose_palette, note, put
from reconciler.cli.reading import (
    NOTHING_YET,
    POINT,
    find_point,
    measure_terminal,
    open_for_reading,
    parse_kind,
    parse_resource,
    print_lines,
)
from reconciler.core.errors import ToolregError
from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.kinds import has_spec, list_resource_kinds
from reconciler.core.state.resource import Resource
from reconciler.core.times import format_time
from reconciler.database.connection import Connection
from reconciler.observed.resources import Filter, find_resource, list_resources, list_revisions
from reconciler.observed.revision_names import Point
from reconciler.render import json_document, yaml
from reconciler.render.reading_text import Listing


@click.command(cls=Command)
@click.argument("kind", shell_complete=complete_kind)
@click.argument("name", required=False, shell_complete=complete_name)
@click.option(
    "--tag", "tags", multiple=True, help="Only resources with this tag. Repeat the option to require several tags."
)
@click.option("--owner", help="Only resources of this team.")
@click.option("--category", help="Only resources of this category.")
@click.option("--service", help="Only resources that belong to this service.")
@click.option("--node", help="Only resources that run on this node.")
@click.option("--at", type=POINT, metavar="REVISION", help="Show the state declared at a revision, a commit or a time.")
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
    """List resources, or show a single resource.

    KIND is a kind of resource in singular or plural. JSON and YAML are manifests as in git, with fields in the order of
    the file: a list of manifests, or the manifest of NAME.

    --at shows the state declared at a revision, given by its number, by the beginning of its commit, or by a time,
    which selects the newest revision applied until then. A time without an offset is read in the time zone of the
    database session.

    \b
    Example:
        toolreg get tools --tag payments
        toolreg get tool process_payment -o yaml
        toolreg get tools --at "2026-12-20 18:00"
    """
    known = load_contract()
    chosen = {"category": category, "service": service, "node": node}
    wanted = Filter(tags, owner, {key: value for key, value in chosen.items() if value is not None})
    if name is None and "/" not in kind:
        asked = _check_filter(parse_kind(kind, known), wanted, known)
        with open_for_reading(database, registry) as conn:
            then = _find_revision(conn, at) if at else None
            matches = list_resources(conn, asked, wanted, at=then)
            is_new = not matches and not list_revisions(conn, 1, "applied")
        _show_all(asked, matches, output)
        if not matches:
            note(NOTHING_YET if is_new else f"There {'were' if then else 'are'} no such {asked.plural}.")
        return
    if wanted != Filter((), None, {}):
        raise click.UsageError("a NAME is one resource; filters are for lists")
    asked, exact = parse_resource((kind, name) if name else (kind,), known)
    with open_for_reading(database, registry) as conn:
        one = find_resource(conn, asked, exact, _find_revision(conn, at) if at else None)
    _show_one(asked, one, output)


def _find_revision(conn: Connection, at: Point) -> int:
    """Return the number of the named revision, and print a note with the revision."""
    then = find_point(conn, at)
    note(f"As of revision {then.number}, applied at {format_time(then.finished_at)}.")
    return then.number


def _check_filter(kind: Kind, wanted: Filter, known: Contract) -> Kind:
    """Return the kind. Raises ToolregError if no resource of this kind can match the filter."""
    for name in wanted.spec or {}:
        if not has_spec(kind, name):
            having = ", ".join(other.name for other in list_resource_kinds(known) if has_spec(other, name)) or "no kind"
            raise ToolregError(f"--{name} compares spec.{name}, which a {kind.name} does not have; {having} has it")
    return kind


def _show_all(kind: Kind, resources: list[Resource], output: str) -> None:
    _note_drift(resources)
    if output == "json":
        put(json_document.render_json([one.value for one in resources]))
    elif output == "yaml":
        put(yaml.render_yaml_documents(one.value for one in resources), nl=False)
    elif resources:
        _print_table(kind, resources)


def _show_one(kind: Kind, one: Resource, output: str) -> None:
    _note_drift([one])
    if output == "json":
        # The bare manifest, as in git: apiVersion is its version.
        put(json_document.format_json(one.value))
    elif output == "yaml":
        put(yaml.render_yaml(one.value), nl=False)
    else:
        _print_table(kind, [one])


def _print_table(kind: Kind, resources: list[Resource]) -> None:
    listing = Listing(kind, resources, measure_terminal())
    print_lines(listing.render(choose_palette(sys.stdout)))
    if listing.left_out:
        note(f"Left out for the width of the terminal: {', '.join(listing.left_out)}; -o json shows everything.")


def _note_drift(resources: list[Resource]) -> None:
    """Print a note if rows were changed by hand."""
    drifted = [row for row in resources if row.state != "applied"]
    if drifted:
        more = f" and {len(drifted) - 1} more" if len(drifted) > 1 else ""
        note(f"Changed by hand in the database: {drifted[0].ref}{more}; toolreg drift shows how.")
