"""Where the desired state is read from: a commit, or the files as they lie."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import count as count_up
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

from reconciler.core.errors import ToolregError
from reconciler.core.history.commit import Commit
from reconciler.core.manifest.layout import REGISTRY_FILE, Entry, FileType
from reconciler.core.plan.origin import Origin
from reconciler.core.quote import quoted
from reconciler.core.yaml.text import MAX_BYTES
from reconciler.desired.git.places import NoCommit
from reconciler.desired.git.repository import Repository
from reconciler.desired.git.trees import BOUNDS, GONE, TreeEntry
from reconciler.desired.git.worktree import NO_CHANGES, Changes

if TYPE_CHECKING:
    from reconciler.desired.passage import Passage, Untold

# The reader says what is wrong with a larger file; it need not be read to the end for that.
_TOO_LARGE: Final = b" " * (MAX_BYTES + 1)

_TYPES: Final = {
    "100644": FileType.FILE,
    "100755": FileType.FILE,
    "120000": FileType.SYMLINK,
    "160000": FileType.SUBMODULE,
}


class Unreadable(ToolregError):
    """A file or a folder cannot be read."""


class Delta(NamedTuple):
    """The files that may differ from an earlier state, and the paths of those that are gone."""

    entries: tuple[Entry, ...]
    gone: frozenset[str]

    @property
    def paths(self) -> frozenset[str]:
        """Every path that it speaks of."""
        return self.gone | {entry.path for entry in self.entries}


class Source(Origin, Protocol):
    """The files below a registry's folder, at one commit or as they lie."""

    @property
    def top(self) -> Path:
        """The folder that paths start from: the top of the repository, or what holds the registry's folder."""

    @property
    def repository(self) -> Repository | None:
        """The repository that they lie in; None outside git."""

    def has_moved(self) -> bool:
        """Whether what was asked for names another commit by now."""

    def entries(self) -> list[Entry]:
        """Return all files, sorted by path."""

    def passage(self, commit: str | None) -> "Passage | Untold | None":
        """Return the way here from another commit, or from the beginning; None for files of no commit."""

    def changed_since(self, commit: str) -> Delta | None:
        """Return what differs from an earlier commit, or None where that cannot be told."""

    def entry(self, inside: str) -> Entry | None:
        """Return one file, or None where it is not there."""

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the blob id and the content of each of these regular files."""

    def elsewhere(self, path: str) -> bytes:
        """Return any regular file, by its path from the top. Raises Unreadable where there is none of up to 1 MiB."""


class GitTree:
    """The files of one commit. What happens in the work tree meanwhile does not matter."""

    name: Literal["commit"] = "commit"

    def __init__(self, repository: Repository, folder: str, ref: str) -> None:
        self._ref = ref
        self.repository: Repository = repository
        self.top = repository.top
        self.folder = folder
        self.commit = repository.commit(ref)

    def has_moved(self) -> bool:
        """Whether the ref names another commit by now."""
        return self.repository.commit(self._ref).id != self.commit.id

    def entries(self) -> list[Entry]:
        """Return all files, sorted by path."""
        return [self._entry(found) for found in self.repository.tree(self.commit.id, self.folder)]

    def entry(self, inside: str) -> Entry | None:
        """Return one file, or None where it is not there."""
        found = self.repository.entry(self.commit.id, _join(self.folder, inside))
        return self._entry(found) if found and found.mode in _TYPES else None

    def passage(self, commit: str | None) -> "Passage | Untold":
        """Return the way here from another commit, or from the beginning."""
        from reconciler.desired.passage import passage  # noqa: PLC0415  What only reads files does not need it.

        return passage(self.repository, self.folder, commit, self.commit.id)

    def changed_since(self, commit: str) -> Delta | None:
        """Return what differs from an earlier commit, or None where it is not in this repository."""
        from reconciler.desired.passage import Passage  # noqa: PLC0415  As above.

        way = self.passage(commit)
        if isinstance(way, Passage):
            found = way.differences
        else:
            try:
                found = tuple(self.repository.changed(commit, self.commit.id, self.folder))
            except NoCommit:
                return None
        return Delta(
            tuple(self._entry(entry) for entry in found if entry.mode != GONE),
            frozenset(entry.path for entry in found if entry.mode == GONE),
        )

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the blob id and the content of each of these regular files."""
        names = [entry.blob or "" for entry in entries]
        for name, data in zip(names, self.repository.blobs(names, MAX_BYTES), strict=True):
            yield name, _TOO_LARGE if data is None else data

    def elsewhere(self, path: str) -> bytes:
        """Return any regular file, by its path from the top. Raises Unreadable where there is none of up to 1 MiB."""
        found = self.repository.entry(self.commit.id, path)
        where = f"{quoted(path)} at commit {self.commit.id[:12]}"
        _require_file(where, _TYPES.get(found.mode, FileType.OTHER) if found else None)
        return _bounded(where, next(self.repository.blobs([found.id], MAX_BYTES)) if found else None)

    def _entry(self, found: TreeEntry) -> Entry:
        return Entry(found.path, inside(self.folder, found.path), _TYPES.get(found.mode, FileType.OTHER), found.id)


