"""Tables as aligned columns, cut to the width of a terminal, and never where a program reads them."""

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
# What a column that is cut keeps as long as it can, and then in any case.
_LEAST: Final = 10
_SHORTEST: Final = len(_CUT) + 1
# A whole cell that is longer, and leaves less than this to the columns beside it, has them below it.
_LONG: Final = 64
_BESIDE: Final = 16
# Longer than a file's path may be; it bounds what a row that was changed by hand can do.
_LONGEST_CELL: Final = 5000


class Keep(Enum):
    """What stays of a column where the table is too wide. Ends are kept for longer than beginnings."""

    ALL = "all"
    BEGIN = "begin"
    END = "end"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, and how its cells are cut."""

    title: str
    keep: Keep = Keep.BEGIN


def lines(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None = None, paint: Paint = PLAIN
) -> Iterator[str]:
    """Yield the titles, then one line per row. `width` is that of the terminal, None for no limit.

    Cells are made safe for a terminal here.
    """
    cells = [[safe(cell, _LONGEST_CELL) for cell in row] for row in rows]
    titles = [column.title for column in columns]
    widths = [
        _needed(texts, column, width) for texts, column in zip(zip(titles, *cells, strict=True), columns, strict=True)
    ]
    if width is not None and _excess(widths, width) > 0:
        left = _left(columns, widths, width)
        columns, titles, widths = _only(columns, left), _only(titles, left), _only(widths, left)
        cells = [_only(row, left) for row in cells]
        _narrow(widths, columns, width)
    yield from (paint(line, "bold") for line in _lines(titles, columns, widths))
    for row in cells:
        yield from _lines(row, columns, widths)


def _needed(texts: Iterable[str], column: Column, width: int | None) -> int:
    """Return how wide a column has to be: as its widest cell, but for whole ones that leave no room beside."""
    found = [_width(text) for text in texts]
    if width is None or column.keep is not Keep.ALL:
        return max(found)
    return max(found[0], *(cell for cell in found if cell <= max(_LONG, width - _BESIDE)), 0)


def left_out(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Return the titles of the columns for which a terminal of this width has no room."""
    longest = [max(map(_width, [columns[place].title, *(row[place] for row in rows)])) for place in range(len(columns))]
    if width is None or _excess(longest, width) <= 0:
        return []
    left = _left(columns, longest, width)
    return [column.title for place, column in enumerate(columns) if place not in left]


def _only(items: Sequence[Item], places: Sequence[int]) -> list[Item]:
    return [items[place] for place in places]


def _excess(widths: Sequence[int], width: int) -> int:
    return sum(widths) + len(_BETWEEN) * (len(widths) - 1) - width


def _left(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    """Return which columns stay: of those that may be cut as many as fit, the first ones first."""
    left = [place for place, column in enumerate(columns) if column.keep is not Keep.NOTHING]
    able = [place for place in left if columns[place].keep is not Keep.ALL]
    while able and _excess([_least(columns[place], widths[place]) for place in left], width) > 0:
        left.remove(able.pop())
    return left


def _least(column: Column, width: int) -> int:
    return width if column.keep is Keep.ALL else min(width, max(_SHORTEST, len(column.title)))


def _narrow(widths: list[int], columns: Sequence[Column], width: int) -> None:
    """Take from the widest column that may be cut, until the table fits or nothing more can be taken."""
    for least in (_LEAST, _SHORTEST):
        _narrow_to(least, widths, columns, width)


def _narrow_to(least: int, widths: list[int], columns: Sequence[Column], width: int) -> None:
    able = [place for keep in (Keep.BEGIN, Keep.END) for place, column in enumerate(columns) if column.keep is keep]
    for _ in range(_excess(widths, width)):
        able = [place for place in able if widths[place] > max(least, len(columns[place].title))]
        if not able:
            return
        first = columns[able[0]].keep
        widths[max((place for place in able if columns[place].keep is first), key=widths.__getitem__)] -= 1


def _lines(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> Iterator[str]:
    """Yield a row: one line, and one more after each whole cell that is wider than its column."""
    parts: list[str] = []
    for cell, column, width in zip(cells, columns, widths, strict=True):
        if column.keep is Keep.ALL and _width(cell) > width:
            yield _BETWEEN.join([*parts, cell])
            parts = [" " * width for width in widths[: len(parts) + 1]]
        else:
            parts.append(_padded(cut(cell, width, column.keep), width))
    if line := _BETWEEN.join(parts).rstrip():
        yield line


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def cut(text: str, width: int, keep: Keep = Keep.BEGIN) -> str:
    """Return text as long as it fits into this many columns of a terminal, and otherwise its beginning or its end."""
    if _width(text) <= width:
        return text
    if keep is Keep.END:
        return _CUT + _first(text[::-1], width - len(_CUT))[::-1]
    return _first(text, width - len(_CUT)) + _CUT


def _first(text: str, width: int) -> str:
    ends = accumulate(map(_width, text))
    return "".join(character for character, end in zip(text, ends, strict=True) if end <= width)


def _width(text: str) -> int:
    """Return how many columns of a terminal the text takes: East Asian wide characters take two (UAX #11)."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)
