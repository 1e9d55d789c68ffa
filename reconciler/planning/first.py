"""Plans the first apply of a source, to a database that is still to be made."""

from reconciler.core.manifest.contract import Contract
from reconciler.core.plan.changes import Plan
from reconciler.core.plan.proposal import Proposal
from reconciler.desired.git.process import GitError
from reconciler.desired.load import Progress
from reconciler.desired.source import Source, Unreadable
from reconciler.rules.environments import find_stray_patches
from reconciler.rules.validation import NoRegistry, load_valid, require_valid


def propose_first(source: Source, contract: Contract, progress: Progress = lambda _: None) -> Proposal:
    """Return the proposal that `planning.proposal` makes for an empty database: each resource is created.

    Raises InvalidRegistry with every problem of every file, NoRegistry if registry.yaml is missing or unreadable.
    """
    try:
        loaded = load_valid(source, contract, progress)
        require_valid(find_stray_patches(source, contract))
    except (GitError, Unreadable) as error:
        raise NoRegistry(f"the registry cannot be read: {error}") from error
    return Proposal(Plan.between({manifest.ref: manifest for manifest in loaded.manifests}, {}), None, loaded.registry)
