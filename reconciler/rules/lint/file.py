"""Lints one file, in the process that read the file."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from reconciler.core.json_text import to_json_text
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.inspected import Ignore, Inspected, ToolFacts
from reconciler.core.manifest.layout import Entry, find_file_kind
from reconciler.core.manifest.resource import Manifest
from reconciler.core.rule import Level
from reconciler.core.yaml.document import Document
from reconciler.rules.lint.characters import find_hidden_characters
from reconciler.rules.lint.content import ManifestContent, split_words
from reconciler.rules.lint.descriptions import check_description
from reconciler.rules.lint.formats import check_examples
from reconciler.rules.lint.habits import check_habits, check_tags
from reconciler.rules.lint.instructions import compile_phrases, find_instructions
from reconciler.rules.lint.names import TOOL_NAME, called_name, check_name
from reconciler.rules.lint.policy import check_policies
from reconciler.rules.lint.remark import LintRemark
from reconciler.rules.lint.schemas import check_schemas
from reconciler.rules.lint.secrets import compile_beginnings, find_encoded_texts, find_exposed_secrets
from reconciler.rules.lint.settings import Settings

_MOST: Final = 100
"""The number of findings told of one file by one rule."""

_DANGERS: Final = frozenset({"hidden-character", "hidden-instruction", "secret"})
# A word such as "search" names no tool.
_NAME: Final = re.compile(r"[a-z0-9]+(?:[_.-][a-z0-9]+)+")
_MOST_WORDS: Final = 200


def warm_up() -> None:
    """Compile the patterns before processes are forked, which then share them."""
    compile_phrases()
    compile_beginnings()


def inspect_file(
    settings: Settings, contract: Contract, entry: Entry, document: Document, manifest: Manifest | None, length: int
) -> Inspected:
    """Return the findings in a file of `length` bytes, valid or not, and the facts that rules between files compare."""
    kind, value = find_file_kind(entry.inside, contract), document.value
    if kind is None or not isinstance(value, dict):
        return Inspected()
    text = manifest.text if manifest and manifest.text is not None else to_json_text(value)
    content = ManifestContent.of(kind, value, text, length)
    remarks = [
        remark for remark in _check(content, settings, is_valid=manifest is not None) if _is_on(remark, settings)
    ]
    return Inspected(
        tuple(_locate(entry.path, document, remark) for remark in dict.fromkeys(remarks)),
        tuple(_read_ignores(entry.path, content, is_valid=manifest is not None)),
        _collect_facts(entry.path, content) if manifest and content.is_callable else None,
    )


def _check(content: ManifestContent, settings: Settings, *, is_valid: bool) -> Iterator[LintRemark]:
    """Yield the remarks on a manifest. On an invalid one, only dangerous texts are told: one defect is one message."""
    for remarks in (find_hidden_characters(content), find_instructions(content), find_exposed_secrets(content)):
        yield from (remark for remark in islice(remarks, _MOST) if is_valid or remark.rule in _DANGERS)
    if not is_valid:
        return
    yield from islice(find_encoded_texts(content), _MOST)
    yield from check_description(content)
    yield from check_tags(content, settings.tags)
    if content.is_callable:
        yield from check_name(content)
        yield from check_schemas(content)
        yield from check_habits(content)
        yield from islice(check_examples(content), _MOST)
    if settings.own:
        yield from islice(check_policies(content, settings.own), _MOST)


def _is_on(remark: LintRemark, settings: Settings) -> bool:
    return not settings.given or settings.level_of(remark.rule) is not Level.OFF


def _locate(path: str, document: Document, remark: LintRemark) -> Diagnostic:
    place = document.find_key_position if remark.at_key else document.find_position
    return Diagnostic(path, *place(remark.pointer), remark.rule, remark.message)


def _read_ignores(path: str, content: ManifestContent, *, is_valid: bool) -> Iterator[Ignore]:
    entries = content.metadata.get("lint")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict) and isinstance(entry.get("ignore"), str):
            yield Ignore(path, index, entry["ignore"], is_valid)


def _collect_facts(path: str, content: ManifestContent) -> ToolFacts | None:
    name, service, called = content.metadata.get("name"), content.spec.get("service"), called_name(content)
    if not isinstance(name, str) or not isinstance(service, str) or called is None:
        return None
    description = content.metadata.get("description")
    text = description if isinstance(description, str) else ""
    words = b" ".join(split_words(text)[:_MOST_WORDS]).decode("utf-8", "replace")
    return ToolFacts(path, name, service, called[0], called[1] == TOOL_NAME, words, tuple(_list_mentions(text)))


def _list_mentions(text: str) -> Iterator[str]:
    """Yield the words of a description that may be names of tools: words of two parts or more, in lower case."""
    if "_" in text or "-" in text or "." in text.replace(". ", "")[:-1]:
        yield from _NAME.findall(text.lower())
