"""Renders the findings of `toolreg doctor` as text and as JSON values."""

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Final

from reconciler.core.pointer import Json
from reconciler.core.state.finding import Finding, FindingLevel
from reconciler.render.terminal import PLAIN, Paint, safe

_COLOURS: Final = {FindingLevel.OK: "green", FindingLevel.WARNING: "yellow", FindingLevel.ERROR: "red"}
_LONGEST: Final = 1000
_INDENT: Final = 9 + 13
_NARROWEST: Final = 20


def render_findings(findings: Iterable[Finding], width: int | None = None, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield the level, check and result of each finding, with the advice below."""
    for one in findings:
        level = paint(one.level.value, _COLOURS[one.level]) + " " * (9 - len(one.level.value))
        first, *more = _wrap_text(safe(one.found, _LONGEST), width)
        yield f"{level}{one.check:13}{first}"
        for line in [*more, *(_wrap_text(f"-> {safe(one.advice, _LONGEST)}", width) if one.advice else [])]:
            yield " " * _INDENT + line


def make_findings_document(findings: Iterable[Finding]) -> list[Json]:
    """Return all findings, for JSON."""
    return [
        {"check": one.check, "level": one.level.value, "found": one.found, "advice": one.advice or None}
        for one in findings
    ]


def _wrap_text(text: str, width: int | None) -> list[str]:
    return (wrap(text, max(width - 1 - _INDENT, _NARROWEST)) if width else []) or [text]
