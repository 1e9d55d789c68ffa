"""Renders what a watch reports as JSON Lines: one document a line, bounded."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from reconciler.core.errors import InvalidRegistry, ToolregError
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.plan.changes import Action
from reconciler.core.plan.proposal import Proposal
from reconciler.core.pointer import Json
from reconciler.core.rule import Level
from reconciler.core.secrets import mask
from reconciler.render.diagnostics import make_entry
from reconciler.render.json_document import FORMAT_VERSION
from reconciler.render.terminal import safe

_MOST: Final = 500
_LONGEST: Final = 2000


def render_verdict_line(told: Sequence[Diagnostic], files: int, ignored: int, seconds: float) -> str:
    """Return the document of a verdict; `told` are sorted worst first."""
    levels = [diagnostic.level for diagnostic in told]
    invalid = len({diagnostic.path for diagnostic in told if diagnostic.level is Level.ERROR})
    counts: dict[str, Json] = {
        "files": files,
        "valid": files - invalid,
        "invalid": invalid,
        "errors": levels.count(Level.ERROR),
        "warnings": levels.count(Level.WARNING),
        "infos": levels.count(Level.INFO),
        "ignored": ignored,
    }
    shown: list[Json] = [_make_known_entry(diagnostic) for diagnostic in told[:_MOST]]
    return _render(
        "verdict",
        {
            "summary": counts,
            "milliseconds": round(seconds * 1000),
            "diagnostics": shown,
            "omitted": len(told) - len(shown),
        },
    )


# Most findings are those of the verdict before; masking secrets in a message takes long.
@lru_cache(maxsize=_MOST * 2)
def _make_known_entry(diagnostic: Diagnostic) -> Json:
    return make_entry(diagnostic)


def render_plan_line(
    proposal: Proposal | None, revision: int | None, error: ToolregError | None, *, is_first: bool
) -> str:
    """Return the document of a plan, of its refusals and its error, and the revision that it became."""
    planned: dict[str, Json] = {"isFirst": is_first, "revision": revision}
    if proposal is not None:
        plan = proposal.plan
        shown: list[Json] = [
            {
                "action": change.action.value,
                "kind": change.ref.kind,
                "name": safe(change.ref.name),
                "path": safe(change.resource.path or "", _LONGEST),
            }
            for change in plan.changes[:_MOST]
        ]
        planned |= {
            "summary": {action.value: plan.count(action) for action in Action},
            "digest": plan.digest,
            "changes": shown,
            "omitted": len(plan.changes) - len(shown),
            "refusals": [
                {"rule": refusal.rule, "message": mask(safe(refusal.message, _LONGEST))}
                for refusal in proposal.standing[:_MOST]
            ],
        }
    return _render("plan", planned | ({"error": _describe(error)} if error else {}))


def render_trouble_line(error: ToolregError) -> str:
    """Return the document of files that cannot be judged at present."""
    return _render("trouble", {"error": _describe(error)})


def render_polling_line(note: str | None) -> str:
    """Return the document of files that are compared from time to time; None if they are watched again."""
    return _render("polling", {"note": safe(note, _LONGEST) if note else None})


def _describe(error: ToolregError) -> dict[str, Json]:
    told: list[Json] = []
    if isinstance(error, InvalidRegistry):
        told = [make_entry(diagnostic) for diagnostic in error.diagnostics[:_MOST]]
    return {"message": mask(safe(str(error), _LONGEST)), "diagnostics": told}


def _render(kind: str, content: dict[str, Json]) -> str:
    """Return one line of ASCII: any character that a terminal obeys is escaped."""
    return json.dumps({"formatVersion": FORMAT_VERSION, "type": kind, **content})
