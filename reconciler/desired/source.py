"""Reads the files of the desired state from a commit or from the work tree."""

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

# Below this number, each file is looked up by itself; above, all files are listed once.
_FEW: Final = 50

# Replaces a larger file, which need not be read to the end: the reader reports its size.
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
    """The files that may differ from an earlier state, and the paths of removed files."""

    entries: tuple[Entry, ...]
    gone: frozenset[str]

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all changed and removed files."""
        return self.gone | {entry.path for entry in self.entries}


class Source(Origin, Protocol):
    """The files below a registry's folder, at a commit or in the work tree."""

    @property
    def top(self) -> Path:
        """The folder at which paths start: the top of the repository, or the parent of the registry's folder."""

    @property
    def repository(self) -> Repository | None:
        """The repository of the files; None outside git."""

    def has_moved(self) -> bool:
        """Whether the requested source names another commit by now."""

    def list_entries(self, below: str = "") -> list[Entry]:
        """Return all files, or those below a folder of the registry, sorted by path."""

    def find_passage(self, commit: str | None) -> "Passage | Untold | None":
        """Return the way from another commit, or from the beginning, to this source; None without a commit."""

    def find_changes_since(self, commit: str) -> Delta | None:
        """Return the difference from an earlier commit, or None if unknown."""

    def find_entry(self, inside: str) -> Entry | None:
        """Return a file, or None if absent."""

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the blob id and the content of each of these regular files."""

    def read_elsewhere(self, path: str) -> bytes:
        """Return any regular file, by its path from the top. Raises Unreadable if absent or larger than 1 MiB."""


class GitTree:
    """The files of a commit, unaffected by changes in the work tree."""

    name: Literal["commit"] = "commit"

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
        folder = _join(self.folder, below) if below else self.folder
        return [_make_entry(self.folder, entry) for entry in self.repository.list_tree(self.commit.id, folder)]

    def find_entry(self, inside: str) -> Entry | None:
        """Return a file, or None if absent."""
        entry = self.repository.find_entry(self.commit.id, _join(self.folder, inside))
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
        return self._entries.get(_join(self.folder, inside))

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


class Worktree:
    """The files of a work tree, committed or not."""

    name: Literal["worktree"] = "worktree"

    def __init__(self, top: Path, folder: str, repository: Repository | None) -> None:
        self.top = top
        self.folder = folder
        self.repository = repository

    @cached_property
    def commit(self) -> Commit | None:
        """The checked-out commit; None outside git, and before the first commit."""
        return self.repository.read_head() if self.repository else None

    @cached_property
    def _changes(self) -> Changes:
        """The differences from the checkout, as of the first request to git."""
        return self.repository.list_changes(self.folder) if self.repository else NO_CHANGES

    @property
    def _ignored(self) -> AbstractSet[str]:
        """The paths ignored by git, listed alone in a third of the time of listing all changes."""
        if self.repository is None or "_changes" in self.__dict__:
            return self._changes.ignored
        witness = _join(self.folder, REGISTRY_FILE)
        entry = self._stat_entry(witness)
        return self.repository.list_ignored(self.folder, witness if entry and entry.type is FileType.FILE else None)

    def has_moved(self) -> bool:
        """Whether another commit was checked out meanwhile."""
        return self.repository is not None and self.repository.read_head() != self.commit

    def list_entries(self, below: str = "") -> list[Entry]:
        """Return all files, or those below a folder, sorted by path. Raises Unreadable if a folder is unreadable."""
        folder = _join(self.folder, below) if below else self.folder
        path = self.top / folder
        # As everywhere below the registry's folder, a link is not followed.
        if below and (path.is_symlink() or not path.is_dir()):
            return []
        try:
            return sorted(self._walk(folder, self._ignored))
        except OSError as error:
            raise _make_unreadable(error) from error

    def find_entry(self, inside: str) -> Entry | None:
        """Return a file, or None if absent."""
        return self._stat_entry(_join(self.folder, inside))

    def find_passage(self, commit: str | None) -> "Passage | Untold | None":
        """Return the way from another commit, or from the beginning, to the checked-out commit."""
        if self.repository is None or self.commit is None:
            return None
        from reconciler.desired.passage import read_passage  # noqa: PLC0415  As above.

        return read_passage(self.repository, self.folder, commit, self.commit.id)

    def find_changes_since(self, commit: str) -> Delta | None:
        """Return the difference from an earlier commit, or None if git does not know the commit."""
        if self.repository is None:
            return None
        try:
            # Only files changed between the two commits, or in the work tree since the checkout, can differ.
            committed = self.repository.compare_commits(commit, self._changes.head, self.folder)
        except NoCommit:
            return None
        paths = ({entry.path for entry in committed} | self._changes.changed) - self._changes.ignored
        lying = {path: self._stat_entry(path) for path in paths}
        return Delta(
            tuple(sorted(entry for entry in lying.values() if entry)),
            frozenset(path for path, entry in lying.items() if entry is None),
        )

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the blob id and the content of each of these regular files."""
        algorithm = self.repository.object_format if self.repository else "sha1"
        for entry in entries:
            data = _read_content(self.top, entry.path)
            yield _hash_blob(algorithm, data), data

    def read_elsewhere(self, path: str) -> bytes:
        """Return any regular file, by its path from the top. Raises Unreadable if absent or larger than 1 MiB."""
        entry = self._stat_entry(path)
        _require_file(quoted(path), entry.type if entry else None)
        data = _read_content(self.top, path)
        return _require_bounded(quoted(path), data if len(data) <= MAX_BYTES else None)

    def list_stamped(self) -> tuple[list[Entry], list[str], int]:
        """Return all files, a stamp for each that changes with its content, and the time of the newest change.

        The stamp is made of size, times and inode. The time is in nanoseconds.
        """
        try:
            walked = sorted(self._walk_with_status(self.folder, self._ignored), key=lambda pair: pair[0].path)
        except OSError as error:
            raise _make_unreadable(error) from error
        newest = max((max(status.st_ctime_ns, status.st_mtime_ns) for _, status in walked), default=0)
        return [entry for entry, _ in walked], [_format_stamp(status) for _, status in walked], newest

    def _walk(self, top: str, ignored: AbstractSet[str]) -> Iterator[Entry]:
        return (entry for entry, _ in self._walk_with_status(top, ignored))

    def _walk_with_status(self, top: str, ignored: AbstractSet[str]) -> Iterator[tuple[Entry, os.stat_result]]:
        """Yield all files not ignored by git. Raises TooMany beyond the bounds of a registry."""
        count, level = 0, [top]
        for depth in count_up(1):
            below: list[str] = []
            for folder in level:
                with os.scandir(self.top / folder) as items:
                    for item in items:
                        count += 1
                        path = _join(folder, item.name)
                        if item.is_dir(follow_symlinks=False):
                            below.append(path)
                        elif path not in ignored:
                            status = item.stat(follow_symlinks=False)
                            yield Entry(path, strip_folder(self.folder, path), _classify_mode(status.st_mode)), status
                BOUNDS.require(count, depth, top)
            if not below:
                return
            level = below

    def _stat_entry(self, path: str) -> Entry | None:
        try:
            mode = (self.top / path).lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _make_unreadable(error, path) from error
        if stat.S_ISDIR(mode):
            # git names a nested repository as a single path.
            return Entry(path, strip_folder(self.folder, path), FileType.SUBMODULE)
        return Entry(path, strip_folder(self.folder, path), _classify_mode(mode))


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
    _require_file(where, _TYPES.get(entry.mode, FileType.OTHER) if entry else None)
    return _require_bounded(where, next(repository.read_blobs([entry.id], MAX_BYTES)) if entry else None)


