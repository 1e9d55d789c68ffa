"""toolreg diff."""

import sys
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, full_option, is_full, output_option, registry_option
from reconciler.cli.output import choose_palette, put
from reconciler.cli.reading import POINT, find_point, open_for_reading, print_lines
from reconciler.observed.history import compare_revisions, find_newest
from reconciler.observed.revision_names import Point
from reconciler.render import diff_text, json_document, reading_json
from reconciler.render.plan_text import Details


@click.command(cls=Command)
@click.argument("before", type=POINT, metavar="REV1")
@click.argument("after", type=POINT, metavar="[REV2]", required=False)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if the revisions differ, 0 if not.")
@database_option
@registry_option
@full_option
@output_option("text", "json")
def diff(
    before: Point, after: Point | None, detailed_exitcode: bool, database: str | None, registry: Path, output: str
) -> int:
    """Show the differences between two revisions.

    Compares resource by resource and field by field; a renamed resource remains the same resource. REV2 defaults to the
    applied revision. A revision is given by its number, by the beginning of its commit, or by a time, which selects the
    newest revision applied until then.

    \b
    Example:
        toolreg diff 41 42
    """
    with open_for_reading(database, registry) as conn:
        first = find_point(conn, before)
        second = find_point(conn, after) if after else find_newest(conn)
        plan = compare_revisions(conn, first.number, second.number)
    if output == "json":
        put(json_document.render_json(reading_json.make_diff_document(plan, first, second, load_contract().compare)))
    else:
        details = Details(is_full(), compare=load_contract().compare)
        print_lines(diff_text.render_diff(plan, first, second, choose_palette(sys.stdout), details))
    return ExitCode.CHANGES if plan and detailed_exitcode else ExitCode.DONE
