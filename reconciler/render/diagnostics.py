"""Diagnostics as lines that editors and CI systems follow, and as JSON."""

import json
from collections.abc import Iterable

from reconciler.core.diagnostic import Diagnostic
from reconciler.render.terminal import PLAIN, Paint, safe


def line(found: Diagnostic, paint: Paint = PLAIN) -> str:
    """Return `path:line:column: error: message [rule]`."""
    place = f"{safe(found.path)}:{found.line}:{found.column}"
    return f"{paint(place, 'bold')}: {paint('error', 'red')}: {found.message} {paint(f'[{found.rule}]', 'faint')}"


def document(diagnostics: Iterable[Diagnostic], files: int, invalid: int) -> str:
    """Return the result of a validation as JSON."""
    listed = [
        {
            "path": safe(found.path),
            "line": found.line,
            "column": found.column,
            "severity": "error",
            "rule": found.rule,
            "message": found.message,
        }
        for found in diagnostics
    ]
    summary = {"files": files, "valid": files - invalid, "invalid": invalid}
    return json.dumps({"summary": summary, "diagnostics": listed}, indent=2, ensure_ascii=False)
