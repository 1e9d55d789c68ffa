"""A problem of a YAML text, with its line and column."""

from typing import NamedTuple

# More problems in one file help no reader, and each costs time.
MAX_PROBLEMS = 100


class YamlProblem(NamedTuple):
    """A problem at a place. Sorts by place. `line` and `column` count from 1, columns in characters."""

    line: int
    column: int
    rule: str
    message: str


def problem_at(text: str, index: int, rule: str, message: str) -> YamlProblem:
    """Return the problem of the character at this index of the text."""
    return YamlProblem(*place_at(text, index), rule, message)


def place_at(text: str, index: int) -> tuple[int, int]:
    """Return line and column of this index of the text."""
    # A line ends with \n, \r\n or \r (YAML 1.2, 5.4).
    breaks = text.count("\n", 0, index) + text.count("\r", 0, index) - text.count("\r\n", 0, index)
    before = max(text.rfind("\n", 0, index), text.rfind("\r", 0, index))
    return breaks + 1, index - before
