"""Reads the files of the desired state as they lie in the work tree."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import count as count_up
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from reconciler.core.history.commit import Commit
from reconciler.core.manifest.layout import REGISTRY_FILE, Entry, FileType
from reconciler.core.quote import quoted
from reconciler.core.yaml.text import MAX_BYTES
from reconciler.desired.git.places import NoCommit
from reconciler.desired.git.repository import Repository
from reconciler.desired.git.trees import BOUNDS
from reconciler.desired.git.worktree import NO_CHANGES, Changes
from reconciler.desired.source import (
    NO_PATCHES,
    Delta,
    Unreadable,
    join_folder,
    require_bounded,
    require_file,
    strip_folder,
)

if TYPE_CHECKING:
    from reconciler.desired.passage import Passage, Untold


class Worktree:
    """The files of a work tree, committed or not."""

    name: Literal["worktree"] = "worktree"
    environment: None = None
    patches = NO_PATCHES

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
        witness = join_folder(self.folder, REGISTRY_FILE)
        entry = self._stat_entry(witness)
        return self.repository.list_ignored(self.folder, witness if entry and entry.type is FileType.FILE else None)

    def has_moved(self) -> bool:
        """Whether another commit was checked out meanwhile."""
        return self.repository is not None and self.repository.read_head() != self.commit

    def list_entries(self, below: str = "") -> list[Entry]:
        """Return all files, or those below a folder, sorted by path. Raises Unreadable if a folder is unreadable."""
        folder = join_folder(self.folder, below) if below else self.folder
        path = self.top / folder
        # As everywhere below the registry's folder, a link is not followed.
        if below and (path.is_symlink() or not path.is_dir()):
            return []
        try:
            found = self._walk(folder, self._ignored)
            entries = [Entry(path, strip_folder(self.folder, path), _classify_item(item)) for path, item in found]
        except OSError as error:
            raise _make_unreadable(error) from error
        return sorted(entries)

    def find_entry(self, inside: str) -> Entry | None:
        """Return a file, or None if absent."""
        return self._stat_entry(join_folder(self.folder, inside))

    def find_passage(self, commit: str | None) -> "Passage | Untold | None":
        """Return the way from another commit, or from the beginning, to the checked-out commit."""
        if self.repository is None or self.commit is None:
            return None
        from reconciler.desired.passage import read_passage  # noqa: PLC0415  Not needed to read files.

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
        require_file(quoted(path), entry.type if entry else None)
        data = _read_content(self.top, path)
        return require_bounded(quoted(path), data if len(data) <= MAX_BYTES else None)

    def list_stamped(self) -> tuple[list[Entry], list[str], int]:
        """Return all files, a stamp for each that changes with its content, and the time of the newest change.

        The stamp is made of size, times and inode. The time is in nanoseconds.
        """
        try:
            found = self._walk(self.folder, self._ignored)
            walked = sorted((path, item.stat(follow_symlinks=False)) for path, item in found)
        except OSError as error:
            raise _make_unreadable(error) from error
        entries = [
            Entry(path, strip_folder(self.folder, path), _classify_mode(status.st_mode)) for path, status in walked
        ]
        newest = max((max(status.st_ctime_ns, status.st_mtime_ns) for _, status in walked), default=0)
        return entries, [_format_stamp(status) for _, status in walked], newest

    def _walk(self, top: str, ignored: AbstractSet[str]) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
        """Yield all files not ignored by git, with their paths. Raises TooMany beyond the bounds of a registry."""
        count, level = 0, [top]
        for depth in count_up(1):
            below: list[str] = []
            for folder in level:
                with os.scandir(self.top / folder) as items:
                    for item in items:
                        count += 1
                        path = join_folder(folder, item.name)
                        if item.is_dir(follow_symlinks=False):
                            below.append(path)
                        elif path not in ignored:
                            yield path, item
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


def _format_stamp(status: os.stat_result) -> str:
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}"


def _classify_item(item: "os.DirEntry[str]") -> FileType:
    """Return the type of a listed file, which the listing itself tells on most systems."""
    if item.is_file(follow_symlinks=False):
        return FileType.FILE
    return FileType.SYMLINK if item.is_symlink() else FileType.OTHER


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
            require_file(quoted(path), _classify_mode(os.fstat(number).st_mode))
            with os.fdopen(number, "rb", closefd=False) as file:
                return file.read(MAX_BYTES + 1)
        finally:
            os.close(number)
    except OSError as error:
        raise _make_unreadable(error, path) from error


def _make_unreadable(error: OSError, path: str | None = None) -> Unreadable:
    return Unreadable(f"{quoted(path or str(error.filename))} cannot be read: {error.strerror}")


def _hash_blob(algorithm: str, data: bytes) -> str:
    """Return the id of the blob with this content."""
    return hashlib.new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
