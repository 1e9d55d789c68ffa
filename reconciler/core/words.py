"""The differing words of two texts, found in time that is nearly linear in their length."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import Final

from reconciler.core.alignment import Ranges, aligned, common

# A run of letters and digits, a run of blanks, or one other character.
_TOKEN: Final = re.compile(r"\w+|\s+|[^\w\s]")
# So many tokens in a row that occur once in each text hold them together: one word alone may be there by chance.
_SHINGLE: Final = 4
# Longer texts are compared from both ends alone.
_MOST: Final = 100_000


def tokens(text: str) -> list[str]:
    """Return the words, blanks and other characters of a text; joined, they are the text."""
    return _TOKEN.findall(text)


def changed(old: list[str], new: list[str]) -> Iterator[Ranges]:
    """Yield the ranges of two lists of tokens that differ, in order; neighbours with one blank between them are one."""
    pending: Ranges | None = None
    for old_from, old_to, new_from, new_to in _unequal(old, new):
        if pending and old_from - pending[1] <= 1 and new_from - pending[3] <= 1:
            pending = (pending[0], old_to, pending[2], new_to)
            continue
        if pending:
            yield pending
        pending = (old_from, old_to, new_from, new_to)
    if pending:
        yield pending


def _unequal(old: list[str], new: list[str]) -> Iterator[Ranges]:
    begin = common(old, new)
    begin_old, begin_new = begin, begin
    anchors = [(begin + at_old, begin + at_new) for at_old, at_new in _anchors(old[begin:], new[begin:])]
    for anchor_old, anchor_new in [*anchors, (len(old), len(new))]:
        ranges = aligned(old[begin_old:anchor_old], new[begin_new:anchor_new])
        for old_from, old_to, new_from, new_to in ranges:
            here = (begin_old + old_from, begin_old + old_to, begin_new + new_from, begin_new + new_to)
            if old[here[0] : here[1]] != new[here[2] : here[3]]:
                yield here
        begin_old, begin_new = anchor_old, anchor_new


def _anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Return places that belong together: what stands once in each text, in the same order (patience diff)."""
    if max(len(old), len(new)) > _MOST:
        return []
    places = _unique(old)
    pairs = [(places[shingle], at) for shingle, at in _unique(new).items() if shingle in places]
    return _increasing(sorted(pairs))


def _unique(items: list[str]) -> dict[tuple[str, ...], int]:
    shingles = list(zip(*(items[start:] for start in range(_SHINGLE)), strict=False))
    count = Counter(shingles)
    return {shingle: at for at, shingle in enumerate(shingles) if count[shingle] == 1}


def _increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a longest subsequence whose second numbers increase."""
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for number, (_, second) in enumerate(pairs):
        place = bisect_left(tails, second)
        tails[place : place + 1] = [second]
        ends[place : place + 1] = [number]
        previous.append(ends[place - 1] if place else -1)
    found = []
    at = ends[-1] if ends else -1
    while at >= 0:
        found.append(pairs[at])
        at = previous[at]
    return found[::-1]
