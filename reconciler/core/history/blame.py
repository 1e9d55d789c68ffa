"""Which version set each field of a value to what it is now. Pure: values in, values out."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from reconciler.core.alignment import aligned
from reconciler.core.difference import ABSENT, Absent
from reconciler.core.json_text import json_text
from reconciler.core.pointer import Json, Pointer

Version = TypeVar("Version")


def blame(versions: Iterable[tuple[Version, Json | Absent]]) -> dict[Pointer, Version]:
    """Return each leaf of the last value, in its order, with the version since which it is what it is.

    A leaf is a scalar or an empty collection. After a version that is ABSENT everything is new.
    """
    found: dict[Pointer, Version] = {}
    before: Json | Absent = ABSENT
    for version, after in versions:
        found = {leaf: version if was is None else found[was] for leaf, was in _leaves(before, after, (), ())}
        before = after
    return found


def leaf_values(value: Json | Absent, at: Pointer = ()) -> dict[Pointer, Json]:
    """Return each leaf of a value, in its order."""
    if isinstance(value, dict | list) and value:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {leaf: found for step, item in items for leaf, found in leaf_values(item, (*at, step)).items()}
    return {} if isinstance(value, Absent) else {at: value}


def _leaves(
    before: Json | Absent, after: Json | Absent, was: Pointer, at: Pointer
) -> Iterator[tuple[Pointer, Pointer | None]]:
    """Yield each leaf of `after` with the leaf of `before` that it is unchanged, or None where it is new."""
    if isinstance(after, dict) and after:
        old = before if isinstance(before, dict) else {}
        for key, value in after.items():
            yield from _leaves(old.get(key, ABSENT), value, (*was, key), (*at, key))
    elif isinstance(after, list) and after:
        items = before if isinstance(before, list) else []
        for index, (value, partner) in enumerate(zip(after, _partners(items, after), strict=True)):
            item = ABSENT if partner is None else items[partner]
            yield from _leaves(item, value, (*was, partner or 0), (*at, index))
    elif not isinstance(after, Absent):
        # As text, since 1, 1.0 and True are equal in Python, and different manifests.
        is_same = not isinstance(before, Absent) and json_text(before) == json_text(after)
        yield at, was if is_same else None


def _partners(before: list[Json], after: list[Json]) -> list[int | None]:
    """Return for each item of `after` the index of the one in `before` that it is, perhaps changed inside."""
    old, new = [json_text(item) for item in before], [json_text(item) for item in after]
    partners: list[int | None] = [None] * len(new)
    for old_from, old_to, new_from, new_to in aligned(old, new):
        # As many in the place of as many: each is taken for the same item, changed.
        if old_to - old_from == new_to - new_from:
            partners[new_from:new_to] = range(old_from, old_to)
    return partners
