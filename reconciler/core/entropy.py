"""Finds texts that look random, as keys and passwords do. Pure."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

SHORTEST: Final = 32
"""The length of the shortest text that is measured, in characters."""

_MOST_BITS: Final = 4.2
_LONGEST: Final = 4_096
# Names and paths consist of words; a random text of 32 characters hardly ever does.
_SEPARATOR: Final = re.compile(r"[/_+-]")
_LONGEST_WORD: Final = 15
_OF_TOKENS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_RUN: Final = b"A" * SHORTEST
_MARK: Final = bytes(ord("A") if code in _OF_TOKENS else ord(" ") for code in range(256))


def has_long_word(text: str, length: int = SHORTEST) -> bool:
    """Whether a text has a word of letters, digits, `+`, `/`, `_` and `-` of at least this length. Fast."""
    return b"A" * length in text.encode("ascii", "replace").translate(_MARK)


def bits_per_character(text: str) -> float:
    """Return the Shannon entropy of a text."""
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in Counter(text).values())


def find_random(text: str) -> Iterator[tuple[int, int]]:
    """Yield the span of each word of 32 or more characters with more than 4.2 bits per character.

    Words made of short words, such as paths, and words without a digit or without a letter are left out.
    """
    marked = text.encode("ascii", "replace").translate(_MARK)
    begin = marked.find(_RUN)
    while begin >= 0:
        end = marked.find(b" ", begin)
        end = len(marked) if end < 0 else end
        word = text[begin : min(end, begin + _LONGEST)]
        if any(map(_is_mixed, _SEPARATOR.split(word))) and bits_per_character(word) > _MOST_BITS:
            yield begin, end
        begin = marked.find(_RUN, end)


def _is_mixed(part: str) -> bool:
    if len(part) <= _LONGEST_WORD:
        return False
    return any(map(str.isdigit, part)) and any(map(str.isalpha, part))
