"""The plain scalars that the YAML 1.2 core schema (10.3.2) does not read as strings."""

import math
import re

CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
NUMBER_STARTS = frozenset("+-.0123456789")

_MAX_DIGITS = 300
_MOST_SHOWN = 8

_INTEGER = re.compile(r"[-+]?([0-9]+)")
_PREFIXED = re.compile(r"0o([0-7]+)|0x([0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?((?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


class UnfitNumberError(ValueError):
    """The scalar is a number, but not one to be used. `rule` says which rule it breaks."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def number(text: str) -> int | float | str:
    """Return the number that the scalar stands for, or the text itself if it stands for none.

    Raise `UnfitNumberError` for what no JSON number can be, or what would take long to read.
    """
    if match := _INTEGER.fullmatch(text):
        return int(_bounded(text, match[1]))
    if match := _FLOAT.fullmatch(text):
        return _finite(_bounded(text, match[1]))
    if match := _PREFIXED.fullmatch(text):
        return int(_bounded(text, match[1] or match[2]), 0)
    if _NOT_FINITE.fullmatch(text):
        raise UnfitNumberError(
            "non-finite-number", f"{text} is not a finite number; write a number, or quote it if text is meant"
        )
    return text


def is_short_number(text: str) -> bool:
    """Whether a message may repeat a number or a constant as it is written. A long one may be a secret."""
    return len(text) <= _MOST_SHOWN and text.isascii() and text.isprintable()


def _bounded(text: str, digits: str) -> str:
    # int() and float() take time that is quadratic in the digits, and int() refuses more than 4,300.
    if len(digits) > _MAX_DIGITS:
        message = f"this number has {len(digits):,} digits; the limit is {_MAX_DIGITS}: shorten it, or quote it"
        raise UnfitNumberError("huge-number", f"{message} if text is meant")
    return text


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        which = text if is_short_number(text) else "this number"
        found = f"{which} is beyond the largest number, about 1.8e308"
        raise UnfitNumberError("non-finite-number", f"{found}; write a smaller one, or quote it if text is meant")
    return value
