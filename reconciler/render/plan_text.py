"""Renders a plan for a terminal or a log."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple

from reconciler.core.compatibility.report import ToolReport
from reconciler.core.difference import Comparison, find_differences, list_parts
from reconciler.core.manifest.resource import Ref
from reconciler.core.plan.changes import Action, Change, Plan
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.core.plan.teams import list_teams
from reconciler.core.state.drift import DriftKind, Unrepaired
from reconciler.core.state.overrides import Override
from reconciler.core.state.usage import Usage
from reconciler.render import check_text, usage_text
from reconciler.render.advice_text import render_probable_renames, render_teams
from reconciler.render.difference_text import render_field, render_part
from reconciler.render.operations_text import render_overrides
from reconciler.render.terminal import PLAIN, Paint, safe

_SIGNS: Final = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.MOVE: (">", "yellow"),
    Action.DELETE: ("-", "red"),
}
# Above this count, screens of fields of new resources would hide the updates.
_FIELDS_OF_ALL: Final = 50
_BRIEFLY: Final = 60
# Former names shown of a resource renamed several times.
_MOST_NAMES: Final = 5


class Details(NamedTuple):
    """The details shown of changes. With `full`, all fields of all changes are shown whole.

    `reports` are the effects of changed tools on callers, `usage` the calls of deleted, renamed and broken tools by
    identity, `ways` the names of renamed resources between the former and the new name.
    """

    full: bool = False
    reports: Mapping[Ref, ToolReport] = MappingProxyType({})
    compare: Comparison = find_differences
    ways: Mapping[Ref, Sequence[str]] = MappingProxyType({})
    usage: Mapping[str, Usage] = MappingProxyType({})


NO_DETAILS: Final = Details()


def render_plan(proposal: Proposal, paint: Paint = PLAIN, details: Details = NO_DETAILS) -> Iterator[str]:
    """Yield the lines of a plan: changes with fields and blocks, resources left alone, a summary, the digest."""
    plan = proposal.plan
    ordered = _put_breaks_first(proposal) if proposal.base else plan
    yield from render_changes(ordered, paint, add_context(details, proposal), proposal.standing)
    for ref in proposal.left:
        yield paint(f"  ! {safe(str(ref))} is no longer declared; it stays, since nothing is to be deleted", "yellow")
    for ref in plan.unmanaged:
        yield paint(f"  ! {safe(str(ref))} is in the database but was never applied; it stays as it is", "yellow")
    yield from (paint(f"  ! {line}", "yellow") for line in map(_describe_unrepaired, proposal.unrepaired))
    yield from render_probable_renames(proposal.probable_renames, paint)
    yield from render_teams(list_teams(plan))
    if plan.changes or proposal.left or proposal.unrepaired:
        yield ""
    yield from _list_overrides(proposal.overrides, paint)
    yield format_plan_summary(proposal)
    if plan.changes:
        yield f"Plan digest: {plan.digest}"
    for environment in proposal.environments:
        yield from _render_environment(proposal, environment, paint, details)


def _render_environment(proposal: Proposal, environment: str, paint: Paint, details: Details) -> Iterator[str]:
    """Yield the changes of an environment that differ from the plan of the manifests as written."""
    own, left = proposal.list_own(environment)
    planned = proposal.environments[environment]
    yield ""
    yield paint(f"Environment {safe(environment)}{':' if own or left else ': the same changes'}", "bold")
    plan = replace(planned.plan, changes=own)
    yield from render_changes(plan, paint, add_context(details, planned), planned.standing)
    yield from (f"  = {safe(str(ref))} stays as it is: a patch says what it says" for ref in left)


def render_changes(
    plan: Plan,
    paint: Paint = PLAIN,
    details: Details = NO_DETAILS,
    standing: Sequence[Refusal] = (),
    said: Callable[[Action], str] = str,
) -> Iterator[str]:
    """Yield each change with its fields and blocking refusals. `said` formats an action."""
    brief = len(plan.changes) > _FIELDS_OF_ALL and not details.full
    for change in plan.changes:
        yield _format_headline(change, said(change.action), paint, details.ways.get(change.ref, ()))
        yield from (f"      {paint(f'blocked: {safe(why)}', 'red')}" for why in _list_blocks(change, standing))
        yield from (f"      {line}" for line in _list_effects(change, paint, details))
        if change.action in (Action.UPDATE, Action.MOVE) or not brief:
            fields = render_fields(change, paint, details)
            yield from (f"      {line}" for line in fields or ["already as declared; recorded as applied"])
    if brief:
        yield f"With more than {_FIELDS_OF_ALL} changes, fields are shown of updates only; --full shows all."


def _put_breaks_first(proposal: Proposal) -> Plan:
    """Return a plan to show, with the changes first that take a resource from its callers, or break a tool."""

    def is_kept(change: Change) -> bool:
        report = proposal.reports.get(change.ref)
        return change.action not in (Action.DELETE, Action.MOVE) and not (report and report.breaks)

    return replace(proposal.plan, changes=tuple(sorted(proposal.plan.changes, key=is_kept)))


def add_context(details: Details, proposal: Proposal) -> Details:
    """Return the details, with the effects on callers that the proposal knows."""
    return details._replace(reports=proposal.reports, ways=proposal.trail.ways, usage=proposal.usage)


def _list_effects(change: Change, paint: Paint, details: Details) -> Iterator[str]:
    """Yield the effect of a change on callers, and the calls of a tool that they lose."""
    if change.before and change.after and change.ref in details.reports:
        yield from check_text.render_brief(details.reports[change.ref], paint)
    if change.before and change.id and change.id in details.usage:
        yield from usage_text.render_usage(details.usage[change.id])


def render_first_refusals(proposal: Proposal, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield refusals shown above the plan, such as a branch that is behind the applied commit."""
    for refusal in proposal.standing:
        if refusal.in_plan:
            yield paint(f"Applying this would be refused now: {safe(refusal.in_plan, 2000)}", "yellow")


