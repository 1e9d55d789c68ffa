"""Compares what a tool promises beside its schemas: name, service, hints, lifecycle, limits, objectives, words."""

import re
from collections.abc import Iterator
from typing import Any, Final

from reconciler.core.compatibility.report import ContractFinding, Severity
from reconciler.core.compatibility.version import is_at_least
from reconciler.core.difference import ABSENT, Absent
from reconciler.core.json_text import to_json_text
from reconciler.core.pointer import Json, Pointer
from reconciler.core.quote import quoted
from reconciler.rules.compatibility.wording import LONGEST, show_value

_Spec = dict[str, Any]
WORDS: Final = ("title", "description")
"""Texts by which models choose a tool."""

LIFECYCLES: Final = ("experimental", "active", "deprecated", "retired")
"""The values of `spec.lifecycle`, in their order."""

# The default of each hint (MCP 2025-11-25, schema reference, ToolAnnotations), and its more dangerous value.
_HINTS: Final = {
    "readOnlyHint": (False, False),
    "destructiveHint": (True, True),
    "idempotentHint": (False, False),
    "openWorldHint": (True, True),
}
_SECONDS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def compare_promises(before: _Spec, after: _Spec) -> Iterator[ContractFinding]:
    """Yield the differences of two manifests of a tool, except for its schemas."""
    for word in WORDS:
        if before["metadata"].get(word) != after["metadata"].get(word):
            yield _make_finding(
                "contract-wording",
                "info",
                ("metadata", word),
                before["metadata"].get(word, ABSENT),
                after["metadata"].get(word, ABSENT),
                f"{word} changed; models choose by it",
            )
    were, are = (manifest["spec"].get("toolName", manifest["metadata"]["name"]) for manifest in (before, after))
    if were != are:
        message = f"the name that agents call was {quoted(were, LONGEST)}, and is {quoted(are, LONGEST)}"
        yield _make_finding("contract-name", "break", ("spec", "toolName"), were, are, message)
    yield from _compare_versions(before["spec"]["version"], after["spec"]["version"])
    yield from _compare_spec(before["spec"], after["spec"])


def _compare_versions(was: str, now: str) -> Iterator[ContractFinding]:
    """Yield a finding if a version falls, or differs without another precedence (SemVer 2.0.0, sections 10 and 11)."""
    if was == now or (is_at_least(now, was) and not is_at_least(was, now)):
        return
    message = (
        f"version {now} has the precedence of {was}: build metadata does not count"
        if is_at_least(now, was)
        else f"the version falls from {was} to {now}"
    )
    yield _make_finding("contract-version", "warning", ("spec", "version"), was, now, message)


def _compare_spec(before: _Spec, after: _Spec) -> Iterator[ContractFinding]:
    if before["service"] != after["service"]:
        message = "another service serves the tool"
        yield _make_finding(
            "contract-service", "break", ("spec", "service"), before["service"], after["service"], message
        )
    for hint, (unsaid, dangerous) in _HINTS.items():
        was, now = (spec.get("annotations", {}).get(hint, unsaid) for spec in (before, after))
        if was != now:
            level: Severity = "warning" if now == dangerous else "info"
            yield _make_finding(
                "contract-hint",
                level,
                ("spec", "annotations", hint),
                was,
                now,
                f"{hint} was {to_json_text(was)}, and is {to_json_text(now)}",
            )
    was, now = before["lifecycle"], after["lifecycle"]
    if was != now:
        fell = LIFECYCLES.index(now) > 1 or now == "experimental"
        yield _make_finding(
            "contract-lifecycle",
            "warning" if fell else "info",
            ("spec", "lifecycle"),
            was,
            now,
            f"lifecycle was {was}, and is {now}",
        )
    yield from _compare_limits(before, after)


def _compare_limits(before: _Spec, after: _Spec) -> Iterator[ContractFinding]:
    for key, lower_is_worse in (("limits", True), ("objectives", False)):
        old, new = before.get(key, {}), after.get(key, {})
        for name in dict.fromkeys([*old, *new]):
            was, now = old.get(name, ABSENT), new.get(name, ABSENT)
            if was != now:
                worse = _is_worse(name, was, now, lower_is_worse=lower_is_worse)
                message = f"{name} was {show_value(was)}, and is {show_value(now)}"
                yield _make_finding(
                    "contract-limits" if key == "limits" else "contract-objectives",
                    "warning" if worse else "info",
                    ("spec", key, name),
                    was,
                    now,
                    message,
                )


def _make_finding(
    rule: str, level: Severity, pointer: Pointer, before: Json | Absent, after: Json | Absent, message: str
) -> ContractFinding:
    return ContractFinding(rule, level, "tool", pointer, before, after, message)


def _is_worse(name: str, was: Any, now: Any, *, lower_is_worse: bool) -> bool:  # noqa: ANN401  JSON.
    """Whether a limit became tighter, or an objective weaker."""
    if was is ABSENT or now is ABSENT:
        # A new limit restricts; a removed objective weakens.
        return (was is ABSENT) == lower_is_worse
    one, other = _parse_amount(was), _parse_amount(now)
    return other < one if lower_is_worse or name == "successRate" else other > one


def _parse_amount(value: Any) -> float:  # noqa: ANN401  JSON.
    if isinstance(value, dict):
        return float(value["requests"]) / max(_parse_amount(value["per"]), 0.001)
    if isinstance(value, str):
        return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h|d)", value))
    return float(value)
