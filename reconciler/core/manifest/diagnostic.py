"""A located problem in a file of the registry."""

from typing import TYPE_CHECKING, NamedTuple

from reconciler.core.pointer import Pointer

if TYPE_CHECKING:
    from reconciler.core.rule import Level


class Diagnostic(NamedTuple):
    """A problem at a place. Sorts by place.

    `line` and `column` count from 1, columns in characters; `rule` is a stable identifier
    such as `duplicate-key`, and is all that a script should depend on.
    """

    path: str
    line: int
    column: int
    rule: str
    message: str

    @property
    def level(self) -> "Level":
        """How much it matters, as the catalogue of rules says."""
        # Most runs find nothing.
        from reconciler.core.rule import level_of  # noqa: PLC0415

        return level_of(self.rule)


class Problem(NamedTuple):
    """A problem that is not located yet: the file has to be read again to know the line of the value at `pointer`."""

    path: str
    pointer: Pointer
    rule: str
    message: str
