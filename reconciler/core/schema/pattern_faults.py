r"""The constructs of regular expressions that the automaton refuses, each with its remedy. Pure."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple


class Fault(NamedTuple):
    """A construct: its regular expression, the accepted replacement, and the message.

    In the message `{0}`, `{1}`, ... are the groups of the match and `{remedy}` is the computed replacement. A fault
    with a replacement is blamed only if the pattern is accepted after the replacement.
    """

    found: re.Pattern[str]
    instead: str | Callable[[re.Match[str]], str] | None
    message: str


def _make_fault(found: str, instead: str | Callable[[re.Match[str]], str] | None, message: str) -> Fault:
    return Fault(re.compile(found), instead, message)


_MOST_OF_TWO_DIGITS: Final = 0xFF
# An even number of backslashes before the construct.
_PLAIN: Final = r"(?<!\\)(?:\\\\)*"
# A class of characters, up to the construct inside.
_IN_BRACKETS: Final = rf"{_PLAIN}\[\^?(?:\\.|[^\]\\])*?"
_NOT_OF_ECMA: Final = "which is not of ECMA-262; write"


def _format_escape(code: int) -> str:
    return rf"\x{code:02x}" if code <= _MOST_OF_TWO_DIGITS else rf"\u{{{code:X}}}"


def _join_surrogates(match: re.Match[str]) -> str:
    high, low = int(match[2], 16), int(match[3], 16)
    return _format_escape(0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00))


FAULTS: Final = (
    _make_fault(
        rf"{_PLAIN}(\(\?<?[=!])",
        None,
        "it has the look-around {0}, which needs more than linear time; write it without",
    ),
    _make_fault(
        rf"{_PLAIN}(\\[1-9][0-9]*|\\k<[^>]*>|\(\?P=[^)]*\)|\\g-?[0-9]+|\\g\{{[^}}]*\}})",
        None,
        "it has the back-reference {0}, which needs more than linear time; write it without",
    ),
    _make_fault(rf"{_PLAIN}(\(\?>)", None, "it has the atomic group {0}, which is not of ECMA-262; write (?:"),
    _make_fault(rf"{_PLAIN}(\(\?\|)", None, "it has the branch reset {0}, which is not of ECMA-262; write (?:"),
    _make_fault(
        rf"{_PLAIN}(\(\?\([^)]*\))",
        None,
        "it has the condition {0}, which needs more than linear time; write each case as an alternative, as in a|b",
    ),
    _make_fault(
        rf"{_PLAIN}(\(\?(?:&\w*|P>\w*|[-+]?[0-9]+)\)|\\g<[^>]*>|\\g'[^']*')",
        None,
        "it has {0}, which repeats a group by its name or number and is not of ECMA-262; write the group again",
    ),
    _make_fault(rf"{_PLAIN}(\(\?'(\w*)')", None, f"it has {{0}}, {_NOT_OF_ECMA} (?<{{1}}>"),
    _make_fault(
        rf"{_PLAIN}(\(\?P?<(?![=!])(?![^\W\d]\w*>)[^>)]*>?)",
        None,
        "the group {0} has no proper name; write letters, digits and _, a letter first",
    ),
    _make_fault(
        rf"{_PLAIN}(\(\?(?![imsuUxR-]*[:)])[a-zA-Z]*-?[a-zA-Z]+[:)])",
        None,
        "it has the flags {0}, which are not of ECMA-262; remove them",
    ),
    _make_fault(
        rf"{_PLAIN}(\\u([dD][89abAB][0-9a-fA-F]{{2}})\\u([dD][c-fC-F][0-9a-fA-F]{{2}}))",
        _join_surrogates,
        "it has a pair of surrogates, {0}; write one escape, as {remedy}",
    ),
    _make_fault(
        rf"{_PLAIN}(\\(?:u|U0000|u\{{)[dD][89a-fA-F][0-9a-fA-F]{{2}}\}}?)",
        None,
        "it has half of a character, {0}; write the whole character",
    ),
    _make_fault(
        rf"{_PLAIN}(\\[xuU](?:\{{0*(?:1[1-9a-fA-F]|[2-9a-fA-F][0-9a-fA-F]|[0-9a-fA-F]{{3,}})[0-9a-fA-F]{{4}}\}}))",
        None,
        "it has {0}, and there is no character with this number; the last one is \\u{{10FFFF}}",
    ),
    _make_fault(rf"({_IN_BRACKETS}\\b)", None, "it has \\b inside brackets; write \\x08 for a backspace"),
    _make_fault(
        rf"{_IN_BRACKETS}(\\[AZzBG])",
        None,
        "it has {0} inside brackets, where only characters stand; write it outside of them",
    ),
    _make_fault(
        rf"({_PLAIN}\[\^\])", r"[\\s\\S]", "it has {0}, which only some engines read; write [\\s\\S] for any character"
    ),
    _make_fault(rf"({_PLAIN}\[\])", None, "it has {0}, which matches nothing; name the characters"),
    _make_fault(
        rf"{_PLAIN}(\\0([0-7]{{0,2}}))",
        lambda match: _format_escape(int(match[2] or "0", 8)),
        "it has {0}; write {remedy}",
    ),
    _make_fault(
        rf"{_PLAIN}(\\o\{{([0-7]{{1,6}})\}})",
        lambda match: _format_escape(int(match[2], 8)),
        f"it has {{0}}, {_NOT_OF_ECMA} {{remedy}}",
    ),
    *(
        _make_fault(rf"{_PLAIN}(\\{letter})", instead.replace("\\", r"\\"), f"it has {{0}}, {whose}; write {instead}")
        for letter, instead, whose in (
            ("Z", "$", "which is Python's"),
            ("h", r"[ \t]", "which is not of ECMA-262"),
            ("H", r"[^ \t]", "which is not of ECMA-262"),
            ("e", r"\x1b", "which is not of ECMA-262"),
            ("a", r"\x07", "which is not of ECMA-262"),
            ("R", r"(?:\r\n|[\n\r])", "which is not of ECMA-262"),
            ("N", r"[^\n]", "which is not of ECMA-262"),
            ("V", r"[^\n\v\f\r]", "which is not of ECMA-262"),
            ("X", r"[\s\S]", "which is not of ECMA-262"),
        )
    ),
    _make_fault(rf"{_PLAIN}(\\[GK])", "", "it has {0}, which is not of ECMA-262; remove it"),
    _make_fault(
        rf"{_PLAIN}(\\Q)",
        None,
        "it has the escape {0}, which is not of ECMA-262; write a backslash before each special character instead",
    ),
    _make_fault(r"(\{,([0-9]+)\})", r"{0,\2}", "it has {0}, which is no repetition; write {{0,{1}}}"),
    _make_fault(
        r"(\\[wWdDsS]-(?=[^\]]))",
        lambda match: match[0][:-1] + r"\-",
        "it has {0} inside brackets, which begins a range at a class of characters; write \\- or put the - last",
    ),
    _make_fault(
        r"([^\[\\^]-\\[wWdDsS])",
        lambda match: match[0].replace("-", r"\-", 1),
        "it has {0} inside brackets, which ends a range at a class of characters; write \\- or put the - last",
    ),
    _make_fault(
        rf"({_PLAIN}\{{(?![0-9]+(?:,[0-9]*)?\}}))",
        lambda match: match[0][:-1] + r"\{",
        "it has a {{ that begins no repetition; write \\{{ for the character",
    ),
    _make_fault(
        r"(\\p\{[^}]*\}|\\P\{[^}]*\})", r"\\w", "it has {0}, which names no property of Unicode; correct the name"
    ),
    _make_fault(
        rf"{_PLAIN}(\\[pP])(?!\{{[^}}]*\}})",
        None,
        "it has {0} without the name of a property in braces; write one, such as {0}{{L}}",
    ),
    _make_fault(
        rf"{_PLAIN}(\\k)(?!<)",
        None,
        "it has {0} without the name of a group, and back-references need more than linear time; remove it",
    ),
    _make_fault(rf"{_PLAIN}(\(\?#[^)]*\))", None, "it has the comment {0}, which is not of ECMA-262; remove it"),
    _make_fault(
        rf"{_PLAIN}(\\(?:x(?![0-9a-fA-F]{{2}}|\{{)|u(?![0-9a-fA-F]{{4}}|\{{)|U(?![0-9a-fA-F]{{8}}|\{{)))",
        None,
        "it has {0} without its hexadecimal digits; write \\xHH or \\uHHHH",
    ),
    _make_fault(rf"{_PLAIN}(\\c)(?![A-Za-z])", None, "it has {0} without a letter after it; write one, such as \\cJ"),
)
