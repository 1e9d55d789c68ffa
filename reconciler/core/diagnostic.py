"""A located problem in a file of the registry."""

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.core.pointer import Pointer


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """A problem at a place. Sorts by place.

    `line` and `column` count from 1, columns in characters; `rule` is a stable identifier
    such as `duplicate-key`, and is all that a script should depend on.
    """

    path: str
    line: int
    column: int
    rule: str
    message: str


Locate = Callable[[str, Pointer], tuple[int, int]]
"""Returns line and column of a value in a file. It reads the file again, so it is called for problems only."""
