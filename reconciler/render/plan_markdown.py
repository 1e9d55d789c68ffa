"""Renders a plan as a comment on a pull request: refusals and breaks first, then each team's changes, collapsed."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from reconciler.core.compatibility.report import ToolReport
from reconciler.core.plan.changes import Action, Change
from reconciler.core.plan.proposal import Proposal
from reconciler.core.review import LONGEST_COMMENT
from reconciler.render.advice_text import render_probable_renames
from reconciler.render.check_markdown import render_finding
from reconciler.render.markdown import Block, code, collapse, fence_lines, html_code, make_comment
from reconciler.render.plan_text import Details, add_context, format_plan_summary, render_fields
from reconciler.render.terminal import PLAIN
from reconciler.render.usage_text import render_usage

_MOST_LINES: Final = 60
_LONGEST_LINE: Final = 2000


def render_plan_comment(proposal: Proposal, details: Details, longest: int = LONGEST_COMMENT) -> str:
    """Return the comment for a plan, in at most `longest` characters."""
    details = add_context(details, proposal)
    blocks = [Block(f"### toolreg plan: {format_plan_summary(proposal).removeprefix('Plan: ')}")]
    blocks += _make_refusal_blocks(proposal)
    blocks += _make_break_blocks(proposal, details)
    blocks += [
        Block(f"- {code(line.strip(), 2000)}") for line in render_probable_renames(proposal.probable_renames, PLAIN)
    ]
    by_team: dict[str, list[Change]] = defaultdict(list)
    for change in proposal.plan.changes:
        by_team[_find_owner(change)].append(change)
    for team, changes in sorted(by_team.items()):
        named = f"Team {code(team)}" if team else "Without an owner"
        counted = "1 change" if len(changes) == 1 else f"{len(changes):,} changes"
        blocks.append(Block(f"#### {named}: {counted}"))
        blocks += [Block(_format_change(change, details), 1) for change in changes]
    for environment in proposal.environments:
        blocks += _make_environment_blocks(proposal, environment, details)
    return make_comment("plan", blocks, "changes", longest)


def _make_environment_blocks(proposal: Proposal, environment: str, details: Details) -> Iterator[Block]:
    """Yield the changes of an environment that differ from those of the manifests as written."""
    own, left = proposal.list_own(environment)
    if own or left:
        yield Block(f"#### Environment {code(environment)}")
        planned = add_context(details, proposal.environments[environment])
        yield from (Block(_format_change(change, planned), 1) for change in own)
        yield from (Block(f"- {code(str(ref))} stays as it is", 1) for ref in left)


def _make_refusal_blocks(proposal: Proposal) -> Iterator[Block]:
    if standing := proposal.standing:
        lines = [f"- {code(refusal.in_plan or refusal.message, 2000)} {code(refusal.rule)}" for refusal in standing]
        yield Block("\n".join(["#### Applying this would be refused now", *lines]))


def _make_break_blocks(proposal: Proposal, details: Details) -> Iterator[Block]:
    changed = [(change, details.reports.get(change.ref)) for change in proposal.plan.changes]
    broken = [(change, report) for change, report in changed if report and report.breaks]
    if broken:
        yield Block("#### Breaks callers")
        yield from (Block("\n".join(_render_breaks(change, report, details)), 1) for change, report in broken)


def _render_breaks(change: Change, report: ToolReport, details: Details) -> Iterator[str]:
    needs = f"write {code(f'version: {report.required}')} or higher" if report.required else "covered by its version"
    versions = f"{code(str(report.before))} to {code(str(report.after))}" if report.after else code(str(report.before))
    yield f"- {code(str(change.ref))} {versions}, {needs if report.after else 'removed'}"
    for finding in report.breaks:
        yield from (f"  {line}" for line in render_finding(finding))
    if change.id and (usage := details.usage.get(change.id)):
        yield from (f"  - {code(line)}" for line in render_usage(usage))


def _format_change(change: Change, details: Details) -> str:
    report = details.reports.get(change.ref)
    former = change.before.ref.name if change.before and change.action is Action.MOVE else None
    was = f" (was {html_code(former)})" if former else ""
    breaks = ", breaks callers" if report and report.breaks else ""
    lines = [_clip(line) for line in render_fields(change, PLAIN, details)]
    left = len(lines) - _MOST_LINES
    shown = lines[:_MOST_LINES] + ([f"{left} more lines: toolreg plan --full"] if left > 0 else [])
    summary = f"{change.action} {html_code(str(change.ref))}{was}{breaks}"
    return collapse(summary, fence_lines(shown or ["already as declared; recorded as applied"], "diff"))


def _clip(line: str) -> str:
    """Return a line of a field without the indentation of a changed text, to be coloured as a difference."""
    line = line.removeprefix("  ")
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..."


def _find_owner(change: Change) -> str:
    metadata = change.resource.value.get("metadata")
    owner = metadata.get("owner") if isinstance(metadata, dict) else None
    return owner if isinstance(owner, str) else ""
