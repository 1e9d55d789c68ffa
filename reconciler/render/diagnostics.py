"""Renders diagnostics as lines for editors and CI systems, and as JSON."""

from collections.abc import Iterable
from typing import Final

from reconciler.core.errors import InvalidRegistry, ToolregError
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.pointer import Json
from reconciler.render import json_document
from reconciler.render.terminal import PLAIN, Paint, disarmed, safe

# Editors open a complete path only.
_WHOLE_PATH: Final = 8192
_COLOURS: Final = {"error": "red", "warning": "yellow", "info": "faint", "off": "faint"}


def render_diagnostic(diagnostic: Diagnostic, paint: Paint = PLAIN) -> str:
    """Return `path:line:column: level: message [rule]`."""
    place = f"{safe(diagnostic.path, _WHOLE_PATH)}:{diagnostic.line}:{diagnostic.column}"
    message = disarmed(diagnostic.message)
    level = paint(diagnostic.level.value, _COLOURS[diagnostic.level.value])
    return f"{paint(place, 'bold')}: {level}: {message} {paint(f'[{diagnostic.rule}]', 'faint')}"


def render_error_json(error: ToolregError) -> str:
    """Return an error as JSON, with the diagnostics of an invalid registry."""
    diagnostics = error.diagnostics if isinstance(error, InvalidRegistry) else ()
    listed: dict[str, Json] = {"diagnostics": [make_entry(problem) for problem in diagnostics]} if diagnostics else {}
    return json_document.render_json({"error": safe(str(error), 2000), **listed})


def render_validation_json(diagnostics: Iterable[Diagnostic], files: int, invalid: int) -> str:
    """Return the result of a validation as JSON."""
    listed: list[Json] = [make_entry(diagnostic) for diagnostic in diagnostics]
    summary: dict[str, Json] = {"files": files, "valid": files - invalid, "invalid": invalid}
    return json_document.render_json({"summary": summary, "diagnostics": listed})


def make_entry(diagnostic: Diagnostic) -> Json:
    """Return a diagnostic as JSON."""
    return {
        "path": safe(diagnostic.path, _WHOLE_PATH),
        "line": diagnostic.line,
        "column": diagnostic.column,
        "severity": diagnostic.level.value,
        "rule": diagnostic.rule,
        "message": diagnostic.message,
    }
