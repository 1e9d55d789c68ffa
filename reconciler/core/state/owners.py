"""The teams of a registry with their folders, and the number of resources of each."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from reconciler.core.manifest.owner import read_owner
from reconciler.core.manifest.policy import Team, read_policy
from reconciler.core.manifest.resource import Manifest


class OwningTeam(NamedTuple):
    """A team: one of spec.teams, or the owner of resources outside of all folders. `resources` counts the resources."""

    team: Team
    resources: int


def list_owners(registry: Manifest | None, manifests: Iterable[Manifest]) -> list[OwningTeam]:
    """Return all teams sorted by name."""
    counts = Counter(owner for manifest in manifests if (owner := read_owner(manifest)) is not None)
    teams = {team.name: team for team in (*_list_unnamed(counts), *read_policy(registry).teams)}
    return [OwningTeam(team, counts[name]) for name, team in sorted(teams.items())]


def _list_unnamed(counts: Counter[str]) -> Iterator[Team]:
    return (Team(name, ()) for name in counts)
