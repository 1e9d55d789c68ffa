r"""Patterns that the automaton reads and no engine of ECMA-262 does, or that it reads otherwise.

JSON Schema means ECMA-262 (2020-12, core, section 6.4), with flag `u`. Patterns run on the Rust crate `regex`, which
has constructs of its own: `\A`, `(?P<name>...)`, `(?x)`, `a++`. Brackets are read as ECMA-262 reads them.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(
    r"\\(?:[pP]\{[^}]*\}|[xu]\{[^}]*\}|k<[^>]*>|.)|\(\?(?:P?<[^=!>][^>]*>|P=|#|[:=!>|]|<[=!]|[a-zA-Z-]*[:)]?)?"
    r"|\{[0-9]+(?:,[0-9]*)?\}|\[:\^?[a-z]+:\]|.",
    re.DOTALL,
)
_ESCAPES: Final = {
    "A": "write ^",
    "z": "write $",
    "a": r"write \x07",
    "U": r"write \u{...}",
    "<": "write < for the character, or \\b",
    ">": "write > for the character, or \\b",
}
_GENERAL: Final = frozenset(
    {
        *("L", "Lu", "Ll", "Lt", "LC", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps"),
        *(
            "Pe",
            "Pi",
            "Pf",
            "Po",
            "S",
            "Sm",
            "Sc",
            "Sk",
            "So",
            "Z",
            "Zs",
            "Zl",
            "Zp",
            "C",
            "Cc",
            "Cf",
            "Cs",
            "Co",
            "Cn",
        ),
        *("Letter", "Uppercase_Letter", "Lowercase_Letter", "Titlecase_Letter", "Cased_Letter", "Modifier_Letter"),
        *("Other_Letter", "Mark", "Nonspacing_Mark", "Spacing_Mark", "Enclosing_Mark", "Number", "Decimal_Number"),
        *("Letter_Number", "Other_Number", "Punctuation", "punct", "Connector_Punctuation", "Dash_Punctuation"),
        *("Open_Punctuation", "Close_Punctuation", "Initial_Punctuation", "Final_Punctuation", "Other_Punctuation"),
        *("Symbol", "Math_Symbol", "Currency_Symbol", "Modifier_Symbol", "Other_Symbol", "Separator"),
        *("Space_Separator", "Line_Separator", "Paragraph_Separator", "Other", "Control", "cntrl", "Format"),
        *("Surrogate", "Private_Use", "Unassigned", "Combining_Mark", "digit"),
    }
)
# Scripts go by `Script=`; what is listed here is a property of its own (ECMA-262, table of binary properties).
_BINARY: Final = frozenset(
    {
        *("ASCII", "ASCII_Hex_Digit", "AHex", "Alphabetic", "Alpha", "Any", "Assigned", "Bidi_Control", "Bidi_C"),
        *("Case_Ignorable", "CI", "Cased", "Dash", "Default_Ignorable_Code_Point", "DI", "Deprecated", "Dep"),
        *("Diacritic", "Dia", "Emoji", "Emoji_Component", "EComp", "Emoji_Modifier", "EMod", "Emoji_Modifier_Base"),
        *("EBase", "Emoji_Presentation", "EPres", "Extended_Pictographic", "ExtPict", "Extender", "Ext"),
        *("Grapheme_Base", "Gr_Base", "Grapheme_Extend", "Gr_Ext", "Hex_Digit", "Hex", "ID_Continue", "IDC"),
        *("ID_Start", "IDS", "Ideographic", "Ideo", "Join_Control", "Join_C", "Lowercase", "Lower", "Math"),
        *("Noncharacter_Code_Point", "NChar", "Pattern_Syntax", "Pat_Syn", "Pattern_White_Space", "Pat_WS"),
        *("Quotation_Mark", "QMark", "Radical", "Regional_Indicator", "RI", "Sentence_Terminal", "STerm"),
        *("Soft_Dotted", "SD", "Terminal_Punctuation", "Term", "Unified_Ideograph", "UIdeo", "Uppercase", "Upper"),
        *("Variation_Selector", "VS", "White_Space", "space", "XID_Continue", "XIDC", "XID_Start", "XIDS"),
    }
)
_NAMED: Final = ("Script=", "sc=", "Script_Extensions=", "scx=", "General_Category=", "gc=")
# ECMA-262 of 2025 has (?i:...), and no flags for the rest of a pattern.
_FLAGS: Final = re.compile(r"\(\?(?![ims]*-?[ims]*:)[a-zA-Z-]+[:)]")
_QUANTIFIERS: Final = frozenset("*+?")
_SUSPICIOUS: Final = re.compile(r"\\[AzaU<>pPx]|\\b\{|\(\?|[*+?}][*+{]|[*+?}]\?[*+?{]|\[\[:")


@lru_cache(maxsize=4096)
def find_foreign(pattern: str) -> str | None:
    """Return what ECMA-262 does not read in a pattern, with a remedy; None for a pattern that it reads."""
    if not _SUSPICIOUS.search(pattern):
        return None
    return next(_find(pattern), None)


def _find(pattern: str) -> Iterator[str]:
    is_open, quantified = False, ""
    for match in _TOKEN.finditer(pattern):
        token = match[0]
        if token[0] == "\\":
            yield from _check_escape(token, pattern[match.end() : match.end() + 1])
            quantified = ""
        elif is_open:
            if token.startswith("[:"):
                yield f"the class {token} is not of ECMA-262; write its characters, such as a-z"
            is_open = token != "]"  # noqa: S105  No password.
        elif token == "[":  # noqa: S105
            is_open, quantified = True, ""
        elif token in _QUANTIFIERS or (token[0] == "{" and token[1:]):
            if quantified and (token != "?" or quantified == "lazy"):  # noqa: S105  No password.
                yield f"{token} repeats a repetition; remove it, or write (?:...) around the first"
            quantified = "lazy" if quantified else "greedy"
        else:
            yield from _check_group(token)
            quantified = ""


def _check_escape(token: str, following: str) -> Iterator[str]:
    letter = token[1]
    if letter in _ESCAPES:
        yield f"{token} is not of ECMA-262; {_ESCAPES[letter]}"
    elif letter == "b" and following == "{":
        yield f"{token}{{ is not of ECMA-262; write \\b"
    elif letter == "x" and token[2:3] == "{":
        yield f"{token} is not of ECMA-262; write \\u{token[2:]}"
    elif letter in "pP":
        yield from _check_property(token)


def _check_property(token: str) -> Iterator[str]:
    name = token[3:-1]
    if not name:
        yield f"{token} names its property without braces; write {token}{{...}}"
    elif name not in _GENERAL and name not in _BINARY and not name.startswith(_NAMED):
        yield f"{token} names no property of ECMA-262; a script is {token[:3]}Script=...}}"


def _check_group(token: str) -> Iterator[str]:
    if token.startswith("(?P"):
        yield f"{token} is not of ECMA-262; write (?<name>...)"
    elif _FLAGS.fullmatch(token):
        yield f"the flags {token} are not of ECMA-262; remove them"
    elif token == "(?#":  # noqa: S105  No password.
        yield "the comment (?# is not of ECMA-262; remove it"
