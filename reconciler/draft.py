"""A plan for one source: only what changed is read, on either side."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from reconciler import observe, operations
from reconciler.core.consistency import dangling_references, duplicate_names
from reconciler.core.contract import Contract
from reconciler.core.diagnostic import Diagnostic, Problem
from reconciler.core.drift import Drift, Unrepaired, refused_by_absence, refused_by_drift
from reconciler.core.layout import REGISTRY_FILE, Entry, FileType
from reconciler.core.limits import too_many
from reconciler.core.moves import Names, moves, refused_moves, revived
from reconciler.core.plan import Action, Plan
from reconciler.core.refusal import Refusal
from reconciler.core.resource import Manifest, Ref, State
from reconciler.database import Connection
from reconciler.drift import judged_drift, told
from reconciler.errors import InvalidRegistry, Refused
from reconciler.failpoints import reached
from reconciler.git import GitError
from reconciler.load import Loaded, Progress, load, located
from reconciler.names import bearers, unknown_names
from reconciler.signers import problems as wrong_signers
from reconciler.source import Delta, Source, Unreadable
from reconciler.validate import no_registry, validate, without_registry
from reconciler.windows import problems as wrong_windows


@dataclass(frozen=True)
class Draft:
    """A plan, the revision that it starts from, and the registry.yaml that it comes from.

    `left` are resources that are no longer declared and were not to be deleted, `unrepaired` those that stay as
    somebody left them. `overrides` are shown beside the plan and are no part of it: applying leaves them as they are.
    `refusals` are what the guards say.
    """

    plan: Plan
    head: observe.Head | None
    registry: Manifest | None
    left: tuple[Ref, ...] = ()
    overrides: tuple[operations.Override, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unrepaired: tuple[Unrepaired, ...] = ()

    @property
    def standing(self) -> tuple[Refusal, ...]:
        """The refusals that nobody waived."""
        return tuple(refusal for refusal in self.refusals if not refusal.waived)


class NoRegistry(Refused):
    """There is no registry at this place, or none that can be read."""


def draft(
    conn: Connection, source: Source, contract: Contract, progress: Progress = lambda _: None, *, delete: bool = True
) -> Draft:
    """Return what applying would do, without deleting anything if so wished.

    Raises InvalidRegistry with every problem of every file, NoRegistry where registry.yaml is not there.
    """
    try:
        return _draft(conn, source, contract, progress, delete=delete)
    except (GitError, Unreadable) as error:
        raise NoRegistry(f"the registry cannot be read: {error}") from error
    except InvalidRegistry as error:
        # Only what changed was read until here, and nothing beyond the first stage that found a problem.
        _, problems = validate(source, contract, progress)
        everything = (*problems, *error.diagnostics)
        found = {(problem.path, problem.line, problem.column, problem.rule): problem for problem in everything}
        raise InvalidRegistry(tuple(sorted(found.values()))) from error


def _draft(conn: Connection, source: Source, contract: Contract, progress: Progress, *, delete: bool) -> Draft:
    reached("before-observe")
    head = observe.head(conn)
    drift = judged_drift(conn, source, contract)
    delta, rows = _what_changed(conn, source, contract, head, drift)
    reached("after-observe")
    loaded = load(source, [*delta.entries, *_registry_entry(source, delta)], contract, progress)
    _require(loaded.diagnostics)
    _require(located(source, [*wrong_windows(loaded.registry), *wrong_signers(source, loaded.registry)]))
    if rows is None:
        rows = [*observe.touched(conn, _named_by(loaded) | drift.repairable, delta.paths), *drift.lost]
    there = {row.ref: row for row in rows}
    rows = drift.as_applied(rows)
    affected = {row.ref: row for row in rows if row.path in delta.paths or row.ref in drift.repaired}
    kept = {row.ref: row.path or "" for row in rows if row.ref not in affected and row.ref not in drift.unmanaged}
    _require(located(source, duplicate_names(loaded.manifests, kept)))
    desired = {manifest.ref: manifest for manifest in loaded.manifests}
    adopted = {row.ref: row for row in rows if row.ref in drift.unmanaged and row.ref in desired}
    rows_to_change = affected | adopted
    known = bearers(conn, head, desired, rows_to_change, kept)
    names = Names(desired, rows_to_change, kept, known, drift.unmanaged - desired.keys())
    renames = moves(names)
    observed = observe.with_text(conn, rows_to_change, desired, also=drift.found.keys() | set(renames.values()))
    left = () if delete else _undeclared(desired, observed, renames)
    observed = {ref: row for ref, row in observed.items() if ref not in left}
    gone = observed.keys() - desired.keys()
    problems = [
        *refused_moves(names, renames),
        *unknown_names(source, contract, head, names, renames),
        *_dangling(conn, loaded, kept, observed.keys() | drift.unmanaged),
        *_broken_by_removal(conn, source, contract, gone, delta),
    ]
    _require(located(source, problems))
    desired |= revived(names)
    plan = Plan.between(desired, observed, moves=renames, drifted=drift.repaired, unmanaged=drift.unmanaged)
    plan = drift.as_it_is(plan, there)
    created = sum(change.action is Action.CREATE and change.ref not in drift.missing for change in plan.changes)
    if created:
        resources = observe.count(conn) + created - plan.count(Action.DELETE)
        _require(located(source, too_many(loaded.registry, resources)))
    stays = drift.unrepaired(plan) - {*left}
    refusals = (
        *_left_behind(conn, plan, left),
        *refused_by_drift(drift),
        *refused_by_absence(plan, drift, stays),
    )
    overrides = operations.overrides(conn)
    return Draft(plan, head, loaded.registry, left, overrides, refusals, told(conn, plan, drift, stays))


def _undeclared(desired: State, observed: State, renames: Mapping[Ref, Ref]) -> tuple[Ref, ...]:
    return tuple(sorted(observed.keys() - desired.keys() - set(renames.values())))


def _left_behind(conn: Connection, plan: Plan, left: tuple[Ref, ...]) -> Iterator[Refusal]:
    """Yield a refusal for each resource that is left although it names one under a name that is given up."""
    former = {
        change.before.ref: change.ref for change in plan.changes if change.before and change.action is Action.MOVE
    }
    if not left or not former:
        return
    for source, _, pointer, target in observe.dependants(conn, former):
        if source in left:
            message = (
                f"{source} cannot be left: {pointer} in it names {target}, which is renamed."
                " Apply without --no-delete, or rename in a later revision"
            )
            yield Refusal("left-behind", message, f"{source} is left and names it", frozenset({former[target]}))


def _require(problems: Iterable[Diagnostic]) -> None:
    """Raise InvalidRegistry unless there are none."""
    if found := set(problems):
        raise InvalidRegistry(tuple(sorted(found)))


def _require_registry(problems: Iterable[Diagnostic]) -> None:
    """Raise NoRegistry unless there are none: a folder that is not there must not pass for one that was emptied."""
    for problem in problems:
        raise NoRegistry(f"{problem.path}: {problem.message}")


def _what_changed(
    conn: Connection,
    source: Source,
    contract: Contract,
    head: observe.Head | None,
    drift: Drift,
) -> tuple[Delta, list[Manifest] | None]:
    """Return the files to read, and the rows where all of them had to be looked at to know; the missing ones, too.

    Where git can say what changed since the applied commit, nothing else is looked at: the cost follows the change.
    """
    judged_alike = head is not None and head.contract == contract.digest
    # Rows that no registry owns do not matter: a file that declares one is new to git, too.
    is_whole = head is not None and not head.left_undeleted and not drift.repaired
    if judged_alike and is_whole and head and head.commit and (head.source, head.folder) == ("commit", source.folder):
        delta = source.changed_since(head.commit)
        if delta is not None:
            return delta, None
    rows = [*observe.everything(conn), *drift.lost]
    applied = drift.as_applied(rows)
    known = {row.path: row.blob for row in applied if row.ref not in drift.unread} if judged_alike else {}
    entries = source.entries()
    _require_registry(without_registry(source, entries))
    paths = {entry.path for entry in entries}
    return Delta(
        tuple(entry for entry in entries if not _is_known(entry, known)),
        frozenset(row.path for row in applied if row.path and row.path not in paths),
    ), rows


def _is_known(entry: Entry, known: Mapping[str | None, str | None]) -> bool:
    return entry.type is FileType.FILE and entry.blob is not None and known.get(entry.path) == entry.blob


def _registry_entry(source: Source, delta: Delta) -> list[Entry]:
    """Return registry.yaml, which is needed whether it changed or not."""
    if any(entry.inside == REGISTRY_FILE for entry in delta.entries):
        return []
    entry = source.entry(REGISTRY_FILE)
    if entry is None:
        _require_registry([no_registry(source)])
        return []
    return [entry]


def _named_by(loaded: Loaded) -> set[Ref]:
    """Return every resource that some manifests are, were or name."""
    named = {manifest.ref for manifest in loaded.manifests}
    named |= {manifest.former for manifest in loaded.manifests if manifest.former}
    return named | {reference.target for manifest in loaded.manifests for reference in manifest.references}


def _dangling(
    conn: Connection, loaded: Loaded, kept: Mapping[Ref, str], left_out: AbstractSet[Ref]
) -> Iterator[Problem]:
    """Yield a problem for each reference to nothing, which suggests a name of any file, also of those not read."""
    if any(dangling_references(loaded.manifests, kept)):
        unchanged = {row.ref for row in observe.everything(conn)} - left_out
        yield from dangling_references(loaded.manifests, unchanged | kept.keys())


def _broken_by_removal(
    conn: Connection, source: Source, contract: Contract, gone: AbstractSet[Ref], delta: Delta
) -> Iterator[Problem]:
    """Yield a problem for each reference in a file that did not change to a resource that is removed."""
    paths = {path for _, path, _, _ in observe.dependants(conn, gone)} - delta.paths if gone else set()
    entries = [entry for entry in source.entries() if entry.path in paths] if paths else []
    for manifest in load(source, entries, contract).manifests:
        for reference in manifest.references:
            if reference.target in gone:
                message = f"this revision removes {reference.target}, which is still named here; remove this too"
                yield Problem(manifest.path or "", reference.pointer, "dangling-reference", message)
