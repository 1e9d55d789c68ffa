"""Writes values as portable YAML, in block style, in the order of the file.

The output parses to the same value in YAML 1.2; text that YAML 1.1 would read as another type is quoted, too.
PyYAML's emitters are not used: libyaml escapes each character beyond U+FFFF, and does not escape bidi overrides, which
must not reach a terminal.
"""

import re
from collections.abc import Iterable
from typing import Final

from reconciler.core.pointer import Json
from reconciler.render.terminal import disarmed

_INDENT: Final = "  "
# Indicators (YAML 1.2, 5.3), and first characters of a number, a document, a merge key or a default key.
# Unnecessary quotes are harmless.
_NEVER_FIRST: Final = frozenset("-?:,[]{}#&*!|>'\"%@`.+=~<")
# The bool and null of YAML 1.1 (https://yaml.org/type/), in any case.
_WORDS: Final = frozenset(("y", "yes", "n", "no", "true", "false", "on", "off", "null"))
# An int, float or timestamp beginning with a digit in YAML 1.2, YAML 1.1, or Ruby, which reads 1,000.
_NUMBER: Final = re.compile(
    r"0x[0-9a-f_]+|0b[01_]+|0o[0-7_]+|[0-9][0-9_,]*(\.[0-9_]*)?(e[-+]?[0-9]+)?"
    r"|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*",
    re.IGNORECASE,
)
_TO_ESCAPE: Final = re.compile(r'["\\]|[^ -~]')
_ESCAPES: Final = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
_LAST_OF_FOUR_DIGITS: Final = "\uffff"
# An implicit key has at most 1,024 characters (YAML 1.2, 7.4.2).
_LONGEST_KEY: Final = 1000


def render_yaml(value: Json) -> str:
    """Return the value as one YAML document with a final line break."""
    lines: list[str] = []
    if _is_nested(value):
        _write_collection(value, "", lines)
    else:
        lines.append(_format_leaf(value, ""))
    return "\n".join(lines) + "\n"


def render_yaml_documents(values: Iterable[Json]) -> str:
    """Return the values as YAML documents with `---` between them."""
    return "---\n".join(map(render_yaml, values))


def _is_nested(value: Json) -> bool:
    return bool(value) and isinstance(value, dict | list)


def _write_collection(value: Json, margin: str, lines: list[str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _write_entry(_format_key(key, margin), item, margin, lines)
    elif isinstance(value, list):
        for item in value:
            _write_item(item, margin, lines)


def _write_entry(key: str, item: Json, margin: str, lines: list[str]) -> None:
    if _is_nested(item):
        lines.append(f"{margin}{key}:")
        _write_collection(item, margin + _INDENT, lines)
    else:
        lines.append(f"{margin}{key}: {_format_leaf(item, margin)}")


def _write_item(item: Json, margin: str, lines: list[str]) -> None:
    if _is_nested(item):
        first = len(lines)
        inner = margin + _INDENT
        _write_collection(item, inner, lines)
        lines[first] = f"{margin}- {lines[first][len(inner) :]}"
    else:
        lines.append(f"{margin}- {_format_leaf(item, margin)}")


def _format_key(key: str, margin: str) -> str:
    text = key if _is_plain(key) else _quote(key)
    return text if len(text) <= _LONGEST_KEY else f"? {text}\n{margin}"


def _format_leaf(value: Json, margin: str) -> str:
    if isinstance(value, str):
        return _format_text(value, margin)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _format_float(value)
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    return "null" if value is None else str(value)


def _format_float(value: float) -> str:
    mantissa, e, exponent = repr(value).partition("e")
    # YAML 1.1 reads 1e+20, an exponent without a point, as text.
    return f"{mantissa}.0e{exponent}" if e and "." not in mantissa else f"{mantissa}{e}{exponent}"


def _format_text(text: str, margin: str) -> str:
    if _is_plain(text):
        return text
    if _is_block(text):
        return _format_block(text, margin + _INDENT)
    return _quote(text)


def _is_plain(text: str) -> bool:
    """Whether every YAML reader takes the unquoted text for this string."""
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
    """Whether a literal block shows every character, and holds no command to a CI runner.

    Excluded are a leading blank of the text and blanks at the end of a line.
    """
    lines = text.split("\n")
    first = text.lstrip("\n")[:1]
    return (
        len(lines) > 1
        and first not in ("", " ", "\t")
        and all(not line.endswith((" ", "\t")) and line.replace("\t", " ").isprintable() for line in lines)
        and all(disarmed(line.lstrip()) == line.lstrip() for line in lines)
    )


def _format_block(text: str, margin: str) -> str:
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    chomping = "-" if ends == 0 else "" if ends == 1 else "+"
    lines = [f"{margin}{line}" if line else "" for line in body.split("\n")]
    return "\n".join([f"|{chomping}", *lines, *[""] * (ends - 1)])


def _quote(text: str) -> str:
    if text.isprintable() and ('"' in text or "\\" in text) and disarmed(text) == text:
        return "'{}'".format(text.replace("'", "''"))
    return disarmed(f'"{_TO_ESCAPE.sub(_escape, text)}"')


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if character <= _LAST_OF_FOUR_DIGITS else f"\\U{code:08x}"
