"""Hidden characters: readers see another text than models, or none."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from reconciler.core.pointer import format_pointer
from reconciler.rules.lint.content import ManifestContent
from reconciler.rules.lint.remark import LintRemark

# A line end or a tab is visible, and so are U+0085, U+2028 and U+2029.
_CLASSES: Final = {
    "control character": "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f",
    "bidirectional control": "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    "zero-width character": "\u180e\u200b-\u200d\u2060-\u2064\ufeff",
    "variation selector": "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef",
    "tag character": "\U000e0000-\U000e007f",
    "invisible character": (
        "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u206a-\u206f\u3164\uffa0\ufff9-\ufffb"
        "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"
    ),
}
# As JSON text escapes a control character.
_ESCAPED: Final = re.compile(r"\\(?:u00|[bf])")
# Characters with a picture, as Unicode lists them in emoji-variation-sequences and emoji-zwj-sequences.
_PICTURE: Final = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# Letters that join their neighbours: a joiner or a non-joiner between two of them changes the spelling.
_JOINING: Final = "\u0600-\u07bf\u0840-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af"
_MOST_NAMED: Final = 3


class _Patterns(NamedTuple):
    """Hidden characters of any class, those of each class by its name, and those that belong to their neighbours."""

    hidden: re.Pattern[str]
    named: dict[str, re.Pattern[str]]
    ordinary: re.Pattern[str]


@cache
def _compile_patterns() -> _Patterns:
    """Compile the patterns in 2 ms, for texts beyond ASCII alone."""
    return _Patterns(
        re.compile(f"[{''.join(_CLASSES.values())}]"),
        {name: re.compile(f"[{members}]") for name, members in _CLASSES.items()},
        re.compile(
            f"(?<=[{_PICTURE}])\ufe0f|(?<=[0-9#*])\ufe0f(?=\u20e3)"
            f"|(?<=[{_PICTURE}\ufe0f])\u200d(?=[{_PICTURE}])|(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
        ),
    )


def find_hidden_characters(content: ManifestContent) -> Iterator[LintRemark]:
    """Yield a remark for each string with hidden characters."""
    text = content.text
    if text.isascii() and "\x7f" not in text and not _ESCAPED.search(text):
        return
    if not _compile_patterns().hidden.search(text) and not _ESCAPED.search(text):
        return
    for pointer, string, is_key in content.strings():
        if not string.isprintable() or not string.isascii():
            hidden = list_hidden(string)
            if hidden:
                where = f"the key {format_pointer(pointer)}" if is_key else format_pointer(pointer)
                yield LintRemark(pointer, "hidden-character", f"{where} has {_describe(hidden)}", at_key=is_key)


def list_hidden(text: str) -> list[tuple[int, str]]:
    """Return each hidden character of a text with its index; joiners and VS16 in their usual places are not hidden."""
    patterns = _compile_patterns()
    ordinary = {match.start() for match in patterns.ordinary.finditer(text)}
    return [(match.start(), match[0]) for match in patterns.hidden.finditer(text) if match.start() not in ordinary]


def _describe(hidden: list[tuple[int, str]]) -> str:
    shown = [f"{_name(character)} as character {index + 1}" for index, character in hidden[:_MOST_NAMED]]
    more = f" and {len(hidden) - len(shown):,} more" if len(hidden) > len(shown) else ""
    count = "a hidden character" if len(hidden) == 1 else f"{len(hidden):,} hidden characters"
    return f"{count}: {', '.join(shown)}{more}; remove it" if len(hidden) == 1 else f"{count}: {', '.join(shown)}{more}"


def _name(character: str) -> str:
    kind = next(name for name, members in _compile_patterns().named.items() if members.match(character))
    return f"U+{ord(character):04X} ({kind})"
