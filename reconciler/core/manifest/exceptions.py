"""The exceptions of a registry from the rules about contracts: `spec` of exceptions.yaml."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from reconciler.core.json_text import parse_json_text
from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.resource import Manifest
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import format_pointer
from reconciler.core.quote import quoted

_RULE: Final = "exception"


class ExceptionEntry(NamedTuple):
    """An entry of spec.exceptions. Covers the findings of a rule for a tool, through the day `expires`."""

    tool: str
    rule: str
    reason: str
    approver: str
    expires: str

    def is_expired(self, today: date) -> bool:
        """Whether the last day of the exception is past."""
        return self.expires < today.isoformat()


def exceptions_of(manifest: Manifest | None) -> tuple[ExceptionEntry, ...]:
    """Return the entries of a valid exceptions.yaml, none without the file or its text."""
    return _parse_entries(manifest.text) if manifest and manifest.text is not None else ()


@lru_cache(maxsize=8)
def _parse_entries(text: str) -> tuple[ExceptionEntry, ...]:
    value: Any = parse_json_text(text)
    return tuple(ExceptionEntry(**entry) for entry in value["spec"]["exceptions"])


def problems(manifest: Manifest | None) -> Iterator[Problem]:
    """Yield the problems of exceptions.yaml that JSON Schema cannot find."""
    known: set[tuple[str, str]] = set()
    for number, entry in enumerate(exceptions_of(manifest)):
        for name, message in _check_entry(entry, is_repeated=(entry.tool, entry.rule) in known):
            pointer = ("spec", "exceptions", number, name)
            yield Problem(
                manifest.path or "" if manifest else "", pointer, _RULE, f"{format_pointer(pointer)} {message}"
            )
        known.add((entry.tool, entry.rule))


def _check_entry(entry: ExceptionEntry, *, is_repeated: bool) -> Iterator[tuple[str, str]]:
    # Imported late: most registries have no exceptions.
    from reconciler.core.catalogue import EXCEPTABLE  # noqa: PLC0415

    if entry.rule not in EXCEPTABLE:
        hint = did_you_mean(entry.rule, EXCEPTABLE)
        yield "rule", f"is {quoted(entry.rule)}, which is no rule about contracts; {hint}"
    if is_repeated:
        yield "tool", f"has an exception from {quoted(entry.rule)} already; keep one of them"
    try:
        date.fromisoformat(entry.expires)
    except ValueError:
        yield "expires", f"is {quoted(entry.expires)}; there is no such day"
