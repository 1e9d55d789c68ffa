"""Where in its text each value of a document is."""

from array import array

from yaml.events import CollectionEndEvent, CollectionStartEvent, ScalarEvent

from reconciler.core.pointer import Json, Pointer
from reconciler.core.yaml.events import events, place_of

Place = tuple[int, int]


class Places:
    """The places of a document's values, numbered in the order of the text; a key comes right before its value."""

    __slots__ = ("_columns", "_document", "_ends", "_lines", "_parts")

    def __init__(self, document: Json, data: bytes) -> None:
        self._document = document
        # Arrays, as a text of a megabyte may have a million values.
        self._lines = array("L")
        self._columns = array("L")
        # The number of the next value that is not a part of this one.
        self._ends = array("L")
        self._parts: dict[int, dict[str | int, tuple[int, Json]]] = {}
        self._read(data)

    def value(self, pointer: Pointer) -> Place:
        """Return the place of the value at the pointer, or of the nearest one above it that is there."""
        number, _ = self._path(pointer)[-1]
        return self._place(number)

    def key(self, pointer: Pointer) -> Place:
        """Return the place of the key that the pointer ends with, or of the value if it ends with none."""
        path = self._path(pointer)
        number, _ = path[-1]
        is_key = len(path) == len(pointer) + 1 > 1 and isinstance(path[-2][1], dict)
        return self._place(number - 1 if is_key else number)

    def _place(self, number: int) -> Place:
        return self._lines[number], self._columns[number]

    def _path(self, pointer: Pointer) -> list[tuple[int, Json]]:
        """Return the values that the pointer leads through, each with its number, as far as they are there."""
        path = [(0, self._document)]
        for step in pointer:
            part = self._parts_of(*path[-1]).get(step)
            if part is None:
                break
            path.append(part)
        return path

    def _parts_of(self, number: int, value: Json) -> dict[str | int, tuple[int, Json]]:
        if number not in self._parts:
            self._parts[number] = self._numbered(number, value)
        return self._parts[number]

    def _numbered(self, number: int, value: Json) -> dict[str | int, tuple[int, Json]]:
        parts: dict[str | int, tuple[int, Json]] = {}
        before_value = 1 if isinstance(value, dict) else 0
        following = number + 1
        for step, part in _steps(value):
            parts[step] = (following + before_value, part)
            following = self._ends[following + before_value]
        return parts

    def _read(self, data: bytes) -> None:
        open_collections = []
        for event in events(data):
            if isinstance(event, ScalarEvent | CollectionStartEvent):
                if isinstance(event, CollectionStartEvent):
                    open_collections.append(len(self._ends))
                line, column = place_of(event.start_mark)
                self._lines.append(line)
                self._columns.append(column)
                self._ends.append(len(self._lines))
            elif isinstance(event, CollectionEndEvent):
                self._ends[open_collections.pop()] = len(self._lines)


def _steps(value: Json) -> list[tuple[str | int, Json]]:
    match value:
        case dict():
            return [*value.items()]
        case list():
            return [*enumerate(value)]
        case _:
            return []
