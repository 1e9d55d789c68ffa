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
    """Show everything that is known of one resource.

    The manifest; the commit, author and file that put it there; what it names and what names it; its versions; what an
    operator set beside it, and whether it fell silent.

    \b
    Example:
        toolreg describe tool/process_payment
    """
    kind, name = resource_of(words, contract())
    with opened(database, registry) as conn:
        found = resource(conn, kind, name)
        named = references(conn, found)
        past = versions(conn, found.id)
        overrides = [one for one in runtime.overrides(conn) if one.subject == str(found.ref)]
        unheard = [one for one in runtime.unheard(conn) if one.subject == str(found.ref)]
    made = next((version for version in past if version.revision.number == found.revision), None)
    newest_first = past[::-1]
    if output == "json":
        beside = operations_text.documents(overrides, unheard)
        put(json_document.document(reading_json.description(found, made, named, newest_first) | beside))
    else:
        paint = palette(sys.stdout)
        beside_lines = operations_text.lines(overrides, unheard, paint)
        show(chain(reading_text.description(found, made, named, newest_first, paint), beside_lines))