class Worktree:
    """The files as they lie."""

    name: Literal["worktree"] = "worktree"

    def __init__(self, top: Path, folder: str, repository: Repository | None) -> None:
        self.top = top
        self.folder = folder
        self.repository = repository

    @cached_property
    def commit(self) -> Commit | None:
        """The commit that the files were checked out from; None outside git, and before the first one."""
        return self.repository.head() if self.repository else None

    @cached_property
    def _changes(self) -> Changes:
        """What is not as it was checked out, as git found it when it was asked first."""
        return self.repository.lying(self.folder) if self.repository else NO_CHANGES

    @property
    def _ignored(self) -> AbstractSet[str]:
        """What git is told to ignore: to ask for that alone is a third of asking what changed, too."""
        if self.repository is None or "_changes" in self.__dict__:
            return self._changes.ignored
        witness = _join(self.folder, REGISTRY_FILE)
        found = self._lying(witness)
        return self.repository.ignored(self.folder, witness if found and found.type is FileType.FILE else None)

    def has_moved(self) -> bool:
        """Whether another commit was checked out meanwhile."""
        return self.repository is not None and self.repository.head() != self.commit

    def entries(self) -> list[Entry]:
        """Return all files, sorted by path. Raises Unreadable where a folder is."""
        try:
            return sorted(self._walk(self.folder, self._ignored))
        except OSError as error:
            raise _unreadable(error) from error

    def entry(self, inside: str) -> Entry | None:
        """Return one file, or None where it is not there."""
        return self._lying(_join(self.folder, inside))

    def passage(self, commit: str | None) -> "Passage | Untold | None":
        """Return the way from another commit, or from the beginning, to the one that is checked out."""
        if self.repository is None or self.commit is None:
            return None
        from reconciler.desired.passage import passage  # noqa: PLC0415  As above.

        return passage(self.repository, self.folder, commit, self.commit.id)

    def changed_since(self, commit: str) -> Delta | None:
        """Return what differs from an earlier commit, or None where git does not know it."""
        if self.repository is None:
            return None
        try:
            # What is neither committed otherwise since nor changed since it was checked out is as it was.
            committed = self.repository.changed(commit, self._changes.head, self.folder)
        except NoCommit:
            return None
        paths = ({found.path for found in committed} | self._changes.changed) - self._changes.ignored
        lying = {path: self._lying(path) for path in paths}
        return Delta(
            tuple(sorted(entry for entry in lying.values() if entry)),
            frozenset(path for path, entry in lying.items() if entry is None),
        )

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the blob id and the content of each of these regular files."""
        algorithm = self.repository.object_format if self.repository else "sha1"
        for entry in entries:
            data = _content(self.top, entry.path)
            yield _blob_id(algorithm, data), data

    def elsewhere(self, path: str) -> bytes:
        """Return any regular file, by its path from the top. Raises Unreadable where there is none of up to 1 MiB."""
        found = self._lying(path)
        _require_file(quoted(path), found.type if found else None)
        data = _content(self.top, path)
        return _bounded(quoted(path), data if len(data) <= MAX_BYTES else None)

    def _walk(self, top: str, ignored: AbstractSet[str]) -> Iterator[Entry]:
        """Yield all files but those that git is told to ignore. Raises TooMany where it would never end."""
        count, level = 0, [top]
        for depth in count_up(1):
            below: list[str] = []
            for folder in level:
                with os.scandir(self.top / folder) as found:
                    for item in found:
                        count += 1
                        path = _join(folder, item.name)
                        if item.is_dir(follow_symlinks=False):
                            below.append(path)
                        elif path not in ignored:
                            mode = item.stat(follow_symlinks=False).st_mode
                            yield Entry(path, inside(self.folder, path), _type_of(mode))
                BOUNDS.require(count, depth, top)
            if not below:
                return
            level = below

    def _lying(self, path: str) -> Entry | None:
        try:
            mode = (self.top / path).lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unreadable(error, path) from error
        if stat.S_ISDIR(mode):
            # A folder that git names as one thing is a repository inside this one.
            return Entry(path, inside(self.folder, path), FileType.SUBMODULE)
        return Entry(path, inside(self.folder, path), _type_of(mode))


def _type_of(mode: int) -> FileType:
    if stat.S_ISREG(mode):
        return FileType.FILE
    return FileType.SYMLINK if stat.S_ISLNK(mode) else FileType.OTHER


def _content(top: Path, path: str) -> bytes:
    try:
        # Neither a link that was put there since nor a pipe without a writer is followed or waited for.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        number = os.open(os.path.join(top, path), flags)  # noqa: PTH118  Path costs as much as reading.
        try:
            _require_file(quoted(path), _type_of(os.fstat(number).st_mode))
            with os.fdopen(number, "rb", closefd=False) as file:
                return file.read(MAX_BYTES + 1)
        finally:
            os.close(number)
    except OSError as error:
        raise _unreadable(error, path) from error


def _unreadable(error: OSError, path: str | None = None) -> Unreadable:
    return Unreadable(f"{quoted(path or str(error.filename))} cannot be read: {error.strerror}")


def _require_file(where: str, found: FileType | None) -> None:
    if found is not FileType.FILE:
        raise Unreadable(f"there is no regular file {where}")


def _bounded(where: str, data: bytes | None) -> bytes:
    if data is None:
        raise Unreadable(f"{where} is larger than {MAX_BYTES >> 20} MiB")
    return data


def _blob_id(algorithm: str, data: bytes) -> str:
    """Return the id that git gives this content."""
    return hashlib.new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _join(folder: str, inside: str) -> str:
    return f"{folder}/{inside}" if folder else inside


def inside(folder: str, path: str) -> str:
    """Return the path below the registry's folder of a path from the top."""
    return path[len(folder) + 1 :] if folder else path