def _format_stamp(status: os.stat_result) -> str:
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}"


def _classify_mode(mode: int) -> FileType:
    if stat.S_ISREG(mode):
        return FileType.FILE
    return FileType.SYMLINK if stat.S_ISLNK(mode) else FileType.OTHER


def _read_content(top: Path, path: str) -> bytes:
    try:
        # A link created since is not followed; a pipe without a writer is not waited for.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        number = os.open(os.path.join(top, path), flags)  # noqa: PTH118  Path costs as much as reading.
        try:
            _require_file(quoted(path), _classify_mode(os.fstat(number).st_mode))
            with os.fdopen(number, "rb", closefd=False) as file:
                return file.read(MAX_BYTES + 1)
        finally:
            os.close(number)
    except OSError as error:
        raise _make_unreadable(error, path) from error


def _make_unreadable(error: OSError, path: str | None = None) -> Unreadable:
    return Unreadable(f"{quoted(path or str(error.filename))} cannot be read: {error.strerror}")


def _require_file(where: str, file_type: FileType | None) -> None:
    if file_type is not FileType.FILE:
        raise Unreadable(f"there is no regular file {where}")


def _require_bounded(where: str, data: bytes | None) -> bytes:
    if data is None:
        raise Unreadable(f"{where} is larger than {MAX_BYTES >> 20} MiB")
    return data


def _hash_blob(algorithm: str, data: bytes) -> str:
    """Return the id of the blob with this content."""
    return hashlib.new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _join(folder: str, inside: str) -> str:
    return f"{folder}/{inside}" if folder else inside


def entries_at(source: Source, paths: AbstractSet[str]) -> list[Entry]:
    """Return the files at these paths, sorted by path; absent files are left out."""
    if len(paths) > _FEW:
        return [entry for entry in source.list_entries() if entry.path in paths]
    entries = (source.find_entry(strip_folder(source.folder, path)) for path in sorted(paths))
    return [entry for entry in entries if entry is not None]


def strip_folder(folder: str, path: str) -> str:
    """Return the part of a path below the registry's folder."""
    return path[len(folder) + 1 :] if folder else path
