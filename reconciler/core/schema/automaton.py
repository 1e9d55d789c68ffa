"""Compiles patterns to automata of linear time and bounded memory. Pure."""

from functools import cache
from typing import Final

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

MOST_BYTES: Final = 10_000_000
"""The maximum size of one compiled pattern, in bytes as counted by the library. Compiling takes 5 ms for 1 MB."""

MOST_BYTES_OF_ALL: Final = 32_000_000
"""The maximum size of all patterns of a schema together, in bytes."""


@cache
def make_options(size: int) -> RegexOptions:
    """Return the options for an automaton of linear time, without look-around and back-references, which need more."""
    return RegexOptions(size_limit=size)


def is_accepted(pattern: str, most_bytes: int = MOST_BYTES) -> bool:
    """Whether a pattern compiles by itself, to at most `most_bytes`."""
    try:
        Draft202012Validator({"pattern": pattern}, pattern_options=make_options(most_bytes))
    except ValidationError:
        return False
    return True
