"""Hints, limits and life cycles of tools that surprise their callers, and tags outside the vocabulary."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.rules.lint.content import ManifestContent
from reconciler.rules.lint.names import called_name
from reconciler.rules.lint.remark import LintRemark

_MOST_PARAMETERS: Final = 15
_DESTROYING: Final = frozenset(
    {
        *("delete", "remove", "destroy", "purge", "erase", "wipe", "truncate", "drop", "uninstall", "revoke"),
        *("terminate", "kill", "discard", "overwrite", "deprovision", "unpublish"),
    }
)
# A name that begins so reads, also if a later word destroys: list_delete_requests.
_READING: Final = frozenset(
    {
        *("get", "list", "search", "find", "read", "show", "describe", "fetch", "check", "count", "view", "preview"),
        *("query", "lookup", "can", "is", "has", "validate", "simulate", "explain", "estimate", "compare", "summarize"),
    }
)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def check_habits(content: ManifestContent) -> Iterator[LintRemark]:
    """Yield a remark for each unwise habit of a tool."""
    yield from _check_hint(content)
    spec = content.spec
    limits = spec.get("limits")
    if not isinstance(limits, dict) or "timeout" not in limits:
        message = "the tool has no spec.limits.timeout; callers cannot tell a slow call from a lost one"
        yield LintRemark(("spec", "limits") if "limits" in spec else ("spec",), "no-timeout", message, at_key=True)
    deprecation = spec.get("deprecation")
    if spec.get("lifecycle") == "deprecated" and not (isinstance(deprecation, dict) and "replacedBy" in deprecation):
        message = "the tool is deprecated, and names no successor; write spec.deprecation.replacedBy"
        yield LintRemark(("spec", "lifecycle"), "no-successor", message)
    yield from _check_parameters(content)


def check_tags(content: ManifestContent, vocabulary: AbstractSet[str] | None) -> Iterator[LintRemark]:
    """Yield a remark for each tag outside the vocabulary; None allows any tag."""
    tags = content.metadata.get("tags")
    if vocabulary is None or not isinstance(tags, list):
        return
    for index, tag in enumerate(tags):
        if isinstance(tag, str) and tag not in vocabulary:
            known = did_you_mean(tag, vocabulary) if vocabulary else "spec.tags of registry.yaml allows none"
            message = f"{quoted(tag)} is no tag of this registry; {known}"
            yield LintRemark(("metadata", "tags", index), "unknown-tag", message)


def _check_hint(content: ManifestContent) -> Iterator[LintRemark]:
    hints = content.spec.get("annotations")
    called = called_name(content)
    if called is None or not isinstance(hints, dict) or hints.get("readOnlyHint") is not True:
        return
    words = [word.lower() for word in _WORD.findall(called[0])]
    destroying = next((word for word in words if word in _DESTROYING), None)
    if destroying and words[0] not in _READING:
        message = (
            f"the tool is called {quoted(called[0])} and says that it changes nothing; clients will not ask before"
        )
        yield LintRemark(
            ("spec", "annotations", "readOnlyHint"), "destroying-read-only", f"{message} they {destroying}"
        )


def _check_parameters(content: ManifestContent) -> Iterator[LintRemark]:
    schema = content.spec.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if isinstance(properties, dict) and len(properties) > _MOST_PARAMETERS:
        message = (
            f"the tool has {len(properties)} parameters; models confuse more than {_MOST_PARAMETERS}: split the tool,"
            " or group them"
        )
        yield LintRemark(("spec", "inputSchema", "properties"), "many-parameters", message, at_key=True)
