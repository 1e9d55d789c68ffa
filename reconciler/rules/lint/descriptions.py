"""Descriptions that tell a model too little, or too much."""

import re
from collections.abc import Iterator
from typing import Final

from reconciler.rules.lint.content import ManifestContent
from reconciler.rules.lint.remark import LintRemark

_PLACE: Final = ("metadata", "description")
_SHORTEST: Final = 20
_LONGEST: Final = 1_024
_WORD: Final = re.compile(r"\w+")
_SEPARATOR: Final = re.compile(r"[\W_]+")


def check_description(content: ManifestContent) -> Iterator[LintRemark]:
    """Yield a remark for a description without words; for a tool's also if short, long, or equal to the name."""
    metadata = content.metadata
    text = metadata.get("description")
    if not isinstance(text, str) or "description" not in metadata:
        return
    if not _WORD.search(text):
        yield LintRemark(_PLACE, "no-description", "metadata.description has no word; say what the resource is for")
    elif content.is_callable:
        yield from _check_length(content, text)


def _check_length(content: ManifestContent, text: str) -> Iterator[LintRemark]:
    length = len(text.strip())
    if _is_name(text, content):
        message = "metadata.description repeats the name; say when a model should call the tool, and what comes back"
        yield LintRemark(_PLACE, "description-is-name", message)
    elif length < _SHORTEST:
        message = (
            f"metadata.description has {length} characters; a model chooses a tool by it: write {_SHORTEST} or more"
        )
        yield LintRemark(_PLACE, "short-description", message)
    if length > _LONGEST:
        message = (
            f"metadata.description has {length:,} characters, more than some model APIs accept ({_LONGEST:,});"
            " move details into descriptions of parameters"
        )
        yield LintRemark(_PLACE, "long-description", message)


def _is_name(text: str, content: ManifestContent) -> bool:
    named = (content.metadata.get("name"), content.metadata.get("title"), content.spec.get("toolName"))
    names = [name for name in named if isinstance(name, str)]
    # A description is mostly longer than twice a name, which has a separator before each letter at most.
    return len(text) <= 2 * max(map(len, names), default=0) and _fold(text) in set(map(_fold, names))


def _fold(text: str) -> str:
    return _SEPARATOR.sub("", text.casefold())
