"""Finds the version that set each field of a value to its present content. Pure: values in, values out."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from reconciler.core.alignment import align
from reconciler.core.difference import ABSENT, Absent
from reconciler.core.json_text import to_json_text
from reconciler.core.pointer import Json, Pointer

FieldVersion = TypeVar("FieldVersion")


def blame_fields(versions: Iterable[tuple[FieldVersion, Json | Absent]]) -> dict[Pointer, FieldVersion]:
    """Return each leaf of the last value, in order, with the version since which the leaf is unchanged.

    A leaf is a scalar or an empty collection. After an ABSENT version every leaf is new.
    """
    blamed: dict[Pointer, FieldVersion] = {}
    before: Json | Absent = ABSENT
    for version, after in versions:
        blamed = {leaf: version if was is None else blamed[was] for leaf, was in _match_leaves(before, after, (), ())}
        before = after
    return blamed


def list_leaves(value: Json | Absent, at: Pointer = ()) -> dict[Pointer, Json]:
    """Return each leaf of a value with its pointer, in order."""
    if isinstance(value, dict | list) and value:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {leaf: content for step, item in items for leaf, content in list_leaves(item, (*at, step)).items()}
    return {} if isinstance(value, Absent) else {at: value}


def _match_leaves(
    before: Json | Absent, after: Json | Absent, was: Pointer, at: Pointer
) -> Iterator[tuple[Pointer, Pointer | None]]:
    """Yield each leaf of `after` with the same, unchanged leaf of `before`, or None for a new leaf."""
    if isinstance(after, dict) and after:
        old = before if isinstance(before, dict) else {}
        for key, value in after.items():
            yield from _match_leaves(old.get(key, ABSENT), value, (*was, key), (*at, key))
    elif isinstance(after, list) and after:
        items = before if isinstance(before, list) else []
        for index, (value, partner) in enumerate(zip(after, _match_items(items, after), strict=True)):
            item = ABSENT if partner is None else items[partner]
            yield from _match_leaves(item, value, (*was, partner or 0), (*at, index))
    elif not isinstance(after, Absent):
        # Compare text: 1, 1.0 and True are equal in Python, but different in a manifest.
        is_same = not isinstance(before, Absent) and to_json_text(before) == to_json_text(after)
        yield at, was if is_same else None


def _match_items(before: list[Json], after: list[Json]) -> list[int | None]:
    """Return for each item of `after` the index of the same item in `before`, which may have changed inside."""
    old, new = [to_json_text(item) for item in before], [to_json_text(item) for item in after]
    partners: list[int | None] = [None] * len(new)
    for old_from, old_to, new_from, new_to in align(old, new):
        # A range replaced by a range of equal length is taken as the same items, changed.
        if old_to - old_from == new_to - new_from:
            partners[new_from:new_to] = range(old_from, old_to)
    return partners
