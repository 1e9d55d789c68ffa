"""GitLab's report of code quality: the part of Code Climate's specification that GitLab reads."""

from typing import Final

from reconciler.core.review import Review, fingerprints
from reconciler.core.rule import Level
from reconciler.render import json_document
from reconciler.render.formats.text import WHOLE_PATH, printable

_SEVERITIES: Final = {Level.ERROR: "critical", Level.WARNING: "minor", Level.INFO: "info"}


def render(review: Review) -> str:
    """Return an entry for each remark. A fingerprint stays the same if lines are inserted above the place."""
    remarks = review.worst_first
    return json_document.format_json(
        [
            {
                "description": printable(remark.message),
                "check_name": remark.rule,
                "fingerprint": fingerprint,
                "severity": _SEVERITIES[remark.level],
                "location": {
                    "path": printable(remark.path, WHOLE_PATH).removeprefix("./"),
                    "lines": {"begin": remark.line},
                },
            }
            for remark, fingerprint in zip(remarks, fingerprints(remarks), strict=True)
        ]
    )
