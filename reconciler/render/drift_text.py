"""Renders drift as text and as JSON values."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reconciler.core.pointer import Json
from reconciler.core.state.divergence import Divergence, HandChange
from reconciler.core.state.drift import Drifted, DriftKind
from reconciler.core.times import format_time
from reconciler.render.difference_text import render_field
from reconciler.render.reading_json import make_field_document
from reconciler.render.terminal import PLAIN, Paint, safe

_SIGNS: Final = {
    DriftKind.CHANGED: ("~", "yellow"),
    DriftKind.MISSING: ("-", "red"),
    DriftKind.UNMANAGED: ("+", "green"),
}
_SAID: Final = {
    DriftKind.CHANGED: "changed by hand",
    DriftKind.MISSING: "removed by hand",
    DriftKind.UNMANAGED: "put in by hand",
}
_COUNTED: Final = {
    DriftKind.CHANGED: "changed by hand",
    DriftKind.MISSING: "removed by hand",
    DriftKind.UNMANAGED: "only in the database",
}
# Above this count, screens of fields of missing rows would hide the changed rows.
_FIELDS_OF_ALL: Final = 50


def render_drift(
    drifted: Sequence[Drifted], divergences: Iterable[Divergence], paint: Paint = PLAIN, *, full: bool = False
) -> Iterator[str]:
    """Yield each drifted resource with role, time and fields of the change, then a summary.

    `divergences` has the details of each of `drifted`.
    """
    brief = len(drifted) > _FIELDS_OF_ALL and not full
    several = len({one.registry for one in drifted if one.registry}) > 1
    for one in divergences:
        yield _format_headline(one, paint, several=several)
        yield f"      {_describe_hand_changes(one)}"
        if one.drifted.way is DriftKind.CHANGED or not brief:
            yield from (f"      {line}" for line in _format_fields(one, paint, full=full))
    if brief:
        yield f"With more than {_FIELDS_OF_ALL} resources, fields are shown of changed ones only; --full shows all."
    if not drifted:
        yield "No drift: everything is as it was applied."
        return
    yield ""
    count = Counter(one.way for one in drifted)
    yield f"Drift: {', '.join(f'{count[way]} {words}' for way, words in _COUNTED.items())}."


def make_drift_document(
    drifted: Sequence[Drifted], divergences: Iterable[Divergence], revision: int | None
) -> dict[str, Json]:
    """Return drift for JSON; `revision` is the applied revision."""
    count = Counter(one.way for one in drifted)
    return {
        "revision": revision,
        "summary": {way.value: count[way] for way in DriftKind},
        "resources": [_make_document(one) for one in divergences],
    }


def _make_document(one: Divergence) -> Json:
    last = one.hand_changes[0] if one.hand_changes else None
    applied = one.drifted.applied
    return {
        "kind": one.drifted.ref.kind,
        "name": one.drifted.ref.name,
        "way": one.drifted.way.value,
        "registry": one.drifted.registry,
        "path": applied.path if applied else None,
        "revision": one.drifted.revision if applied else None,
        "commit": one.commit if applied else None,
        "author": one.author if applied else None,
        "appliedAt": format_time(one.applied_at) if applied and one.applied_at else None,
        "at": format_time(last.at) if last else format_time(one.touched_at) if one.touched_at else None,
        "role": last.role if last else None,
        "changes": one.changes,
        "lastChanges": [_describe_change(change) for change in one.hand_changes],
        "fields": None
        if one.differences is None
        else [make_field_document(difference) for difference in one.differences],
    }


def _describe_change(change: HandChange) -> Json:
    return {"at": format_time(change.at), "role": change.role, "action": change.action}


def _format_headline(one: Divergence, paint: Paint, *, several: bool) -> str:
    sign, colour = _SIGNS[one.drifted.way]
    head = paint(f"  {sign} {safe(str(one.drifted.ref))}", colour)
    applied = one.drifted.applied
    where = f"  {safe(applied.path or 'no file')}, revision {one.drifted.revision}" if applied else ""
    registry = f", registry {safe(one.drifted.registry)}" if several and one.drifted.registry else ""
    return head + paint(where + registry, "faint")


def _describe_hand_changes(one: Divergence) -> str:
    said = _SAID[one.drifted.way]
    if not one.hand_changes:
        known = f" {format_time(one.touched_at)}" if one.touched_at else f", after {_format_applied(one)}"
        return f"{said}{known}; by whom is not known"
    last, *before = one.hand_changes
    text = f"{said} {format_time(last.at)} by {safe(last.role)}"
    if not before:
        return text
    roles = ", ".join(sorted({safe(change.role) for change in before}))
    times = "once" if one.changes == 2 else f"{one.changes - 1} times"  # noqa: PLR2004  The last change and one before.
    return f"{text}; {times} before that, by {roles}"


def _format_applied(one: Divergence) -> str:
    return format_time(one.applied_at) if one.applied_at else f"revision {one.drifted.revision}"


def _format_fields(one: Divergence, paint: Paint, *, full: bool) -> Iterator[str]:
    if one.differences is None:
        yield "what is there is no manifest: it is nested too deeply, or has a number that is too large"
    elif one.differences:
        for difference in one.differences:
            yield from render_field(difference, paint, full=full)
    elif one.drifted.way is DriftKind.CHANGED:
        yield "the same fields, but the row was put in again or written in another way"
