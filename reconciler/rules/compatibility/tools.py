"""Compares two states of a tool, and names the version that covers the change."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from reconciler.core.compatibility.report import ContractFinding, Severity, ToolReport
from reconciler.core.compatibility.verdict import Compatibility
from reconciler.core.compatibility.version import Bump, is_at_least, least_version
from reconciler.core.difference import ABSENT
from reconciler.core.manifest.resource import Manifest
from reconciler.rules.compatibility.judges import Judges
from reconciler.rules.compatibility.promises import LIFECYCLES, WORDS, compare_promises
from reconciler.rules.compatibility.schemas import compare_schemas

_LEVELS: Final[tuple[Severity, ...]] = ("break", "warning", "info")


def compare(before: Manifest, after: Manifest, judges: Judges) -> ToolReport:
    """Return the effect of a changed tool on its callers."""
    old, new = before.value, after.value
    on_input = compare_schemas("input", old["spec"], new["spec"], judges)
    on_output = compare_schemas("output", old["spec"], new["spec"], judges)
    findings = [*on_input.findings, *on_output.findings, *compare_promises(old, new)]
    version = new["spec"]["version"]
    least = least_version(
        old["spec"]["version"], _choose_bump(findings, is_changed=_read_contract(old) != _read_contract(new))
    )
    return ToolReport(
        after.ref.name,
        after.path or "",
        old["spec"]["version"],
        version,
        None if is_at_least(version, least) else least,
        on_input.verdict.compatibility,
        on_output.verdict.compatibility,
        tuple(sorted(findings, key=lambda finding: _LEVELS.index(finding.level))),
    )


def report_removal(before: Manifest, today: date) -> ToolReport:
    """Return the effect of the removal of a tool: a break, unless an earlier commit announced the removal."""
    spec = before.value["spec"]
    last_day = spec.get("deprecation", {}).get("removeAfter")
    level: Severity = "break"
    if spec["lifecycle"] not in LIFECYCLES[2:]:
        message = "the tool is removed, and no earlier commit says lifecycle: deprecated"
    elif last_day is not None and today.isoformat() <= last_day:
        message = f"the tool is removed, and may be called until {last_day} (deprecation.removeAfter)"
    else:
        level, message = "warning", "the deprecated tool is removed"
    finding = ContractFinding("contract-removed", level, "tool", (), before.ref.name, ABSENT, message)
    unharmed = Compatibility.COMPATIBLE
    return ToolReport(before.ref.name, before.path or "", spec["version"], None, None, unharmed, unharmed, (finding,))


def _choose_bump(findings: Iterable[ContractFinding], *, is_changed: bool) -> Bump:
    if any(finding.level == "break" for finding in findings):
        return Bump.MAJOR
    if any(finding.level == "warning" or finding.adds for finding in findings):
        return Bump.MINOR
    return Bump.PATCH if is_changed else Bump.NONE


def _read_contract(manifest: dict[str, Any]) -> tuple[Any, ...]:
    """Return the parts of a manifest whose change demands a version: all of `spec` but the node, and the words."""
    spec = {key: value for key, value in manifest["spec"].items() if key not in ("version", "node")}
    return spec, *(manifest["metadata"].get(word) for word in WORDS)
