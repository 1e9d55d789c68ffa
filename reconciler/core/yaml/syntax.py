"""What libyaml says about a text that it cannot read, put into words that say what to do."""

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

# What libyaml was reading, where that says which rule is broken. The place is where that begins.
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

# What libyaml found.
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
# Git's marker between the two sides of a conflict, and before what both come from. Elsewhere it is text.
_CONFLICT = re.compile(r"(={7}|\|{7})(?: [^\r\n]*)?(?=[\r\n]|\Z)")
_LONGEST_KEY = 1024
_AROUND_KEYS = frozenset(",[]{}:")
# What libyaml says of the ":" after a key that is too long.
_NO_KEY_SEEN = {
    "mapping values are not allowed in this context",
    "did not find expected ',' or '}'",
    "could not find expected ':'",
}
# These are put right where the thing begins, not where libyaml noticed.
_PUT_RIGHT_AT_START = {_NOT_CLOSED, "found unexpected end of stream", "could not find expected ':'"}


def syntax_problem(error: MarkedYAMLError, text: str, innermost: int) -> YamlProblem:
    """Return the error as a problem of the text, at the place that has to be changed.

    `innermost` is the index at which the collection begins that is open there.
    """
    here = index_of(error.problem_mark)
    start = index_of(error.context_mark) if error.context_mark else here
    if error.problem == _NO_VALUE and not text[here:].strip() and text[innermost : innermost + 1] in {"[", "{"}:
        # What is missing is more than the next value.
        start = innermost
    if error.context in _CONTEXTS:
        return problem_at(text, start, *_CONTEXTS[error.context])
    if marker := _conflict_marker(text, here) or _conflict_marker(text, start):
        message = f"{marker[1]} is the marker of a merge conflict; keep one side of it, and remove the markers"
        return problem_at(text, marker.start(), "merge-conflict", message)
    if error.problem in _NO_KEY_SEEN and _is_key_too_long(text, text.find(":", here)):
        message = f'the key before this ":" has more than {_LONGEST_KEY:,} characters; shorten it'
        return problem_at(text, text.find(":", here), "syntax", message)
    found = _found(error, text, here, start)
    if found not in _PROBLEMS:
        said = " ".join(filter(None, (error.context, error.problem)))
        return problem_at(text, here, "syntax", f"{said}; correct the YAML here")
    rule, message = _PROBLEMS[found]
    words = {
        "character": quoted(text[here : here + 1]),
        "escape": f"\\{quoted(text[here + 1 : here + 2])[1:-1]}",
        "opening": text[start : start + 1],
        "line": place_at(text, start)[0],
        "rest": _rest(text, here),
        "comment": ' ("#" begins a comment: quote text with it)' if "#" in text.rstrip().rpartition("\n")[2] else "",
    }
    return problem_at(text, start if found in _PUT_RIGHT_AT_START else here, rule, message.format_map(words))


def _found(error: MarkedYAMLError, text: str, here: int, start: int) -> str | None:
    """Return what libyaml found, told apart where it uses the same words for two things."""
    if error.problem == _NO_TOKEN and text.startswith("\t", here):
        return _TAB
    if error.problem == "did not find expected key" and text.startswith(":", here):
        return _NO_KEY
    if (error.problem or "").startswith("did not find expected ','") and not text[here:].strip():
        return _NOT_CLOSED
    if error.problem == _NO_VALUE and not text[here:].strip():
        return _NOT_CLOSED if text[start : start + 1] in {"[", "{"} else _NO_VALUE
    return error.problem


def _conflict_marker(text: str, index: int) -> re.Match[str] | None:
    return _CONFLICT.match(text, text.rfind("\n", 0, index) + 1)


def _rest(text: str, index: int) -> str:
    """Return the character that stands where a value is expected, and what to do. What follows may be a secret."""
    character = text[index:].lstrip()[:1]
    if character and character in "?:#-":
        return f'"{character}"; write one, or put the text in quotes'
    if character:
        return f"{quoted(character)}; write one"
    return "the end of the file; write one"


def _is_key_too_long(text: str, colon: int) -> bool:
    """Whether the key that ends at a colon is longer than a key may be (YAML 1.2.2, 7.4.2), roughly."""
    key = text[max(colon - _LONGEST_KEY - 1, 0) : max(colon, 0)].rstrip(" ")
    if len(key) < _LONGEST_KEY:
        return False
    quote = key[-1]
    return "\n" not in key and (quote not in key[:-1] if quote in "\"'" else _AROUND_KEYS.isdisjoint(key))
