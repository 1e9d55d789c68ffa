"""Compares two states of a tool, and names the version that covers the change."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from reconciler.core.compatibility.report import ContractFinding, Severity, ToolReport
from reconciler.core.compatibility.terms import Terms
from reconciler.core.compatibility.verdict import Compatibility
from reconciler.core.compatibility.version import Bump, is_at_least, least_version
from reconciler.core.difference import ABSENT
from reconciler.core.manifest.resource import Manifest
from reconciler.core.pointer import Pointer
from reconciler.rules.compatibility.judges import Judges
from reconciler.rules.compatibility.promises import LIFECYCLES, WORDS, compare_promises
from reconciler.rules.compatibility.schemas import compare_schemas

NO_TERMS: Final = Terms(date.min)
"""No exceptions, and words are no errors."""


def compare_tool(
    before: Manifest,
    after: Manifest,
    judges: Judges,
    terms: Terms = NO_TERMS,
    besides: Iterable[ContractFinding] = (),
) -> ToolReport:
    """Return the effect of a changed tool on its callers; `besides` are findings from other files."""
    old, new = before.value, after.value
    on_input = compare_schemas("input", old["spec"], new["spec"], judges)
    on_output = compare_schemas("output", old["spec"], new["spec"], judges)
    raw = [*on_input.findings, *on_output.findings, *compare_promises(old, new), *besides]
    findings = terms.judge(raw, after.ref.name, before.ref.name)
    return ToolReport(
        after.ref.name,
        after.path or "",
        old["spec"]["version"],
        new["spec"]["version"],
        _require_version(old, new, findings),
        on_input.verdict.compatibility,
        on_output.verdict.compatibility,
        findings,
        before.ref.name if before.ref != after.ref else None,
    )


def report_removal(before: Manifest, terms: Terms) -> ToolReport:
    """Return the effect of the removal of a tool: a break, unless an earlier commit announced the removal."""
    spec = before.value["spec"]
    last_day = spec.get("deprecation", {}).get("removeAfter")
    level: Severity = "break"
    if spec["lifecycle"] not in LIFECYCLES[2:]:
        message = "the tool is removed, and no earlier commit says lifecycle: deprecated"
    elif last_day is not None and terms.today.isoformat() <= last_day:
        message = f"the tool is removed, and may be called until {last_day} (deprecation.removeAfter)"
    else:
        level, message = "warning", "the deprecated tool is removed"
    finding = ContractFinding("contract-removed", level, "tool", (), before.ref.name, ABSENT, message)
    return _report_unharmed(before, None, terms.judge([finding], before.ref.name))


def report_affected(tool: Manifest, findings: Iterable[ContractFinding], terms: Terms) -> ToolReport:
    """Return the effect of other files on an unchanged tool."""
    return _report_unharmed(tool, tool.value["spec"]["version"], terms.judge(findings, tool.ref.name))


def _report_unharmed(tool: Manifest, after: str | None, findings: tuple[ContractFinding, ...]) -> ToolReport:
    """Return the report of a tool whose schemas are not compared."""
    version, unharmed = tool.value["spec"]["version"], Compatibility.COMPATIBLE
    return ToolReport(tool.ref.name, tool.path or "", version, after, None, unharmed, unharmed, findings)


def _require_version(old: dict[str, Any], new: dict[str, Any], findings: tuple[ContractFinding, ...]) -> str | None:
    """Return the least version that covers a change, None if the new version does."""
    before, after = old["spec"]["version"], new["spec"]["version"]
    bump = _choose_bump(findings, _list_changed_parts(old, new))
    least = least_version(before, bump)
    may_fall = any(finding.rule == "contract-version" and finding.exception for finding in findings)
    return None if is_at_least(after, least) or (may_fall and bump is Bump.NONE) else least


def _choose_bump(findings: Iterable[ContractFinding], changed: set[Pointer]) -> Bump:
    demanding = [finding for finding in findings if finding.demands_version]
    if any(finding.level == "break" for finding in demanding):
        return Bump.MAJOR
    if any(finding.level == "warning" or finding.adds for finding in demanding):
        return Bump.MINOR
    excepted = {finding.pointer[:2] for finding in findings if finding.exception}
    return Bump.PATCH if demanding or changed - excepted else Bump.NONE


def _list_changed_parts(old: dict[str, Any], new: dict[str, Any]) -> set[Pointer]:
    """Return the changed parts that demand a version: those of `spec` but the node, and the words."""
    one, other = _read_parts(old), _read_parts(new)
    return {part for part in one.keys() | other.keys() if one.get(part, ABSENT) != other.get(part, ABSENT)}


def _read_parts(manifest: dict[str, Any]) -> dict[Pointer, Any]:
    spec = {("spec", key): value for key, value in manifest["spec"].items() if key not in ("version", "node")}
    return spec | {("metadata", word): manifest["metadata"].get(word) for word in WORDS}
