"""toolreg describe."""

import sys
from itertools import chain
from pathlib import Path

import click

from reconciler.assets import contract
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import palette, put
from reconciler.cli.reading import opened, resource_argument, resource_of, show
from reconciler.observed import runtime
from reconciler.observed.resources import references, resource, versions
from reconciler.render import json_document, operations_text, reading_json, reading_text


@click.command(cls=Command)
@resource_argument
@database_option
@registry_option
@output_option("text", "json")
def describe(words: tuple[str, ...], database: str | None, registry: Path, output: str) -> None:
    """Show all details of a resource.

    Shows the manifest; the commit, author and file of the last change; the references from and to the resource; its
    versions; overrides set by operators, and an overdue heartbeat.

    \b
    Example:
        toolreg describe tool/process_payment
    """
    kind, name = resource_of(words, contract())
    with opened(database, registry) as conn:
        described = resource(conn, kind, name)
        named = references(conn, described)
        past = versions(conn, described.id)
        overrides = [override for override in runtime.overrides(conn) if override.subject == str(described.ref)]
        unheard = [node for node in runtime.unheard(conn) if node.subject == str(described.ref)]
    made = next((version for version in past if version.revision.number == described.revision), None)
    newest_first = past[::-1]
    if output == "json":
        beside = operations_text.documents(overrides, unheard)
        put(json_document.document(reading_json.description(described, made, named, newest_first) | beside))
    else:
        paint = palette(sys.stdout)
        beside_lines = operations_text.lines(overrides, unheard, paint)
        show(chain(reading_text.description(described, made, named, newest_first, paint), beside_lines))
