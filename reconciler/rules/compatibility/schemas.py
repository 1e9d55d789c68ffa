"""Compares the schemas of a tool: a judge decides, and the differences of the schemas explain."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from reconciler.core.compatibility.changes import Effect, SchemaChange, find_annotation_changes, find_schema_changes
from reconciler.core.compatibility.report import ContractFinding, Direction, Severity
from reconciler.core.compatibility.verdict import Compatibility, Verdict, Witness
from reconciler.core.difference import ABSENT
from reconciler.core.pointer import Json, Pointer
from reconciler.core.schema.dialect import read_dialect
from reconciler.rules.compatibility.judges import Judges
from reconciler.rules.compatibility.promises import WORDS
from reconciler.rules.compatibility.wording import describe_change, describe_values

_Schema = dict[str, Any] | None
_KEYS: Final[dict[Direction, str]] = {"input": "inputSchema", "output": "outputSchema"}
_BROKEN: Final[dict[Direction, str]] = {
    "input": "a value that callers may send is rejected",
    "output": "a value is returned that callers do not expect",
}
_COMPATIBLE: Final = Verdict(Compatibility.COMPATIBLE)


class SchemaComparison(NamedTuple):
    """The verdict on the schemas of a direction, and the findings about them."""

    verdict: Verdict
    findings: tuple[ContractFinding, ...]


def compare_schemas(
    direction: Direction, before: dict[str, Any], after: dict[str, Any], judges: Judges
) -> SchemaComparison:
    """Return the comparison of the input or output schemas of two specs of a tool."""
    key = _KEYS[direction]
    old, new = before.get(key), after.get(key)
    if old is None or new is None:
        return SchemaComparison(_COMPATIBLE, tuple(_compare_presence(old, new)))
    sent, received = (old, new) if direction == "input" else (new, old)
    verdict = judges.judge(sent, read_dialect(sent), received, read_dialect(received))
    findings = (*_explain(direction, verdict, old, new), *_compare_annotations(direction, old, new))
    return SchemaComparison(verdict, findings)


def _compare_presence(old: _Schema, new: _Schema) -> Iterator[ContractFinding]:
    """Yield the loss or gain of an output schema; every tool has an input schema."""
    pointer = ("spec", _KEYS["output"])
    if old is not None:
        message = "the output is no longer described; callers lose its description"
        yield ContractFinding("contract-output", "break", "output", pointer, old.get("type"), ABSENT, message)
    elif new is not None:
        yield ContractFinding(
            "contract-output", "info", "output", pointer, ABSENT, new.get("type"), "the output is described"
        )


def _explain(
    direction: Direction, verdict: Verdict, old: dict[str, Any], new: dict[str, Any]
) -> Iterator[ContractFinding]:
    """Yield each difference, at the level of its effect. The first break shows the witness."""
    differences = find_schema_changes(old, new)
    # Without a proof, a difference that may break is no addition, but a doubt.
    is_harmless, is_break = (
        verdict.compatibility is known for known in (Compatibility.COMPATIBLE, Compatibility.BREAK)
    )
    blamed = [] if is_harmless else _choose_blamed(direction, differences)
    blame: Severity = "break" if is_break else "warning"
    witness, is_told = verdict.witness, False
    for change in differences:
        level = _choose_level(direction, change, old, blame if change in blamed else "info")
        shown = witness if level == "break" and not is_told else None
        is_told = is_told or level == "break"
        yield _find(level, direction, change, describe_change(change, direction), shown)
    pointer = ("spec", _KEYS[direction])
    if verdict.compatibility is Compatibility.BREAK and not is_told:
        message = _BROKEN[direction]
        yield ContractFinding("contract-schema", "break", direction, pointer, ABSENT, ABSENT, message, witness)
    if verdict.compatibility is Compatibility.UNKNOWN:
        message = f"whether this breaks callers cannot be told: {verdict.reason}"
        yield ContractFinding("contract-unknown", "warning", direction, pointer, ABSENT, ABSENT, message)


def _choose_blamed(direction: Direction, differences: list[SchemaChange]) -> list[SchemaChange]:
    """Return the differences that explain a break: those of the breaking effect, else those of an unclear one."""
    breaking = Effect.FEWER if direction == "input" else Effect.MORE
    blamed = [change for change in differences if change.effect is breaking]
    return blamed or [c for c in differences if c.effect is Effect.OTHERS and "property" not in c.rule]


def _choose_level(direction: Direction, change: SchemaChange, old: dict[str, Any], blame: Severity) -> Severity:
    if change.rule != "contract-property-removed":
        return blame
    if direction == "input":
        was_deprecated = isinstance(change.before, dict) and change.before.get("deprecated") is True
        return "warning" if was_deprecated else "break"
    required = _read_schema(old, change.pointer[:-2]).get("required")
    return "break" if isinstance(required, list) and change.pointer[-1] in required else "warning"


def _compare_annotations(direction: Direction, old: Json, new: Json) -> Iterator[ContractFinding]:
    if direction == "input":
        for change in find_annotation_changes(old, new, "default"):
            message = f"the default {describe_values(change)}: the same call does something else"
            yield _find("warning", direction, change, message)
    for word in WORDS:
        for change in find_annotation_changes(old, new, word):
            yield _find("info", direction, change, f"{word} {describe_values(change)}; models choose by it")


def _find(
    level: Severity, direction: Direction, change: SchemaChange, message: str, witness: Witness | None = None
) -> ContractFinding:
    pointer = ("spec", _KEYS[direction], *change.pointer)
    return ContractFinding(change.rule, level, direction, pointer, change.before, change.after, message, witness)


def _read_schema(schema: Any, pointer: Pointer) -> dict[str, Any]:  # noqa: ANN401  JSON.
    """Return the schema at a pointer, an empty one if there is none."""
    for step in pointer:
        schema = schema.get(step, {}) if isinstance(schema, dict) else {}
    return schema if isinstance(schema, dict) else {}
