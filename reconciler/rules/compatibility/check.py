"""Checks every tool changed since a commit, without a database or network."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from reconciler.core.compatibility.report import ExceptionNote, Report, ToolReport
from reconciler.core.compatibility.terms import Terms, list_unused, tell_expired, tell_unused
from reconciler.core.errors import InvalidRegistry, ToolregError
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.exceptions import problems
from reconciler.core.manifest.resource import Manifest, Ref, find_former
from reconciler.desired.git_files import GitTree
from reconciler.desired.load import Loaded, load_manifests, locate_problems
from reconciler.desired.source import Delta, Source, entries_at
from reconciler.rules.compatibility.consumers import find_unsatisfied
from reconciler.rules.compatibility.judges import Judges
from reconciler.rules.compatibility.services import (
    Increase,
    find_increases,
    find_unchanged_tools,
    list_tool_names,
    make_findings,
)
from reconciler.rules.compatibility.tools import compare_tool, report_affected, report_removal

_MOST_AFFECTED: Final = 100
"""The number of unchanged tools in a report."""


class _Changes(NamedTuple):
    """The resources in changed files: on both sides, before and after, and those that are gone."""

    pairs: list[tuple[Manifest, Manifest]]
    gone: list[Manifest]


def find_breaks(source: Source, base: GitTree, contract: Contract, terms: Terms) -> Report:
    """Return the effect of the changes since `base` on callers. Raises InvalidRegistry for an invalid manifest."""
    delta = source.find_changes_since(base.commit.id)
    if delta is None:
        raise ToolregError(f"what changed since {base.commit.id[:12]} cannot be told; git fetch --unshallow")
    loaded = load_manifests(source, delta.entries, contract)
    # The exceptions in force may be those of another commit; these are a part of the change.
    if invalid := (*loaded.diagnostics, *locate_problems(source, problems(loaded.exceptions))):
        raise InvalidRegistry(invalid)
    # An invalid manifest at the base is no contract for callers.
    before = load_manifests(base, entries_at(base, delta.paths), contract)
    unsatisfied = find_unsatisfied(source, contract, before.manifests, loaded.manifests, delta.paths)
    tools = _pair(_select_with_schemas(before, contract), _select_with_schemas(loaded, contract))
    others = _pair(_without_schemas(before, contract), _without_schemas(loaded, contract))
    increases = find_increases(others.pairs)
    with Judges() as judges:
        reports = tuple(_report_changes(tools, judges, terms, increases))
    touched = _find_affected(source, delta, tools, increases, contract) if increases else []
    affected = tuple(report_affected(tool, make_findings(tool, increases), terms) for tool in touched[:_MOST_AFFECTED])
    notes = (*tell_expired(terms), *_tell_unused(source, tools, (*reports, *affected), contract, terms))
    more = max(0, len(touched) - _MOST_AFFECTED)
    return Report(base.commit.id, reports, terms.commit, notes, affected, more, tuple(unsatisfied))


def _pair(before: dict[Ref, Manifest], after: dict[Ref, Manifest]) -> _Changes:
    gone = dict(before)
    pairs = []
    for ref, manifest in sorted(after.items()):
        known = before.get(ref)
        if former := find_former(manifest, known):
            known = before.get(former, known)
        if known is not None:
            gone.pop(known.ref, None)
            pairs.append((known, manifest))
    return _Changes(pairs, [manifest for _, manifest in sorted(gone.items())])


def _report_changes(
    tools: _Changes, judges: Judges, terms: Terms, increases: dict[Ref, Increase]
) -> Iterator[ToolReport]:
    for before, after in tools.pairs:
        if before.digest != after.digest:
            yield compare_tool(before, after, judges, terms, make_findings(after, increases))
    for manifest in tools.gone:
        yield report_removal(manifest, terms)


def _find_affected(
    source: Source, delta: Delta, tools: _Changes, increases: dict[Ref, Increase], contract: Contract
) -> list[Manifest]:
    """Return the unchanged tools of services that demand more, sorted; a file may have moved."""
    moved = [after for before, after in tools.pairs if before.digest == after.digest]
    unchanged = find_unchanged_tools(source, delta.paths, increases.keys(), contract)
    affected = [tool for tool in (*moved, *unchanged) if any(make_findings(tool, increases))]
    return sorted(affected, key=lambda tool: tool.ref)


def _tell_unused(
    source: Source, tools: _Changes, reports: Iterable[ToolReport], contract: Contract, terms: Terms
) -> Iterator[ExceptionNote]:
    unused = list_unused(terms, (finding for report in reports for finding in report.findings))
    changed = [pair for pair in tools.pairs if pair[0].digest != pair[1].digest]
    compared = {manifest.ref.name for manifest in (*(tool for pair in changed for tool in pair), *tools.gone)}
    if any(entry.tool not in compared for entry in unused):
        # An exception of a tool that did not change may be for a change to come.
        others = list_tool_names(source, contract) - compared
        unused = [entry for entry in unused if entry.tool not in others]
    return tell_unused(terms, unused, compared)


def _select_with_schemas(loaded: Loaded, contract: Contract) -> dict[Ref, Manifest]:
    """Return the resources of kinds with JSON Schemas of their own: tools."""
    return {manifest.ref: manifest for manifest in loaded.manifests if contract.kinds[manifest.ref.kind].schemas}


def _without_schemas(loaded: Loaded, contract: Contract) -> dict[Ref, Manifest]:
    return {manifest.ref: manifest for manifest in loaded.manifests if not contract.kinds[manifest.ref.kind].schemas}
