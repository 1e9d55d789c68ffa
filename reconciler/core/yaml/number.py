"""Parses the plain scalars that are not strings in the YAML 1.2 core schema (10.3.2)."""

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
    """A number that a manifest cannot use. `rule` is the id of the broken rule."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def parse_number(text: str) -> int | float | str:
    """Return the number in a scalar, or the text of any other scalar.

    Raises `UnfitNumberError` for a number that JSON does not have, or with too many digits to parse quickly.
    """
    if match := _INTEGER.fullmatch(text):
        return int(_require_few_digits(text, match[1]))
    if match := _FLOAT.fullmatch(text):
        return _parse_finite(_require_few_digits(text, match[1]))
    if match := _PREFIXED.fullmatch(text):
        return int(_require_few_digits(text, match[1] or match[2]), 0)
    if _NOT_FINITE.fullmatch(text):
        raise UnfitNumberError(
            "non-finite-number", f"{text} is not a finite number; write a number, or quote it if text is meant"
        )
    return text


def is_short_number(text: str) -> bool:
    """Whether a message may repeat a number or a constant as written. A long text may be a secret."""
    return len(text) <= _MOST_SHOWN and text.isascii() and text.isprintable()


def _require_few_digits(text: str, digits: str) -> str:
    # int() and float() take time that is quadratic in the digits, and int() refuses more than 4,300.
    if len(digits) > _MAX_DIGITS:
        message = f"this number has {len(digits):,} digits; the limit is {_MAX_DIGITS}: shorten it, or quote it"
        raise UnfitNumberError("huge-number", f"{message} if text is meant")
    return text


def _parse_finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        which = text if is_short_number(text) else "this number"
        problem = f"{which} is beyond the largest number, about 1.8e308"
        raise UnfitNumberError("non-finite-number", f"{problem}; write a smaller one, or quote it if text is meant")
    return value
