"""The difference between two JSON values, field by field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from reconciler.core.alignment import aligned
from reconciler.core.json_text import json_text
from reconciler.core.pointer import Json, Pointer


class Absent(Enum):
    """The absence of a value, as opposed to null."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Difference:
    """A changed field. `reordered`: only the order of the keys changed, which matters to models."""

    pointer: Pointer
    before: Json | Absent
    after: Json | Absent
    reordered: bool = False


def differences(before: Json, after: Json, at: Pointer = ()) -> Iterator[Difference]:
    """Yield each changed field, at any depth, in the reading order of the new value."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _compare_mappings(before, after, at)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(before, after, at)
    elif not _is_same(before, after):
        yield Difference(at, before, after)


def parts(manifest: Json) -> Iterator[tuple[Pointer, Json]]:
    """Yield the fields one level below metadata and spec, without the name: enough to recognise a resource."""
    for section in ("metadata", "spec"):
        content = manifest.get(section) if isinstance(manifest, dict) else None
        for key, value in content.items() if isinstance(content, dict) else ():
            if (section, key) != ("metadata", "name"):
                yield (section, key), value


def _is_same(before: Json, after: Json) -> bool:
    # 1, 1.0 and True are equal in Python, but make different manifests.
    return type(before) is type(after) and before == after and json_text(before) == json_text(after)


def _compare_mappings(before: dict[str, Json], after: dict[str, Json], at: Pointer) -> Iterator[Difference]:
    for key, value in after.items():
        if key in before:
            yield from differences(before[key], value, (*at, key))
        else:
            yield Difference((*at, key), ABSENT, value)
    for key, value in before.items():
        if key not in after:
            yield Difference((*at, key), value, ABSENT)
    common = [key for key in after if key in before]
    if common != [key for key in before if key in after]:
        yield Difference(at, list(before), list(after), reordered=True)


def _compare_lists(before: list[Json], after: list[Json], at: Pointer) -> Iterator[Difference]:
    """Compare lists of equal length item by item; for other lists, find added and removed items.

    A list of scalars is one field: its items have no parts, and an index says little.
    """
    if not any(isinstance(item, dict | list) for item in (*before, *after)):
        if not _is_same(before, after):
            yield Difference(at, before, after)
        return
    if len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, (*at, index))
        return
    old_keys, new_keys = _make_keys(before), _make_keys(after)
    for old_from, old_to, new_from, new_to in aligned(old_keys, new_keys):
        if old_keys[old_from:old_to] != new_keys[new_from:new_to]:
            yield from (Difference((*at, index), before[index], ABSENT) for index in range(old_from, old_to))
            yield from (Difference((*at, index), ABSENT, after[index]) for index in range(new_from, new_to))


def _make_keys(items: Sequence[Json]) -> list[str]:
    return [json_text(item) for item in items]
