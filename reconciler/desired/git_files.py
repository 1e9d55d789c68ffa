"""Reads the files of the desired state from git: of a commit, or of the index."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from reconciler.core.manifest.layout import Entry, FileType
from reconciler.core.quote import quoted
from reconciler.core.yaml.text import MAX_BYTES
from reconciler.desired.git.places import NoCommit
from reconciler.desired.git.repository import Repository
from reconciler.desired.git.trees import GONE, TreeEntry
from reconciler.desired.source import NO_PATCHES, Delta, join_folder, require_bounded, require_file, strip_folder

if TYPE_CHECKING:
    from reconciler.desired.passage import Passage, Untold

# Replaces a larger file, which need not be read to the end: the reader reports its size.
_TOO_LARGE: Final = b" " * (MAX_BYTES + 1)

_TYPES: Final = {
    "100644": FileType.FILE,
    "100755": FileType.FILE,
    "120000": FileType.SYMLINK,
    "160000": FileType.SUBMODULE,
}


class GitTree:
    """The files of a commit, unaffected by changes in the work tree."""

    name: Literal["commit"] = "commit"
    environment: None = None
    patches = NO_PATCHES

    def __init__(self, repository: Repository, folder: str, ref: str) -> None:
        self._ref = ref
        self.repository: Repository = repository
        self.top = repository.top
        self.folder = folder
        self.commit = repository.read_commit(ref)

    def has_moved(self) -> bool:
        """Whether the ref names another commit by now."""
        return self.repository.read_commit(self._ref).id != self.commit.id

    def list_entries(self, below: str = "") -> list[Entry]:
        """Return all files, or those below a folder of the registry, sorted by path."""
        folder = join_folder(self.folder, below) if below else self.folder
        return [_make_entry(self.folder, entry) for entry in self.repository.list_tree(self.commit.id, folder)]

    def find_entry(self, inside: str) -> Entry | None:
        """Return a file, or None if absent."""
        entry = self.repository.find_entry(self.commit.id, join_folder(self.folder, inside))
        return _make_entry(self.folder, entry) if entry and entry.mode in _TYPES else None

    def find_passage(self, commit: str | None) -> "Passage | Untold":
        """Return the way from another commit, or from the beginning, to this commit."""
        from reconciler.desired.passage import read_passage  # noqa: PLC0415  Not needed to read files.

        return read_passage(self.repository, self.folder, commit, self.commit.id)

    def find_changes_since(self, commit: str) -> Delta | None:
        """Return the difference from an earlier commit, or None if the commit is not in this repository."""
        from reconciler.desired.passage import Passage  # noqa: PLC0415  As above.

        way = self.find_passage(commit)
        if isinstance(way, Passage):
            changed = way.differences
        else:
            try:
                changed = tuple(self.repository.compare_commits(commit, self.commit.id, self.folder))
            except NoCommit:
                return None
        return Delta(
            tuple(_make_entry(self.folder, entry) for entry in changed if entry.mode != GONE),
            frozenset(entry.path for entry in changed if entry.mode == GONE),
        )

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the blob id and the content of each of these regular files."""
        return _read_blobs(self.repository, entries)

    def read_elsewhere(self, path: str) -> bytes:
        """Return any regular file, by its path from the top. Raises Unreadable if absent or larger than 1 MiB."""
        entry = self.repository.find_entry(self.commit.id, path)
        return _read_one(self.repository, entry, f"{quoted(path)} at commit {self.commit.id[:12]}")


class Index:
    """The files of git's index: the next commit, whatever lies in the work tree. Only validated, never applied."""

    name: Literal["worktree"] = "worktree"
    environment: None = None
    patches = NO_PATCHES

    def __init__(self, repository: Repository, folder: str) -> None:
        self.repository: Repository = repository
        self.top = repository.top
        self.folder = folder
        self.commit = repository.read_head()

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        """The files by path, as of the first request to git."""
        return {entry.path: _make_entry(self.folder, entry) for entry in self.repository.list_index(self.folder)}

    def has_moved(self) -> bool:
        """Whether another commit was checked out meanwhile."""
        return self.repository.read_head() != self.commit

    def list_entries(self, below: str = "") -> list[Entry]:
        """Return all files, or those below a folder of the registry, sorted by path."""
        entries = self._entries.values()
        return [entry for entry in entries if not below or entry.inside.startswith(f"{below}/")]

    def find_entry(self, inside: str) -> Entry | None:
        """Return a file, or None if absent."""
        return self._entries.get(join_folder(self.folder, inside))

    def find_passage(self, commit: str | None) -> "Passage | Untold | None":  # noqa: ARG002  As in Source.
        """Return None: the index has no commit yet."""
        return None

    def find_changes_since(self, commit: str) -> Delta:
        """Return the difference from an earlier commit. Raises NoCommit if git does not know the commit."""
        before = {
            entry.path: _make_entry(self.folder, entry) for entry in self.repository.list_tree(commit, self.folder)
        }
        changed = (entry for entry in self._entries.values() if before.get(entry.path) != entry)
        return Delta(tuple(changed), frozenset(before.keys() - self._entries.keys()))

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the blob id and the content of each of these regular files."""
        return _read_blobs(self.repository, entries)

    def read_elsewhere(self, path: str) -> bytes:
        """Return any regular file, by its path from the top. Raises Unreadable if absent or larger than 1 MiB."""
        entry = next((entry for entry in self.repository.list_index(path) if entry.path == path), None)
        return _read_one(self.repository, entry, f"{quoted(path)} in the index")


def _make_entry(folder: str, tree_entry: TreeEntry) -> Entry:
    return Entry(
        tree_entry.path,
        strip_folder(folder, tree_entry.path),
        _TYPES.get(tree_entry.mode, FileType.OTHER),
        tree_entry.id,
    )


def _read_blobs(repository: Repository, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
    names = [entry.blob or "" for entry in entries]
    for name, data in zip(names, repository.read_blobs(names, MAX_BYTES), strict=True):
        yield name, _TOO_LARGE if data is None else data


def _read_one(repository: Repository, entry: TreeEntry | None, where: str) -> bytes:
    require_file(where, _TYPES.get(entry.mode, FileType.OTHER) if entry else None)
    return require_bounded(where, next(repository.read_blobs([entry.id], MAX_BYTES)) if entry else None)
