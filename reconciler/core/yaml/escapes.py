"""Decodes escapes in double quotes, including the surrogate pairs that libyaml refuses.

JSON writes a character beyond U+FFFF as two escapes, and JSON is YAML 1.2. libyaml receives a text of the same length
with a replacement character for each half; the original characters are put back into the values afterwards.
"""

import re
from collections.abc import Iterator

SURROGATES = range(0xD800, 0xE000)
_REPLACEMENT = "\ufffd"
_ESCAPE = re.compile(
    r"\\u(?P<high>[dD][89abAB]..)\\u(?P<low>[dD][c-fC-F]..)|\\[xuU](?P<digits>(?<=x)..|(?<=u).{4}|(?<=U).{8})|\\.",
    re.DOTALL,
)
# The replacement of a surrogate's escape in the text for libyaml.
_STAND_IN = re.compile(r"\\(?:u|U0000)FFFD")
_REPLACED = re.compile(f"{_ESCAPE.pattern}|{_REPLACEMENT}", re.DOTALL)
_STOOD_IN = frozenset({ord(_REPLACEMENT), *SURROGATES})
_SURROGATE_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*\\(?:u|U0000))[dD][89a-fA-F][0-9a-fA-F]{2}")


def insert_stand_ins(text: str) -> str:
    """Return the text with a stand-in for each surrogate escape."""
    return _SURROGATE_ESCAPE.sub(r"\g<1>FFFD", text)


def restore_escapes(value: str, text: str, repaired: str, start: int, end: int, *, is_quoted: bool) -> str:
    """Return a value with the original text in place of its stand-ins, in the same order."""
    if is_quoted:
        characters = _read_replacements(text, start, end)
        return re.sub("\ufffd", lambda _: next(characters), value)
    written = (text[slice(*match.span())] for match in _STAND_IN.finditer(repaired, start, end))
    return _STAND_IN.sub(lambda _: next(written), value)


def find_escapes(text: str, start: int, end: int) -> Iterator[tuple[re.Match[str], int]]:
    """Yield each escape with its code point, or with -1 if the escape is never refused."""
    return ((match, _decode_escape(match)) for match in _ESCAPE.finditer(text, start, end))


def _read_replacements(text: str, start: int, end: int) -> Iterator[str]:
    """Yield the original of each replacement character that libyaml read in a double-quoted scalar, in order."""
    for match in _REPLACED.finditer(text, start, end):
        if match["high"]:
            yield chr(_decode_escape(match))
            yield ""
        elif match[0] == _REPLACEMENT or _decode_escape(match) in _STOOD_IN:
            yield _REPLACEMENT


def _decode_escape(escape: re.Match[str]) -> int:
    """Return the code point of the escape, or -1 if the escape is never refused."""
    if digits := escape["digits"]:
        return int(digits, 16)
    if escape["high"]:
        high, low = int(escape["high"], 16), int(escape["low"], 16)
        return 0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00)
    return 0 if escape[0] == r"\0" else -1
