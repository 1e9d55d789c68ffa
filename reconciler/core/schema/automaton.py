"""Patterns on an automaton of linear time, bounded in memory: what compiles, and how large it may be. Pure."""

from functools import cache
from typing import Final

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

MOST_BYTES: Final = 10_000_000
"""Of one compiled pattern, as the library counts them. Compiling takes 5 ms for 1 MB."""

MOST_BYTES_OF_ALL: Final = 32_000_000
"""Of all patterns of a schema together."""


@cache
def options(size: int) -> RegexOptions:
    """Ask for an automaton of linear time: without look-around and back-references, which need more."""
    return RegexOptions(size_limit=size)


def is_accepted(pattern: str, most_bytes: int = MOST_BYTES) -> bool:
    """Whether a pattern compiles by itself, to so many bytes at most."""
    try:
        Draft202012Validator({"pattern": pattern}, pattern_options=options(most_bytes))
    except ValidationError:
        return False
    return True
