"""Renders the effect of changed tools on callers as a comment on a pull request."""

from collections.abc import Iterator

from reconciler.core.compatibility.report import ContractFinding, Report, ToolReport
from reconciler.core.masking import SAMPLE, mask_value
from reconciler.core.pointer import format_pointer
from reconciler.core.review import LONGEST_COMMENT
from reconciler.render import diagnostics
from reconciler.render.check_text import summary
from reconciler.render.markdown import Block, code, make_comment
from reconciler.render.terminal import short

_LONGEST_WITNESS = 500


def render_check_comment(report: Report, longest: int = LONGEST_COMMENT) -> str:
    """Return the comment for a check, in at most `longest` characters: uncovered changes first."""
    head = Block(f"### toolreg check: {'covered' if report.is_covered else 'not covered'}\n\n{code(summary(report))}")
    tools = sorted(report.tools, key=lambda tool: (tool.is_covered, not tool.breaks, tool.name))
    problems = (*report.foreign, *report.unsatisfied)
    others = [Block(f"- {code(diagnostics.render_diagnostic(problem))}", 1) for problem in problems]
    notes = [Block(f"- {note.level}: {code(note.message)} {code(note.rule)}", 1) for note in report.notes]
    listed = [Block("\n".join(_render_tool_item(tool)), 1) for tool in (*tools, *report.affected)]
    return make_comment("check", [head, *others, *listed, *notes], "findings", longest)


def _render_tool_item(tool: ToolReport) -> Iterator[str]:
    after = f"to {code(tool.after)}" if tool.after is not None else "removed"
    needs = f", write {code(f'version: {tool.required}')} or higher" if tool.required is not None else ""
    yield f"- {code(tool.path)}: {code(tool.name)} {code(str(tool.before))} {after}{needs}"
    for finding in tool.findings:
        yield from (f"  {line}" for line in render_finding(finding))


def render_finding(finding: ContractFinding) -> Iterator[str]:
    """Yield the lines of a finding, as an item of a list."""
    place = f"{code(format_pointer(finding.pointer))}: " if finding.pointer else ""
    yield f"- **{finding.level}** {place}{code(finding.message)} {code(finding.rule)}"
    if finding.exception is not None:
        yield f"  excepted by {code(finding.exception.approver)} until {code(finding.exception.expires)}"
    elif finding.witness is not None:
        yield f"  for example {code(short(mask_value(finding.witness.value, SAMPLE), _LONGEST_WITNESS))}"
