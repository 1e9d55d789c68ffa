"""Turns libyaml's syntax errors into messages with a remedy."""

import re

from yaml.error import MarkedYAMLError

from reconciler.core.quote import quoted
from reconciler.core.yaml.events import index_of
from reconciler.core.yaml.problem import YamlProblem, place_at, problem_at

INVALID_ESCAPE = "found invalid Unicode character escape code"

_NO_TOKEN = "found character that cannot start any token"  # noqa: S105  Not that kind of token.
_TAB = "found a tab character that violates indentation"
_NO_KEY = "found ':' without a key before it"
_NO_VALUE = "did not find expected node content"
_NOT_CLOSED = "opened, and not closed before the end of the text"

# The contexts of libyaml's errors that identify the broken rule. The problem is at the start of the context.
_CONTEXTS = {
    "while scanning an alias": (
        "alias",
        'text that begins with "*" is read as an alias; put it in quotes',
    ),
    "while scanning an anchor": ("anchor", 'text that begins with "&" is read as an anchor; put it in quotes'),
    "while scanning a tag": ("tag", 'text that begins with "!" is read as a tag; put it in quotes'),
    "while parsing a tag": ("tag", 'text that begins with "!" is read as a tag; put it in quotes'),
    "while scanning a directive": (
        "directive",
        'a line that begins with "%" is a directive, but not a right one; remove it',
    ),
    "while scanning a %YAML directive": ("directive", "manifests are YAML 1.2; remove this %YAML line"),
    "while scanning a %TAG directive": ("directive", "tags are not read here; remove this %TAG line"),
    "while parsing a %TAG directive": ("directive", "tags are not read here; remove this %TAG line"),
}

# The rules and messages for libyaml's errors.
_PROBLEMS = {
    _TAB: ("tab", "a tab is used as indentation here; indent with spaces"),
    "found a tab character where an indentation space is expected": (
        "tab",
        "a tab is used as indentation here; indent with spaces",
    ),
    "found undefined tag handle": (
        "tag",
        "tags are not read here; remove it, or put text that begins with it in quotes",
    ),
    "found incompatible YAML document": ("directive", "manifests are YAML 1.2; remove this %YAML line"),
    "found duplicate %YAML directive": ("directive", "manifests are YAML 1.2; remove this %YAML line"),
    "found duplicate %TAG directive": ("directive", "tags are not read here; remove this %TAG line"),
    _NO_TOKEN: ("syntax", "text cannot begin with {character}; put it in quotes"),
    _NOT_CLOSED: ("syntax", "{opening} opens here and is never closed; close it{comment}"),
    "found unexpected end of stream": ("syntax", "the quote {opening} opens here and is never closed; close it"),
    "found unexpected document indicator": (
        "syntax",
        'a line inside quotes begins with "---" or "..."; close the quotes before it, or indent the line',
    ),
    "found unknown escape character": (
        "syntax",
        r'{escape} has no meaning in double quotes; write "\\" for a backslash, or use single quotes',
    ),
    "did not find expected hexdecimal number": (
        "syntax",
        r'"\x", "\u" and "\U" need 2, 4 and 8 hexadecimal digits; write "\\" for a backslash',
    ),
    INVALID_ESCAPE: ("syntax", "there is no character with this number; the last one is U+10FFFF"),
    "mapping values are not allowed in this context": (
        "syntax",
        '":" cannot stand here; put text that contains ": " in quotes, and check the indentation of this line',
    ),
    "block sequence entries are not allowed in this context": (
        "syntax",
        '"-" cannot begin a list here; begin the list on a line of its own, or put the text in quotes',
    ),
    "found unexpected ':'": (
        "syntax",
        '":" ends text here; put a space after it if it ends a key, or put the text in quotes',
    ),
    "could not find expected ':'": (
        "syntax",
        'expected "key: value" here; write the ":", or check the indentation of this line',
    ),
    _NO_KEY: ("syntax", 'there is no key before this ":"; write one'),
    "did not find expected key": (
        "syntax",
        (
            "expected a key of the mapping that begins on line {line}; check the indentation of this line, "
            "and the quotes of the value before it"
        ),
    ),
    "did not find expected '-' indicator": (
        "syntax",
        'expected "-", as in the list that begins on line {line}; check the indentation of this line',
    ),
    "did not find expected ',' or ']'": (
        "syntax",
        'expected "," or "]" in the list that opens on line {line}; write one',
    ),
    "did not find expected ',' or '}'": (
        "syntax",
        'expected "," or "}}" in the mapping that opens on line {line}; write one',
    ),
    _NO_VALUE: ("syntax", "expected a value here, but found {rest}"),
    "did not find expected <document start>": (
        "syntax",
        "the document ends before this line; check its indentation",
    ),
    "did not find expected comment or line break": (
        "syntax",
        'only a comment can stand here; begin the text after "|" or ">" on the next line',
    ),
}
# Git's marker between the two sides of a conflict, and the marker before their common ancestor. Without a syntax error,
# the same characters are text.
_CONFLICT = re.compile(r"(={7}|\|{7})(?: [^\r\n]*)?(?=[\r\n]|\Z)")
_LONGEST_KEY = 1024
_AROUND_KEYS = frozenset(",[]{}:")
# The errors of libyaml at the ":" after a key of excessive length.
_NO_KEY_SEEN = {
    "mapping values are not allowed in this context",
    "did not find expected ',' or '}'",
    "could not find expected ':'",
}
# Errors to be corrected at the start of the construct, not at the place of libyaml's error.
_PUT_RIGHT_AT_START = {_NOT_CLOSED, "found unexpected end of stream", "could not find expected ':'"}


