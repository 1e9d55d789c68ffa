"""Finds changes of files that belong to another team than that of their author."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from reconciler.core.errors import ToolregError
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import EXCEPTIONS_FILE, REGISTRY_FILE, Entry, is_manifest
from reconciler.core.manifest.owner import read_owner
from reconciler.core.manifest.ownership import TeamFolders, read_team_folders
from reconciler.core.manifest.resource import Manifest
from reconciler.core.quote import quoted
from reconciler.desired.git_files import GitTree
from reconciler.desired.load import load_manifests
from reconciler.desired.source import Source, entries_at, strip_folder
from reconciler.rules.compatibility.policy import read_registry

_RULE: Final = "foreign-change"


class _Rule(NamedTuple):
    """The teams of the policy: the folders, and the owner of the registry."""

    places: TeamFolders
    owner: str | None


class _Side(NamedTuple):
    """The changed files before or after: their entries and manifests by path, and the owner of registry.yaml."""

    when: str
    entries: dict[str, Entry]
    manifests: dict[str, Manifest]
    registry_owner: str | None


def find_foreign_changes(
    source: Source, base: GitTree, policy: Source, contract: Contract, author: str
) -> list[Diagnostic]:
    """Return a problem for each file changed since `base` that does not belong to the team `author`.

    A file belongs to the team of its folder by the teams of `policy`; elsewhere a resource belongs to its owner, and
    other files to the owner of the registry. Both sides of a change have to belong to the author.
    """
    delta = source.find_changes_since(base.commit.id)
    if delta is None:
        raise ToolregError(f"what changed since {base.commit.id[:12]} cannot be told; git fetch --unshallow")
    registry = read_registry(policy, contract)
    rule = _Rule(read_team_folders(registry), read_owner(registry) if registry else None)
    sides = (
        _read_side("before", base, entries_at(base, delta.paths), contract),
        _read_side("after", source, list(delta.entries), contract),
    )
    changes = (
        (path, _describe_foreign(path, strip_folder(source.folder, path), author, rule, sides, contract))
        for path in sorted(delta.paths)
    )
    return [Diagnostic(path, 1, 1, _RULE, message) for path, message in changes if message]


def _read_side(when: str, source: Source, entries: list[Entry], contract: Contract) -> _Side:
    by_path = {entry.path: entry for entry in entries}
    registry = source.find_entry(REGISTRY_FILE)
    wanted = by_path | ({registry.path: registry} if registry else {})
    # An invalid manifest has no owner that counts.
    loaded = load_manifests(source, [*wanted.values()], contract)
    owner = read_owner(loaded.registry) if loaded.registry else None
    return _Side(when, by_path, {manifest.path or "": manifest for manifest in loaded.manifests}, owner)


def _describe_foreign(
    path: str, inside: str, author: str, rule: _Rule, sides: tuple[_Side, _Side], contract: Contract
) -> str | None:
    """Return the reason why a change of a file is not the author's, None for a file of the author."""
    before, after = (path in side.entries for side in sides)
    action = "changed" if before and after else "created" if after else "deleted"
    for side in sides:
        for team, why in _list_owners(path, inside, rule, side, contract):
            if team != author:
                holder = f"belongs to {team}" if team else "has no owner that can be told"
                return f"{action} by {quoted(author)}, and it {holder} ({why})"
    return None


def _list_owners(
    path: str, inside: str, rule: _Rule, side: _Side, contract: Contract
) -> Iterator[tuple[str | None, str]]:
    """Yield the teams that a file belongs to on one side of a change, each with the reason."""
    if path not in side.entries:
        return
    place = rule.places.find(inside)
    if place:
        yield place.team, f"spec.teams: {place.folder}"
    elif inside in (REGISTRY_FILE, EXCEPTIONS_FILE) or not is_manifest(side.entries[path], contract):
        yield rule.owner, "the owner of the registry"
        yield side.registry_owner, f"the owner of the registry {side.when} this change"
        return
    if place is None or side.when == "after":
        manifest = side.manifests.get(path)
        if manifest or place is None:
            yield read_owner(manifest) if manifest else None, f"its owner {side.when} this change"