def render_refusals(proposal: Proposal, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield the other standing refusals: neither tied to a change nor shown above the plan."""
    for refusal in proposal.standing:
        if not refusal.refs and not refusal.in_plan:
            yield paint(f"Applying this would be refused now: {safe(refusal.message, 2000)}", "yellow")


def render_overridden(proposal: Proposal, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield the overridden refusals of the whole plan."""
    for refusal in proposal.refusals:
        if refusal.waived and not refusal.refs:
            yield paint(f"Overridden: {safe(refusal.message, 2000)}", "yellow")


def _list_blocks(change: Change, standing: Iterable[Refusal]) -> Iterator[str]:
    for refusal in standing:
        if change.ref in refusal.refs:
            yield refusal.why


def _format_headline(change: Change, said: str, paint: Paint, way: Sequence[str]) -> str:
    sign, colour = _SIGNS[change.action]
    moved = _format_former_names(change.before.ref, way) if change.action is Action.MOVE and change.before else ""
    drifted = ", changed by hand in the database" if change.drifted else ""
    place = safe(change.resource.path or "")
    where = f"  {place}" if change.action is not Action.DELETE else f"  was {place}"
    head = f"  {sign} {said} {safe(str(change.ref))}{moved}{drifted}"
    return paint(head, colour) + paint(where, "faint")


def _format_former_names(before: Ref, way: Sequence[str]) -> str:
    """Return the former name, and the names in between for a rename over several commits."""
    shown = [safe(name) for name in way[:_MOST_NAMES]]
    more = f" and {len(way) - len(shown)} more" if len(way) > len(shown) else ""
    through = f", then {', '.join(shown)}{more}" if shown else ""
    return f" (was {safe(before.name)}{through})"


def _list_overrides(overrides: Sequence[Override], paint: Paint) -> Iterator[str]:
    if overrides:
        yield paint("Overrides in effect (set by operators, not changed by apply):", "yellow")
        yield from (f"  {line}" for line in render_overrides(overrides))
        yield ""


def render_fields(change: Change, paint: Paint, details: Details) -> list[str]:
    """Return the lines of the fields of a change."""
    full = details.full
    if change.before and change.after:
        changed = details.compare(change.before.value, change.after.value)
        return [line for difference in changed for line in render_field(difference, paint, full=full)]
    # People read the texts of a new or deleted resource; its nested values would fill screens.
    fields = list_parts(change.resource.value)
    return [render_part(pointer, value, full=full, nested=_BRIEFLY) for pointer, value in fields]


def _describe_unrepaired(unrepaired: Unrepaired) -> str:
    how = "removed" if unrepaired.way is DriftKind.MISSING else "changed"
    names = ", ".join(safe(str(ref)) for ref in unrepaired.named_by)
    named = f", although {names} name{'' if len(unrepaired.named_by) > 1 else 's'} it" if names else ""
    return (
        f"{safe(str(unrepaired.ref))} was {how} by hand in the database; it stays so, since spec.drift is report{named}"
    )


def format_plan_summary(proposal: Proposal) -> str:
    """Return the numbers of changes, by action."""
    plan = proposal.plan
    moved = f", {plan.count(Action.MOVE)} to move" if plan.count(Action.MOVE) else ""
    if not plan:
        left = ["what is no longer declared"] if proposal.left else []
        unrepaired = ["what was changed by hand"] if proposal.unrepaired else []
        but = f", but for {' and '.join(left + unrepaired)}" if proposal.left or proposal.unrepaired else ""
        if proposal.base:
            return f"Nothing to do: the files match commit {proposal.base[:12]}{but}."
        return f"Nothing to do: the database matches{but}."
    return (
        f"Plan: {plan.count(Action.CREATE)} to create, {plan.count(Action.UPDATE)} to update{moved}, "
        f"{plan.count(Action.DELETE)} to delete."
    )
