"""Finds the differing words of two texts in nearly linear time."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import Final

from reconciler.core.alignment import Ranges, align, count_common

# A run of letters and digits, a run of blanks, or one other character.
_TOKEN: Final = re.compile(r"\w+|\s+|[^\w\s]")
# A run of this many tokens, unique in each text, is an anchor; a single word may be unique by chance.
_SHINGLE: Final = 4
# In tokens. Longer texts are compared from both ends only.
_MOST: Final = 100_000


def split_words(text: str) -> list[str]:
    """Split a text into words, blanks and other characters; the joined tokens equal the text."""
    return _TOKEN.findall(text)


def find_changed_ranges(old: list[str], new: list[str]) -> Iterator[Ranges]:
    """Yield the differing ranges of two lists of tokens, in order; ranges at most a token apart are merged."""
    pending: Ranges | None = None
    for old_from, old_to, new_from, new_to in _find_unequal(old, new):
        if pending and old_from - pending[1] <= 1 and new_from - pending[3] <= 1:
            pending = (pending[0], old_to, pending[2], new_to)
            continue
        if pending:
            yield pending
        pending = (old_from, old_to, new_from, new_to)
    if pending:
        yield pending


def _find_unequal(old: list[str], new: list[str]) -> Iterator[Ranges]:
    begin = count_common(old, new)
    begin_old, begin_new = begin, begin
    anchors = [(begin + at_old, begin + at_new) for at_old, at_new in _find_anchors(old[begin:], new[begin:])]
    for anchor_old, anchor_new in [*anchors, (len(old), len(new))]:
        ranges = align(old[begin_old:anchor_old], new[begin_new:anchor_new])
        for old_from, old_to, new_from, new_to in ranges:
            here = (begin_old + old_from, begin_old + old_to, begin_new + new_from, begin_new + new_to)
            if old[here[0] : here[1]] != new[here[2] : here[3]]:
                yield here
        begin_old, begin_new = anchor_old, anchor_new


def _find_anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Return corresponding positions: runs of tokens unique in each text, in the same order (patience diff)."""
    if max(len(old), len(new)) > _MOST:
        return []
    places = _find_unique(old)
    pairs = [(places[shingle], at) for shingle, at in _find_unique(new).items() if shingle in places]
    return _find_increasing(sorted(pairs))


def _find_unique(items: list[str]) -> dict[tuple[str, ...], int]:
    shingles = list(zip(*(items[start:] for start in range(_SHINGLE)), strict=False))
    count = Counter(shingles)
    return {shingle: at for at, shingle in enumerate(shingles) if count[shingle] == 1}


def _find_increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a longest subsequence with increasing second numbers."""
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for number, (_, second) in enumerate(pairs):
        place = bisect_left(tails, second)
        tails[place : place + 1] = [second]
        ends[place : place + 1] = [number]
        previous.append(ends[place - 1] if place else -1)
    subsequence = []
    at = ends[-1] if ends else -1
    while at >= 0:
        subsequence.append(pairs[at])
        at = previous[at]
    return subsequence[::-1]
