"""Quotes text from files for messages."""

import json
from itertools import accumulate

from reconciler.core.secrets import mask

_LONGEST = 60
_CUT = "..."
_LONGEST_WORD = 24


def quoted(text: str, limit: int = _LONGEST) -> str:
    r"""Return the text in JSON quotes, on one line, safe for a terminal, with at most `limit` characters inside.

    Unprintable characters (control and format characters, bidi overrides, line separators, surrogates,
    unassigned code points) are escaped as in JSON, `\n` or `\u202e`. A secret is replaced by its kind.
    """
    text = mask(text)
    if len(text) <= limit and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    # Each character yields at least one, hence no character beyond the limit can appear.
    pieces = [_escape(character) for character in text[: limit + 1]]
    if sum(map(len, pieces)) > limit:
        ends = accumulate(map(len, pieces))
        pieces = [piece for piece, end in zip(pieces, ends, strict=True) if end <= limit - len(_CUT)]
        pieces.append(_CUT)
    return f'"{"".join(pieces)}"'


def is_word(text: str) -> bool:
    """Whether a key is short and of letters and `_` only, like the contract's keys, and may appear in a message.

    A secret in the place of a key hardly ever is.
    """
    return len(text) <= _LONGEST_WORD and text.replace("_", "").isalpha()


def _escape(character: str) -> str:
    return json.dumps(character, ensure_ascii=not character.isprintable())[1:-1]
