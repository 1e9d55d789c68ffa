"""Compares two states of a tool: its schemas by judges, the rest of its contract by rules."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any, Final, NamedTuple

from reconciler.core.compatibility.changes import Effect, SchemaChange, annotations_changed, changes
from reconciler.core.compatibility.report import ContractFinding, Direction, Severity, ToolReport
from reconciler.core.compatibility.verdict import Compatibility, Verdict
from reconciler.core.compatibility.version import Bump, is_at_least, least_version
from reconciler.core.difference import ABSENT, Absent
from reconciler.core.json_text import json_text
from reconciler.core.manifest.resource import Manifest
from reconciler.core.pointer import Json, Pointer
from reconciler.core.quote import quoted
from reconciler.core.schema.dialect import dialect_of
from reconciler.rules.compatibility.judges import Judges

_Spec = dict[str, Any]
_SCHEMAS: Final[tuple[tuple[Direction, str], ...]] = (("input", "inputSchema"), ("output", "outputSchema"))
# The default of each hint (MCP 2025-11-25, schema reference, ToolAnnotations), and its more dangerous value.
_HINTS: Final = {
    "readOnlyHint": (False, False),
    "destructiveHint": (True, True),
    "idempotentHint": (False, False),
    "openWorldHint": (True, True),
}
_LIFECYCLES: Final = ("experimental", "active", "deprecated", "retired")
_WORDS: Final = ("title", "description")
_LONGEST: Final = 60
_BREAK: Final[Severity] = "break"
_WARNING: Final[Severity] = "warning"
_SECONDS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def compare(before: Manifest, after: Manifest, judges: Judges) -> ToolReport:
    """Return the effect of a changed tool on its callers."""
    old, new = before.value, after.value
    return _Comparison(before.ref.name, after, old["spec"], new["spec"], judges).report(
        old["metadata"], new["metadata"]
    )


def report_removal(before: Manifest, today: date) -> ToolReport:
    """Return the effect of the removal of a tool: a break, unless an earlier commit announced the removal."""
    spec = before.value["spec"]
    last_day = spec.get("deprecation", {}).get("removeAfter")
    if spec["lifecycle"] not in _LIFECYCLES[2:]:
        level, message = _BREAK, "the tool is removed, and no earlier commit says lifecycle: deprecated"
    elif last_day is not None and today.isoformat() <= last_day:
        level, message = _BREAK, f"the tool is removed, and may be called until {last_day} (deprecation.removeAfter)"
    else:
        level, message = _WARNING, "the deprecated tool is removed"
    finding = ContractFinding("contract-removed", level, "tool", (), before.ref.name, ABSENT, message)
    compatible = Compatibility.COMPATIBLE
    return ToolReport(
        before.ref.name, before.path or "", spec["version"], None, None, compatible, compatible, (finding,)
    )


class _Judged(NamedTuple):
    direction: Direction
    key: str
    verdict: Verdict
    changes: list[SchemaChange]


class _Comparison:
    def __init__(self, former: str, after: Manifest, old: _Spec, new: _Spec, judges: Judges) -> None:
        self._former = former
        self._after = after
        self._old = old
        self._new = new
        self._judged = [self._judge(direction, key, judges) for direction, key in _SCHEMAS]

    def report(self, old: _Spec, new: _Spec) -> ToolReport:
        findings = tuple(chain(self._of_schemas(), self._of_tool(old, new)))
        bump = _choose_bump(findings, is_changed=_plain(self._old) != _plain(self._new) or _words(old) != _words(new))
        before, after = self._old["version"], self._new["version"]
        least = least_version(before, bump)
        on_input, on_output = (judged.verdict.compatibility for judged in self._judged)
        return ToolReport(
            self._after.ref.name,
            self._after.path or "",
            before,
            after,
            None if is_at_least(after, least) else least,
            on_input,
            on_output,
            tuple(sorted(findings, key=lambda finding: ("break", "warning", "info").index(finding.level))),
        )

    def _judge(self, direction: Direction, key: str, judges: Judges) -> _Judged:
        old, new = self._old.get(key), self._new.get(key)
        if not isinstance(old, dict) or not isinstance(new, dict):
            return _Judged(direction, key, Verdict(Compatibility.COMPATIBLE), [])
        sent, received = (old, new) if direction == "input" else (new, old)
        verdict = judges.judge(sent, dialect_of(sent), received, dialect_of(received))
        return _Judged(direction, key, verdict, changes(old, new))

    def _of_schemas(self) -> Iterator[ContractFinding]:
        for judged in self._judged:
            yield from self._of_judged(judged)
        old, new = self._old.get("outputSchema"), self._new.get("outputSchema")
        if old is not None and new is None:
            message = "the output is no longer described: a caller that relies on it has nothing to rely on"
            yield ContractFinding(
                "contract-output", "break", "output", ("spec", "outputSchema"), _brief(old), ABSENT, message
            )
        if old is None and new is not None:
            yield ContractFinding(
                "contract-output",
                "info",
                "output",
                ("spec", "outputSchema"),
                ABSENT,
                _brief(new),
                "the output is described",
            )
        for direction, key in _SCHEMAS:
            one, other = self._old.get(key), self._new.get(key)
            if direction == "input":
                for change in annotations_changed(one, other, "default"):
                    message = f"the default {_from_to(change)}: the same call does something else"
                    yield self._finding("warning", direction, key, change, message)
            for word in _WORDS:
                for change in annotations_changed(one, other, word):
                    yield self._finding(
                        "info", direction, key, change, f"{word} {_from_to(change)}; models choose by it"
                    )

    def _of_judged(self, judged: _Judged) -> Iterator[ContractFinding]:
        verdict, breaks = judged.verdict, Effect.FEWER if judged.direction == "input" else Effect.MORE
        blamed = [change for change in judged.changes if change.effect is breaks]
        blamed = blamed or [
            change for change in judged.changes if change.effect is Effect.OTHERS and "property" not in change.rule
        ]
        witness = verdict.witness
        for change in judged.changes:
            level = self._level(judged, change, is_blamed=change in blamed)
            shown = witness if level == "break" else None
            yield self._finding(level, judged.direction, judged.key, change, _said(change, judged.direction), shown)
            witness = None if shown else witness
        is_told = any(self._level(judged, change, is_blamed=change in blamed) == "break" for change in judged.changes)
        if verdict.compatibility is Compatibility.BREAK and not is_told:
            message = (
                "a value that callers may send is rejected"
                if judged.direction == "input"
                else "a value is returned that callers do not expect"
            )
            yield ContractFinding(
                "contract-schema", "break", judged.direction, ("spec", judged.key), ABSENT, ABSENT, message, witness
            )
        if verdict.compatibility is Compatibility.UNKNOWN:
            message = f"whether this breaks callers cannot be told: {verdict.reason}"
            yield ContractFinding(
                "contract-unknown", "warning", judged.direction, ("spec", judged.key), ABSENT, ABSENT, message
            )

    def _level(self, judged: _Judged, change: SchemaChange, *, is_blamed: bool) -> Severity:
        if change.rule == "contract-property-removed":
            if judged.direction == "input":
                return (
                    "warning"
                    if isinstance(change.before, dict) and change.before.get("deprecated") is True
                    else "break"
                )
            required = _at(self._old[judged.key], change.pointer[:-2]).get("required")
            return "break" if isinstance(required, list) and change.pointer[-1] in required else "warning"
        return "break" if is_blamed and judged.verdict.compatibility is Compatibility.BREAK else "info"

    def _of_tool(self, old: _Spec, new: _Spec) -> Iterator[ContractFinding]:
        for word in _WORDS:
            if old.get(word) != new.get(word):
                yield self._whole(
                    "contract-wording",
                    "info",
                    ("metadata", word),
                    old.get(word, ABSENT),
                    new.get(word, ABSENT),
                    f"{word} changed; models choose by it",
                )
        were, are = (
            spec.get("toolName", name) for spec, name in ((self._old, self._former), (self._new, self._after.ref.name))
        )
        if were != are:
            message = f"the name that agents call was {quoted(were, _LONGEST)}, and is {quoted(are, _LONGEST)}"
            yield self._whole("contract-name", "break", ("spec", "toolName"), were, are, message)
        if self._old["service"] != self._new["service"]:
            message = "another service serves the tool"
            yield self._whole(
                "contract-service", "break", ("spec", "service"), self._old["service"], self._new["service"], message
            )
        for hint, (unsaid, dangerous) in _HINTS.items():
            was, now = (spec.get("annotations", {}).get(hint, unsaid) for spec in (self._old, self._new))
            if was != now:
                level: Severity = "warning" if now == dangerous else "info"
                yield self._whole(
                    "contract-hint",
                    level,
                    ("spec", "annotations", hint),
                    was,
                    now,
                    f"{hint} was {json_text(was)}, and is {json_text(now)}",
                )
        was, now = self._old["lifecycle"], self._new["lifecycle"]
        if was != now:
            fell = _LIFECYCLES.index(now) > 1 or now == "experimental"
            yield self._whole(
                "contract-lifecycle",
                "warning" if fell else "info",
                ("spec", "lifecycle"),
                was,
                now,
                f"lifecycle was {was}, and is {now}",
            )
        yield from self._of_promises()

    def _of_promises(self) -> Iterator[ContractFinding]:
        for key, lower_is_worse in (("limits", True), ("objectives", None)):
            old, new = self._old.get(key, {}), self._new.get(key, {})
            for name in dict.fromkeys([*old, *new]):
                was, now = old.get(name, ABSENT), new.get(name, ABSENT)
                if was != now:
                    worse = _is_worse(name, was, now, lower_is_worse=bool(lower_is_worse))
                    message = f"{name} was {_shown(was)}, and is {_shown(now)}"
                    yield self._whole(
                        "contract-limits" if key == "limits" else "contract-objectives",
                        "warning" if worse else "info",
                        ("spec", key, name),
                        was,
                        now,
                        message,
                    )

    def _finding(
        self,
        level: Severity,
        direction: Direction,
        key: str,
        change: SchemaChange,
        message: str,
        witness: Any = None,  # noqa: ANN401
    ) -> ContractFinding:
        return ContractFinding(
            change.rule, level, direction, ("spec", key, *change.pointer), change.before, change.after, message, witness
        )

    def _whole(
        self, rule: str, level: Severity, pointer: Pointer, before: Json | Absent, after: Json | Absent, message: str
    ) -> ContractFinding:
        return ContractFinding(rule, level, "tool", pointer, before, after, message)


def _choose_bump(findings: tuple[ContractFinding, ...], *, is_changed: bool) -> Bump:
    if any(finding.level == "break" for finding in findings):
        return Bump.MAJOR
    if any(finding.level == "warning" or finding.adds for finding in findings):
        return Bump.MINOR
    return Bump.PATCH if is_changed else Bump.NONE


def _said(change: SchemaChange, direction: Direction) -> str:
    """Return a change as a sentence."""
    name = change.pointer[-1] if change.pointer else "the schema"
    match change.rule:
        case "contract-property-removed":
            return f"{_shown(str(name))} is no longer declared" + (
                "; a tool that is open ignores it silently" if direction == "input" else ""
            )
        case "contract-property-added":
            return f"{_shown(str(name))} is declared"
        case "contract-required":
            return (
                f"{_shown(change.after)} is required"
                if change.before is ABSENT
                else f"{_shown(change.before)} is no longer required"
            )
        case "contract-enum" if change.after is ABSENT and name == "enum":
            return f"{_shown(change.before)} is no longer listed"
        case "contract-enum" if change.before is ABSENT and name == "enum":
            return f"{_shown(change.after)} is listed"
    return f"{name} {_from_to(change)}"


def _from_to(change: SchemaChange) -> str:
    if change.before is ABSENT:
        return f"{_shown(change.after)} is new"
    if change.after is ABSENT:
        return f"{_shown(change.before)} is gone"
    return f"was {_shown(change.before)}, and is {_shown(change.after)}"


def _shown(value: Json | Absent) -> str:
    if value is ABSENT:
        return "absent"
    return (
        quoted(value, _LONGEST)
        if isinstance(value, str)
        else quoted(json_text(value), _LONGEST)[1:-1].replace('\\"', '"')
    )


def _brief(schema: Json) -> Json:
    """Return the type of a schema, which stands for the whole schema in a finding."""
    return schema.get("type") if isinstance(schema, dict) else schema


def _plain(spec: _Spec) -> _Spec:
    return {key: value for key, value in spec.items() if key not in ("version", "node")}


def _words(metadata: _Spec) -> tuple[Any, ...]:
    return tuple(metadata.get(word) for word in _WORDS)


def _at(schema: Any, pointer: Pointer) -> _Spec:  # noqa: ANN401  JSON.
    for step in pointer:
        schema = schema.get(step, {}) if isinstance(schema, dict) else {}
    return schema if isinstance(schema, dict) else {}


def _is_worse(name: str, was: Any, now: Any, *, lower_is_worse: bool) -> bool:  # noqa: ANN401  JSON.
    """Whether a limit became tighter, or an objective weaker."""
    if was is ABSENT or now is ABSENT:
        # A new limit restricts; a removed objective weakens.
        return (was is ABSENT) == lower_is_worse
    one, other = _amount(was), _amount(now)
    return other < one if lower_is_worse or name == "successRate" else other > one


def _amount(value: Any) -> float:  # noqa: ANN401  JSON.
    if isinstance(value, dict):
        return float(value["requests"]) / max(_amount(value["per"]), 0.001)
    if isinstance(value, str):
        return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h|d)", value))
    return float(value)
