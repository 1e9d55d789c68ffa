"""What stands at a path of a commit, found from the commit down, so that each step is hashed."""

from collections.abc import Sequence
from typing import Final

from reconciler.core.quote import quoted
from reconciler.desired.git.objects import Object, Objects, missing
from reconciler.desired.git.process import GitError
from reconciler.desired.git.trees import DIRECTORY, MOST_BYTES, TreeEntry, entries


class NoCommit(GitError):
    """A name stands for no commit here."""


_TREE: Final = b"tree "


class Places:
    """Paths of the commits of one repository. Keeps the folders on the way to a path that was asked for."""

    def __init__(self, objects: Objects, width: int) -> None:
        self._objects = objects
        self._width = width
        self._known: dict[str, Object] = {}

    def find(self, path: str, *commits: str) -> list[TreeEntry | None]:
        """Return what stands at a path of each commit, None where nothing does.

        Raises NoCommit where a commit is not here, GitError where a folder on the way is not.
        """
        parts = path.split("/") if path else []
        wanted = [name for commit in commits for name in _on_the_way(commit, parts)]
        for found in self._read([name for name in wanted if name not in self._known]):
            if found and found.data is not None:
                self._known[found.id] = found
        return [self._follow(commit, parts) for commit in commits]

    def trees(self, names: Sequence[str]) -> list[bytes]:
        """Return folders by their ids. Raises GitError where one is not there, or is none."""
        unknown = [name for name in names if name not in self._known]
        found = dict(zip(unknown, self._read(unknown), strict=True))
        return [_folder(name, self._known.get(name) or found[name]) for name in names]

    def _follow(self, commit: str, parts: Sequence[str]) -> TreeEntry | None:
        place = TreeEntry(DIRECTORY, self._root(commit), "/".join(parts))
        for part in parts:
            if place.mode != DIRECTORY:
                return None
            (data,) = self.trees([place.id])
            found = entries(data, self._width).get(part.encode("utf-8", "surrogateescape"))
            if found is None:
                return None
            mode, identity = found
            place = TreeEntry(mode, identity.hex(), place.path)
        return place

    def _root(self, commit: str) -> str:
        """Return the tree that a commit names. Raises NoCommit where the commit is not here."""
        found = self._known.get(commit)
        if found is None or found.data is None or found.type != "commit":
            raise NoCommit(f"{quoted(commit)} is no commit of this repository; git fetch")
        line, _, _ = found.data.partition(b"\n")
        if not line.startswith(_TREE):
            raise GitError(f"commit {commit} is malformed: run git fsck")
        return line.removeprefix(_TREE).decode("ascii", "replace")

    def _read(self, names: Sequence[str]) -> list[Object | None]:
        return [*self._objects.read(names, MOST_BYTES)]


def _on_the_way(commit: str, parts: Sequence[str]) -> list[str]:
    """Return names of the commit, its folder, and the folders down to a path: asked for at once, read one by one."""
    return [commit, f"{commit}^{{tree}}", *(f"{commit}:{'/'.join(parts[:end])}" for end in range(1, len(parts) + 1))]


def _folder(name: str, found: Object | None) -> bytes:
    if found is None:
        raise missing(name)
    if found.data is None or found.type != "tree":
        raise GitError(f"git has a {found.type} of {found.size:,} bytes as {name}; expected a folder")
    return found.data
