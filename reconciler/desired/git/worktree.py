"""What in the work tree is not as git knows it, compared without running what the repository configures for that."""

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

from reconciler.core.quote import quoted
from reconciler.desired.git.process import OLDEST_GIT, GitError, ask, output

# What lies inside a submodule is not compared: it is not read, and its own settings would say what to run.
_STATUS: Final = ("status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--ignore-submodules=dirty")
_EVERYTHING: Final = ("--untracked-files=all", "--ignored=traditional")
_HEAD: Final = "# branch.oid "
_UNBORN: Final = "(initial)"
# Blanks before the path, by the first letter of a record (git-status, Porcelain Format Version 2).
_BLANKS: Final = {"1": 8, "u": 10, "?": 1, "!": 1}
_UNTRACKED: Final = "? "
"""The tag of a file that the index does not hold (git-ls-files, -t)."""
# What stands for something else in a pattern (gitignore).
_SPECIAL: Final = re.compile(r"[\\*?\[\] ]")
# Two settings that stand first and last in what git lists: both are seen by a git that is new enough, and listed whole.
_FIRST: Final = "filter.toolreg-first.clean"
_LAST: Final = "filter.toolreg-last.clean"


class Changes(NamedTuple):
    """The paths below a folder that are not as they were checked out, and those that git is told to ignore.

    `head` is the commit that was checked out, None before the first one. `holds_files` says whether git
    keeps any file of the folder in its index, or did until all were removed there.
    """

    head: str | None
    changed: frozenset[str]
    ignored: frozenset[str]
    holds_files: bool


NO_CHANGES: Final = Changes(None, frozenset(), frozenset(), holds_files=False)


def changes(top: Path, folder: str) -> Changes:
    """Return what below a folder is not as it was checked out; what git was told not to look at, too."""
    head, records = _status(top, folder, *_EVERYTHING)
    tracked = _tracked(top, folder)
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


def ignored(top: Path, folder: str, witness: str | None) -> frozenset[str]:
    """Return the files below a folder that git is told to ignore, and does not keep all the same.

    `witness` is a file of the folder that nobody ignores. git is told to list it, too: an answer without it was cut
    short.
    """
    words = ["ls-files", "-t", "--cached", "--others", "--ignored", "--exclude-standard", "-z", "--full-name"]
    if witness is not None:
        words.append("--exclude=/" + _SPECIAL.sub(r"\\\g<0>", witness))
    lines = _records(output(top, *words, "--", *pathspec(folder)), "ls-files")
    if witness is not None and witness not in {line[2:] for line in lines}:
        raise GitError(f"git failed: ls-files did not name {quoted(witness)}, as it was told to")
    return frozenset(line[2:] for line in lines if line[:2] == _UNTRACKED) - {witness}


def is_dirty(top: Path, folder: str) -> bool:
    """Whether files below a folder differ from what is checked out."""
    _, records = _status(top, folder, "--untracked-files=normal")
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
        """Whether the index does not hold it any more."""
        return self.letter == "1" and self.state[:1] == "D"

    @property
    def is_in_index(self) -> bool:
        return self.letter in "1u" and not self.is_removed


def _status(top: Path, folder: str, *options: str) -> tuple[str | None, list[_Record]]:
    raw = output(top, *_STATUS, *options, "--", *pathspec(folder), settings=_without_filters(top))
    lines = _records(raw, "status")
    heads = [line.removeprefix(_HEAD) for line in lines if line.startswith(_HEAD)]
    if len(heads) != 1:
        raise GitError("git failed: status did not say which commit is checked out")
    return None if heads[0] == _UNBORN else heads[0], [_record(line) for line in lines if line[0] != "#"]


def _record(line: str) -> _Record:
    fields = line.split(" ", _BLANKS.get(line[0], 0))
    if len(fields) == 1:
        raise GitError("git failed: status printed something that is no record")
    return _Record(fields[0], fields[1], fields[-1])


def _tracked(top: Path, folder: str) -> dict[str, str]:
    """Return the tag of each file below a folder that the index holds."""
    lines = _records(output(top, "ls-files", "-v", "-z", "--full-name", "--", *pathspec(folder)), "ls-files")
    return {line[2:]: line[:1] for line in lines}


def _is_unwatched(tag: str) -> bool:
    """Whether git was told not to look at a file in the work tree."""
    # S is skip-worktree, as in a sparse checkout; a small letter is assume-unchanged (git-ls-files, -t and -v).
    return tag == "S" or tag.islower()


def _without_filters(top: Path) -> dict[str, str]:
    """Return settings that override every filter there is (gitattributes, `filter`).

    Raises GitError where git does not list all of them: one that was overlooked would run.
    """
    arguments = ("-c", f"{_LAST}=", "config", "--name-only", "-z", "--get-regexp", r"^filter\..*\.")
    answer = ask(top, *arguments, settings={_FIRST: ""})
    if answer.code != 0:
        raise answer.failure
    keys = _records(answer.out, "config")
    if keys[-1:] != [_LAST] or _FIRST not in keys:
        oldest = ".".join(map(str, OLDEST_GIT))
        raise GitError(f"git did not list the filters that it would run; install git {oldest} or newer, or try again")
    nothing = {"clean": "", "process": "", "required": "false"}
    filters = {key.rpartition(".")[0] for key in keys}
    return {f"{name}.{key}": value for name in filters for key, value in nothing.items()}


def _records(raw: bytes, command: str) -> list[str]:
    """Return what ends with NUL each. Raises GitError where the last record is cut short."""
    *records, rest = raw.split(b"\0")
    if rest:
        raise GitError(f"git failed: {command} stopped in the middle of an answer")
    return [os.fsdecode(record) for record in records]


def pathspec(folder: str) -> tuple[str, ...]:
    """Return what limits a git command to a folder, and to nothing with a similar name."""
    return (f":(top,literal){folder}",) if folder else (":(top)",)
