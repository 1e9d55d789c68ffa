"""Manifests as YAML 1.2, core schema, less what JSON cannot say. Pure: bytes in, a document or its problems out."""

import re
from itertools import islice

from reconciler.core.pointer import Json, Pointer
from reconciler.core.yaml.places import Places
from reconciler.core.yaml.problem import MAX_PROBLEMS, YamlProblem
from reconciler.core.yaml.reading import Reading
from reconciler.core.yaml.text import bad_characters, conflict_markers, decoded, without_bad_characters

# As long as a message may quote it.
_NUMBER_TEXT = re.compile(r"[^\s,\]}#]{1,60}")

__all__ = ["Document", "YamlProblem", "parse"]


class Document:
    """A parsed manifest, and where in its file each value is."""

    __slots__ = ("_data", "_places", "value")

    def __init__(self, value: Json, data: bytes) -> None:
        self.value = value
        # As libyaml reads it. Places are wanted where there is a problem: to read it again then is cheaper than to keep
        # all of them.
        self._data = data
        self._places: Places | None = None

    def position(self, pointer: Pointer) -> tuple[int, int]:
        """Return line and column of the value at the pointer, or of the nearest one above it that is there."""
        return self._all_places().value(pointer)

    def key_position(self, pointer: Pointer) -> tuple[int, int]:
        """Return line and column of the key that the pointer ends with; of the value if it ends with no key."""
        return self._all_places().key(pointer)

    def written(self, pointer: Pointer) -> tuple[Json, str] | None:
        """Return the number or null at the pointer, and as the file has it; None where neither is."""
        value = self.value
        for step in pointer:
            if not isinstance(value, dict | list) or (step not in value if isinstance(value, dict) else False):
                return None
            value = value[step]  # type: ignore[index]
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            return None
        line, column = self.position(pointer)
        text = self._data.decode().splitlines()[line - 1][column - 1 :]
        found = _NUMBER_TEXT.match(text)
        return (value, found[0]) if found else None

    def _all_places(self) -> Places:
        if self._places is None:
            self._places = Places(self.value, self._data)
        return self._places


def parse(data: bytes) -> Document | list[YamlProblem]:
    """Return the document that the bytes are, or all that is wrong with them, in the order of the text.

    Never raises. The list is not empty, and has at most 100 problems.
    """
    text = decoded(data)
    if isinstance(text, YamlProblem):
        return [text]
    if conflicts := list(islice(conflict_markers(text), MAX_PROBLEMS)):
        return conflicts
    problems = list(islice(bad_characters(data, text), MAX_PROBLEMS))
    if problems:
        return sorted([*problems, *_further_problems(text)][:MAX_PROBLEMS])
    reading = Reading(text)
    value = reading.value(data)
    return sorted({*reading.problems}) if reading.problems else Document(value, reading.data)


def _further_problems(text: str) -> list[YamlProblem]:
    """Return what is wrong beside bad characters, less what may be so because of them."""
    replaced = without_bad_characters(text)
    reading = Reading(replaced)
    reading.value(replaced.encode())
    return [problem for problem in reading.problems if problem.rule not in ("syntax", "empty")]
