"""Suggestions for misspelt words."""

from collections.abc import Iterable
from typing import Final

_FEW: Final = 12
_A_WORD: Final = 3


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean X?`, or the first known words if no word is near."""
    # Imported late: only error messages need difflib.
    from difflib import get_close_matches  # noqa: PLC0415

    words = sorted(known)
    # difflib takes quadratic time in the length of the word, which is untrusted.
    if nearest := get_close_matches(word[:64], words, n=1):
        return f"did you mean {nearest[0]}?"
    if len(word) >= _A_WORD and len(holding := [one for one in words if word in one]) == 1:
        return f"did you mean {holding[0]}?"
    more = ", ..." if len(words) > _FEW else ""
    return f"expected one of {', '.join(words[:_FEW])}{more}"
