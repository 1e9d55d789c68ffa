"""Values as YAML that every reader understands alike, in block style, in the order of the file.

What is written parses to the same value in YAML 1.2; text that a reader of YAML 1.1 would take for something else is
quoted, too. PyYAML's emitters are not used: libyaml writes each character beyond U+FFFF as an escape, and lets pass
the bidi overrides that must not reach a terminal.
"""

import re
from collections.abc import Iterable
from typing import Final

from reconciler.core.pointer import Json
from reconciler.render.terminal import disarmed

_INDENT: Final = "  "
# Indicators (YAML 1.2, 5.3), and what begins a number, a document, a merge key or a default key. Harmless where quoted.
_NEVER_FIRST: Final = frozenset("-?:,[]{}#&*!|>'\"%@`.+=~<")
# The bool and null of YAML 1.1 (https://yaml.org/type/), in any case.
_WORDS: Final = frozenset(("y", "yes", "n", "no", "true", "false", "on", "off", "null"))
# What begins with a digit and is an int, float or timestamp in YAML 1.2, in 1.1, or in Ruby, which reads 1,000.
_NUMBER: Final = re.compile(
    r"0x[0-9a-f_]+|0b[01_]+|0o[0-7_]+|[0-9][0-9_,]*(\.[0-9_]*)?(e[-+]?[0-9]+)?"
    r"|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*",
    re.IGNORECASE,
)
_TO_ESCAPE: Final = re.compile(r'["\\]|[^ -~]')
_ESCAPES: Final = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
_LAST_OF_FOUR_DIGITS: Final = "\uffff"
# A key of one line may have 1,024 characters (YAML 1.2, 7.4.2).
_LONGEST_KEY: Final = 1000


def document(value: Json) -> str:
    """Return the value as one YAML document, which ends with a line break."""
    lines: list[str] = []
    if _is_nested(value):
        _collection(value, "", lines)
    else:
        lines.append(_leaf(value, ""))
    return "\n".join(lines) + "\n"


def documents(values: Iterable[Json]) -> str:
    """Return the values as YAML documents with `---` between them."""
    return "---\n".join(map(document, values))


def _is_nested(value: Json) -> bool:
    return bool(value) and isinstance(value, dict | list)


def _collection(value: Json, margin: str, lines: list[str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _entry(_key(key, margin), item, margin, lines)
    elif isinstance(value, list):
        for item in value:
            _item(item, margin, lines)


def _entry(key: str, item: Json, margin: str, lines: list[str]) -> None:
    if _is_nested(item):
        lines.append(f"{margin}{key}:")
        _collection(item, margin + _INDENT, lines)
    else:
        lines.append(f"{margin}{key}: {_leaf(item, margin)}")


def _item(item: Json, margin: str, lines: list[str]) -> None:
    if _is_nested(item):
        first = len(lines)
        inner = margin + _INDENT
        _collection(item, inner, lines)
        lines[first] = f"{margin}- {lines[first][len(inner) :]}"
    else:
        lines.append(f"{margin}- {_leaf(item, margin)}")


def _key(key: str, margin: str) -> str:
    text = key if _is_plain(key) else _quoted(key)
    return text if len(text) <= _LONGEST_KEY else f"? {text}\n{margin}"


def _leaf(value: Json, margin: str) -> str:
    if isinstance(value, str):
        return _text(value, margin)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    return "null" if value is None else str(value)


def _float(value: float) -> str:
    mantissa, e, exponent = repr(value).partition("e")
    # YAML 1.1 takes a number without a point for an integer, or with an exponent for text.
    return f"{mantissa}.0e{exponent}" if e and "." not in mantissa else f"{mantissa}{e}{exponent}"


def _text(text: str, margin: str) -> str:
    if _is_plain(text):
        return text
    if _is_block(text):
        return _block(text, margin + _INDENT)
    return _quoted(text)


def _is_plain(text: str) -> bool:
    """Whether the text stands for itself without quotes, for every reader."""
    return (
        text.isprintable()
        and text[:1] not in _NEVER_FIRST
        and text.strip(" ") == text != ""
        and not (text.endswith(":") or ": " in text or " #" in text)
        and text.lower() not in _WORDS
        and not _NUMBER.fullmatch(text)
        and disarmed(text) == text
    )


def _is_block(text: str) -> bool:
    """Whether a literal block shows every character, and no runner of CI obeys a line of it.

    No leading or trailing white space hides in it.
    """
    lines = text.split("\n")
    first = text.lstrip("\n")[:1]
    return (
        len(lines) > 1
        and first not in ("", " ", "\t")
        and all(not line.endswith((" ", "\t")) and line.replace("\t", " ").isprintable() for line in lines)
        and all(disarmed(line.lstrip()) == line.lstrip() for line in lines)
    )


def _block(text: str, margin: str) -> str:
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    chomping = "-" if ends == 0 else "" if ends == 1 else "+"
    lines = [f"{margin}{line}" if line else "" for line in body.split("\n")]
    return "\n".join([f"|{chomping}", *lines, *[""] * (ends - 1)])


def _quoted(text: str) -> str:
    if text.isprintable() and ('"' in text or "\\" in text) and disarmed(text) == text:
        return "'{}'".format(text.replace("'", "''"))
    return disarmed(f'"{_TO_ESCAPE.sub(_escaped, text)}"')


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if character <= _LAST_OF_FOUR_DIGITS else f"\\U{code:08x}"
