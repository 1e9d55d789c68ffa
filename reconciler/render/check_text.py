"""The effect of changed tools on callers, as text and JSON."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from reconciler.core.compatibility.replay import Replay
from reconciler.core.compatibility.report import ROUTING, ContractFinding, ExceptionNote, Report, ToolReport
from reconciler.core.difference import ABSENT
from reconciler.core.manifest.exceptions import ExceptionEntry
from reconciler.core.masking import SAMPLE, mask_value
from reconciler.core.pointer import Json, format_pointer, to_json_pointer
from reconciler.core.secrets import mask
from reconciler.render import diagnostics, json_document, replay_text
from reconciler.render.terminal import PLAIN, Paint, disarmed, safe, short

_COLOURS: Final = {"break": "red", "error": "red", "warning": "yellow", "info": "faint", "excepted": "faint"}
_LONGEST_WITNESS: Final = 200
_LONGEST_REASON: Final = 200
_MOST_NOTES: Final = 20


def render_report(
    report: Report, paint: Paint = PLAIN, replays: Mapping[str, Replay] = MappingProxyType({})
) -> Iterator[str]:
    """Yield a report, a tool in turn, the ranges left unsatisfied, the notes about exceptions, and its sum.

    `replays` are the effects on recorded calls, by tool.
    """
    for tool in (*report.tools, *report.affected):
        yield from _render_tool(tool, paint)
        if tool.name in replays:
            yield from (f"  {line}" for line in replay_text.render_replay(replays[tool.name], paint))
    if report.more:
        yield f"... and {report.more:,} more unchanged tools of a service that demands more."
    for problem in (*report.unsatisfied, *report.foreign):
        yield diagnostics.render_diagnostic(problem, paint)
    yield from _note_lines(report.notes, paint)
    if report.policy_from is not None:
        yield f"Policy and exceptions are those of commit {report.policy_from[:12]}."
    yield summary(report)


def summary(report: Report) -> str:
    """Return the summary of a report."""
    count = len(report.tools)
    if not count:
        return f"No tool changed since {report.against[:12]}{_count_others(report)}."
    broken = sum(bool(tool.breaks) for tool in report.tools)
    open_ones = sum(tool.required is not None for tool in report.tools)
    early = sum(tool.after is None and not tool.is_covered for tool in report.tools)
    changed = "1 tool changed" if count == 1 else f"{count} tools changed"
    breaks = "1 breaks callers" if broken == 1 else f"{broken} break callers"
    needs = "1 needs a higher version" if open_ones == 1 else f"{open_ones} need a higher version"
    gone = f", {early} removed without notice" if early else ""
    reworded = sum(bool(tool.errors) for tool in report.tools)
    words = f", {reworded} with other words (--strict)" if reworded else ""
    excepted = sum(finding.exception is not None for tool in report.tools for finding in tool.findings)
    covered = f", {excepted} {'finding' if excepted == 1 else 'findings'} excepted" if excepted else ""
    most = f"{breaks}, {needs}{gone}{words}{covered}"
    return f"{changed} since {report.against[:12]}: {most}{_count_others(report)}."


def _count_others(report: Report) -> str:
    affected, unsatisfied = len(report.affected) + report.more, len(report.unsatisfied)
    demanding = f"; {affected:,} unchanged with a service that demands more" if affected else ""
    ranges = "range" if unsatisfied == 1 else "ranges"
    foreign = len(report.foreign)
    files = "file" if foreign == 1 else "files"
    of_others = f"; {foreign:,} {files} of other teams" if foreign else ""
    return demanding + (f"; {unsatisfied:,} {ranges} of consumers left unsatisfied" if unsatisfied else "") + of_others


def _note_lines(notes: Sequence[ExceptionNote], paint: Paint) -> Iterator[str]:
    for note in notes[:_MOST_NOTES]:
        place, level = paint(safe(note.path, 1000), "bold"), paint(note.level, _COLOURS[note.level])
        yield f"{place}: {level}: {disarmed(note.message)} {_format_rule(note.rule, paint)}"
    if len(notes) > _MOST_NOTES:
        yield f"... and {len(notes) - _MOST_NOTES:,} more exceptions that are expired or unused."


def _format_rule(rule: str, paint: Paint) -> str:
    return paint(f"[{rule}]", "faint")


def _render_tool(tool: ToolReport, paint: Paint) -> Iterator[str]:
    version = f"{tool.before} -> {tool.after}" if tool.after is not None else f"{tool.before}, removed"
    yield f"{paint(safe(tool.path, 1000), 'bold')}: {safe(tool.name)} {version}"
    for finding in tool.findings:
        word = finding.level if finding.exception is None else "excepted"
        level = paint(f"{word:<8}", _COLOURS[word])
        message = disarmed(finding.message)
        place = f"{safe(format_pointer(finding.pointer))}: " if finding.pointer else ""
        yield f"  {level} {place}{message} {_format_rule(finding.rule, paint)}"
        if finding.exception is not None:
            yield f"           {_describe_exception(finding.exception)}"
        elif finding.witness is not None:
            yield f"           for example: {short(mask_value(finding.witness.value, SAMPLE), _LONGEST_WITNESS)}"
    if tool.required is not None:
        yield f"  write `version: {tool.required}`, or higher: {_explain_version(tool)}"


def _describe_exception(entry: ExceptionEntry) -> str:
    return f"by {safe(entry.approver)} until {safe(entry.expires)}: {safe(entry.reason, _LONGEST_REASON)}"


def render_brief(tool: ToolReport, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield the effect of a changed tool on its callers, for a plan."""
    for finding in tool.breaks:
        yield paint(f"breaks callers: {disarmed(finding.message)}", "red")
        if finding.witness is not None:
            yield f"  for example: {short(mask_value(finding.witness.value, SAMPLE))}"
    for finding in tool.findings:
        if finding.level == "warning":
            yield paint(f"warning: {disarmed(finding.message)}", "yellow")
    if not tool.breaks:
        if any(finding.adds for finding in tool.findings):
            yield "adds to the contract"
        elif {finding.rule for finding in tool.findings} == {ROUTING}:
            yield "routing only: models choose by these words"
    # Other changes demand a patch version, which is no news to a reviewer.
    if tool.required is not None and any(f.level != "info" or f.adds for f in tool.findings):
        yield paint(f"version: {tool.required} or higher covers this", "yellow")


