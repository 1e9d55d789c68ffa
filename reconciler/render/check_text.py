"""The effect of changed tools on callers, as text and JSON."""

from collections.abc import Iterator
from typing import Final

from reconciler.core.compatibility.report import ContractFinding, Report, ToolReport
from reconciler.core.difference import ABSENT
from reconciler.core.pointer import Json, show, to_json_pointer
from reconciler.render import json_document
from reconciler.render.terminal import PLAIN, Paint, disarmed, safe, short

_COLOURS: Final = {"break": "red", "warning": "yellow", "info": "faint"}
_LONGEST_WITNESS: Final = 200


def lines(report: Report, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield a report, a tool in turn, and its sum."""
    for tool in report.tools:
        yield from _tool_lines(tool, paint)
    yield summary(report)


def summary(report: Report) -> str:
    """Return the summary of a report."""
    count = len(report.tools)
    if not count:
        return f"No tool changed since {report.against[:12]}."
    broken = sum(bool(tool.breaks) for tool in report.tools)
    open_ones = sum(tool.required is not None for tool in report.tools)
    early = sum(tool.after is None and not tool.is_covered for tool in report.tools)
    changed = "1 tool changed" if count == 1 else f"{count} tools changed"
    breaks = "1 breaks callers" if broken == 1 else f"{broken} break callers"
    needs = "1 needs a higher version" if open_ones == 1 else f"{open_ones} need a higher version"
    gone = f", {early} removed without notice" if early else ""
    return f"{changed} since {report.against[:12]}: {breaks}, {needs}{gone}."


def _tool_lines(tool: ToolReport, paint: Paint) -> Iterator[str]:
    version = f"{tool.before} -> {tool.after}" if tool.after is not None else f"{tool.before}, removed"
    yield f"{paint(safe(tool.path, 1000), 'bold')}: {safe(tool.name)} {version}"
    for finding in tool.findings:
        level = paint(f"{finding.level:<8}", _COLOURS[finding.level])
        message = disarmed(finding.message)
        place = f"{safe(show(finding.pointer))}: " if finding.pointer else ""
        yield f"  {level} {place}{message} {paint(f'[{finding.rule}]', 'faint')}"
        if finding.witness is not None:
            yield f"           for example: {short(finding.witness.value, _LONGEST_WITNESS)}"
    if tool.required is not None:
        yield f"  write `version: {tool.required}`, or higher: {_why(tool)}"


def brief_lines(tool: ToolReport, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield the effect of a changed tool on its callers, for a plan."""
    for finding in tool.breaks:
        yield paint(f"breaks callers: {disarmed(finding.message)}", "red")
        if finding.witness is not None:
            yield f"  for example: {short(finding.witness.value)}"
    for finding in tool.findings:
        if finding.level == "warning":
            yield paint(f"warning: {disarmed(finding.message)}", "yellow")
    if not tool.breaks:
        if any(finding.adds for finding in tool.findings):
            yield "adds to the contract"
        elif {finding.rule for finding in tool.findings} == {"contract-wording"}:
            yield "routing only: models choose by these words"
    # Other changes demand a patch version, which is no news to a reviewer.
    if tool.required is not None and any(f.level != "info" or f.adds for f in tool.findings):
        yield paint(f"version: {tool.required} or higher covers this", "yellow")


def _why(tool: ToolReport) -> str:
    if tool.breaks:
        return "the change breaks callers"
    if any(finding.adds for finding in tool.findings):
        return "the change adds to the contract"
    return "the tool changed"


def document(report: Report) -> str:
    """Return a report as JSON."""
    tools: list[Json] = [_tool(tool) for tool in report.tools]
    return json_document.document({"against": report.against, "tools": tools})


def _tool(tool: ToolReport) -> Json:
    named: dict[str, Json] = {"name": tool.name, "path": tool.path, "before": tool.before, "after": tool.after}
    return named | contract_document(tool)


def contract_document(tool: ToolReport) -> dict[str, Json]:
    """Return the effect of a changed tool on its callers, for `check` and for a change of a plan."""
    return {
        "requiredVersion": tool.required,
        "input": tool.on_input.value,
        "output": tool.on_output.value,
        "findings": [_finding(finding) for finding in tool.findings],
    }


def _finding(finding: ContractFinding) -> Json:
    found: dict[str, Json] = {
        "rule": finding.rule,
        "level": finding.level,
        "direction": finding.direction,
        "pointer": to_json_pointer(finding.pointer),
        "before": None if finding.before is ABSENT else finding.before,
        "after": None if finding.after is ABSENT else finding.after,
        "message": finding.message,
    }
    return found | ({"witness": finding.witness.value} if finding.witness is not None else {})