def make_syntax_problem(error: MarkedYAMLError, text: str, innermost: int) -> YamlProblem:
    """Return the error as a problem of the text, at the place to be changed.

    `innermost` is the index at which the innermost open collection begins.
    """
    here = index_of(error.problem_mark)
    start = index_of(error.context_mark) if error.context_mark else here
    if error.problem == _NO_VALUE and not text[here:].strip() and text[innermost : innermost + 1] in {"[", "{"}:
        # The closing bracket is missing, not only the next value.
        start = innermost
    if error.context in _CONTEXTS:
        return problem_at(text, start, *_CONTEXTS[error.context])
    if marker := _find_conflict_marker(text, here) or _find_conflict_marker(text, start):
        message = f"{marker[1]} is the marker of a merge conflict; keep one side of it, and remove the markers"
        return problem_at(text, marker.start(), "merge-conflict", message)
    if error.problem in _NO_KEY_SEEN and _is_key_too_long(text, text.find(":", here)):
        message = f'the key before this ":" has more than {_LONGEST_KEY:,} characters; shorten it'
        return problem_at(text, text.find(":", here), "syntax", message)
    cause = _classify_error(error, text, here, start)
    if cause not in _PROBLEMS:
        said = " ".join(filter(None, (error.context, error.problem)))
        return problem_at(text, here, "syntax", f"{said}; correct the YAML here")
    rule, message = _PROBLEMS[cause]
    words = {
        "character": quoted(text[here : here + 1]),
        "escape": f"\\{quoted(text[here + 1 : here + 2])[1:-1]}",
        "opening": text[start : start + 1],
        "line": place_at(text, start)[0],
        "rest": _describe_rest(text, here),
        "comment": ' ("#" begins a comment: quote text with it)' if "#" in text.rstrip().rpartition("\n")[2] else "",
    }
    return problem_at(text, start if cause in _PUT_RIGHT_AT_START else here, rule, message.format_map(words))


def _classify_error(error: MarkedYAMLError, text: str, here: int, start: int) -> str | None:
    """Return libyaml's message for the error, or a distinct message if libyaml uses the same words for two errors."""
    if error.problem == _NO_TOKEN and text.startswith("\t", here):
        return _TAB
    if error.problem == "did not find expected key" and text.startswith(":", here):
        return _NO_KEY
    if (error.problem or "").startswith("did not find expected ','") and not text[here:].strip():
        return _NOT_CLOSED
    if error.problem == _NO_VALUE and not text[here:].strip():
        return _NOT_CLOSED if text[start : start + 1] in {"[", "{"} else _NO_VALUE
    return error.problem


def _find_conflict_marker(text: str, index: int) -> re.Match[str] | None:
    return _CONFLICT.match(text, text.rfind("\n", 0, index) + 1)


def _describe_rest(text: str, index: int) -> str:
    """Describe the character in the place of a value, with a remedy. The text after the character may be a secret."""
    character = text[index:].lstrip()[:1]
    if character and character in "?:#-":
        return f'"{character}"; write one, or put the text in quotes'
    if character:
        return f"{quoted(character)}; write one"
    return "the end of the file; write one"


def _is_key_too_long(text: str, colon: int) -> bool:
    """Whether the key before a colon exceeds the maximum length of a key (YAML 1.2.2, 7.4.2), roughly."""
    key = text[max(colon - _LONGEST_KEY - 1, 0) : max(colon, 0)].rstrip(" ")
    if len(key) < _LONGEST_KEY:
        return False
    quote = key[-1]
    return "\n" not in key and (quote not in key[:-1] if quote in "\"'" else _AROUND_KEYS.isdisjoint(key))
