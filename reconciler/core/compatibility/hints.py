"""Collects numbers, strings, names and sizes from schemas, near which values may differ."""

import math
from collections.abc import Iterable
from itertools import chain
from typing import Any, Final

from reconciler.core.compatibility.keywords import Part, get_mapping, list_required
from reconciler.core.compatibility.strings import BY_FORMAT, make_matching
from reconciler.core.pointer import Json

NUMBER_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
LENGTHS: Final = ("minLength", "maxLength")
COUNTS: Final = ("minItems", "maxItems", "minContains", "maxContains", "minProperties", "maxProperties")
MOST_HINTS: Final = 200
_LONGEST: Final = 3_000
_LONGEST_TEXT: Final = 200_000


class Hints:
    """Numbers, strings, names and sizes in schemas, near which values may differ."""

    def __init__(self, schemas: Iterable[Json]) -> None:
        self.numbers: dict[float, None] = {}
        self.strings: dict[str, None] = {}
        self.names: dict[str, None] = {}
        self.sizes: dict[int, None] = {}
        # Of long strings: as many items or properties would take too much memory.
        self.lengths: dict[int, None] = {}
        self.values: list[Json] = []
        stack: list[Any] = [*schemas]
        while stack:
            part = stack.pop()
            if isinstance(part, list):
                stack.extend(part)
            elif isinstance(part, dict):
                self._note(part)
                stack.extend(part.values())

    def _note(self, part: Part) -> None:
        self.numbers |= dict.fromkeys(part[key] for key in NUMBER_BOUNDS if is_number(part.get(key)))
        sizes = (part[key] for key in (*LENGTHS, *COUNTS) if is_number(part.get(key)))
        self.sizes |= dict.fromkeys(int(size) for size in sizes if 0 <= size <= _LONGEST)
        lengths = (part[key] for key in LENGTHS if is_number(part.get(key)))
        self.lengths |= dict.fromkeys(int(size) for size in lengths if _LONGEST < size <= _LONGEST_TEXT)
        if isinstance(part.get("pattern"), str):
            self.strings |= dict.fromkeys(make_matching(part["pattern"]))
        if isinstance(part.get("format"), str):
            self.strings |= dict.fromkeys(BY_FORMAT.get(part["format"], ()))
        for pattern, _ in get_mapping(part, "patternProperties"):
            self.names |= dict.fromkeys(make_matching(pattern))
        for name, _ in chain(get_mapping(part, "properties"), get_mapping(part, "dependentSchemas")):
            self.names[name] = None
        self.names |= dict.fromkeys(sorted(list_required(part)))
        for value in list_literals(part):
            self.values.append(value)
            if len(self.values) > MOST_HINTS:
                continue
            if isinstance(value, str):
                self.strings[value] = None
            elif isinstance(value, (int, float)) and is_number(value):
                self.numbers[value] = None


def list_literals(part: Part) -> list[Json]:
    """Return the values listed by `enum` and `const`."""
    return [
        *(part["enum"] if isinstance(part.get("enum"), list) else []),
        *([part["const"]] if "const" in part else []),
    ]


def is_number(value: object) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
