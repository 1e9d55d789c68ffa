"""toolreg blame."""

import sys
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import choose_palette, note, put
from reconciler.cli.reading import measure_terminal, open_for_reading, parse_resource, print_lines, resource_argument
from reconciler.core.difference import Absent
from reconciler.core.history.blame import blame_fields, list_leaves
from reconciler.observed.resources import is_whole, read_past
from reconciler.render import json_document, reading_json, reading_text


@click.command(cls=Command)
@resource_argument
@database_option
@registry_option
@output_option("table", "json")
def blame(words: tuple[str, ...], database: str | None, registry: Path, output: str) -> None:
    """Show which commit set each field of a resource.

    Fields are listed in the order of the manifest, each with the revision that set its present value. The values are
    the last applied values, also for a deleted resource; toolreg drift shows later changes by hand.

    \b
    Example:
        toolreg blame tool/process_payment
    """
    kind, name = parse_resource(words, load_contract())
    with open_for_reading(database, registry) as conn:
        identity, versions = read_past(conn, kind, name)
    if isinstance(versions[-1].value, Absent):
        note(f"{identity.ref} was deleted in revision {versions.pop().revision.number}; this is what it was.")
    if not is_whole(versions):
        first = versions[0].revision.number
        note(f"What it was before revision {first} is not kept: what that one shows may be older.")
    fields = blame_fields((version, version.value) for version in versions)
    values = list_leaves(versions[-1].value)
    if output == "json":
        put(json_document.render_json(reading_json.make_blame_document(identity, fields, values)))
    else:
        print_lines(reading_text.render_blame(fields, values, measure_terminal(), choose_palette(sys.stdout)))
