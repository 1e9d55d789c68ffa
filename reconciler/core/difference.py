"""The difference between two JSON values, field by field."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Final

from reconciler.core.alignment import align
from reconciler.core.json_text import to_json_text
from reconciler.core.pointer import Json, Pointer


class Absent(Enum):
    """The absence of a value, as opposed to null."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Difference:
    """A changed field.

    `reordered`: only the order of the keys changed, which matters to models, or of the items of a set. `is_set`: the
    order of the items means nothing.
    """

    pointer: Pointer
    before: Json | Absent
    after: Json | Absent
    reordered: bool = False
    is_set: bool = False

    @property
    def change(self) -> str:
        """The kind of the change: added, removed, reordered or changed."""
        if isinstance(self.before, Absent):
            return "added"
        if isinstance(self.after, Absent):
            return "removed"
        return "reordered" if self.reordered else "changed"


ListType = tuple[str, ...]
"""The meaning of order in a list: SEQUENCE, a set (SET), or a map by the values of these keys of its items."""

SEQUENCE: Final[ListType] = ("",)
SET: Final[ListType] = ()

ListTypes = Callable[[Pointer], ListType]
"""The type of the list at a pointer. The words set and map are those of Kubernetes' x-kubernetes-list-type."""

Comparison = Callable[[Json, Json], Iterator[Difference]]


def _treat_as_sequence(_: Pointer) -> ListType:
    return SEQUENCE


def find_differences(
    before: Json, after: Json, at: Pointer = (), list_types: ListTypes = _treat_as_sequence
) -> Iterator[Difference]:
    """Yield each changed field, at any depth, in the reading order of the new value."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _compare_mappings(before, after, at, list_types)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(before, after, at, list_types)
    elif not _is_same(before, after):
        yield Difference(at, before, after)


def list_parts(manifest: Json) -> Iterator[tuple[Pointer, Json]]:
    """Yield the fields one level below metadata and spec, without the name: enough to recognise a resource."""
    for section in ("metadata", "spec"):
        content = manifest.get(section) if isinstance(manifest, dict) else None
        for key, value in content.items() if isinstance(content, dict) else ():
            if (section, key) != ("metadata", "name"):
                yield (section, key), value


def _is_same(before: Json, after: Json) -> bool:
    if type(before) is not type(after) or before != after:
        return False
    # Most values are texts. Inside a list, 1, 1.0 and True are equal in Python, but make different manifests.
    return isinstance(before, str) or to_json_text(before) == to_json_text(after)


def _compare_mappings(
    before: dict[str, Json], after: dict[str, Json], at: Pointer, list_types: ListTypes
) -> Iterator[Difference]:
    for key, value in after.items():
        if key in before:
            yield from find_differences(before[key], value, (*at, key), list_types)
        else:
            yield Difference((*at, key), ABSENT, value)
    for key, value in before.items():
        if key not in after:
            yield Difference((*at, key), value, ABSENT)
    common = [key for key in after if key in before]
    if common != [key for key in before if key in after]:
        yield Difference(at, list(before), list(after), reordered=True)


def _compare_lists(before: list[Json], after: list[Json], at: Pointer, list_types: ListTypes) -> Iterator[Difference]:
    """Compare lists by their type. Sequences of equal length are compared item by item, others by added items.

    A list of scalars is one field: its items have no parts, and an index says little.
    """
    list_type = list_types(at)
    if not any(isinstance(item, dict | list) for item in (*before, *after)):
        if not _is_same(before, after):
            is_set = list_type == SET
            reordered = is_set and sorted(_make_keys(before)) == sorted(_make_keys(after))
            yield Difference(at, before, after, reordered, is_set)
    elif list_type != SEQUENCE:
        yield from _compare_unordered(before, after, at, list_type, list_types)
    elif len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from find_differences(old, new, (*at, index), list_types)
    else:
        yield from _compare_sequences(before, after, at)


def _compare_sequences(before: list[Json], after: list[Json], at: Pointer) -> Iterator[Difference]:
    old_keys, new_keys = _make_keys(before), _make_keys(after)
    for old_from, old_to, new_from, new_to in align(old_keys, new_keys):
        if old_keys[old_from:old_to] != new_keys[new_from:new_to]:
            yield from (Difference((*at, index), before[index], ABSENT) for index in range(old_from, old_to))
            yield from (Difference((*at, index), ABSENT, after[index]) for index in range(new_from, new_to))


def _compare_unordered(
    before: list[Json], after: list[Json], at: Pointer, keys: ListType, list_types: ListTypes
) -> Iterator[Difference]:
    """Compare the items of two lists with the same key; items with equal keys, in their order."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for index, item in reversed(list(enumerate(before))):
        waiting[_identify(item, keys)].append(index)
    kept = []
    for index, item in enumerate(after):
        twins = waiting[_identify(item, keys)]
        if not twins:
            yield Difference((*at, index), ABSENT, item)
            continue
        old = twins.pop()
        kept.append(old)
        yield from find_differences(before[old], item, (*at, index), list_types)
    left = sorted(index for twins in waiting.values() for index in twins)
    yield from (Difference((*at, index), before[index], ABSENT) for index in left)
    if any(first > second for first, second in pairwise(kept)):
        yield Difference(at, before, after, reordered=True, is_set=True)


def _identify(item: Json, keys: ListType) -> str:
    """Return the key of an item of a map; the whole item for a set, or without the keys."""
    if keys and isinstance(item, dict) and all(key in item for key in keys):
        return to_json_text([item[key] for key in keys])
    return to_json_text(item)


def _make_keys(items: Sequence[Json]) -> list[str]:
    return [to_json_text(item) for item in items]
