"""Finds the line and column of each value of a document."""

from array import array

from yaml.events import CollectionEndEvent, CollectionStartEvent, ScalarEvent

from reconciler.core.pointer import Json, Pointer
from reconciler.core.yaml.events import place_of, read_events

Place = tuple[int, int]


def find_place(document: Json, data: bytes, pointer: Pointer, *, at_key: bool) -> Place | None:
    """Return the place of one value or key, None if absent. Reads the text up to there, for half the time."""
    number, value, is_key = 1, document, False
    for step in pointer:
        is_key = isinstance(value, dict)
        number += 1 if is_key else 0
        for key, part in _list_steps(value):
            if key == step and isinstance(key, str) == isinstance(step, str):
                number += 1
                value = part
                break
            number += _count(part) + (1 if is_key else 0)
        else:
            return None
    wanted = number - 1 if at_key and is_key else number
    for event in read_events(data):
        if isinstance(event, ScalarEvent | CollectionStartEvent):
            wanted -= 1
            if wanted == 0:
                return place_of(event.start_mark)
    return None


def _count(value: Json) -> int:
    """Return the number of events that begin a value or a key inside a value, itself included."""
    number = 0
    pending = [value]
    while pending:
        part = pending.pop()
        number += 1
        if isinstance(part, dict):
            number += len(part)
            pending += part.values()
        elif isinstance(part, list):
            pending += part
    return number


class Positions:
    """The places of a document's values, numbered in the order of the text; a key comes right before its value."""

    __slots__ = ("_columns", "_document", "_ends", "_lines", "_parts")

    def __init__(self, document: Json, data: bytes) -> None:
        self._document = document
        # Arrays, as a document may have 100,000 keys and values.
        self._lines = array("L")
        self._columns = array("L")
        # For each value, the number of the next value after all its parts.
        self._ends = array("L")
        self._parts: dict[int, dict[str | int, tuple[int, Json]]] = {}
        self._read(data)

    def find_value(self, pointer: Pointer) -> Place:
        """Return the place of the value at the pointer, or of its nearest existing parent."""
        number, _ = self._find_path(pointer)[-1]
        return self._get_place(number)

    def find_key(self, pointer: Pointer) -> Place:
        """Return the place of the last key of the pointer, or of the value if the last step is no key."""
        path = self._find_path(pointer)
        number, _ = path[-1]
        is_key = len(path) == len(pointer) + 1 > 1 and isinstance(path[-2][1], dict)
        return self._get_place(number - 1 if is_key else number)

    def _get_place(self, number: int) -> Place:
        return self._lines[number], self._columns[number]

    def _find_path(self, pointer: Pointer) -> list[tuple[int, Json]]:
        """Return the values along the pointer with their numbers, as far as the pointer resolves."""
        path = [(0, self._document)]
        for step in pointer:
            part = self._get_parts(*path[-1]).get(step)
            if part is None:
                break
            path.append(part)
        return path

    def _get_parts(self, number: int, value: Json) -> dict[str | int, tuple[int, Json]]:
        if number not in self._parts:
            self._parts[number] = self._number_parts(number, value)
        return self._parts[number]

    def _number_parts(self, number: int, value: Json) -> dict[str | int, tuple[int, Json]]:
        parts: dict[str | int, tuple[int, Json]] = {}
        before_value = 1 if isinstance(value, dict) else 0
        following = number + 1
        for step, part in _list_steps(value):
            parts[step] = (following + before_value, part)
            following = self._ends[following + before_value]
        return parts

    def _read(self, data: bytes) -> None:
        open_collections = []
        for event in read_events(data):
            if isinstance(event, ScalarEvent | CollectionStartEvent):
                if isinstance(event, CollectionStartEvent):
                    open_collections.append(len(self._ends))
                line, column = place_of(event.start_mark)
                self._lines.append(line)
                self._columns.append(column)
                self._ends.append(len(self._lines))
            elif isinstance(event, CollectionEndEvent):
                self._ends[open_collections.pop()] = len(self._lines)


def _list_steps(value: Json) -> list[tuple[str | int, Json]]:
    match value:
        case dict():
            return [*value.items()]
        case list():
            return [*enumerate(value)]
        case _:
            return []
