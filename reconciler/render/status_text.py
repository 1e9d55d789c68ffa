"""Renders the status of a database as text and as JSON values."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Final

from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.kinds import list_resource_kinds
from reconciler.core.manifest.resource import Ref
from reconciler.core.pointer import Json
from reconciler.core.state.drift import Drift
from reconciler.core.state.freeze import Freeze, Window
from reconciler.core.state.resource import Revision
from reconciler.core.state.status import Contents, Loops, Operations, Status
from reconciler.core.state.storage import Storage
from reconciler.core.times import format_time
from reconciler.render.operations_text import (
    make_override_document,
    make_unheard_document,
    render_overrides,
    render_unheard,
)
from reconciler.render.reading_json import make_revision_document
from reconciler.render.reading_text import describe_restoration
from reconciler.render.reconciler_text import make_reconciler_document, render_reconciler, render_run
from reconciler.render.terminal import PLAIN, Paint, safe, short

_MOST_NAMED: Final = 10
# In characters; a longer reason is shown in full by -o json.
_LONGEST_REASON: Final = 200
_NEVER_MIGRATED: Final = "nothing: this database was never migrated. Run: toolreg migrate"


def render_status(status: Status, contract: Contract, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield the status: database, storage, contents, operations, freeze."""
    yield f"Database    {safe(status.where, 500)} ({status.server})"
    yield f"Storage     {_format_storage(status.storage, paint)}"
    if status.contents:
        yield from _format_contents(status.contents, contract, paint)
    elif status.storage.applied:
        yield "Contents    cannot be read: these are not the tables that this toolreg knows"
    if status.operations:
        yield from _format_operations(status.operations, paint)
    if status.freeze:
        yield from _format_freeze(status.freeze, paint)
    if status.loops and status.loops.reconcilers:
        yield from _format_loops(status.loops, paint)


def make_status_document(status: Status, contract: Contract) -> dict[str, Json]:
    """Return the whole status, for JSON."""
    contents, beside = status.contents, status.operations
    return {
        "database": status.where,
        "server": status.server,
        "migrations": {
            "current": status.storage.is_current,
            "applied": [*status.storage.applied],
            "pending": [*status.storage.pending],
            "edited": [*status.storage.edited],
            "unknown": [*status.storage.unknown],
            "apiIsCurrent": status.storage.api_is_current,
        },
        "applied": make_revision_document(contents.applied) if contents and contents.applied else None,
        "attempted": make_revision_document(contents.attempted) if contents and contents.attempted else None,
        "registries": {name: make_revision_document(head) for name, head in contents.heads.items()}
        if contents
        else None,
        "resources": {**_count_kinds(contents, contract)} if contents else None,
        "drift": {how: [*map(str, sorted(refs))] for how, refs in _split_drift(contents.drift)} if contents else None,
        "overrides": [*map(make_override_document, beside.overrides)] if beside else None,
        "health": [*map(make_unheard_document, beside.unheard)] if beside else None,
        "freeze": _make_freeze_document(status.freeze) if status.freeze else None,
        "reconcilers": [*map(make_reconciler_document, status.loops.reconcilers)] if status.loops else None,
        "runs": [*map(make_revision_document, status.loops.runs)] if status.loops else None,
    }


def _format_storage(storage: Storage, paint: Paint) -> str:
    if not storage.applied:
        return paint(_NEVER_MIGRATED, "yellow")
    if storage.edited:
        return paint(f"{storage.edited[0]}.sql was edited after it was applied; restore it", "red")
    if storage.unknown:
        return paint(f"{safe(storage.unknown[0])} is not known to this toolreg; install a newer one", "red")
    if storage.pending:
        return paint(f"{len(storage.pending)} pending: {', '.join(storage.pending)}. Run: toolreg migrate", "yellow")
    if not storage.api_is_current:
        return paint("schema api is to be rebuilt. Run: toolreg migrate", "yellow")
    return f"up to date, {len(storage.applied)} migrations applied"


def _format_contents(contents: Contents, contract: Contract, paint: Paint) -> Iterator[str]:
    if len(contents.heads) > 1:
        for name, applied in contents.heads.items():
            yield f"Applied     registry {safe(name)}"
            yield f"{'':12}{_format_revision(applied)}"
            yield from _format_applied(applied, paint)
    elif contents.applied:
        yield f"Applied     {_format_revision(contents.applied)}"
        yield from _format_applied(contents.applied, paint)
    else:
        yield "Applied     nothing yet. Run: toolreg apply"
    last = contents.attempted
    if last and last != contents.applied and last not in contents.heads.values():
        yield f"Attempted   {_format_revision(last)}"
        yield f"{'':12}{paint(safe(f'{last.outcome}: {last.error}', 1000), 'red')}"
    counts = _count_kinds(contents, contract)
    yield f"Resources   {', '.join(_format_count(*pair, contract) for pair in counts.items())}"
    yield from _format_drift(contents.drift, paint)


