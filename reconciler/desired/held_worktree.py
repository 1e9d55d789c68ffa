"""The files of a work tree as a process that stays has read them: listed from memory, read from disk."""

import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reconciler.core.manifest.layout import Entry
from reconciler.desired.git.repository import Repository
from reconciler.desired.source import join_folder
from reconciler.desired.worktree_files import Worktree

_MARGIN: Final = 50_000_000
"""Nanoseconds. A file changed so shortly before could change again without another time."""


class HeldWorktree(Worktree):
    """A work tree whose files are listed from memory, with the blob ids of the files read before.

    A plan against a database whose revision came from a work tree compares these ids with the rows, and reads the
    changed files alone.
    """

    def __init__(self, top: Path, folder: str, repository: Repository | None, entries: Sequence[Entry]) -> None:
        super().__init__(top, folder, repository)
        self._entries = entries

    def list_entries(self, below: str = "") -> list[Entry]:
        """Return all files, or those below a folder, sorted by path."""
        if not below:
            return list(self._entries)
        start = f"{join_folder(self.folder, below)}/"
        return [entry for entry in self._entries if entry.path.startswith(start)]

    def list_settled(self) -> list[tuple[Entry, str]]:
        """Return all files on disk with their stamps; the stamp of a file just written is empty."""
        if not (self.top / self.folder).is_dir():
            return []
        entries, stamps, _ = self.list_stamped()
        latest = time.time_ns() - _MARGIN
        return [(entry, _settle(stamp, latest)) for entry, stamp in zip(entries, stamps, strict=True)]

    def find_settled(self, path: str) -> tuple[Entry, str] | None:
        """Return a file on disk by its path from the top; None for a folder, and if absent."""
        inside = path[len(self.folder) + 1 :] if self.folder else path
        entry = self.find_entry(inside)
        # The stamp of a single changed file need not outlive its next change, which has an event of its own.
        return (entry, "") if entry and not self.is_folder(path) else None

    def is_folder(self, path: str) -> bool:
        """Whether a path from the top is a folder, and no link to one."""
        try:
            return stat.S_ISDIR((self.top / path).lstat().st_mode)
        except OSError:
            return False

    def is_readable(self, path: str) -> bool:
        """Whether this process may read a file."""
        return os.access(self.top / path, os.R_OK, follow_symlinks=False)


def _settle(stamp: str, latest: int) -> str:
    """Return the stamp of a file, empty if changed after a time in nanoseconds."""
    _, modified, changed, _ = stamp.split(":")
    return stamp if max(int(modified), int(changed)) < latest else ""