def _explain_version(tool: ToolReport) -> str:
    if tool.breaks:
        return "the change breaks callers"
    if any(finding.rule == "contract-version" and finding.exception is None for finding in tool.findings):
        return "a version never falls, nor stays for other content"
    if any(finding.adds and finding.demands_version for finding in tool.findings):
        return "the change adds to the contract"
    return "the tool changed"


def render_report_json(report: Report, replays: Mapping[str, Replay] = MappingProxyType({})) -> str:
    """Return a report as JSON. `replays` are the effects on recorded calls, by tool."""
    tools: list[Json] = [
        _make_tool_document(tool)
        | ({"replay": replay_text.make_replay_document(replays[tool.name])} if tool.name in replays else {})
        for tool in sorted((*report.tools, *report.affected), key=lambda tool: tool.name)
    ]
    unsatisfied: list[Json] = [diagnostics.make_entry(problem) for problem in report.unsatisfied]
    notes: list[Json] = [_note(note) for note in report.notes]
    others: dict[str, Json] = {
        "policyFrom": report.policy_from,
        "moreTools": report.more,
        "unsatisfied": unsatisfied,
        "author": report.author,
        "foreign": [diagnostics.make_entry(problem) for problem in report.foreign],
        "exceptions": notes,
    }
    shown = {key: value for key, value in others.items() if value}
    return json_document.render_json({"against": report.against, "tools": tools, **shown})


def _make_tool_document(tool: ToolReport) -> dict[str, Json]:
    named: dict[str, Json] = {"name": tool.name, "path": tool.path, "before": tool.before, "after": tool.after}
    return named | make_contract_document(tool)


def make_contract_document(tool: ToolReport) -> dict[str, Json]:
    """Return the effect of a changed tool on its callers, for `check` and for a change of a plan."""
    return {
        "requiredVersion": tool.required,
        "input": tool.on_input.value,
        "output": tool.on_output.value,
        "findings": [_make_finding_document(finding) for finding in tool.findings],
    }


def _make_finding_document(finding: ContractFinding) -> Json:
    before, after = (
        None if side is ABSENT else mask_value(side, finding.pointer) for side in (finding.before, finding.after)
    )
    found: dict[str, Json] = {
        "rule": finding.rule,
        "level": finding.level,
        "direction": finding.direction,
        "pointer": mask(to_json_pointer(finding.pointer)),
        "before": before,
        "after": after,
        "message": finding.message,
    }
    witness: dict[str, Json] = (
        {"witness": mask_value(finding.witness.value, SAMPLE)} if finding.witness is not None else {}
    )
    exception: dict[str, Json] = {"exception": _exception(finding.exception)} if finding.exception is not None else {}
    return found | witness | exception


def _exception(entry: ExceptionEntry) -> dict[str, Json]:
    return {"reason": entry.reason, "approver": entry.approver, "expires": entry.expires}


def _note(note: ExceptionNote) -> Json:
    covered: dict[str, Json] = {"tool": note.entry.tool, "covers": note.entry.rule}
    return {"rule": note.rule, "level": note.level, **covered, **_exception(note.entry), "message": note.message}
