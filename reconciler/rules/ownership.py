"""Checks the owners of resources by the folders of teams."""

from collections.abc import Iterator

from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.ownership import find_owner_problems, find_team_problems, read_team_folders
from reconciler.desired.load import Loaded
from reconciler.desired.source import Source, strip_folder


def find_wrong_owners(source: Source, loaded: Loaded, contract: Contract) -> Iterator[Problem]:
    """Yield the problems of spec.teams, and of the owners of these manifests."""
    yield from find_team_problems(loaded.registry, contract)
    files = ((strip_folder(source.folder, manifest.path or ""), manifest) for manifest in loaded.manifests)
    yield from find_owner_problems(read_team_folders(loaded.registry), files)
