"""Builds the values of a YAML text from libyaml's events, and reports the features forbidden in manifests.

Builds without recursion: deep nesting, which crashes a process that lets libyaml compose nodes, ends the reading at
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
from reconciler.core.quote import is_word, quoted
from reconciler.core.yaml.escapes import SURROGATES, find_escapes, insert_stand_ins, restore_escapes
from reconciler.core.yaml.events import Mark, index_of, read_events
from reconciler.core.yaml.number import CONSTANTS, NUMBER_STARTS, UnfitNumberError, is_short_number, parse_number
from reconciler.core.yaml.problem import MAX_PROBLEMS, YamlProblem, place_at, problem_at
from reconciler.core.yaml.syntax import INVALID_ESCAPE, make_syntax_problem

MAX_DEPTH = 100
MAX_VALUES = 100_000

_VERSION = (1, 2)
_ONLY_STRINGS = {str}

# An open collection: its items (keys and values alternate in a mapping), their marks, and True for a mapping.
_Open = tuple[list[Json], list[Mark], bool]

_WORD = re.compile(r"[^\s,:\[\]{}]*")
_PROPERTY = r"&[^\s,\[\]{}]*|!<[^\s>]*>|![^\s,\[\]{}]*"
_PROPERTIES = re.compile(rf"({_PROPERTY})(?:(?:\s|#[^\r\n]*)*+({_PROPERTY}))?")
# A directive at the beginning of a line. A line may end with \r alone.
_DIRECTIVE = re.compile(r"(?<![^\r\n])%(?:YAML|(?P<tag>TAG))")
# "?" begins a complex key in libyaml's flow collections; in YAML 1.2 (7.3.3), before text, "?" is text.
_GLUED_KEY = re.compile(r"(?<=[\s,\[{])\?(?=\S)")


class Reading:
    """One pass over a text: its value and its problems."""

    __slots__ = ("_glued", "_open", "_repaired", "data", "problems", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        # The last input of libyaml: of the same length as the text, with the same places.
        self.data = b""
        self._repaired: str | None = None
        self._glued = frozenset(match.end() for match in _GLUED_KEY.finditer(text)) if "?" in text else frozenset()
        self._open: list[_Open] = []
        self.problems: list[YamlProblem] = []

    def read(self, data: bytes) -> Json:
        """Return the value of the text, given encoded as `data`. The value is valid only if `problems` stays empty."""
        self.data = data
        try:
            return self._build(data)
        except _EnoughError:
            return None
        except YAMLError as error:
            with suppress(_EnoughError):
                first = self._find_first_error(error, data)
                if repaired := self._replace_surrogates(first, data):
                    self.problems.clear()
                    return self.read(repaired)
                self._report_error(first)
        return None

    def _replace_surrogates(self, error: YAMLError, data: bytes) -> bytes | None:
        """Return the text with a stand-in for each surrogate escape, or None if no surrogate escape stopped libyaml.

        JSON writes a character beyond U+FFFF as two surrogate escapes, and JSON is YAML 1.2.
        """
        if not isinstance(error, MarkedYAMLError) or error.problem != INVALID_ESCAPE:
            return None
        self._repaired = insert_stand_ins(self.text)
        repaired = self._repaired.encode()
        return repaired if repaired != data else None

    def _build(self, data: bytes) -> Json:
        items: list[Json] = []
        marks: list[Mark] = []
        self._open = [(items, marks, False)]
        for event in self._read_events(data):
            if self._glued and isinstance(event, NodeEvent):
                self._check_glued(event)
            if isinstance(event, ScalarEvent):
                marks.append(event.start_mark)
                items.append(self._read_scalar(event))
            elif isinstance(event, CollectionEndEvent):
                value = self._make_mapping(items, marks) if isinstance(event, MappingEndEvent) else items
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
                items.append(self._reject_alias(event))
            elif isinstance(event, DocumentStartEvent):
                self._check_document(event, is_first=not items)
        self._check_root(items, marks)
        return items[0] if items else None

    def _read_events(self, data: bytes) -> Iterator[Event]:
        """Return the events of at most MAX_VALUES values: even the shortest value takes time."""
        # The densest text, "?,", has three values in two bytes.
        return read_events(data) if len(data) < MAX_VALUES // 2 else self._limit_events(data)

    def _limit_events(self, data: bytes) -> Iterator[Event]:
        count = 0
        for event in read_events(data):
            if isinstance(event, NodeEvent):
                count += 1
                if count > MAX_VALUES:
                    message = f"the file has more than {MAX_VALUES:,} keys and values; make it smaller"
                    self._report(index_of(event.start_mark), "too-many-values", message)
                    raise _EnoughError
            yield event

    def _check_glued(self, event: NodeEvent) -> None:
        index = index_of(event.start_mark)
        if index in self._glued:
            message = 'text that begins with "?" is read in several ways without quotes; put it in quotes'
            self._report(index - 1, "syntax", message)

    def _read_scalar(self, event: ScalarEvent) -> Json:
        value = event.value if self._repaired is None else self._restore_surrogates(event, self._repaired)
        if event.tag is not None or event.anchor is not None:
            self._check_properties(event, event.tag)
        if event.style:
            if event.style == '"' and ("\0" in value or "\ufffd" in value):
                self._check_escapes(event)
            return value
        if value in CONSTANTS:
            return CONSTANTS[value]
        if value[0] in NUMBER_STARTS:
            return self._read_number(event)
        return value

    def _restore_surrogates(self, event: ScalarEvent, repaired: str) -> str:
        """Return the value with the original text in place of its stand-ins."""
        start, end = index_of(event.start_mark), index_of(event.end_mark)
        is_quoted = event.style == '"'
        return restore_escapes(event.value, self.text, repaired, start, end, is_quoted=is_quoted)

    def _read_number(self, event: ScalarEvent) -> Json:
        if event.value == "-":
            message = '"-" by itself is not text in YAML 1.2; put it in quotes'
            self._report(index_of(event.start_mark), "syntax", message)
        try:
            return parse_number(event.value)
        except UnfitNumberError as error:
            self._report(index_of(event.start_mark), error.rule, str(error))
        return event.value

    def _make_mapping(self, items: list[Json], marks: list[Mark]) -> dict[str, Json]:
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
                # libyaml before 0.2.6 swallows the "]" of "[? ]": all its later events are wrong.
                self._report(self.text.index("]", index - 1), "non-string-key", 'there is no key after "?"; write one')
                raise _EnoughError
            if not isinstance(key, str):
                self._report(index, "non-string-key", self._describe_non_string(key, index))
            elif key == "<<" and self.text.startswith("<<", index):
                self._report(index, "merge-key", "merge keys are not part of YAML 1.2; write out what << merges")
            elif key in first:
                line, _ = place_at(self.text, first[key])
                message = f"{_describe('key', key)} is already on line {line}; remove or rename one of them"
                self._report(index, "duplicate-key", message)
            else:
                first[key] = index

    def _describe_non_string(self, key: Json, index: int) -> str:
        if isinstance(key, dict | list):
            kind = "mapping" if isinstance(key, dict) else "list"
            return f"a {kind} cannot be a key; put text that begins with {self.text[index]} in quotes"
        word = _WORD.match(self.text, index)
        written = word[0] if word else ""
        # A missing key is null, at the place of the next token.
        if written in {"", "?"} or (key is None and written not in CONSTANTS):
            return 'there is no key here; write one before the ":"'
        kind = "null" if key is None else "a boolean" if isinstance(key, bool) else "a number"
        if is_short_number(written):
            return f"the key {written} is {kind}, and keys are strings; write {quoted(written)}"
        return f"this key is {kind}, and keys are strings; put it in quotes"

    def _reject_alias(self, event: AliasEvent) -> str:
        message = (
            f"{_describe('alias', f'*{event.anchor}')} is not read here; write the value out, or quote it if it is text"
        )
        self._report(index_of(event.start_mark), "alias", message)
        return f"*{event.anchor}"

    def _check_collection(self, event: CollectionStartEvent) -> None:
        if event.tag is not None or event.anchor is not None:
            self._check_properties(event, event.tag)
        # The first entry is the document itself.
        if len(self._open) > MAX_DEPTH + 1:
            message = f"this is more than {MAX_DEPTH} levels deep; make the document flatter"
            self._report(index_of(event.start_mark), "too-deep", message)
            raise _EnoughError

    def _check_properties(self, event: NodeEvent, tag: str | None) -> None:
        start = index_of(event.start_mark)
        for written, index in _find_properties(self.text, start):
            if written.startswith("&") and event.anchor is not None:
                message = f"{_describe('anchor', written)} is not read here; remove it, or quote it if it is text"
                self._report(index, "anchor", message)
            elif written.startswith("!") and tag is not None:
                message = f"{_describe('tag', written)} is not read here; remove it, or quote it if it is text"
                self._report(index, "tag", message)

    def _check_escapes(self, event: ScalarEvent) -> None:
        for match, code in find_escapes(self.text, index_of(event.start_mark), index_of(event.end_mark)):
            written = match[0]
            if code == 0:
                self._report(match.start(), "nul", f"{written} stands for the NUL character (U+0000); remove it")
            elif code in SURROGATES:
                message = f"{written} stands for half of a character; write the character itself"
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

    def _find_first_error(self, error: YAMLError, data: bytes) -> YAMLError:
        """Return the first error of the text. Raises _EnoughError if the text exceeds MAX_DEPTH before the error.

        libyaml scans up to 1,024 characters ahead of its events. The error found ahead, and since 0.2.6 also libyaml's
        own limit of 1,000 levels, depends on the version of libyaml; the events before the error do not.
        """
        if not isinstance(error, ScannerError):
            return error
        before = data.decode()[: index_of(error.context_mark or error.problem_mark)]
        if len(self._open) + before.count("[") + before.count("{") <= MAX_DEPTH:
            return error
        self.problems.clear()
        try:
            self._build(before.encode())
        except MarkedYAMLError as earlier:
            # A parser error at the end is only the effect of the cut.
            if isinstance(earlier, ScannerError) or index_of(earlier.problem_mark) < len(before):
                return earlier
        return error

    def _report_error(self, error: YAMLError) -> None:
        if not isinstance(error, MarkedYAMLError):
            self._report(0, "syntax", f"this is not YAML: {quoted(str(error))}; correct it")
            return
        self.problems.append(make_syntax_problem(error, self.text, self._find_innermost()))
        for items, marks, is_mapping in self._open:
            if is_mapping:
                # A key still open has a mark, but is no item yet.
                self._check_keys(items[::2], marks[: len(items) : 2])

    def _find_innermost(self) -> int:
        """Return the index at which the innermost open collection begins, or the document if no collection is open."""
        # Each collection has its mark in the enclosing collection.
        around = [marks[-1] for _, marks, _ in self._open[:-1] if marks]
        return index_of(around[-1]) if around else 0

    def _report(self, index: int, rule: str, message: str) -> None:
        self.problems.append(problem_at(self.text, index, rule, message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _EnoughError


class _EnoughError(Exception):
    """The reading ends without looking for further problems."""


def _find_properties(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Yield the possible anchor and tag at `start`, in either order, each with its index."""
    if match := _PROPERTIES.match(text, start):
        yield match[1], match.start(1)
        if match[2] and match[2][0] != match[1][0]:
            yield match[2], match.start(2)


def _describe(what: str, written: str) -> str:
    """Return `the key "name"`, or `this key` if the written text may be a secret."""
    return f"the {what} {quoted(written)}" if is_word(written.lstrip("*&!")) else f"this {what}"
