"""Which items of two lists belong together."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

# Matching items takes time that is quadratic in their number; beyond this, they are compared place by place.
_MOST_PAIRS: Final = 250_000

Ranges = tuple[int, int, int, int]
"""From and to in the first list, from and to in the second one."""


def aligned(old: list[str], new: list[str]) -> Iterator[Ranges]:
    """Yield the ranges that belong together, in order: equal ones, and what stands between these."""
    begin = common(old, new)
    end = common(old[begin:][::-1], new[begin:][::-1])
    old_end, new_end = len(old) - end, len(new) - end
    yield 0, begin, 0, begin
    if (old_end - begin) * (new_end - begin) <= _MOST_PAIRS:
        matcher = SequenceMatcher(a=old[begin:old_end], b=new[begin:new_end], autojunk=False)
        for _, old_from, old_to, new_from, new_to in matcher.get_opcodes():
            yield begin + old_from, begin + old_to, begin + new_from, begin + new_to
    else:
        shorter = min(old_end, new_end)
        yield begin, shorter, begin, shorter
        yield shorter, old_end, shorter, new_end
    yield old_end, len(old), new_end, len(new)


def common(left: list[str], right: list[str]) -> int:
    """Return with how many equal items both begin."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(left), len(right)))
