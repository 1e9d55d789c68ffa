"""Finds the entry at a path of a commit, from the commit down, which verifies the hash of each object on the way."""

from collections.abc import Sequence
from typing import Final

from reconciler.core.quote import quoted
from reconciler.desired.git.objects import Object, Objects, make_missing_error
from reconciler.desired.git.process import GitError
from reconciler.desired.git.trees import DIRECTORY, MOST_TREE_BYTES, TreeEntry, parse_tree


class NoCommit(GitError):
    """A name stands for no commit here."""


_TREE: Final = b"tree "


class Places:
    """Paths in the commits of a repository. Caches the folders on the way to each requested path."""

    def __init__(self, objects: Objects, width: int) -> None:
        self._objects = objects
        self._width = width
        self._known: dict[str, Object] = {}

    def find(self, path: str, *commits: str) -> list[TreeEntry | None]:
        """Return the entry at a path of each commit, None if absent.

        Raises NoCommit if a commit is missing, GitError if a folder on the way is missing.
        """
        parts = path.split("/") if path else []
        wanted = [name for commit in commits for name in _list_way(commit, parts)]
        for git_object in self._read([name for name in wanted if name not in self._known]):
            if git_object and git_object.data is not None:
                self._known[git_object.id] = git_object
        return [self._follow(commit, parts) for commit in commits]

    def read_trees(self, names: Sequence[str]) -> list[bytes]:
        """Return folders by their ids. Raises GitError if an object is missing, or is no folder."""
        unknown = [name for name in names if name not in self._known]
        read = dict(zip(unknown, self._read(unknown), strict=True))
        return [_require_folder(name, self._known.get(name) or read[name]) for name in names]

    def _follow(self, commit: str, parts: Sequence[str]) -> TreeEntry | None:
        place = TreeEntry(DIRECTORY, self._read_root(commit), "/".join(parts))
        for part in parts:
            if place.mode != DIRECTORY:
                return None
            (data,) = self.read_trees([place.id])
            entry = parse_tree(data, self._width).get(part.encode("utf-8", "surrogateescape"))
            if entry is None:
                return None
            mode, identity = entry
            place = TreeEntry(mode, identity.hex(), place.path)
        return place

    def _read_root(self, commit: str) -> str:
        """Return the root tree of a commit. Raises NoCommit if the commit is missing."""
        git_object = self._known.get(commit)
        if git_object is None or git_object.data is None or git_object.type != "commit":
            raise NoCommit(f"{quoted(commit)} is no commit of this repository; git fetch")
        line, _, _ = git_object.data.partition(b"\n")
        if not line.startswith(_TREE):
            raise GitError(f"commit {commit} is malformed: run git fsck")
        return line.removeprefix(_TREE).decode("ascii", "replace")

    def _read(self, names: Sequence[str]) -> list[Object | None]:
        return [*self._objects.read(names, MOST_TREE_BYTES)]


def _list_way(commit: str, parts: Sequence[str]) -> list[str]:
    """Return the names of a commit, its root and the folders down to a path, to request all of these at once."""
    return [commit, f"{commit}^{{tree}}", *(f"{commit}:{'/'.join(parts[:end])}" for end in range(1, len(parts) + 1))]


def _require_folder(name: str, folder: Object | None) -> bytes:
    if folder is None:
        raise make_missing_error(name)
    if folder.data is None or folder.type != "tree":
        raise GitError(f"git has a {folder.type} of {folder.size:,} bytes as {name}; expected a folder")
    return folder.data
