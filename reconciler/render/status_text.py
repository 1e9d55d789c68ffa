"""Renders the status of a database as text and as JSON values."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Final

from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.kinds import resource_kinds
from reconciler.core.manifest.resource import Ref
from reconciler.core.pointer import Json
from reconciler.core.state.drift import Drift
from reconciler.core.state.freeze import Freeze, Window
from reconciler.core.state.resource import Revision
from reconciler.core.state.status import Contents, Operations, Status
from reconciler.core.state.storage import Storage
from reconciler.core.times import when
from reconciler.render.operations_text import (
    override_document,
    override_lines,
    unheard_document,
    unheard_lines,
)
from reconciler.render.reading_json import revision
from reconciler.render.reading_text import restoration
from reconciler.render.terminal import PLAIN, Paint, safe, short

_MOST_NAMED: Final = 10
# In characters; a longer reason is shown in full by -o json.
_LONGEST_REASON: Final = 200
_NEVER_MIGRATED: Final = "nothing: this database was never migrated. Run: toolreg migrate"


def lines(found: Status, contract: Contract, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield the status: database, storage, contents, operations, freeze."""
    yield f"Database    {safe(found.where, 500)} ({found.server})"
    yield f"Storage     {_format_storage(found.storage, paint)}"
    if found.contents:
        yield from _format_contents(found.contents, contract, paint)
    elif found.storage.applied:
        yield "Contents    cannot be read: these are not the tables that this toolreg knows"
    if found.operations:
        yield from _format_operations(found.operations, paint)
    if found.freeze:
        yield from _format_freeze(found.freeze, paint)


def document(found: Status, contract: Contract) -> dict[str, Json]:
    """Return the whole status, for JSON."""
    contents, beside = found.contents, found.operations
    return {
        "database": found.where,
        "server": found.server,
        "migrations": {
            "current": found.storage.is_current,
            "applied": [*found.storage.applied],
            "pending": [*found.storage.pending],
            "edited": [*found.storage.edited],
            "unknown": [*found.storage.unknown],
            "apiIsCurrent": found.storage.api_is_current,
        },
        "applied": revision(contents.applied) if contents and contents.applied else None,
        "attempted": revision(contents.attempted) if contents and contents.attempted else None,
        "resources": {**_count_kinds(contents, contract)} if contents else None,
        "drift": {how: [*map(str, sorted(refs))] for how, refs in _split_drift(contents.drift)} if contents else None,
        "overrides": [*map(override_document, beside.overrides)] if beside else None,
        "health": [*map(unheard_document, beside.unheard)] if beside else None,
        "freeze": _make_freeze_document(found.freeze) if found.freeze else None,
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


def _format_contents(found: Contents, contract: Contract, paint: Paint) -> Iterator[str]:
    if found.applied:
        yield f"Applied     {_format_revision(found.applied)}"
        if told := restoration(found.applied):
            yield f"{'':12}{safe(told, 1200)}"
        yield f"{'':12}{_format_subject(found.applied)}"
        if left := found.applied.left_undeleted:
            yield f"{'':12}{paint(f'left {left} no longer declared: toolreg plan --ref HEAD shows them', 'yellow')}"
    else:
        yield "Applied     nothing yet. Run: toolreg apply"
    last = found.attempted
    if last and last != found.applied:
        yield f"Attempted   {_format_revision(last)}"
        yield f"{'':12}{paint(safe(f'{last.outcome}: {last.error}', 1000), 'red')}"
    yield f"Resources   {', '.join(_format_count(*pair, contract) for pair in _count_kinds(found, contract).items())}"
    yield from _format_drift(found.drift, paint)


def _count_kinds(found: Contents, contract: Contract) -> dict[str, int]:
    """Return the number of resources of each kind, 0 included."""
    return {**dict.fromkeys((kind.name for kind in resource_kinds(contract)), 0), **found.counts}


def _format_count(kind: str, number: int, contract: Contract) -> str:
    plurals = {known.name: known.plural for known in resource_kinds(contract)}
    word = kind.lower() if number == 1 else plurals.get(kind) or kind
    return f"{number} {safe(word)}"


def _format_revision(found: Revision) -> str:
    commit = f"commit {found.commit[:12]}" if found.commit else "no commit"
    where = "" if found.source == "commit" else f", from the {found.source}"
    return f"revision {found.number}, {commit}{where}, {when(found.finished_at)} by {safe(found.applied_by)}"


def _format_subject(found: Revision) -> str:
    return safe(f"{found.subject or 'no message'} ({found.author or 'no author'})")


def _format_drift(found: Drift, paint: Paint) -> Iterator[str]:
    if not found:
        yield "Drift       none"
        return
    said = {"changed": "changed by hand", "missing": "removed by hand", "unmanaged": "put in by hand"}
    title = "Drift"
    for how, refs in _split_drift(found):
        if refs:
            yield f"{title:12}{paint(f'{len(refs)} {said[how]}: {_list_refs(refs)}', 'yellow')}"
            title = ""
    yield f"{title:12}toolreg drift shows how, since when and by whom."


def _format_operations(found: Operations, paint: Paint) -> Iterator[str]:
    yield from _add_title("Overrides", override_lines(found.overrides), paint)
    yield from _add_title("Health", unheard_lines(found.unheard), paint)


def _format_freeze(found: Freeze, paint: Paint) -> Iterator[str]:
    suspended = [safe(f"{found.suspension}. toolreg resume ends that", 1000)] if found.suspension else []
    yield from _add_title("Suspended", suspended, paint)
    unknown = [safe(found.unknown, 1000)] if found.unknown else []
    yield from _add_title(
        "Frozen", [*(f"until {when(one.ends)}{_format_reason(one)}" for one in found.windows), *unknown], paint
    )
    if found.next:
        yield f"Next freeze {when(found.next.begins)} until {when(found.next.ends)}{_format_reason(found.next)}"


def _format_reason(window: Window) -> str:
    return f" by {window.name} of registry.yaml: {short(window.reason, _LONGEST_REASON)}"


def _make_freeze_document(found: Freeze) -> Json:
    suspended = found.suspension
    return {
        "suspension": {
            "reason": suspended.reason,
            "by": suspended.by,
            "since": when(suspended.since),
            "until": when(suspended.until) if suspended.until else None,
        }
        if suspended
        else None,
        "windows": [*map(_make_window_document, found.windows)],
        "next": _make_window_document(found.next) if found.next else None,
        "unknown": found.unknown,
    }


def _make_window_document(window: Window) -> Json:
    return {
        "window": window.name,
        "reason": window.reason,
        "from": when(window.begins),
        "until": when(window.ends),
    }


def _add_title(title: str, lines: Iterable[str], paint: Paint) -> Iterator[str]:
    """Yield lines in a column of their own, the first behind a title."""
    for line in lines:
        yield f"{title:12}{paint(line, 'yellow')}"
        title = ""


def _split_drift(found: Drift) -> tuple[tuple[str, Collection[Ref]], ...]:
    return (("changed", found.changed), ("missing", found.missing), ("unmanaged", found.unmanaged))


def _list_refs(refs: Collection[Ref]) -> str:
    named = ", ".join(safe(str(ref)) for ref in islice(sorted(refs), _MOST_NAMED))
    return f"{named} and {len(refs) - _MOST_NAMED} more" if len(refs) > _MOST_NAMED else named
