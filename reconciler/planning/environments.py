"""Plans every environment beside the manifests as written, where no database says which one is meant."""

from dataclasses import replace

from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.layout import ENVIRONMENTS_FOLDER
from reconciler.core.plan.changes import Plan
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.proposal import Proposal
from reconciler.desired.environments import list_environments, patch_source
from reconciler.desired.git_files import GitTree
from reconciler.desired.source import Source
from reconciler.planning.merge import propose_merge
from reconciler.rules.environments import load_patched
from reconciler.rules.validation import require_valid


def add_merges(proposal: Proposal, source: Source, base: GitTree, contract: Contract, consent: Consent) -> Proposal:
    """Return the plan of a merge with that of each environment, at the source or at the base.

    Raises InvalidRegistry with the problems that the changes cause in an environment.
    """
    if source.environment is not None:
        return proposal
    files = source.list_entries(ENVIRONMENTS_FOLDER)
    # A removed environment is planned beside others; without any, git is not asked again.
    names = list_environments([*files, *(base.list_entries(ENVIRONMENTS_FOLDER) if files else ())])
    merges = {name: propose_merge(patch_source(source, name, files), base, contract, consent) for name in names}
    return replace(proposal, environments=merges)


def add_first(proposal: Proposal, source: Source, contract: Contract) -> Proposal:
    """Return the plan of a first apply with the patched resources of each environment.

    Raises InvalidRegistry with the problems of an environment.
    """
    files = source.list_entries(ENVIRONMENTS_FOLDER) if source.environment is None else []
    plans: dict[str, Proposal] = {}
    entries = source.list_entries() if files else []
    for name in list_environments(files):
        loaded, problems = load_patched(patch_source(source, name, files), entries, contract)
        require_valid(problems)
        plan = Plan.between({manifest.ref: manifest for manifest in loaded.manifests}, {})
        plans[name] = Proposal(plan, None, proposal.registry)
    return replace(proposal, environments=plans)
