"""The folders of teams: `spec.teams` of registry.yaml."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.layout import parse_plural
from reconciler.core.manifest.owner import read_owner
from reconciler.core.manifest.policy import Team, read_policy
from reconciler.core.manifest.resource import Manifest
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import Pointer, format_pointer
from reconciler.core.quote import quoted

_RULE: Final = "team-folder"


class TeamFolder(NamedTuple):
    """A folder below the registry's folder, and the team that it belongs to."""

    folder: str
    team: str


class TeamFolders:
    """The folders of all teams. Of overlapping folders the longest counts."""

    def __init__(self, teams: Iterable[Team]) -> None:
        self._teams = {folder: team.name for team in teams for folder in team.folders}

    def __bool__(self) -> bool:
        return bool(self._teams)

    def find(self, inside: str) -> TeamFolder | None:
        """Return the place of a file, by its path below the registry's folder; None outside of all teams' folders."""
        folder = inside
        while folder := folder.rpartition("/")[0]:
            if folder in self._teams:
                return TeamFolder(folder, self._teams[folder])
        return None

    def sort(self) -> list[TeamFolder]:
        """Return all places, each after the places around it."""
        return [TeamFolder(folder, team) for folder, team in sorted(self._teams.items())]


def read_team_folders(registry: Manifest | None) -> TeamFolders:
    """Return the folders of the teams of a registry."""
    return TeamFolders(read_policy(registry).teams)


def find_team_problems(registry: Manifest | None, contract: Contract) -> Iterator[Problem]:
    """Yield the problems of spec.teams that JSON Schema cannot find."""
    known: set[str] = set()
    holders: dict[str, str] = {}
    for number, team in enumerate(read_policy(registry).teams):
        place: Pointer = ("spec", "teams", number)
        if team.name in known:
            yield _make_problem(
                registry, (*place, "name"), f"is {quoted(team.name)}, as of an earlier team; merge them"
            )
        known.add(team.name)
        for index, folder in enumerate(team.folders):
            if message := _check_folder(folder, holders.get(folder), contract):
                yield _make_problem(registry, (*place, "folders", index), f"is {quoted(folder)}{message}")
            holders.setdefault(folder, team.name)


def _check_folder(folder: str, holder: str | None, contract: Contract) -> str | None:
    if holder is not None:
        return f", which belongs to {holder} already; a folder belongs to one team"
    plural = parse_plural(f"{folder}/") or ""
    if plural not in contract.plurals:
        return f", but no kind of resource stands in {quoted(plural)}; {did_you_mean(plural, contract.plurals)}"
    return None


def _make_problem(registry: Manifest | None, pointer: Pointer, message: str) -> Problem:
    return Problem(registry.path or "" if registry else "", pointer, _RULE, f"{format_pointer(pointer)} {message}")


def find_owner_problems(places: TeamFolders, files: Iterable[tuple[str, Manifest]]) -> Iterator[Problem]:
    """Yield a problem for each resource in a team's folder with another owner.

    `files` are the manifests with their paths below the registry's folder.
    """
    if not places:
        return
    for inside, manifest in files:
        place = places.find(inside)
        if place is None or manifest.text is None or (owner := read_owner(manifest)) == place.team:
            continue
        message = (
            f"metadata.owner is {quoted(owner or '')}, and the folder {place.folder} belongs to {place.team}"
            f" (spec.teams of registry.yaml); expected {place.team}, or move the file"
        )
        yield Problem(manifest.path or "", ("metadata", "owner"), "wrong-owner", message)
