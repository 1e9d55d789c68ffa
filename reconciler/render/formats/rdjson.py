"""The diagnostic format of reviewdog (rdjson). Columns count bytes of UTF-8 from 1."""

from typing import Final

from reconciler.core.pointer import Json
from reconciler.core.review import Remark, Review
from reconciler.core.rule import Level
from reconciler.render import json_document
from reconciler.render.formats.text import WHOLE_PATH, printable

_SEVERITIES: Final = {Level.ERROR: "ERROR", Level.WARNING: "WARNING", Level.INFO: "INFO"}


def render(review: Review) -> str:
    """Return a diagnostic for each remark."""
    diagnostics: list[Json] = [_describe(remark, review) for remark in review.worst_first]
    return json_document.format_json({"source": {"name": f"toolreg {review.command}"}, "diagnostics": diagnostics})


def _describe(remark: Remark, review: Review) -> Json:
    before = review.lines.get((remark.path, remark.line), "")[: remark.column - 1]
    column = 1 + len(before.encode("utf-8", "surrogatepass")) if before else remark.column
    return {
        "message": printable(remark.message),
        "location": {
            "path": printable(remark.path, WHOLE_PATH),
            "range": {"start": {"line": remark.line, "column": column}},
        },
        "severity": _SEVERITIES[remark.level],
        "code": {"value": remark.rule},
    }
