"""The keywords of JSON Schema with special contents, and functions to look up and show parts of a schema. Pure."""

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
    """Return the part of a value at a pointer, or None if absent.

    The pointers of the library lack empty keys.
    """
    part: Any = value
    for step in pointer:
        try:
            part = part[step]
        except (KeyError, IndexError, TypeError):
            return None
    return cast("Json", part)


def printable(message: str) -> str:
    """Return the first line of a library's message, shortened, and safe for a terminal."""
    return quoted(message.partition("\n")[0], limit=200)[1:-1].replace('\\"', '"')
