"""Makes located remarks of a check and of a plan, for the formats of CI systems."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from reconciler.core.compatibility.report import ContractFinding, Report, ToolReport
from reconciler.core.json_text import to_json_text
from reconciler.core.manifest.layout import REGISTRY_FILE
from reconciler.core.masking import SAMPLE, mask_value
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.core.pointer import Pointer, format_pointer
from reconciler.core.review import Remark
from reconciler.core.rule import Level
from reconciler.core.secrets import mask
from reconciler.desired.load import find_positions
from reconciler.desired.source import Source

_LEVELS: Final = {"break": Level.ERROR, "error": Level.ERROR, "warning": Level.WARNING, "info": Level.INFO}
_LONGEST_WITNESS: Final = 500


class _Found(NamedTuple):
    path: str
    pointer: Pointer
    level: Level
    rule: str
    message: str


def make_check_remarks(source: Source, report: Report) -> list[Remark]:
    """Return the remarks of a check: findings, versions, unsatisfied ranges, files of other teams, and notes."""
    found = [
        *(one for tool in (*report.tools, *report.affected) for one in _list_findings(tool)),
        *(_Found(note.path, (), _LEVELS[note.level], note.rule, note.message) for note in report.notes),
    ]
    return [*_locate(source, found), *map(Remark.of, (*report.unsatisfied, *report.foreign))]


def make_plan_remarks(source: Source, proposal: Proposal) -> list[Remark]:
    """Return the remarks of a plan: refusals, and the effects of its changes on callers."""
    paths = {change.ref: change.resource.path or "" for change in proposal.plan.changes}
    registry = f"{source.folder}/{REGISTRY_FILE}" if source.folder else REGISTRY_FILE
    found = [
        *(
            _Found(path, (), _level_of(refusal), refusal.rule, refusal.in_plan or refusal.message)
            for refusal in proposal.standing
            for path in sorted({paths.get(ref, registry) for ref in refusal.refs} or {registry})
        ),
        *(one for report in proposal.reports.values() for one in _list_findings(report)),
    ]
    return _locate(source, found)


def _level_of(refusal: Refusal) -> Level:
    return Level.WARNING if refusal.temporary else Level.ERROR


def _list_findings(tool: ToolReport) -> Iterator[_Found]:
    """Yield the findings of a tool. A break that the version covers is a warning, an excepted finding a note."""
    for finding in tool.findings:
        yield _Found(tool.path, finding.pointer, _choose_level(finding, tool), finding.rule, _describe(finding, tool))
    if tool.required is not None and tool.after is not None:
        message = f"{tool.name}: version is {tool.after}; write `version: {tool.required}`, or higher, for this change"
        yield _Found(tool.path, ("spec", "version"), Level.ERROR, "contract-version", message)


def _choose_level(finding: ContractFinding, tool: ToolReport) -> Level:
    if finding.exception is not None:
        return Level.INFO
    return Level.WARNING if finding.level == "break" and tool.is_covered else _LEVELS[finding.level]


def _describe(finding: ContractFinding, tool: ToolReport) -> str:
    place = f" {format_pointer(finding.pointer)}:" if finding.pointer else ""
    witness = f"; for example {_format_witness(finding)}" if finding.witness is not None else ""
    excepted = f"; excepted until {finding.exception.expires}" if finding.exception else ""
    return f"{tool.name}:{place} {finding.message}{witness}{excepted}"


def _format_witness(finding: ContractFinding) -> str:
    text = to_json_text(mask_value(finding.witness.value, SAMPLE)) if finding.witness else ""
    return text if len(text) <= _LONGEST_WITNESS else f"{text[:_LONGEST_WITNESS]}..."


def _locate(source: Source, found: Iterable[_Found]) -> list[Remark]:
    listed = list(found)
    places = find_positions(source, [(one.path, one.pointer) for one in listed])
    return [Remark(one.path, *places[one.path, one.pointer], one.level, one.rule, mask(one.message)) for one in listed]
