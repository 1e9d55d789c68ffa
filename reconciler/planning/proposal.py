"""Plans the apply of a source, from the changed files and the affected rows alone."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace

from reconciler.core.errors import InvalidRegistry
from reconciler.core.manifest.consistency import find_dangling_references, find_duplicate_names, find_self_moves
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.limits import check_resource_limit
from reconciler.core.manifest.policy import read_policy
from reconciler.core.manifest.resource import Ref, State
from reconciler.core.plan.changes import Action, Plan
from reconciler.core.plan.formatting import keep_stored_order
from reconciler.core.plan.probable_renames import find_probable_renames
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.core.state.drift import refuse_on_absence, refuse_on_drift
from reconciler.database.connection import Connection
from reconciler.desired.git.process import GitError
from reconciler.desired.load import Progress, load_manifests, locate_problems
from reconciler.desired.source import Delta, Source, Unreadable
from reconciler.observed import registries, runtime, stored
from reconciler.observed.drift import find_unrepaired
from reconciler.planning.affected import Affected, find_affected
from reconciler.planning.misfits import find_misfits, refuse_untold
from reconciler.planning.ranges import find_unsatisfied
from reconciler.planning.renames import Names, find_names
from reconciler.planning.trail import make_trail
from reconciler.rules.environments import find_stray_patches
from reconciler.rules.validation import NoRegistry, require_valid, validate_registry


def propose(
    conn: Connection, source: Source, contract: Contract, progress: Progress = lambda _: None, *, delete: bool = True
) -> Proposal:
    """Return the proposal for an apply; with `delete=False`, undeclared resources are left.

    Raises InvalidRegistry with every problem of every file, NoRegistry if registry.yaml is missing or unreadable.
    """
    try:
        return _make_proposal(conn, source, contract, progress, delete=delete)
    except (GitError, Unreadable) as error:
        raise NoRegistry(f"the registry cannot be read: {error}") from error
    except InvalidRegistry as error:
        # Only changed files were read until here, and only up to the first stage with a problem.
        problems = [*error.diagnostics]
        with suppress(GitError, Unreadable):
            problems = [*validate_registry(source, contract, progress)[1], *problems]
            problems += find_stray_patches(source, contract)
        unique = {(problem.path, problem.line, problem.column, problem.rule): problem for problem in problems}
        raise InvalidRegistry(tuple(sorted(unique.values()))) from error


def _make_proposal(
    conn: Connection, source: Source, contract: Contract, progress: Progress, *, delete: bool
) -> Proposal:
    affected = find_affected(conn, source, contract, progress)
    require_valid(
        locate_problems(
            source,
            [
                *find_duplicate_names(affected.loaded.manifests, affected.kept),
                *find_self_moves(affected.loaded.manifests),
            ],
        )
    )
    names = find_names(conn, source, contract, affected)
    renames = names.renames
    affected = affected.widen(source, renames.keys() | names.renewed, contract)
    head, drift, loaded = affected.head, affected.drift, affected.loaded
    also = drift.found.keys() | set(renames.values()) | names.renewed
    observed = stored.add_text(conn, affected.resources, affected.desired, also=also)
    left = () if delete else _list_undeclared(affected.desired, observed, renames)
    observed = {ref: row for ref, row in observed.items() if ref not in left}
    problems = [
        *find_misfits(names, affected),
        *_find_dangling(conn, affected, observed.keys() | drift.unmanaged),
        *_find_unshared(conn, source, contract, affected),
        *_find_broken_by_removal(conn, source, contract, observed.keys() - affected.desired.keys(), affected.delta),
        *find_unsatisfied(conn, source, contract, affected),
    ]
    require_valid(locate_problems(source, problems))
    drifted = drift.found.keys() | names.renewed | renames.keys()
    stored_order = keep_stored_order(affected.desired, observed, contract, drifted)
    desired = {ref: replace(manifest, id=names.find_identity(ref)) for ref, manifest in stored_order.items()}
    plan = Plan.between(
        desired, observed, moves=renames, renewed=names.renewed, drifted=drift.repaired, unmanaged=drift.unmanaged
    )
    plan = drift.as_it_is(plan, affected.there)
    require_valid(locate_problems(source, _check_limit(conn, plan, affected)))
    stays = drift.select_unrepaired(plan) - {*left}
    refusals = (
        *refuse_untold(names, affected, source),
        *_refuse_left_behind(conn, plan, left),
        *_refuse_nameless(names, delete=delete),
        *refuse_on_drift(drift),
        *refuse_on_absence(plan, drift, stays),
    )
    overrides = runtime.read_overrides(conn)
    unrepaired = find_unrepaired(conn, plan, drift, stays)
    return Proposal(
        plan,
        head,
        loaded.registry,
        left,
        overrides,
        refusals,
        unrepaired,
        make_trail(names, left),
        probable_renames=find_probable_renames(plan),
        name=affected.name,
    )


def _check_limit(conn: Connection, plan: Plan, affected: Affected) -> Iterator[Problem]:
    missing = affected.drift.missing
    created = sum(change.action is Action.CREATE and change.ref not in missing for change in plan.changes)
    if created:
        resources = stored.count_declared(conn, affected.registry) + created - plan.count(Action.DELETE)
        yield from check_resource_limit(affected.loaded.registry, resources)


def _list_undeclared(desired: State, observed: State, renames: Mapping[Ref, Ref]) -> tuple[Ref, ...]:
    return tuple(sorted(observed.keys() - desired.keys() - set(renames.values())))


def _refuse_nameless(names: Names, *, delete: bool) -> Iterator[Refusal]:
    """Yield a refusal for each resource to be left although another resource now has its name."""
    for ref in sorted(names.renewed) if not delete else ():
        message = f"{ref} cannot be left: another resource has this name now. Apply without --no-delete"
        yield Refusal("left-behind", message, "it would be two", frozenset({ref}))


def _refuse_left_behind(conn: Connection, plan: Plan, left: tuple[Ref, ...]) -> Iterator[Refusal]:
    """Yield a refusal for each resource to be left although its manifest refers to a renamed resource."""
    former = {
        change.before.ref: change.ref for change in plan.changes if change.before and change.action is Action.MOVE
    }
    if not left or not former:
        return
    for source, _, pointer, target in stored.find_dependants(conn, former):
        if source in left:
            message = (
                f"{source} cannot be left: {pointer} in it names {target}, which is renamed."
                " Apply without --no-delete, or rename in a later revision"
            )
            yield Refusal("left-behind", message, f"{source} is left and names it", frozenset({former[target]}))


def _find_dangling(conn: Connection, affected: Affected, left_out: AbstractSet[Ref]) -> Iterator[Problem]:
    """Yield a problem for each dangling reference, with suggestions from all files, including unread files."""
    loaded, kept = affected.loaded, affected.kept
    if any(find_dangling_references(loaded.manifests, kept)):
        unchanged = {row.ref for row in stored.read_all_rows(conn, affected.registry)} - left_out
        known = unchanged | kept.keys() | {manifest.ref for manifest in loaded.manifests}
        named = {reference.target for manifest in loaded.manifests for reference in manifest.references} - known
        elsewhere = registries.find_elsewhere(conn, named, affected.registry or "")
        shared = read_policy(loaded.registry).registries
        hints = {
            ref: f"; registry {other} of this database has it: to name it, add {other} to spec.registries"
            for ref, other in elsewhere.items()
            if other not in shared
        }
        yield from find_dangling_references(loaded.manifests, known | (elsewhere.keys() - hints.keys()), hints)


def _find_unshared(conn: Connection, source: Source, contract: Contract, affected: Affected) -> Iterator[Problem]:
    """Yield a problem for each reference from an unread file into a registry that left spec.registries."""
    before = read_policy(affected.head.registry if affected.head else None).registries
    lost = before - read_policy(affected.loaded.registry).registries
    if not lost:
        return
    read = {manifest.path for manifest in affected.loaded.manifests}
    entries = [entry for entry in source.list_entries() if entry.path not in read]
    manifests = load_manifests(source, entries, contract).manifests
    named = {reference.target for manifest in manifests for reference in manifest.references}
    elsewhere = registries.find_elsewhere(conn, named, affected.registry or "")
    for manifest in manifests:
        for reference in manifest.references:
            if (other := elsewhere.get(reference.target)) in lost:
                message = f"{reference.target} is of registry {other}, which spec.registries of registry.yaml lacks now"
                yield Problem(manifest.path or "", reference.pointer, "dangling-reference", message)


def _find_broken_by_removal(
    conn: Connection, source: Source, contract: Contract, gone: AbstractSet[Ref], delta: Delta
) -> Iterator[Problem]:
    """Yield a problem for each reference from an unchanged file to a removed resource."""
    paths = {path for _, path, _, _ in stored.find_dependants(conn, gone)} - delta.paths if gone else set()
    entries = [entry for entry in source.list_entries() if entry.path in paths] if paths else []
    for manifest in load_manifests(source, entries, contract).manifests:
        for reference in manifest.references:
            if reference.target in gone:
                message = f"this revision removes {reference.target}, which is still named here; remove this too"
                yield Problem(manifest.path or "", reference.pointer, "dangling-reference", message)
