"""A located problem in a file of the registry."""

from typing import TYPE_CHECKING, NamedTuple

from reconciler.core.pointer import Pointer

if TYPE_CHECKING:
    from reconciler.core.rule import Level


class Diagnostic(NamedTuple):
    """A problem at a place in a file. Sorts by place.

    `line` and `column` count from 1, columns in characters; `rule` is a stable identifier such as `duplicate-key`, and
    the only field for scripts to depend on. `graded` is the level that the registry gives the rule, None for the level
    in the catalogue of rules.
    """

    path: str
    line: int
    column: int
    rule: str
    message: str
    graded: "Level | None" = None

    @property
    def level(self) -> "Level":
        """The severity, as the registry or the catalogue of rules says."""
        if self.graded is not None:
            return self.graded
        # Imported late: most runs have no diagnostics.
        from reconciler.core.catalogue import level_of  # noqa: PLC0415

        return level_of(self.rule)


class Problem(NamedTuple):
    """A problem without a line: locating the value at `pointer` requires reading the file again."""

    path: str
    pointer: Pointer
    rule: str
    message: str
