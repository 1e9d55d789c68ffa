"""Finds the effects of a plan on callers: what changed tools break, and who calls the tools that callers lose."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from reconciler.core.compatibility.report import ToolReport
from reconciler.core.compatibility.verdict import Compatibility
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Change
from reconciler.core.plan.proposal import Proposal
from reconciler.database.connection import Connection
from reconciler.observed.usage import usage_of


def with_effects(conn: Connection, proposal: Proposal, contract: Contract, limit: int | None) -> Proposal:
    """Return the proposal with the reports of changed tools, and the usage of tools that callers lose.

    Callers lose a tool that is deleted, renamed for them, or broken. A tool counts as broken if no judge could tell.
    With a limit on calls, so does a tool with more calls that was not compared in time.
    """
    tools = [change for change in proposal.plan.changes if change.before and contract.kinds[change.ref.kind].schemas]
    if not tools:
        return proposal
    usage = usage_of(conn, _list_ids(tools)) if limit is not None else {}
    busy = {
        change.ref
        for change in tools
        if limit is not None and change.id in usage and usage[change.id].calls_30_days > limit
    }
    reports = _compare(proposal, contract, busy)
    lost = _list_ids(
        change for change in tools if _is_lost(change, reports.get(change.ref), is_busy=change.ref in busy)
    )
    usage = usage or usage_of(conn, lost)
    return replace(proposal, reports=reports, usage={identity: usage[identity] for identity in lost})


def _list_ids(changes: Iterable[Change]) -> list[str]:
    return [change.id for change in changes if change.id]


def _compare(proposal: Proposal, contract: Contract, first: Collection[Ref]) -> dict[Ref, ToolReport]:
    if not any(change.before and change.after for change in proposal.plan.changes):
        return {}
    # Most plans change no tool, and importing the judges takes a while.
    from reconciler.rules.compatibility.plans import compare_plan  # noqa: PLC0415

    return compare_plan(proposal.plan, contract, first)


def _is_lost(change: Change, report: ToolReport | None, *, is_busy: bool) -> bool:
    if change.before is None or change.after is None:
        return True
    if report is None:
        return is_busy or _read_call_name(change.before) != _read_call_name(change.after)
    return bool(report.breaks) or Compatibility.UNKNOWN in (report.on_input, report.on_output)


def _read_call_name(manifest: Manifest) -> str:
    """Return the name by which agents call a tool."""
    spec = manifest.value.get("spec")
    name = spec.get("toolName") if isinstance(spec, dict) else None
    return name if isinstance(name, str) else manifest.ref.name
