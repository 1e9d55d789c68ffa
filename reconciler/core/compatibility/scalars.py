"""Strings and numbers near the borders of a schema: candidates for a witness."""

import math
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

from reconciler.core.compatibility.hints import MOST_HINTS, NUMBER_BOUNDS, Hints, is_number
from reconciler.core.compatibility.keywords import Part
from reconciler.core.compatibility.strings import BY_FORMAT, PLAIN_TEXTS
from reconciler.core.pointer import Json

_MOST_SIZES: Final = 30
_MOST_LONG: Final = 6


def sample_strings(parts: Sequence[Part], hints: Hints) -> Iterator[Json]:
    """Yield strings probably admitted by all parts, and strings near the hints of other schemas."""
    own = Hints([{key: value for key, value in part.items() if not isinstance(value, (dict, list))} for part in parts])
    yield from own.strings
    yield from (text for text in PLAIN_TEXTS[:2])
    sizes = [size + step for size in (*own.sizes, *hints.sizes) for step in (-1, 0, 1) if size + step >= 0]
    long = [size + step for size in (*own.lengths, *hints.lengths) for step in (0, 1)]
    yield from ("a" * size for size in dict.fromkeys((*sizes[:_MOST_SIZES], *long[:_MOST_LONG])))
    yield from PLAIN_TEXTS
    yield from hints.strings
    yield from chain.from_iterable(BY_FORMAT.values())
    yield from ("\u00e9" * size for size in dict.fromkeys(sizes[:6]))
    # Variants of the hints, longer or shorter by a character.
    for text in islice(chain(own.strings, hints.strings), MOST_HINTS):
        yield from (f"{text}a", text[:-1], text.upper(), f" {text}")


def sample_numbers(parts: Sequence[Part], hints: Hints, *, whole: bool) -> Iterator[Json]:
    """Yield numbers near the bounds of all parts, and near the hints of other schemas."""
    own = [part[key] for part in parts for key in NUMBER_BOUNDS if is_number(part.get(key))]
    bounds = [*dict.fromkeys([*own, *hints.numbers])]
    yield from (simplify_number(value) for value in own if not whole or float(value).is_integer())
    for value in bounds:
        for step in (0, 1, -1) if whole else (0, 1, -1, 0.5, -0.5):
            near = value + step
            if not whole or float(near).is_integer():
                yield simplify_number(near)
            elif whole and math.isfinite(near):
                yield from (math.floor(near), math.ceil(near))
    yield from (0, 1, -1, 2, 7, 10, 100, 12345, -77)
    if not whole:
        yield from (0.5, 1.5, -0.5, 3.25)
    steps = [part["multipleOf"] for part in parts if is_number(part.get("multipleOf"))]
    steps += [value for value in hints.numbers if value > 0]
    for step in steps[:12]:
        yield from (simplify_number(step * count) for count in (1, 2, 3, 5, 7, 10, -1) if math.isfinite(step * count))
    yield from (2**31, 2**53, -(2**53), 2**53 + 1)


def simplify_number(value: float) -> float:
    """Return a whole number as an int."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value