def _format_applied(applied: Revision, paint: Paint) -> Iterator[str]:
    if told := describe_restoration(applied):
        yield f"{'':12}{safe(told, 1200)}"
    yield f"{'':12}{_format_subject(applied)}"
    if left := applied.left_undeleted:
        yield f"{'':12}{paint(f'left {left} no longer declared: toolreg plan --ref HEAD shows them', 'yellow')}"


def _count_kinds(contents: Contents, contract: Contract) -> dict[str, int]:
    """Return the number of resources of each kind, 0 included."""
    return {**dict.fromkeys((kind.name for kind in list_resource_kinds(contract)), 0), **contents.counts}


def _format_count(kind: str, number: int, contract: Contract) -> str:
    plurals = {known.name: known.plural for known in list_resource_kinds(contract)}
    word = kind.lower() if number == 1 else plurals.get(kind) or kind
    return f"{number} {safe(word)}"


def _format_revision(revision: Revision) -> str:
    commit = f"commit {revision.commit[:12]}" if revision.commit else "no commit"
    where = "" if revision.source == "commit" else f", from the {revision.source}"
    applied = f"{format_time(revision.finished_at)} by {safe(revision.applied_by)}"
    environment = f", environment {safe(revision.environment)}" if revision.environment else ""
    return f"revision {revision.number}, {commit}{where}{environment}, {applied}"


def _format_subject(revision: Revision) -> str:
    return safe(f"{revision.subject or 'no message'} ({revision.author or 'no author'})")


def _format_drift(drift: Drift, paint: Paint) -> Iterator[str]:
    if not drift:
        yield "Drift       none"
        return
    said = {"changed": "changed by hand", "missing": "removed by hand", "unmanaged": "put in by hand"}
    title = "Drift"
    for how, refs in _split_drift(drift):
        if refs:
            yield f"{title:12}{paint(f'{len(refs)} {said[how]}: {_list_refs(refs)}', 'yellow')}"
            title = ""
    yield f"{title:12}toolreg drift shows how, since when and by whom."


def _format_operations(operations: Operations, paint: Paint) -> Iterator[str]:
    yield from _add_title("Overrides", render_overrides(operations.overrides), paint)
    yield from _add_title("Health", render_unheard(operations.unheard), paint)


def _format_loops(loops: Loops, paint: Paint) -> Iterator[str]:
    """Yield the reconcilers and the last runs; without a reconciler, toolreg history has the runs."""
    for reconciler in loops.reconcilers:
        title = "Reconciler"
        for line in render_reconciler(reconciler, paint):
            yield f"{title:12}{line}"
            title = ""
    title = "Last runs"
    for run in loops.runs:
        yield f"{title:12}{render_run(run)}"
        title = ""


def _format_freeze(freeze: Freeze, paint: Paint) -> Iterator[str]:
    suspended = [safe(f"{freeze.suspension}. toolreg resume ends that", 1000)] if freeze.suspension else []
    yield from _add_title("Suspended", suspended, paint)
    unknown = [safe(freeze.unknown, 1000)] if freeze.unknown else []
    yield from _add_title(
        "Frozen", [*(f"until {format_time(one.ends)}{_format_reason(one)}" for one in freeze.windows), *unknown], paint
    )
    if freeze.next:
        span = f"{format_time(freeze.next.begins)} until {format_time(freeze.next.ends)}"
        yield f"Next freeze {span}{_format_reason(freeze.next)}"


def _format_reason(window: Window) -> str:
    return f" by {window.name} of registry.yaml: {short(window.reason, _LONGEST_REASON)}"


def _make_freeze_document(freeze: Freeze) -> Json:
    suspended = freeze.suspension
    return {
        "suspension": {
            "reason": suspended.reason,
            "by": suspended.by,
            "since": format_time(suspended.since),
            "until": format_time(suspended.until) if suspended.until else None,
        }
        if suspended
        else None,
        "windows": [*map(_make_window_document, freeze.windows)],
        "next": _make_window_document(freeze.next) if freeze.next else None,
        "unknown": freeze.unknown,
    }


def _make_window_document(window: Window) -> Json:
    return {
        "window": window.name,
        "reason": window.reason,
        "from": format_time(window.begins),
        "until": format_time(window.ends),
    }


def _add_title(title: str, lines: Iterable[str], paint: Paint) -> Iterator[str]:
    """Yield lines in a column of their own, the first behind a title."""
    for line in lines:
        yield f"{title:12}{paint(line, 'yellow')}"
        title = ""


def _split_drift(drift: Drift) -> tuple[tuple[str, Collection[Ref]], ...]:
    return (("changed", drift.changed), ("missing", drift.missing), ("unmanaged", drift.unmanaged))


def _list_refs(refs: Collection[Ref]) -> str:
    named = ", ".join(safe(str(ref)) for ref in islice(sorted(refs), _MOST_NAMED))
    return f"{named} and {len(refs) - _MOST_NAMED} more" if len(refs) > _MOST_NAMED else named
