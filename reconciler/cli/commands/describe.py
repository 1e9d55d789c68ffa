"""toolreg describe."""

import sys
from itertools import chain
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import choose_palette, put
from reconciler.cli.reading import measure_terminal, open_for_reading, parse_resource, print_lines, resource_argument
from reconciler.observed import runtime
from reconciler.observed.resources import consumers, find_resource, list_versions, read_references
from reconciler.render import consumers as consumer_table
from reconciler.render import json_document, operations_text, reading_json, reading_text


@click.command(cls=Command)
@resource_argument
@database_option
@registry_option
@output_option("text", "json")
def describe(words: tuple[str, ...], database: str | None, registry: Path, output: str) -> None:
    """Show all details of a resource.

    Shows the manifest; the commit, author and file of the last change; the references from and to the resource; its
    versions; overrides set by operators, and an overdue heartbeat. Of a tool, also the services that use it, with the
    versions that they can work with, and the agents that call it, with their calls in the last 7 and 30 days.

    \b
    Example:
        toolreg describe tool/process_payment
    """
    known = load_contract()
    kind, name = parse_resource(words, known)
    with open_for_reading(database, registry) as conn:
        described = find_resource(conn, kind, name)
        named = read_references(conn, described)
        past = list_versions(conn, described.id)
        using = consumers(conn, described) if kind.name in known.ranged else None
        overrides = [override for override in runtime.read_overrides(conn) if override.subject == str(described.ref)]
        unheard = [node for node in runtime.read_unheard(conn) if node.subject == str(described.ref)]
    made = next((version for version in past if version.revision.number == described.revision), None)
    newest_first = past[::-1]
    if output == "json":
        beside = operations_text.make_operations_documents(overrides, unheard)
        if using is not None:
            beside["consumers"] = consumer_table.make_consumer_documents(using)
        put(
            json_document.render_json(
                reading_json.make_description_document(described, made, named, newest_first) | beside
            )
        )
    else:
        paint = choose_palette(sys.stdout)
        beside_lines = operations_text.render_operations(overrides, unheard, paint)
        if using is not None:
            beside_lines = chain(consumer_table.render_consumers(using, measure_terminal(), paint), beside_lines)
        print_lines(chain(reading_text.render_description(described, made, named, newest_first, paint), beside_lines))
