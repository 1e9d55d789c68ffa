"""Parses YAML 1.2 (core schema) restricted to the values of JSON. Pure: bytes in, a document or its problems out."""

import re
from itertools import islice

from reconciler.core.pointer import Json, Pointer
from reconciler.core.spelling import Spelling
from reconciler.core.yaml.places import Positions, find_place
from reconciler.core.yaml.problem import MAX_PROBLEMS, YamlProblem
from reconciler.core.yaml.reading import Reading
from reconciler.core.yaml.text import decode_text, find_bad_characters, find_conflict_markers, replace_bad_characters

# At most as long as a quote in a message: the spelling of a longer number is of no use.
_NUMBER_TEXT = re.compile(r"[^\s,\]}#]{1,60}(?![^\s,\]}#])")

# Below this number of places, reading up to each is quicker than to number all.
_FEW = 2

__all__ = ["Document", "YamlProblem", "parse_yaml"]


class Document:
    """A parsed manifest, with the position of each value in its file."""

    __slots__ = ("_data", "_lookups", "_places", "value")

    def __init__(self, value: Json, data: bytes) -> None:
        self.value = value
        # The text as libyaml reads it. Only problems need places: a second pass is cheaper than keeping all places.
        self._data = data
        self._places: Positions | None = None
        self._lookups = 0

    def find_position(self, pointer: Pointer) -> tuple[int, int]:
        """Return line and column of the value at the pointer, or of its nearest existing parent."""
        return self._find_quickly(pointer, at_key=False) or self._load_places().find_value(pointer)

    def find_key_position(self, pointer: Pointer) -> tuple[int, int]:
        """Return line and column of the last key of the pointer, or of the value if the last step is no key."""
        return self._find_quickly(pointer, at_key=True) or self._load_places().find_key(pointer)

    def find_spelling(self, pointer: Pointer) -> Spelling | None:
        """Return the number or null at the pointer, with its text in the file; None for any other value."""
        value = self.value
        for step in pointer:
            if not isinstance(value, dict | list) or (step not in value if isinstance(value, dict) else False):
                return None
            value = value[step]  # type: ignore[index]
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            return None
        line, column = self.find_position(pointer)
        text = self._data.decode().splitlines()[line - 1][column - 1 :]
        match = _NUMBER_TEXT.match(text)
        return Spelling(value, match[0]) if match else None

    def _find_quickly(self, pointer: Pointer, *, at_key: bool) -> tuple[int, int] | None:
        """Return the place of one of the first values asked for, None if absent, or if more are asked for."""
        self._lookups += 1
        if self._places is not None or self._lookups > _FEW:
            return None
        return find_place(self.value, self._data, pointer, at_key=at_key)

    def _load_places(self) -> Positions:
        if self._places is None:
            self._places = Positions(self.value, self._data)
        return self._places


def parse_yaml(data: bytes) -> Document | list[YamlProblem]:
    """Return the parsed document, or all problems of the bytes in the order of the text.

    Never raises. The list of problems is never empty and has at most 100 entries.
    """
    text = decode_text(data)
    if isinstance(text, YamlProblem):
        return [text]
    if conflicts := list(islice(find_conflict_markers(text), MAX_PROBLEMS)):
        return conflicts
    problems = list(islice(find_bad_characters(data, text), MAX_PROBLEMS))
    if problems:
        return sorted([*problems, *_find_further_problems(text)][:MAX_PROBLEMS])
    reading = Reading(text)
    value = reading.read(data)
    return sorted({*reading.problems}) if reading.problems else Document(value, reading.data)


def _find_further_problems(text: str) -> list[YamlProblem]:
    """Return the problems other than bad characters, without the rules that bad characters can break."""
    replaced = replace_bad_characters(text)
    reading = Reading(replaced)
    reading.read(replaced.encode())
    return [problem for problem in reading.problems if problem.rule not in ("syntax", "empty")]
