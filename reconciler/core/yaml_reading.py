"""The values of a YAML text, made from libyaml's events, and what in it a manifest must not use.

There is no recursion: deep nesting, which crashes a process that lets libyaml compose nodes, ends the reading at
level 101.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import cast

from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from yaml.scanner import ScannerError

from reconciler.core.pointer import Json
from reconciler.core.quote import quoted
from reconciler.core.yaml_events import Mark, events, index_of
from reconciler.core.yaml_number import CONSTANTS, NUMBER_STARTS, UnfitNumberError, number
from reconciler.core.yaml_problem import MAX_PROBLEMS, YamlProblem, place_at, problem_at
from reconciler.core.yaml_syntax import INVALID_ESCAPE, syntax_problem

MAX_DEPTH = 100
MAX_VALUES = 100_000

_VERSION = (1, 2)
_SURROGATES = range(0xD800, 0xE000)
_LAST_OF_FOUR_DIGITS = 0xFFFF
_ONLY_STRINGS = {str}

# An open collection: what it holds so far, keys and values in turn for a mapping; where; and whether it is a mapping.
_Open = tuple[list[Json], list[Mark], bool]

_WORD = re.compile(r"[^\s,:\[\]{}]*")
_PROPERTY = r"&[^\s,\[\]{}]*|!<[^\s>]*>|![^\s,\[\]{}]*"
_PROPERTIES = re.compile(rf"({_PROPERTY})(?:(?:\s|#[^\r\n]*)*+({_PROPERTY}))?")
# At the beginning of a line, which may end with \r alone.
_DIRECTIVE = re.compile(r"(?<![^\r\n])%(?:YAML|(?P<tag>TAG))")
_ESCAPE = re.compile(
    r"\\u(?P<high>[dD][89abAB]..)\\u(?P<low>[dD][c-fC-F]..)|\\[xuU](?P<digits>(?<=x)..|(?<=u).{4}|(?<=U).{8})|\\.",
    re.DOTALL,
)
_SURROGATE_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*\\(?:u|U0000))[dD][89a-fA-F][0-9a-fA-F]{2}")


class Reading:
    """One pass over a text: its value, and what is wrong with it."""

    __slots__ = ("_open", "problems", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._open: list[_Open] = []
        self.problems: list[YamlProblem] = []

    def value(self, data: bytes) -> Json:
        """Return the value of the text, given encoded too. It means something only if `problems` stays empty."""
        try:
            return self._built(data)
        except _EnoughError:
            return None
        except YAMLError as error:
            with suppress(_EnoughError):
                self._broken(self._first_error(error, data), data)
        return None

    def _built(self, data: bytes) -> Json:
        items: list[Json] = []
        marks: list[Mark] = []
        self._open = [(items, marks, False)]
        for event in self._bounded(data):
            if isinstance(event, ScalarEvent):
                marks.append(event.start_mark)
                items.append(self._scalar(event))
            elif isinstance(event, CollectionEndEvent):
                value = self._mapping(items, marks) if isinstance(event, MappingEndEvent) else items
                self._open.pop()
                items, marks, _ = self._open[-1]
                items.append(value)
            elif isinstance(event, CollectionStartEvent):
                marks.append(event.start_mark)
                items, marks = [], []
                self._open.append((items, marks, isinstance(event, MappingStartEvent)))
                self._check_collection(event)
            elif isinstance(event, AliasEvent):
                marks.append(event.start_mark)
                items.append(self._alias(event))
            elif isinstance(event, DocumentStartEvent):
                self._check_document(event, is_first=not items)
        self._check_root(items, marks)
        return items[0] if items else None

    def _bounded(self, data: bytes) -> Iterator[Event]:
        """Return the events, as far as the values are not too many: each takes time, however short it is."""
        # The shortest are those of "?,", three values.
        return events(data) if len(data) < MAX_VALUES // 2 else self._counted(data)

    def _counted(self, data: bytes) -> Iterator[Event]:
        count = 0
        for event in events(data):
            if isinstance(event, NodeEvent):
                count += 1
                if count > MAX_VALUES:
                    message = f"the file has more than {MAX_VALUES:,} keys and values; make it smaller"
                    self._report(index_of(event.start_mark), "too-many-values", message)
                    raise _EnoughError
            yield event

    def _scalar(self, event: ScalarEvent) -> Json:
        value = event.value
        if event.tag is not None or event.anchor is not None:
            self._check_properties(event, event.tag)
        if event.style:
            if event.style == '"' and ("\0" in value or "\ufffd" in value):
                self._check_escapes(event)
            return value
        if value in CONSTANTS:
            return CONSTANTS[value]
        if value[0] in NUMBER_STARTS:
            return self._number(event)
        return value

    def _number(self, event: ScalarEvent) -> Json:
        try:
            return number(event.value)
        except UnfitNumberError as error:
            self._report(index_of(event.start_mark), error.rule, str(error))
        return event.value

    def _mapping(self, items: list[Json], marks: list[Mark]) -> dict[str, Json]:
        keys = items[::2]
        mapping: dict[str, Json] = {}
        if _ONLY_STRINGS.issuperset(map(type, keys)):
            mapping = dict(zip(cast("list[str]", keys), items[1::2], strict=True))
        # A quoted "<<" is a key like any other.
        if len(mapping) < len(keys) or "<<" in mapping:
            self._check_keys(keys, marks[::2])
        return mapping

    def _check_keys(self, keys: list[Json], marks: list[Mark]) -> None:
        first: dict[str, int] = {}
        for key, index in zip(keys, map(index_of, marks), strict=True):
            if key is None and "]" in self.text[index - 1 : index + 1]:
                # libyaml before 0.2.6 swallows the "]" of "[? ]": all that it says of what follows is wrong.
                self._report(self.text.index("]", index - 1), "non-string-key", 'there is no key after "?"; write one')
                raise _EnoughError
            if not isinstance(key, str):
                self._report(index, "non-string-key", self._non_string(key, index))
            elif key == "<<" and self.text.startswith("<<", index):
                self._report(index, "merge-key", "merge keys are not part of YAML 1.2; write out what << merges")
            elif key in first:
                line, _ = place_at(self.text, first[key])
                message = f"the key {quoted(key)} is already on line {line}; remove or rename one of them"
                self._report(index, "duplicate-key", message)
            else:
                first[key] = index

    def _non_string(self, key: Json, index: int) -> str:
        if isinstance(key, dict | list):
            kind = "mapping" if isinstance(key, dict) else "list"
            return f"a {kind} cannot be a key; put text that begins with {self.text[index]} in quotes"
        word = _WORD.match(self.text, index)
        written = word[0] if word else ""
        if written in {"", "?"}:
            return 'there is no key here; write one before the ":"'
        kind = "null" if key is None else "a boolean" if isinstance(key, bool) else "a number"
        string = quoted(written)
        return f"the key {string[1:-1]} is {kind}, and keys are strings; write {string}"

    def _alias(self, event: AliasEvent) -> str:
        name = quoted(f"*{event.anchor}")
        self._report(index_of(event.start_mark), "alias", f"the alias {name} is not read here; write the value out")
        return name

    def _check_collection(self, event: CollectionStartEvent) -> None:
        if event.tag is not None or event.anchor is not None:
            self._check_properties(event, event.tag)
        # One is the document itself.
        if len(self._open) > MAX_DEPTH + 1:
            message = f"this is more than {MAX_DEPTH} levels deep; make the document flatter"
            self._report(index_of(event.start_mark), "too-deep", message)
            raise _EnoughError

    def _check_properties(self, event: NodeEvent, tag: str | None) -> None:
        start = index_of(event.start_mark)
        for written, index in _properties(self.text, start):
            if written.startswith("&") and event.anchor is not None:
                self._report(index, "anchor", f"the anchor {quoted(written)} is not read here; remove it")
            elif written.startswith("!") and tag is not None:
                self._report(
                    index, "tag", f"the tag {quoted(written)} is not read here; remove it, or quote it if it is text"
                )

    def _check_escapes(self, event: ScalarEvent) -> None:
        for match in _ESCAPE.finditer(self.text, index_of(event.start_mark), index_of(event.end_mark)):
            written = match[0]
            code = _code(match)
            if code == 0:
                self._report(match.start(), "nul", f"{written} stands for the NUL character (U+0000); remove it")
            elif code in _SURROGATES:
                message = f"{written} stands for half of a character; write the character itself"
                self._report(match.start(), "lone-surrogate", message)
            elif code > _LAST_OF_FOUR_DIGITS and written.startswith(r"\u"):
                message = f'a pair of surrogates is not read in YAML; write "\\U{code:08x}", or the character itself'
                self._report(match.start(), "lone-surrogate", message)

    def _check_document(self, event: DocumentStartEvent, *, is_first: bool) -> None:
        start = index_of(event.start_mark)
        if not is_first:
            message = "a second document begins here; a manifest is one document: give it a file of its own"
            self._report(start, "multiple-documents", message)
            raise _EnoughError
        for match in _DIRECTIVE.finditer(self.text, start, index_of(event.end_mark)):
            if match["tag"]:
                self._report(match.start(), "directive", "tags are not read here; remove this %TAG line")
            elif event.version != _VERSION:
                self._report(match.start(), "directive", "manifests are YAML 1.2; remove this %YAML line")

    def _check_root(self, items: list[Json], marks: list[Mark]) -> None:
        if items:
            index = index_of(marks[0])
            is_empty = items[0] is None and self.text[index : index + 1] not in {"~", "n", "N"}
        else:
            is_empty = True
        if is_empty and not self.problems:
            self._report(0, "empty", "there is nothing in this file; write a manifest, or remove the file")

    def _first_error(self, error: YAMLError, data: bytes) -> YAMLError:
        """Return the error that comes first in the text. Raise _EnoughError if a level too deep comes before it.

        libyaml scans up to 1,024 characters ahead of the events that it gives. Which error it meets there, and since
        0.2.6 also its own limit of 1,000 levels, depends on its version; the events before that place do not.
        """
        if not isinstance(error, ScannerError):
            return error
        before = data.decode()[: index_of(error.context_mark or error.problem_mark)]
        if len(self._open) + before.count("[") + before.count("{") <= MAX_DEPTH:
            return error
        self.problems.clear()
        try:
            self._built(before.encode())
        except MarkedYAMLError as earlier:
            # What the parser misses at the end is only what was cut off.
            if isinstance(earlier, ScannerError) or index_of(earlier.problem_mark) < len(before):
                return earlier
        return error

    def _broken(self, error: YAMLError, data: bytes) -> None:
        if not isinstance(error, MarkedYAMLError):
            self._report(0, "syntax", f"this is not YAML: {quoted(str(error))}; correct it")
            return
        if error.problem == INVALID_ESCAPE:
            # libyaml stops at the first one; without them it goes on, and each is found where it is.
            repaired = _SURROGATE_ESCAPE.sub(r"\g<1>FFFD", self.text).encode()
            if repaired != data:
                self.problems.clear()
                self.value(repaired)
                return
        self.problems.append(syntax_problem(error, self.text))
        for items, marks, is_mapping in self._open:
            if is_mapping:
                # A key that is itself still open has a mark, but is no item yet.
                self._check_keys(items[::2], marks[: len(items) : 2])

    def _report(self, index: int, rule: str, message: str) -> None:
        self.problems.append(problem_at(self.text, index, rule, message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _EnoughError


class _EnoughError(Exception):
    """No further problem is looked for."""


def _properties(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Yield what may be the anchor and the tag that begin here, in either order, each with its index."""
    if match := _PROPERTIES.match(text, start):
        yield match[1], match.start(1)
        if match[2] and match[2][0] != match[1][0]:
            yield match[2], match.start(2)


def _code(escape: re.Match[str]) -> int:
    """Return the number of the character that the escape stands for, or -1 if it is none that is refused."""
    if digits := escape["digits"]:
        return int(digits, 16)
    if escape["high"]:
        high, low = int(escape["high"], 16), int(escape["low"], 16)
        return 0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00)
    return 0 if escape[0] == r"\0" else -1
