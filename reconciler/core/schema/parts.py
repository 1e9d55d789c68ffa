"""The keywords of JSON Schema with special contents, and functions to look up and show parts of a schema. Pure."""

from typing import Any, Final, cast

from jsonschema_rs import ValidationError, ValidationErrorKind

from reconciler.core.json_text import to_json_text
from reconciler.core.pointer import Json, Pointer
from reconciler.core.quote import quoted
from reconciler.core.spelling import Spelling

VALUE: Final = "\x00"
"""Replaces the value in the library's messages: a value may be as long as the file."""

KEYWORDS_WITH_NAMES: Final = frozenset(
    {"properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions"}
)
KEYWORDS_WITH_VALUES: Final = frozenset({"const", "enum", "examples", "default"})
REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")


def get_part(value: Json, pointer: Pointer) -> Json:
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


def describe(error: ValidationError, value: Json, spelling: Spelling | None) -> str:
    """Return the message of an error about a value, shortened, with the spelling of a number in its file.

    Advises quotes for a number in place of a string.
    """
    is_number = spelling is not None and spelling.value is not None
    is_subject = error.message.startswith(f"{VALUE} is ")
    shown = spelling.subject if spelling and is_number and is_subject else format_short(value)
    is_string_wanted = isinstance(error.kind, ValidationErrorKind.Type) and "string" in error.kind.types
    advice = "; put it in quotes" if is_number and is_string_wanted else ""
    return make_printable(error.message.replace(VALUE, shown)) + advice


def format_short(value: Json) -> str:
    """Return a value as JSON, shortened to leave space for the message."""
    return quoted(value) if isinstance(value, str) else quoted(to_json_text(value))[1:-1].replace('\\"', '"')


def make_printable(message: str) -> str:
    """Return the first line of a library's message, shortened, and safe for a terminal."""
    return quoted(message.partition("\n")[0], limit=200)[1:-1].replace('\\"', '"')
