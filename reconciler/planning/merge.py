"""Plans the merge of a branch, without a database: the changes since the merge base."""

from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from reconciler.core.compatibility.report import ToolReport
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.policy import read_policy
from reconciler.core.manifest.resource import Manifest, Ref, State, find_former
from reconciler.core.plan.changes import Action, Plan
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.deletions import refuse_deletions
from reconciler.core.plan.probable_renames import find_probable_renames
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.desired.git.process import GitError
from reconciler.desired.git_files import GitTree
from reconciler.desired.load import Progress, load_registry_file, locate_problems
from reconciler.desired.source import Source, Unreadable
from reconciler.rules.changed_files import Changed, validate_changes
from reconciler.rules.environments import find_new_problems
from reconciler.rules.validation import NoRegistry, find_missing_registry, require_registry, require_valid


def propose_merge(
    source: Source, base: GitTree, contract: Contract, consent: Consent, progress: Progress = lambda _: None
) -> Proposal:
    """Return the proposal for the changes of a source since a commit, judged by the guards that need no database.

    Raises InvalidRegistry with the problems of these changes, NoRegistry if registry.yaml is missing or unreadable.
    """
    try:
        changed = validate_changes(source, base, contract, progress)
        require_registry(find_missing_registry(source, changed.entries))
        before, after = _map(changed.before.loaded.manifests), _map(changed.after.loaded.manifests)
        moves = _find_moves(before, after, changed.before.names)
        patches = (
            find_new_problems(source, base, changed.entries, changed.delta, contract) if source.environment else []
        )
        misfits = locate_problems(source, _find_misfits(moves, after, changed))
        registry, base_registry = load_registry_file(source, contract), load_registry_file(base, contract)
    except (GitError, Unreadable) as error:
        raise NoRegistry(f"the registry cannot be read: {error}") from error
    require_valid((*changed.problems, *misfits, *patches))
    left = () if consent.delete else tuple(sorted(before.keys() - after.keys() - set(moves.values())))
    plan = Plan.between(after, {ref: row for ref, row in before.items() if ref not in left}, moves=moves)
    proposal = Proposal(plan, None, registry, left, base=base.commit.id, base_registry=base_registry)
    refusals = tuple(_refuse_deletions(proposal, changed, contract, consent))
    reports, renames = _compare(plan, contract), find_probable_renames(plan)
    return replace(proposal, refusals=refusals, reports=reports, probable_renames=renames)


def _map(manifests: tuple[Manifest, ...]) -> dict[Ref, Manifest]:
    return {manifest.ref: manifest for manifest in manifests}


def _find_moves(before: State, after: State, names: AbstractSet[Ref]) -> dict[Ref, Ref]:
    """Return the former name of each renamed resource, of those that were there before."""
    formers = {ref: find_former(manifest, before.get(ref)) for ref, manifest in after.items()}
    # A former name missing from the base may be that of a resource deleted earlier: the database alone can tell.
    return {ref: former for ref, former in formers.items() if former and former in names}


def _find_misfits(moves: dict[Ref, Ref], after: State, changed: Changed) -> Iterator[Problem]:
    """Yield a problem for each rename that would split or merge an identity."""
    times = Counter(moves.values())
    first: dict[Ref, Ref] = {}
    for ref, former in sorted(moves.items()):
        path, pointer = after[ref].path or "", ("metadata", "movedFrom")
        if first.setdefault(former, ref) != ref:
            message = f"{first[former]} already says that it was {former.name}; only one of them can be it"
            yield Problem(path, pointer, "moved-from", message)
        elif times[former] == 1 and former in changed.after.names and former not in moves:
            message = f"{former} is still there; remove its file, or remove metadata.movedFrom"
            yield Problem(path, pointer, "moved-from", message)
        elif ref in changed.before.names and ref not in times:
            message = f"{ref} was there before, as a resource of its own; it cannot be two"
            yield Problem(path, pointer, "moved-from", message)


def _refuse_deletions(proposal: Proposal, changed: Changed, contract: Contract, consent: Consent) -> Iterator[Refusal]:
    if proposal.plan.count(Action.DELETE):
        counts = Counter(ref.kind for ref in changed.before.names)
        plurals = {name: kind.plural or name for name, kind in contract.kinds.items()}
        limits = read_policy(proposal.in_force).deletions
        yield from refuse_deletions(proposal.plan, counts, plurals, limits, consent.max_deletes)


def _compare(plan: Plan, contract: Contract) -> dict[Ref, ToolReport]:
    if not any(change.before and change.after for change in plan.changes):
        return {}
    # As in planning.effects.
    from reconciler.rules.compatibility.plans import compare_plan  # noqa: PLC0415

    return compare_plan(plan, contract)
