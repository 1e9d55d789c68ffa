"""Texts that give orders to a model, as poisoned tools do, and texts that name private data."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from jsonschema_rs import Draft202012Validator

from reconciler.core.pointer import format_pointer
from reconciler.core.quote import quoted
from reconciler.rules.lint.content import ManifestContent
from reconciler.rules.lint.probe import make_probe
from reconciler.rules.lint.remark import LintRemark


class _Phrase(NamedTuple):
    """A kind of phrase. A blank in the pattern stands for any separator."""

    kind: str
    pattern: str


# Words may be separated by a line end, by `_` as in names, or by emphasis as in Markdown.
_SEPARATOR: Final = r"[\s_*-]{1,8}"
_TAG: Final = "a pseudo-tag"
_DISOBEY: Final = "an order to ignore instructions"
_CONCEAL: Final = "an order to keep a secret"
_PREFER: Final = "a claim to come before other tools"
_PRIVATE: Final = "private data"
_NOT: Final = r"(?:do not|don'?t|never|must not|mustn'?t|should not|shouldn'?t|avoid)(?: ever)?"
_WHO: Final = r"(?:user|human|person|customer|operator|anyone)"
_USER: Final = rf"(?:the |your |any )?{_WHO}"
_ALL: Final = r"(?:all|any|every|the|your|of|my|its|these|those"
_PHRASES: Final = (
    _Phrase(
        _TAG,
        r"<(?:/?\s*(?:important|critical|mandatory|urgent|system|instructions?|hidden|override|assistant|developer|admin)"
        r"(?:(?: |:)(?:instructions?|prompt|message|note|notice|override|reminder))?\s*>"
        r"|\|(?:im_start|im_end|system|user|assistant|endoftext|begin_of_text|start_header_id)\|>|<\s*/?sys\s*>>)",
    ),
    _Phrase(
        _TAG,
        r"\[(?:/?inst\]|(?:system|system (?:message|prompt|note|instructions?))\])",
    ),
    _Phrase("an HTML comment", r"<!--"),
    _Phrase("a system override", r"\bsystem override\b"),
    _Phrase(
        _DISOBEY,
        rf"\b(?:ignore|disregard|forget)(?: {_ALL}|previous|prior|preceding|above|earlier|existing|former|other|system"
        r"|safety|developer)){1,5} (?:instructions?|prompts?|guidelines|directives?)\b",
    ),
    _Phrase(
        _DISOBEY,
        rf"\b(?:ignore|disregard|forget|override|bypass)(?: {_ALL})){{0,3}} (?:previous|prior|preceding|above|earlier"
        r"|your|safety|system)(?: (?:system|safety))? (?:instructions?|guidelines|directives?|rules|messages"
        r"|constraints)\b",
    ),
    _Phrase(
        _CONCEAL,
        rf"\b{_NOT} (?:tell|inform|alert|warn) {_USER}s?\b"
        rf"|\bwithout (?:telling|informing|alerting|warning) {_USER}s?\b",
    ),
    _Phrase(
        _CONCEAL,
        rf"\b{_NOT} (?:mention|reveal|disclose|show|report|explain|say)(?: (?:this|that|it|these|any of (?:this|it)"
        rf"|anything(?: about (?:this|it))?))(?: [a-z]{{1,20}}){{0,2}} to {_USER}s?\b",
    ),
    _Phrase(
        _CONCEAL,
        rf"\bwithout {_USER}(?:'?s)? (?:knowledge|knowing)\b",
    ),
    _Phrase(
        _CONCEAL,
        rf"\b{_WHO} (?:must|should|does|may) not (?:know|see|notice|be (?:told|aware|informed))\b",
    ),
    _Phrase(
        _CONCEAL,
        rf"\bkeep (?:this|that|it)(?: a)? (?:secret|hidden|private) from {_USER}s?\b",
    ),
    _Phrase(
        _PREFER,
        r"\bbefore (?:using|calling|invoking|running|executing|trying) (?:any|all|every)(?: of the)?(?: other)?"
        r" (?:tools?|functions?)\b",
    ),
    _Phrase(
        _PREFER,
        r"\b(?:instead of|over|rather than) (?:any|all|every) other (?:tools?|functions?)\b",
    ),
    _Phrase(
        _PREFER,
        r"\b(?:takes?|has|have) (?:precedence|priority) over (?:any|all|every|the|other)(?: other)? (?:tools?"
        r"|functions?|instructions?|rules)\b",
    ),
    _Phrase(
        _PREFER,
        r"\b(?:always|must)(?: be)? (?:call|use|invoke|run|execute)(?:ed)? this (?:tool|function) (?:first|before"
        r" (?:any|all|every|other))\b"
        r"|\bthis (?:tool|function) (?:must|should|has to) (?:always )?be (?:called|used|invoked|run|executed) (?:first"
        r"|before (?:any|all|every|other))\b",
    ),
)
_TARGETS: Final = (
    _Phrase(
        _PRIVATE,
        r"(?:~|\$home|/root|/home/[a-z0-9_.-]{1,32})/\.ssh\b|\bid_(?:rsa|ed25519|ecdsa)\b|/etc/(?:passwd|shadow)\b"
        r"|\.aws/credentials\b|(?:~|\$home)/\.(?:netrc|npmrc|git-credentials|kube/config)\b",
    ),
    _Phrase(
        _PRIVATE,
        r"\b(?:(?:entire|full|whole|previous|complete) conversation|conversation history|chat history)\b",
    ),
)


def find_instructions(content: ManifestContent) -> Iterator[LintRemark]:
    """Yield a remark for each string that gives orders to a model, or names private data."""
    if not compile_phrases().is_valid(content.text.lower()):
        return
    for pointer, text, is_key in content.strings():
        # A reason may quote a phrase.
        if pointer[:2] == ("metadata", "lint"):
            continue
        where = f"the key {format_pointer(pointer)}" if is_key else format_pointer(pointer)
        for kind, found in _find(text, _PHRASES):
            message = f"{where} has {kind}, {found}; describe the tool, and give no orders"
            yield LintRemark(pointer, "hidden-instruction", message, at_key=is_key)
        for _, found in _find(text, _TARGETS):
            message = f"{where} names {found}, which is private; name it only if tools need it"
            yield LintRemark(pointer, "sensitive-target", message, at_key=is_key)


def _find(text: str, phrases: tuple[_Phrase, ...]) -> Iterator[tuple[str, str]]:
    """Yield the kind of each phrase in a text, and its first words there."""
    for phrase in phrases:
        if match := _compile(phrase.pattern).search(text):
            yield phrase.kind, quoted(match[0])


@cache
def compile_phrases() -> Draft202012Validator:
    """Return the validator of texts in lower case that may have a phrase."""
    return make_probe(*(_widen(phrase.pattern) for phrase in (*_PHRASES, *_TARGETS)))


def _widen(pattern: str) -> str:
    """Return a pattern that matches at least as much of a text in lower case, and compiles in a fifth of the time."""
    return pattern.replace(r"\b", "").replace(r"\s*", "[^a-z]*").replace(" ", "[^a-z]+")


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", _SEPARATOR), re.IGNORECASE)
