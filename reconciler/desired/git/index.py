"""Lists the files of git's index: the content of the next commit."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from reconciler.core.quote import quoted
from reconciler.desired.git.process import GitError, run_git
from reconciler.desired.git.trees import BOUNDS, TreeEntry
from reconciler.desired.git.worktree import override_filters, pathspec, split_records

# Mode, id, stage, a tab, the path (git-ls-files, -s).
_RECORD: Final = re.compile(r"([0-7]{6}) ([0-9a-f]{40}|[0-9a-f]{64}) ([0-3])\t(.+)", re.DOTALL)
_EMPTY: Final = frozenset(
    (
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    )
)
"""The ids of a file without content, by SHA-1 and by SHA-256."""


def list_index(top: Path, folder: str) -> list[TreeEntry]:
    """Return the files of the index below a folder, sorted by path. Raises GitError during a conflict.

    A hook of `git commit -a` finds the content of the next commit in another index, named by GIT_INDEX_FILE.
    """
    variables = _find_index(os.environ)
    raw = run_git(top, "ls-files", "-s", "-z", "--full-name", "--", *pathspec(folder), variables=variables)
    entries = [_parse_record(record) for record in split_records(raw, "ls-files")]
    if any(entry.id in _EMPTY for entry in entries):
        promised = _list_promised(top, folder, variables)
        entries = [entry for entry in entries if entry.path not in promised]
    BOUNDS.require(len(entries), max((entry.path.count("/") for entry in entries), default=0), folder)
    return sorted(entries, key=lambda entry: entry.path)


def _find_index(environment: Mapping[str, str]) -> dict[str, str]:
    path = environment.get("GIT_INDEX_FILE")
    # git runs here at the top of the work tree; a hook's path starts at its own folder.
    return {"GIT_INDEX_FILE": str(Path(path).absolute())} if path else {}


def _parse_record(record: str) -> TreeEntry:
    match = _RECORD.fullmatch(record)
    if match is None:
        raise GitError("git failed: ls-files printed something that is no record")
    mode, identity, stage, path = match.groups()
    if stage != "0":
        raise GitError(f"{quoted(path)} has a conflict, so nothing can be committed; resolve it, then git add")
    return TreeEntry(mode, identity, path)


def _list_promised(top: Path, folder: str, variables: Mapping[str, str]) -> set[str]:
    """Return the files of `git add --intent-to-add`: listed without content, and not a part of the next commit."""
    words = ("diff-files", "--name-only", "--diff-filter=A", "--ita-invisible-in-index", "-z", "--no-renames")
    options = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=all")
    settings = override_filters(top)
    raw = run_git(top, *words, *options, "--", *pathspec(folder), settings=settings, variables=variables)
    return set(split_records(raw, "diff-files"))
