"""Renders diagnostics as lines for editors and CI systems, and as JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from reconciler.core.errors import InvalidRegistry, ToolregError
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.pointer import Json
from reconciler.core.rule import Level
from reconciler.core.secrets import mask
from reconciler.render import json_document
from reconciler.render.terminal import PLAIN, Paint, disarmed, safe

# Editors open a complete path only.
_WHOLE_PATH: Final = 8192
_COLOURS: Final = {"error": "red", "warning": "yellow", "info": "faint", "off": "faint"}


def render_diagnostic(diagnostic: Diagnostic, paint: Paint = PLAIN) -> str:
    """Return `path:line:column: level: message [rule]`."""
    place = f"{safe(diagnostic.path, _WHOLE_PATH)}:{diagnostic.line}:{diagnostic.column}"
    message = disarmed(mask(diagnostic.message))
    level = paint(diagnostic.level.value, _COLOURS[diagnostic.level.value])
    return f"{paint(place, 'bold')}: {level}: {message} {paint(f'[{diagnostic.rule}]', 'faint')}"


def render_error_json(error: ToolregError) -> str:
    """Return an error as JSON, with the diagnostics of an invalid registry."""
    diagnostics = error.diagnostics if isinstance(error, InvalidRegistry) else ()
    listed: dict[str, Json] = {"diagnostics": [make_entry(problem) for problem in diagnostics]} if diagnostics else {}
    return json_document.render_json({"error": safe(str(error), 2000), **listed})


def render_validation_json(diagnostics: Sequence[Diagnostic], files: int, invalid: int, ignored: int) -> str:
    """Return the result of a validation as JSON."""
    listed: list[Json] = [make_entry(diagnostic) for diagnostic in diagnostics]
    counts = {"files": files, "valid": files - invalid, "invalid": invalid, **_count(diagnostics, ignored)}
    return json_document.render_json({"summary": counts, "diagnostics": listed})


def render_lint_json(findings: Sequence[Diagnostic], files: int, ignored: int) -> str:
    """Return the findings of lint as JSON."""
    listed: list[Json] = [make_entry(finding) for finding in findings]
    return json_document.render_json({"summary": {"files": files, **_count(findings, ignored)}, "diagnostics": listed})


def summarize_validation(diagnostics: Iterable[Diagnostic], files: int, invalid: int, ignored: int) -> str:
    """Return the last line of a validation."""
    told = f"{_count_of(files, 'file')}, {files - invalid:,} valid, {invalid:,} invalid"
    count = Counter(diagnostic.level for diagnostic in diagnostics)
    if count[Level.WARNING]:
        told += f", {_count_of(count[Level.WARNING], 'warning')}"
    if count[Level.INFO]:
        told += f", {_count_of(count[Level.INFO], 'hint')}"
    return told + (f", {ignored:,} ignored" if ignored else "")


def summarize_lint(findings: Iterable[Diagnostic], files: int, ignored: int) -> str:
    """Return the last line of lint."""
    count = Counter(finding.level for finding in findings)
    parts = [
        _count_of(files, "file"),
        _count_of(count[Level.ERROR], "error"),
        _count_of(count[Level.WARNING], "warning"),
        _count_of(count[Level.INFO], "hint"),
    ]
    return ", ".join(parts) + (f", {ignored:,} ignored" if ignored else "")


def _count(diagnostics: Iterable[Diagnostic], ignored: int) -> dict[str, Json]:
    count = Counter(diagnostic.level for diagnostic in diagnostics)
    return {
        "errors": count[Level.ERROR],
        "warnings": count[Level.WARNING],
        "infos": count[Level.INFO],
        "ignored": ignored,
    }


def _count_of(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def make_entry(diagnostic: Diagnostic) -> Json:
    """Return a diagnostic as JSON."""
    return {
        "path": safe(diagnostic.path, _WHOLE_PATH),
        "line": diagnostic.line,
        "column": diagnostic.column,
        "severity": diagnostic.level.value,
        "rule": diagnostic.rule,
        "message": mask(diagnostic.message),
    }
