"""Checks the encoding and the characters of a YAML file before the file is parsed."""

import codecs
import re
from collections.abc import Iterator
from functools import cache

from reconciler.core.yaml.problem import YamlProblem, problem_at

MAX_BYTES = 2**20
_MAX_TAG_DIRECTIVES = 100

_UTF_8_MARK = "\ufeff"
# Longer marks first: the mark of UTF-32-LE begins with the mark of UTF-16-LE.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_UNMARKED = ("UTF-32-LE", "UTF-32-BE", "UTF-16-LE", "UTF-16-BE")

# Printable ASCII and the white space of YAML; most files hold no other bytes.
_PLAIN_BYTES = bytes({*b"\t\n\r", *range(0x20, 0x7F)})
# All characters except c-printable of YAML 1.2 (5.1), plus the byte order mark and the three characters that libyaml,
# following YAML 1.1, takes for line breaks and would silently drop from a value.
_BAD_CHARACTER = "[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
_CONFLICT = re.compile(r"(?<![^\r\n])(?:<{7}|>{7})(?=[ \r\n]|\Z)")
_LINE_SEPARATORS = {"\x85": r"\N", "\u2028": r"\L", "\u2029": r"\P"}
_TAG_DIRECTIVE = re.compile(r"(?<![^\r\n])%TAG")


@cache
def _compile_bad_character() -> re.Pattern[str]:
    # Compiling takes 3 ms, and most files are ASCII.
    return re.compile(_BAD_CHARACTER)


def decode_text(data: bytes) -> str | YamlProblem:
    """Return the text of the file, without a leading byte order mark, or the problem that prevents reading."""
    if len(data) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES:,} bytes, the most that a manifest may have: make it smaller"
        return YamlProblem(1, 1, "too-large", message)
    if encoding := _detect_wide_encoding(data):
        return YamlProblem(1, 1, "encoding", f"the file is encoded as {encoding}; save it as UTF-8")
    try:
        text = data.decode().removeprefix(_UTF_8_MARK)
    except UnicodeDecodeError as error:
        return _make_encoding_problem(data, error.start)
    return _check_tag_directives(text) or text


def find_bad_characters(data: bytes, text: str) -> Iterator[YamlProblem]:
    """Yield a problem for each character that must not appear unescaped in the file."""
    if data.startswith(codecs.BOM_UTF8):
        message = "the file begins with a byte order mark; save it as UTF-8 without one (without BOM)"
        yield YamlProblem(1, 1, "byte-order-mark", message)
    if data.translate(None, _PLAIN_BYTES):
        for match in _compile_bad_character().finditer(text):
            yield problem_at(text, match.start(), *_describe_character(match[0]))


def find_conflict_markers(text: str) -> Iterator[YamlProblem]:
    """Yield a problem for each marker of an unresolved merge (git-merge, "How conflicts are presented").

    The markers may cause other problems of the file.
    """
    if "<<<<<<<" in text or ">>>>>>>" in text:
        for match in _CONFLICT.finditer(text):
            message = f"{match[0]} is the marker of a merge conflict; keep one side of it, and remove the markers"
            yield problem_at(text, match.start(), "merge-conflict", message)


def replace_bad_characters(text: str) -> str:
    """Return the text with each bad character replaced, to check the other characters at unchanged places."""
    return _compile_bad_character().sub("\ufffd", text)


def _detect_wide_encoding(data: bytes) -> str | None:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    # The first character is ASCII (YAML 1.2, 5.2): the zero bytes around the character identify the encoding.
    if 0 in data[:4]:
        return next((name[:6] for name in _UNMARKED if _is_text_in(name, data)), None)
    return None


def _is_text_in(encoding: str, data: bytes) -> bool:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return text[:1].isascii() and "\0" not in text


def _make_encoding_problem(data: bytes, start: int) -> YamlProblem:
    text = data[:start].decode().removeprefix(_UTF_8_MARK)
    message = f"the byte 0x{data[start]:02X} is not UTF-8; the file may be in Latin-1 or Windows-1252: save it as UTF-8"
    return problem_at(text, len(text), "encoding", message)


def _check_tag_directives(text: str) -> YamlProblem | None:
    # libyaml compares each directive with all earlier directives: a megabyte of them would take ten seconds.
    if "%TAG" in text:
        lines = [match.start() for match in _TAG_DIRECTIVE.finditer(text)]
        if len(lines) > _MAX_TAG_DIRECTIVES:
            message = f"the file has {len(lines):,} %TAG directives, and tags are not read here: remove them"
            return problem_at(text, lines[0], "directive", message)
    return None


def _describe_character(character: str) -> tuple[str, str]:
    name = f"U+{ord(character):04X}"
    if character == "\0":
        return "nul", "the file holds a NUL character (U+0000); remove it"
    if character == _UTF_8_MARK:
        return "byte-order-mark", "there is a byte order mark (U+FEFF) inside the file; remove it"
    if character in _LINE_SEPARATORS:
        problem = f"{name} ends a line for some readers of YAML and not for others"
        return "line-separator", f'{problem}; remove it, or write "{_LINE_SEPARATORS[character]}" in double quotes'
    escape = f"\\x{ord(character):02x}" if character < "\x80" else f"\\u{ord(character):04x}"
    return "control-character", f'the control character {name}; remove it, or write "{escape}" in double quotes'
