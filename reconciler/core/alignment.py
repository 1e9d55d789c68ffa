"""Aligns the items of two lists."""

from collections.abc import Iterator
from typing import Final

# Matching takes quadratic time; above this number of pairs, items are compared position by position.
_MOST_PAIRS: Final = 250_000

Ranges = tuple[int, int, int, int]
"""Start and end in the first list, start and end in the second list."""


def align(old: list[str], new: list[str]) -> Iterator[Ranges]:
    """Yield the corresponding ranges in order: equal ranges, and the ranges between equal ranges."""
    begin = count_common(old, new)
    end = count_common(old[begin:][::-1], new[begin:][::-1])
    old_end, new_end = len(old) - end, len(new) - end
    yield 0, begin, 0, begin
    if (old_end - begin) * (new_end - begin) <= _MOST_PAIRS:
        # Imported late: only changed lists need difflib.
        from difflib import SequenceMatcher  # noqa: PLC0415

        matcher = SequenceMatcher(a=old[begin:old_end], b=new[begin:new_end], autojunk=False)
        for _, old_from, old_to, new_from, new_to in matcher.get_opcodes():
            yield begin + old_from, begin + old_to, begin + new_from, begin + new_to
    else:
        shorter = min(old_end, new_end)
        yield begin, shorter, begin, shorter
        yield shorter, old_end, shorter, new_end
    yield old_end, len(old), new_end, len(new)


def count_common(left: list[str], right: list[str]) -> int:
    """Return the number of equal items at the beginning of both lists."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(left), len(right)))
