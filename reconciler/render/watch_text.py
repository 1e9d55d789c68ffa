"""Renders the verdict and the plan of a watched work tree, bounded to the height of a terminal."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from reconciler.core.errors import InvalidRegistry, ToolregError
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.plan.proposal import Proposal
from reconciler.core.rule import Level
from reconciler.render.diagnostics import summarize_validation
from reconciler.render.plan_text import (
    NO_DETAILS,
    Details,
    format_plan_summary,
    render_first_refusals,
    render_plan,
    render_refusals,
)
from reconciler.render.terminal import PLAIN, Paint, safe

_COLOUR: Final = re.compile(r"\x1b\[\d{1,2}m")
_WORST_FIRST: Final = (Level.ERROR, Level.WARNING, Level.INFO, Level.OFF)
_LONGEST_ERROR: Final = 2000
_MOST_PROBLEMS: Final = 5


def sort_worst_first(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return errors, then warnings, then hints, each by place."""
    return sorted(diagnostics, key=lambda diagnostic: (_WORST_FIRST.index(diagnostic.level), *diagnostic[:5]))


def summarize_verdict(told: Sequence[Diagnostic], files: int, ignored: int, seconds: float) -> str:
    """Return the numbers of a verdict and its duration."""
    invalid = len({diagnostic.path for diagnostic in told if diagnostic.level is Level.ERROR})
    return f"{summarize_validation(told, files, invalid, ignored)}; judged in {seconds * 1000:.0f} ms"


def render_watched_plan(
    proposal: Proposal, paint: Paint = PLAIN, details: Details = NO_DETAILS, *, most: int, is_first: bool = False
) -> Iterator[str]:
    """Yield refusals and the summary, then the changes of a plan in at most so many lines."""
    yield from render_first_refusals(proposal, paint)
    yield from render_refusals(proposal, paint)
    summary = format_plan_summary(proposal)
    yield f"{summary} No database yet: this is the plan of the first apply." if is_first else summary
    lines = list(
        islice((line for line in render_plan(proposal, paint, details) if line not in ("", summary)), most + 1)
    )
    yield from lines[:most]
    if len(lines) > most:
        yield paint("  ... and more; toolreg plan --worktree shows all", "faint")


def render_failure(what: str, error: ToolregError, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield the reason why there is no plan, or why a plan was not applied."""
    yield f"{paint(what, 'red')}: {safe(str(error), _LONGEST_ERROR)}"
    if isinstance(error, InvalidRegistry):
        for problem in error.diagnostics[1:_MOST_PROBLEMS]:
            yield f"  {safe(problem.path)}:{problem.line}: {safe(problem.message)}"
    yield from (f"  {safe(line)}" for line in error.details[:_MOST_PROBLEMS])


def fit_lines(lines: Sequence[str], rows: int, columns: int, rest: str) -> list[str]:
    """Return the first lines that fit into so many rows of a terminal; `{count}` in `rest` counts the others."""
    left = rows
    for number, line in enumerate(lines):
        left -= count_rows(line, columns)
        if left < 0 or (left == 0 and number < len(lines) - 1):
            return [*lines[:number], rest.format(count=f"{len(lines) - number:,}")]
    return list(lines)


def count_rows(line: str, columns: int) -> int:
    """Return the number of rows that a line takes on a terminal."""
    plain = _COLOUR.sub("", line)
    width = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in plain)
    return max(1, -(-width // max(1, columns)))
