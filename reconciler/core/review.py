"""The result of a command as located remarks, for the formats of CI systems."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.rule import Level

LONGEST_COMMENT: Final = 65_536
"""The longest comment that GitHub accepts, in characters."""

_ORDER: Final = (Level.ERROR, Level.WARNING, Level.INFO)


class Remark(NamedTuple):
    """A remark about a place in a file. `line` and `column` count from 1, columns in characters."""

    path: str
    line: int
    column: int
    level: Level
    rule: str
    message: str

    @classmethod
    def of(cls, diagnostic: Diagnostic) -> "Remark":
        """Return the remark of a diagnostic."""
        place = diagnostic.path, diagnostic.line, diagnostic.column
        return cls(*place, diagnostic.level, diagnostic.rule, diagnostic.message)


class Review(NamedTuple):
    """The remarks of a command.

    `command` is its name, `version` that of toolreg, `summary` the last line of its text. `subjects` are the paths of
    all examined files, with or without a remark. `lines` has the text of the lines with remarks, by path and line.
    `at` is the time of the run, `2026-11-28T16:00:00` in UTC.
    """

    command: str
    version: str
    summary: str
    remarks: tuple[Remark, ...]
    subjects: tuple[str, ...]
    at: str
    lines: Mapping[tuple[str, int], str] = MappingProxyType({})

    @property
    def worst_first(self) -> list[Remark]:
        """The remarks by level, then by place: a CI system shows the first ones."""
        return sorted(self.remarks, key=_rank)

    def count(self, level: Level) -> int:
        """Return the number of remarks of a level."""
        return sum(remark.level is level for remark in self.remarks)


def fingerprints(remarks: Iterable[Remark]) -> list[str]:
    """Return a fingerprint for each remark: unique, and the same after lines are inserted above the place."""
    seen: Counter[tuple[str, str, str]] = Counter()
    made = []
    for remark in remarks:
        content = (remark.path, remark.rule, remark.message)
        seen[content] += 1
        text = "\0".join((*content, str(seen[content])))
        made.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
    return made


def _rank(remark: Remark) -> tuple[int, str, int, int, str, str]:
    return _ORDER.index(remark.level), remark.path, remark.line, remark.column, remark.rule, remark.message
