"""toolreg query."""

import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import click

from reconciler.cli.completing import complete_query
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, output_option, registry_option
from reconciler.cli.output import choose_palette, note, put, put_data
from reconciler.cli.reading import measure_terminal, open_for_reading
from reconciler.core.quote import quoted
from reconciler.core.state.query import Cell, Query
from reconciler.database.connection import Connection
from reconciler.observed.catalogue import (
    ParameterError,
    find_query,
    list_queries,
    open_objects,
    open_rows,
    require_runnable,
)
from reconciler.render import json_document, query_text

_MOST: Final = 1_000_000_000
# An aligned table is held in memory as a whole.
_MOST_IN_A_TABLE: Final = 1000
_LINES_AT_ONCE: Final = 500
_LONGEST_LINE: Final = 100_000


@click.command(cls=Command)
@click.argument("name", required=False, shell_complete=complete_query)
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter of the function. Can be repeated.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=_MOST),
    metavar="N",
    help=f"Show only the first N rows.  [default: {_MOST_IN_A_TABLE} in a table, else all]",
)
@database_option
@registry_option
@output_option("table", "json", "csv")
def query(
    name: str | None, parameters: tuple[str, ...], limit: int | None, database: str | None, registry: Path, output: str
) -> None:
    """List the views and functions of schema api, or run a query.

    NAME is a view or a function. Runs read only and on a single snapshot, with the rights of the connecting role.
    Functions that write are listed, but have to be called by SQL. A VALUE is written as in SQL, without quotes:
    2026-11-01, {a,b}, {"key": 1}. PGOPTIONS='-c statement_timeout=5s' limits the time of a query. JSON and CSV are
    unchanged data; if CI interprets commands in its log, write CSV to a file.

    \b
    Example:
        toolreg query
        toolreg query data_integrity -o json
    """
    values = _parse_parameters(parameters)
    if name is None and (values or limit):
        raise click.UsageError("--param and --limit are for one view or function; which NAME?")
    with open_for_reading(database, registry) as conn:
        if name is None:
            _show_queries(list_queries(conn), output)
            return
        wanted = find_query(conn, name)
        try:
            require_runnable(wanted, values)
            _run_query(conn, wanted, values, limit, output)
        except ParameterError as error:
            raise click.UsageError(str(error)) from error


def _parse_parameters(parameters: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for given in parameters:
        name, is_given, value = given.partition("=")
        if not is_given or not name:
            raise click.UsageError(f"--param is {quoted(given)}; expected NAME=VALUE")
        if name in values:
            raise click.UsageError(f"the parameter {quoted(name)} was given twice")
        values[name] = value
    return values


def _show_queries(queries: list[Query], output: str) -> None:
    if output == "json":
        put(json_document.render_json(query_text.make_query_documents(queries)))
    elif output == "csv":
        _print_lines(query_text.as_csv(*query_text.make_listing_rows(queries)), put_data)
    else:
        _print_lines(query_text.render_queries(queries, measure_terminal(), choose_palette(sys.stdout)))
    if not queries:
        note("This role may read nothing of schema api; make it a member of toolreg_reader.")


def _run_query(conn: Connection, wanted: Query, values: dict[str, str], limit: int | None, output: str) -> None:
    if output == "json":
        with open_objects(conn, wanted, values, limit) as items:
            _print_lines(query_text.as_json(items))
        return
    most = limit or (_MOST_IN_A_TABLE if output == "table" else None)
    # An extra row shows whether the result is cut.
    with open_rows(conn, wanted, values, most + 1 if most else None) as result:
        cells = islice(result.cells, most)
        if output == "csv":
            _print_lines(query_text.as_csv(result.columns, cells), put_data if measure_terminal() is None else put)
        else:
            _show_table(result.columns, [*cells])
        is_more = most is not None and next(result.cells, None) is not None
    if is_more:
        shown = "row is" if most == 1 else f"{most} rows are"
        note(f"Only the first {shown} shown; --limit {min(10 * (most or 1), _MOST)} shows more.")


def _show_table(columns: Sequence[str], cells: Sequence[Sequence[Cell]]) -> None:
    width = measure_terminal()
    shown = query_text.as_table(columns, cells, width)
    _print_lines(shown.render(choose_palette(sys.stdout)))
    if not cells:
        note("There are no rows.")
    if shown.is_cut:
        without = f", without {', '.join(shown.left_out)}" if shown.left_out else ""
        note(f"Cut to the width of the terminal{without}; -o json shows everything.")


def _print_lines(lines: Iterable[str], printed: Callable[[str], None] = put) -> None:
    """Print lines as they arrive, in batches: each print is a write."""
    source = iter(lines)
    while batch := [*islice(source, _LINES_AT_ONCE)]:
        printed("\n".join(batch))
