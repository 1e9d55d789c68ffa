"""What the parts of a JSON Schema hold, and how a part or a message about it is shown. Pure."""

from typing import Any, Final, cast

from reconciler.core.pointer import Json, Pointer
from reconciler.core.quote import quoted

Problem = tuple[Pointer, str, str]

KEYWORDS_WITH_NAMES: Final = frozenset(
    {"properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions"}
)
KEYWORDS_WITH_VALUES: Final = frozenset({"const", "enum", "examples", "default"})
REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")


def at(value: Json, pointer: Pointer) -> Json:
    """Return the part of a value that a pointer leads to; None where it leads nowhere.

    The pointers of the library lack keys that are empty.
    """
    part: Any = value
    for step in pointer:
        try:
            part = part[step]
        except (KeyError, IndexError, TypeError):
            return None
    return cast("Json", part)


def printable(message: str) -> str:
    """Return the first line of a library's message, shortened, without anything a terminal would obey."""
    return quoted(message.partition("\n")[0], limit=200)[1:-1].replace('\\"', '"')
