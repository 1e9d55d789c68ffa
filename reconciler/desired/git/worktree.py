"""Compares the work tree with the checkout, without running programs that the repository configures."""

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

from reconciler.core.quote import quoted
from reconciler.desired.git.process import OLDEST_GIT, GitError, ask_git, run_git

# The inside of a submodule is not compared: its files are not read, and its own settings could name programs to run.
_STATUS: Final = ("status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--ignore-submodules=dirty")
_EVERYTHING: Final = ("--untracked-files=all", "--ignored=traditional")
_HEAD: Final = "# branch.oid "
_UNBORN: Final = "(initial)"
# Blanks before the path, by the first letter of a record (git-status, Porcelain Format Version 2).
_BLANKS: Final = {"1": 8, "u": 10, "?": 1, "!": 1}
_UNTRACKED: Final = "? "
"""The tag of a file outside the index (git-ls-files, -t)."""
# The special characters of a pattern (gitignore).
_SPECIAL: Final = re.compile(r"[\\*?\[\] ]")
# The first and the last setting in git's list: a recent git lists both, unless the list is truncated.
_FIRST: Final = "filter.toolreg-first.clean"
_LAST: Final = "filter.toolreg-last.clean"


class Changes(NamedTuple):
    """The paths below a folder that differ from the checkout, and the ignored paths.

    `head` is the checked-out commit, None before the first commit. `holds_files` says whether the index holds any file
    of the folder, or held files until all were removed from the index.
    """

    head: str | None
    changed: frozenset[str]
    ignored: frozenset[str]
    holds_files: bool


NO_CHANGES: Final = Changes(None, frozenset(), frozenset(), holds_files=False)


def list_changes(top: Path, folder: str) -> Changes:
    """Return the changes below a folder since the checkout, and count files unwatched by git as changed."""
    head, records = _read_status(top, folder, *_EVERYTHING)
    tracked = _list_tracked(top, folder)
    if not tracked.keys() >= {record.path for record in records if record.is_in_index}:
        raise GitError("git failed: ls-files did not name what status named")
    changed = {record.path for record in records if not record.is_ignored}
    changed |= {path for path, tag in tracked.items() if _is_unwatched(tag)}
    return Changes(
        head,
        frozenset(changed),
        frozenset(record.path for record in records if record.is_ignored),
        holds_files=bool(tracked) or any(record.is_removed for record in records),
    )


def list_ignored(top: Path, folder: str, witness: str | None) -> frozenset[str]:
    """Return the untracked files below a folder that git ignores.

    `witness` is a file of the folder that is not ignored. git is told to list the witness, too: an answer without the
    witness is truncated.
    """
    words = ["ls-files", "-t", "--cached", "--others", "--ignored", "--exclude-standard", "-z", "--full-name"]
    if witness is not None:
        words.append("--exclude=/" + _SPECIAL.sub(r"\\\g<0>", witness))
    lines = split_records(run_git(top, *words, "--", *pathspec(folder)), "ls-files")
    if witness is not None and witness not in {line[2:] for line in lines}:
        raise GitError(f"git failed: ls-files did not name {quoted(witness)}, as it was told to")
    return frozenset(line[2:] for line in lines if line[:2] == _UNTRACKED) - {witness}


def is_dirty(top: Path, folder: str) -> bool:
    """Whether files below a folder differ from the checkout."""
    _, records = _read_status(top, folder, "--untracked-files=normal")
    return bool(records)


class _Record(NamedTuple):
    """A path and its first two fields: `1 .M`, `u UU`, `?`, `!` (git-status, Porcelain Format Version 2)."""

    letter: str
    state: str
    path: str

    @property
    def is_ignored(self) -> bool:
        return self.letter == "!"

    @property
    def is_removed(self) -> bool:
        """Whether the file was removed from the index."""
        return self.letter == "1" and self.state[:1] == "D"

    @property
    def is_in_index(self) -> bool:
        return self.letter in "1u" and not self.is_removed


def _read_status(top: Path, folder: str, *options: str) -> tuple[str | None, list[_Record]]:
    raw = run_git(top, *_STATUS, *options, "--", *pathspec(folder), settings=override_filters(top))
    lines = split_records(raw, "status")
    heads = [line.removeprefix(_HEAD) for line in lines if line.startswith(_HEAD)]
    if len(heads) != 1:
        raise GitError("git failed: status did not say which commit is checked out")
    return None if heads[0] == _UNBORN else heads[0], [_parse_record(line) for line in lines if line[0] != "#"]


def _parse_record(line: str) -> _Record:
    fields = line.split(" ", _BLANKS.get(line[0], 0))
    if len(fields) == 1:
        raise GitError("git failed: status printed something that is no record")
    return _Record(fields[0], fields[1], fields[-1])


def _list_tracked(top: Path, folder: str) -> dict[str, str]:
    """Return the tag of each file of the index below a folder."""
    lines = split_records(run_git(top, "ls-files", "-v", "-z", "--full-name", "--", *pathspec(folder)), "ls-files")
    return {line[2:]: line[:1] for line in lines}


def _is_unwatched(tag: str) -> bool:
    """Whether git was told not to watch a file in the work tree."""
    # S is skip-worktree, as in a sparse checkout; a small letter is assume-unchanged (git-ls-files, -t and -v).
    return tag == "S" or tag.islower()


def override_filters(top: Path) -> dict[str, str]:
    """Return settings that override every configured filter (gitattributes, `filter`).

    Raises GitError if git does not list all filters: an overlooked filter would run.
    """
    arguments = ("-c", f"{_LAST}=", "config", "--name-only", "-z", "--get-regexp", r"^filter\..*\.")
    answer = ask_git(top, *arguments, settings={_FIRST: ""})
    if answer.code != 0:
        raise answer.failure
    keys = split_records(answer.out, "config")
    if keys[-1:] != [_LAST] or _FIRST not in keys:
        oldest = ".".join(map(str, OLDEST_GIT))
        raise GitError(f"git did not list the filters that it would run; install git {oldest} or newer, or try again")
    nothing = {"clean": "", "process": "", "required": "false"}
    filters = {key.rpartition(".")[0] for key in keys}
    return {f"{name}.{key}": value for name in filters for key, value in nothing.items()}


def split_records(raw: bytes, command: str) -> list[str]:
    """Return the records, each terminated by NUL. Raises GitError if the last record is truncated."""
    *records, rest = raw.split(b"\0")
    if rest:
        raise GitError(f"git failed: {command} stopped in the middle of an answer")
    return [os.fsdecode(record) for record in records]


def pathspec(folder: str) -> tuple[str, ...]:
    """Return the pathspec that limits a git command to exactly this folder."""
    return (f":(top,literal){folder}",) if folder else (":(top)",)
