"""Renders tables as aligned columns, cut to the width of a terminal; never cut for a program."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from typing import Final, TypeVar
from unicodedata import combining, east_asian_width

from reconciler.render.terminal import PLAIN, Paint, safe

Item = TypeVar("Item")

_BETWEEN: Final = "  "
_CUT: Final = "..."
# Widths of a cut column: kept as long as possible, and kept always.
_LEAST: Final = 10
_SHORTEST: Final = len(_CUT) + 1
# The columns after a whole cell move to the next line if the cell is wider than _LONG and leaves them less than
# _BESIDE.
_LONG: Final = 64
_BESIDE: Final = 16
# More than the longest path of a file; bounds the damage of a row changed by hand.
_LONGEST_CELL: Final = 5000


class Keep(Enum):
    """The part of a column kept in a narrow terminal. BEGIN columns are cut before END columns."""

    ALL = "all"
    BEGIN = "begin"
    END = "end"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, and how its cells are cut."""

    title: str
    keep: Keep = Keep.BEGIN


def render_table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None = None, paint: Paint = PLAIN
) -> Iterator[str]:
    """Yield the titles, then one line per row. `width` is the terminal's, None for no limit.

    Unsafe characters of cells are escaped here.
    """
    cells = [[safe(cell, _LONGEST_CELL) for cell in row] for row in rows]
    titles = [column.title for column in columns]
    widths = [
        _measure_column(texts, column, width)
        for texts, column in zip(zip(titles, *cells, strict=True), columns, strict=True)
    ]
    if width is not None and _measure_excess(widths, width) > 0:
        left = _choose_columns(columns, widths, width)
        columns, titles, widths = _select(columns, left), _select(titles, left), _select(widths, left)
        cells = [_select(row, left) for row in cells]
        _narrow(widths, columns, width)
    yield from (paint(line, "bold") for line in _format_row(titles, columns, widths))
    for row in cells:
        yield from _format_row(row, columns, widths)


def _measure_column(texts: Iterable[str], column: Column, width: int | None) -> int:
    """Return the width of the widest cell, except whole cells that leave no room for other columns."""
    widths = [_measure_width(text) for text in texts]
    if width is None or column.keep is not Keep.ALL:
        return max(widths)
    return max(widths[0], *(cell for cell in widths if cell <= max(_LONG, width - _BESIDE)), 0)


def list_left_out(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Return the titles of the columns omitted from a terminal of this width."""
    longest = [
        max(map(_measure_width, [columns[place].title, *(row[place] for row in rows)])) for place in range(len(columns))
    ]
    if width is None or _measure_excess(longest, width) <= 0:
        return []
    left = _choose_columns(columns, longest, width)
    return [column.title for place, column in enumerate(columns) if place not in left]


def _select(items: Sequence[Item], places: Sequence[int]) -> list[Item]:
    return [items[place] for place in places]


def _measure_excess(widths: Sequence[int], width: int) -> int:
    return sum(widths) + len(_BETWEEN) * (len(widths) - 1) - width


def _choose_columns(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    """Return the columns to show: all whole columns, then as many others as fit, from left to right."""
    left = [place for place, column in enumerate(columns) if column.keep is not Keep.NOTHING]
    able = [place for place in left if columns[place].keep is not Keep.ALL]
    while able and _measure_excess([_find_least_width(columns[place], widths[place]) for place in left], width) > 0:
        left.remove(able.pop())
    return left


def _find_least_width(column: Column, width: int) -> int:
    return width if column.keep is Keep.ALL else min(width, max(_SHORTEST, len(column.title)))


def _narrow(widths: list[int], columns: Sequence[Column], width: int) -> None:
    """Cut the widest column of those allowed to be cut, until the table fits or all are at their minimum."""
    for least in (_LEAST, _SHORTEST):
        _narrow_to(least, widths, columns, width)


def _narrow_to(least: int, widths: list[int], columns: Sequence[Column], width: int) -> None:
    able = [place for keep in (Keep.BEGIN, Keep.END) for place, column in enumerate(columns) if column.keep is keep]
    for _ in range(_measure_excess(widths, width)):
        able = [place for place in able if widths[place] > max(least, len(columns[place].title))]
        if not able:
            return
        first = columns[able[0]].keep
        widths[max((place for place in able if columns[place].keep is first), key=widths.__getitem__)] -= 1


def _format_row(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> Iterator[str]:
    """Yield a row: one line, and another after each whole cell wider than its column."""
    parts: list[str] = []
    for cell, column, width in zip(cells, columns, widths, strict=True):
        if column.keep is Keep.ALL and _measure_width(cell) > width:
            yield _BETWEEN.join([*parts, cell])
            parts = [" " * width for width in widths[: len(parts) + 1]]
        else:
            parts.append(_pad(cut_text(cell, width, column.keep), width))
    if line := _BETWEEN.join(parts).rstrip():
        yield line


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _measure_width(text))


def cut_text(text: str, width: int, keep: Keep = Keep.BEGIN) -> str:
    """Return text unchanged if at most `width` terminal columns wide, else its beginning or end."""
    if _measure_width(text) <= width:
        return text
    if keep is Keep.END:
        return _CUT + _truncate(text[::-1], width - len(_CUT))[::-1]
    return _truncate(text, width - len(_CUT)) + _CUT


def _truncate(text: str, width: int) -> str:
    ends = accumulate(map(_measure_width, text))
    return "".join(character for character, end in zip(text, ends, strict=True) if end <= width)


def _measure_width(text: str) -> int:
    """Return the width of text in terminal columns: East Asian wide characters take two (UAX #11)."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)
