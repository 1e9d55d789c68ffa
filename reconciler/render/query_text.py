"""Renders the catalogue of schema api and query results: as a table, CSV and JSON."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.core.pointer import Json
from reconciler.core.state.query import Cell, Query, format_signature
from reconciler.render import table
from reconciler.render.json_document import FORMAT_VERSION, format_json
from reconciler.render.table import Column, Keep
from reconciler.render.terminal import PLAIN, Paint, safe

_INDENT: Final = "    "
_NARROWEST: Final = 20
# Machine identifiers: first to be left out of a narrow terminal.
_MACHINE_NAMES: Final = ("ID", "DIGEST", "BLOB", "SHA256", "XID")
_NAMES: Final = frozenset({"NAME", "TOOL", "NODE", "AGENT", "SUBJECT", "COLUMN"})
_LONGEST_NAME: Final = 40
_NUMBER: Final = re.compile(r"(-?[0-9]{1,20}(\.[0-9]{1,6})?)?")
_LEAST: Final = 10
_BETWEEN: Final = 2
# A CI runner obeys a line beginning with `::`.
_TO_QUOTE: Final = re.compile(r'[",\r\n]|\A\s*:')


def render_queries(queries: Iterable[Query], width: int | None = None, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield the name and parameters of each query, with its comment below."""
    for one in queries:
        yield paint(safe(format_signature(one), 2000), "bold") + (" (writes: call it by SQL)" if one.writes else "")
        comment = safe(one.comment, 2000)
        columns = max(width - 1, _NARROWEST) if width else len(_INDENT + comment) + 1
        yield from wrap(comment, columns, initial_indent=_INDENT, subsequent_indent=_INDENT)


def make_query_documents(queries: Iterable[Query]) -> list[Json]:
    """Return all properties of each query, for JSON."""
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "runnable": not one.writes,
            "comment": one.comment,
            "parameters": [
                {
                    "name": parameter.name,
                    "type": parameter.type,
                    "required": parameter.required,
                    "default": parameter.default,
                }
                for parameter in one.parameters
            ],
        }
        for one in queries
    ]


def make_listing_rows(queries: Iterable[Query]) -> tuple[Sequence[str], Iterator[Sequence[Cell]]]:
    """Return the columns of a listing and one row per query, for CSV."""
    columns = ("name", "kind", "runnable", "call", "comment")
    return columns, (
        (one.name, one.kind, "f" if one.writes else "t", format_signature(one), one.comment) for one in queries
    )


@dataclass(frozen=True, slots=True)
class Table:
    """Aligned columns. `is_cut`: wider than the terminal; `left_out`: columns omitted for lack of room."""

    columns: Sequence[Column]
    cells: Sequence[Sequence[str]]
    width: int | None
    is_cut: bool
    left_out: Sequence[str]

    def render(self, paint: Paint = PLAIN) -> Iterator[str]:
        """Yield the titles, then one line per row."""
        return table.render_table(self.columns, self.cells, self.width, paint)


def as_table(columns: Sequence[str], cells: Iterable[Sequence[Cell]], width: int | None = None) -> Table:
    """Return aligned columns; a single row too wide becomes one line per column. NULL is an empty cell."""
    rows = [[cell or "" for cell in row] for row in cells]
    titles = [safe(name).upper() for name in columns]
    result = _make_table(titles, rows, width)
    if len(rows) == 1 and result.is_cut:
        return _make_table(["COLUMN", "VALUE"], [list(pair) for pair in zip(columns, rows[0], strict=True)], width)
    return result


def _make_table(titles: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> Table:
    columns = [Column(title, _choose_keep(title, [row[place] for row in rows])) for place, title in enumerate(titles)]
    if width is None or all(len(line) <= width for line in table.render_table(columns, rows)):
        return Table(columns, rows, width, is_cut=False, left_out=())
    left = _choose_columns(columns, rows, width)
    return Table(
        [columns[place] for place in left],
        [[row[place] for place in left] for row in rows],
        width,
        is_cut=True,
        left_out=[title.lower() for place, title in enumerate(titles) if place not in left],
    )


def _choose_keep(title: str, cells: Sequence[str]) -> Keep:
    """Keep names whole, since they identify the row, and numbers, since a cut number is wrong."""
    is_name = title in _NAMES and all(len(cell) <= _LONGEST_NAME for cell in cells)
    return Keep.ALL if is_name or all(_NUMBER.fullmatch(cell) for cell in cells) else Keep.BEGIN


def _choose_columns(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the columns with room: names first, then the others from left to right, machine identifiers last."""
    left: list[int] = []
    room = width + _BETWEEN
    for place in sorted(range(len(columns)), key=lambda place: _rank_column(columns[place].title)):
        longest = max((len(row[place]) for row in rows), default=0)
        least = longest if columns[place].keep is Keep.ALL else min(longest, _LEAST)
        needed = max(least, len(columns[place].title)) + _BETWEEN
        if not left or needed <= room:
            left.append(place)
            room -= needed
    return sorted(left)


def _rank_column(title: str) -> int:
    if title in _NAMES:
        return 0
    return 2 if title.endswith(_MACHINE_NAMES) else 1


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield lines of CSV (RFC 4180, but with the line ends of this system).

    NULL is an empty field, an empty text is `""`. Cells that a spreadsheet would take for formulas stay unchanged: they
    are data.
    """
    yield ",".join(map(_format_cell, columns))
    for row in rows:
        yield ",".join(map(_format_cell, row))


def _format_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return '"' + cell.replace('"', '""') + '"' if not cell or _TO_QUOTE.search(cell) else cell


def as_json(objects: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a JSON document of these objects, as they arrive."""
    head = f'{{\n  "formatVersion": {FORMAT_VERSION},\n  "items": ['
    before = head
    for row in objects:
        yield before if before == head else f"{before},"
        before = "\n".join(f"    {line}" for line in format_json(_parse_value(row)).split("\n"))
    yield f"{head}]" if before == head else f"{before}\n  ]"
    yield "}"


def _parse_value(text: str) -> Json:
    try:
        value: Json = json.loads(text, parse_float=_parse_float)
    except (ValueError, RecursionError):
        raise ToolregError(
            "a row holds JSON that is nested too deeply, or a number too long, to be read; -o csv shows it as text"
        ) from None
    return value


def _parse_float(text: str) -> float | str:
    """Return a number, or its text if larger than any double, since JSON has no infinity."""
    value = float(text)
    return text if math.isinf(value) else value
