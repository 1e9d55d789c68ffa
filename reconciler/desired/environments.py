"""The files of a registry with the patches of an environment.

The patches change only the content of manifests: path and blob of a resource stay those of its manifest, for renames
and for the history. A changed patch makes the file of its resource a changed file.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from reconciler.core.errors import ToolregError
from reconciler.core.history.commit import Commit
from reconciler.core.manifest.layout import (
    ENVIRONMENTS_FOLDER,
    Entry,
    FileKey,
    is_environment,
    parse_file_key,
    split_environment,
)
from reconciler.core.quote import quoted
from reconciler.desired.git.process import GitError
from reconciler.desired.git.repository import Repository
from reconciler.desired.git_files import GitTree
from reconciler.desired.source import Delta, Source, strip_folder

MOST_ENVIRONMENTS: Final = 50
"""Each environment is validated and planned by itself."""

if TYPE_CHECKING:
    from reconciler.desired.passage import Passage, Untold


class UnknownEnvironment(ToolregError):
    """The registry has no such environment."""


class Patched:
    """A source whose manifests are read with the patches of an environment."""

    def __init__(self, source: Source, environment: str, files: Iterable[Entry]) -> None:
        self.source = source
        self.environment = environment
        self.files = tuple(files)
        """All files of the environment."""
        self.patches: Mapping[FileKey, Entry] = _map_patches(self.files)

    @property
    def name(self) -> Literal["commit", "worktree", "history"]:
        """The type of the source."""
        return self.source.name

    @property
    def folder(self) -> str:
        """The registry's folder."""
        return self.source.folder

    @property
    def commit(self) -> Commit | None:
        """The commit of the files."""
        return self.source.commit

    @property
    def top(self) -> Path:
        """The folder at which paths start."""
        return self.source.top

    @property
    def repository(self) -> Repository | None:
        """The repository of the files; None outside git."""
        return self.source.repository

    def has_moved(self) -> bool:
        """Whether the requested source names another commit by now."""
        return self.source.has_moved()

    def list_entries(self, below: str = "") -> list[Entry]:
        """Return all files, or those below a folder of the registry, sorted by path."""
        return self.source.list_entries(below)

    def find_passage(self, commit: str | None) -> "Passage | Untold | None":
        """Return the way from another commit, or from the beginning, to this source."""
        return self.source.find_passage(commit)

    def find_changes_since(self, commit: str) -> Delta | None:
        """Return the difference from an earlier commit: a changed patch changes the file of its resource."""
        delta = self.source.find_changes_since(commit)
        if delta is None:
            return None
        places = {*self._list_keys(delta.paths)}
        folders = sorted({folder for folder, _ in places})
        files = (entry for folder in folders for entry in self.source.list_entries(folder))
        more = [entry for entry in files if parse_file_key(entry.inside) in places and entry.path not in delta.paths]
        return Delta(tuple(sorted((*delta.entries, *more))), delta.gone)

    def find_entry(self, inside: str) -> Entry | None:
        """Return a file, or None if absent."""
        return self.source.find_entry(inside)

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the blob id and the content of each of these regular files, without patches."""
        return self.source.read(entries)

    def read_elsewhere(self, path: str) -> bytes:
        """Return any regular file, by its path from the top. Raises Unreadable if absent or larger than 1 MiB."""
        return self.source.read_elsewhere(path)

    def _list_keys(self, paths: AbstractSet[str]) -> Iterator[FileKey]:
        for path in paths:
            match split_environment(strip_folder(self.folder, path)):
                case (self.environment, below):
                    yield parse_file_key(below)


def _map_patches(files: Iterable[Entry]) -> dict[FileKey, Entry]:
    """Return the patches by the places of their manifests; of two patches of a manifest, the first one."""
    patches: dict[FileKey, Entry] = {}
    for entry in files:
        split = split_environment(entry.inside)
        if split and entry.inside.endswith(".yaml"):
            patches.setdefault(parse_file_key(split[1]), entry)
    return patches


def list_environments(entries: Iterable[Entry]) -> list[str]:
    """Return the names of the environments among the files of a registry, sorted: the first ones beyond the bound."""
    splits = (split_environment(entry.inside) for entry in entries)
    return sorted({split[0] for split in splits if split and is_environment(split[0])})[:MOST_ENVIRONMENTS]


def open_environment(source: Source, environment: str | None) -> Source:
    """Return a source with the patches of an environment; the source itself without one.

    Raises UnknownEnvironment if the source has no such environment.
    """
    if environment is None:
        return source
    files = source.list_entries(ENVIRONMENTS_FOLDER)
    require_environment(environment, files)
    return patch_source(source, environment, files)


def patch_source(source: Source, environment: str, files: Iterable[Entry]) -> Patched:
    """Return a source with the patches of an environment among these files, with none if it has no files."""
    own = (entry for entry in files if (split := split_environment(entry.inside)) and split[0] == environment)
    return Patched(source, environment, own)


def patch_like(source: Source, other: Source) -> Source:
    """Return a source with the patches that it has for the environment of another source."""
    if other.environment is None:
        return source
    return patch_source(source, other.environment, source.list_entries(ENVIRONMENTS_FOLDER))


def require_environment(environment: str, files: Iterable[Entry]) -> None:
    """Raise UnknownEnvironment unless an environment has a file among these."""
    names = list_environments(files)
    if environment not in names:
        expected = f"expected {', '.join(names)}" if names else "this registry has no environments"
        raise UnknownEnvironment(f"there is no environment {quoted(environment)} in {ENVIRONMENTS_FOLDER}/; {expected}")


def find_patched(source: Source, environment: str | None, commit: str | None) -> AbstractSet[FileKey] | None:
    """Return the places that an environment patched at an applied commit; None if unknown."""
    if environment is None:
        return frozenset()
    if commit is None or source.repository is None:
        return None
    try:
        then = GitTree(source.repository, source.folder, commit)
        return patch_source(then, environment, then.list_entries(ENVIRONMENTS_FOLDER)).patches.keys()
    except GitError:
        return None
