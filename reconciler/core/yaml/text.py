"""The characters of a YAML file: what has to be right before its structure is looked at."""

import codecs
import re
from collections.abc import Iterator
from functools import cache

from reconciler.core.yaml.problem import YamlProblem, problem_at

MAX_BYTES = 2**20
_MAX_TAG_DIRECTIVES = 100

_UTF_8_MARK = "\ufeff"
# The longer marks first: a UTF-32 one begins with a UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_UNMARKED = ("UTF-32-LE", "UTF-32-BE", "UTF-16-LE", "UTF-16-BE")

# Printable ASCII and white space, as YAML has it; most files hold nothing else.
_PLAIN_BYTES = bytes({*b"\t\n\r", *range(0x20, 0x7F)})
# c-printable of YAML 1.2 (5.1), less the byte order mark and the three that YAML 1.1, and so libyaml, takes for
# line breaks: a value would silently lose them.
_BAD_CHARACTER = "[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
_CONFLICT = re.compile(r"(?<![^\r\n])(?:<{7}|>{7})(?=[ \r\n]|\Z)")
_LINE_SEPARATORS = {"\x85": r"\N", "\u2028": r"\L", "\u2029": r"\P"}
_TAG_DIRECTIVE = re.compile(r"(?<![^\r\n])%TAG")


@cache
def _bad_character() -> re.Pattern[str]:
    # Compiling takes 3 ms, and most files are ASCII.
    return re.compile(_BAD_CHARACTER)


def decoded(data: bytes) -> str | YamlProblem:
    """Return the text of the file, less a leading byte order mark; or why it is not to be read at all."""
    if len(data) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES:,} bytes, the most that a manifest may have: make it smaller"
        return YamlProblem(1, 1, "too-large", message)
    if encoding := _wide_encoding(data):
        return YamlProblem(1, 1, "encoding", f"the file is encoded as {encoding}; save it as UTF-8")
    try:
        text = data.decode().removeprefix(_UTF_8_MARK)
    except UnicodeDecodeError as error:
        return _not_utf_8(data, error.start)
    return _too_many_tag_directives(text) or text


def bad_characters(data: bytes, text: str) -> Iterator[YamlProblem]:
    """Yield a problem for each character that must not stand in the file as it is."""
    if data.startswith(codecs.BOM_UTF8):
        message = "the file begins with a byte order mark; save it as UTF-8 without one (without BOM)"
        yield YamlProblem(1, 1, "byte-order-mark", message)
    if data.translate(None, _PLAIN_BYTES):
        for match in _bad_character().finditer(text):
            yield problem_at(text, match.start(), *_character_problem(match[0]))


def conflict_markers(text: str) -> Iterator[YamlProblem]:
    """Yield a problem for each side of a merge that git left to be decided (git-merge, "How conflicts are presented").

    What else is wrong with the file may be so because of them.
    """
    if "<<<<<<<" in text or ">>>>>>>" in text:
        for match in _CONFLICT.finditer(text):
            message = f"{match[0]} is the marker of a merge conflict; keep one side of it, and remove the markers"
            yield problem_at(text, match.start(), "merge-conflict", message)


def without_bad_characters(text: str) -> str:
    """Return the text with each of them replaced, so that the rest of it can be checked at unchanged places."""
    return _bad_character().sub("\ufffd", text)


def _wide_encoding(data: bytes) -> str | None:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    # YAML 1.2, 5.2: the first character is ASCII, so the zero bytes around it tell.
    if 0 in data[:4]:
        return next((name[:6] for name in _UNMARKED if _is_text_in(name, data)), None)
    return None


def _is_text_in(encoding: str, data: bytes) -> bool:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return text[:1].isascii() and "\0" not in text


def _not_utf_8(data: bytes, start: int) -> YamlProblem:
    text = data[:start].decode().removeprefix(_UTF_8_MARK)
    found = f"the byte 0x{data[start]:02X} is not UTF-8; the file may be in Latin-1 or Windows-1252: save it as UTF-8"
    return problem_at(text, len(text), "encoding", found)


def _too_many_tag_directives(text: str) -> YamlProblem | None:
    # libyaml compares each with all before it: a megabyte of them would take ten seconds.
    if "%TAG" in text:
        lines = [match.start() for match in _TAG_DIRECTIVE.finditer(text)]
        if len(lines) > _MAX_TAG_DIRECTIVES:
            message = f"the file has {len(lines):,} %TAG directives, and tags are not read here: remove them"
            return problem_at(text, lines[0], "directive", message)
    return None


def _character_problem(character: str) -> tuple[str, str]:
    name = f"U+{ord(character):04X}"
    if character == "\0":
        return "nul", "the file holds a NUL character (U+0000); remove it"
    if character == _UTF_8_MARK:
        return "byte-order-mark", "there is a byte order mark (U+FEFF) inside the file; remove it"
    if character in _LINE_SEPARATORS:
        found = f"{name} ends a line for some readers of YAML and not for others"
        return "line-separator", f'{found}; remove it, or write "{_LINE_SEPARATORS[character]}" in double quotes'
    escape = f"\\x{ord(character):02x}" if character < "\x80" else f"\\u{ord(character):04x}"
    return "control-character", f'the control character {name}; remove it, or write "{escape}" in double quotes'
