"""Streams the commits between two commits, and the files in which commits differ, in little memory."""

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Final, cast

from reconciler.core.history.ancestry import LoggedCommit
from reconciler.desired.git.objects import open_in_memory
from reconciler.desired.git.process import GitError, format_complaint, require_alive, start_git
from reconciler.desired.git.repository import Repository
from reconciler.desired.git.trees import TreeEntry
from reconciler.desired.git.worktree import pathspec

Pair = tuple[str, str | None]
"""A commit, and the commit to compare with; None compares with an empty tree."""

_LONGEST_FIELD: Final = 1 << 16
_LONGEST_AUTHOR: Final = 300
_CHANGED_IN_MERGE: Final = b"diff --cc "
_ID: Final = re.compile(rb"[0-9a-f]{40}([0-9a-f]{24})?")
_BEYOND: Final = b"-"
"""The mark of a commit beyond the boundary (git-log, %m)."""
_CUT: Final = "git failed: its answer was cut off"
# A pair of commits that differ in 500,000 files takes 200 MB. A few trees that stand for countless files reach this
# limit in 10 s: git lists all files of a pair in memory before printing the first.
_MOST_MEMORY: Final = 320 << 20
_NO_MEMORY: Final = b"ut of memory"


class TooMuch(Exception):
    """The answer exceeds a limit."""


def list_commits_between(repository: Repository, base: str | None, tip: str, most: int) -> Iterator[LoggedCommit]:
    """Yield the commits reachable from `tip` and not from `base`, each before its parents.

    Raises TooMuch after `most` commits; without a base, only the newest `most` commits are yielded.
    """
    # With --boundary git names each parent: a missing parent reveals an answer truncated between two commits.
    words = ("log", "-z", "--topo-order", "--no-show-signature", "--format=%m%H%x00%P%x00%an <%ae>")
    between = ("--boundary", f"^{base}") if base else (f"--max-count={most}",)
    fields = _ask(repository, *words, *between, tip, "--")
    count = 0
    wanted: set[str] = set()
    named: set[str] = set()
    for field in fields:
        rest = [*islice(fields, 2)]
        if len(rest) != len(("parents", "author")):
            raise GitError(_CUT)
        name, parents = field[1:].decode(), tuple(rest[0].decode().split())
        named.add(name)
        if not field.startswith(_BEYOND):
            count += 1
            if count > most:
                raise TooMuch
            wanted.update(parents)
            yield LoggedCommit(name, parents, _shorten_author(rest[1].decode("utf-8", "replace")))
    if count < most and not wanted <= named:
        raise GitError(_CUT)


def compare_pairs(
    repository: Repository, folder: str, pairs: Iterable[Pair], most: int
) -> dict[Pair, tuple[TreeEntry, ...]]:
    """Return the files below a folder that differ, for each pair. Raises TooMuch for more than `most` files."""
    words = ("diff-tree", "--stdin", "--always", "--root", "-r", "-z", "--raw", "--no-renames", "--abbrev=64")
    further = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", "--", *pathspec(folder))
    asked = [*pairs]
    # The last question compares a commit with itself: without the single line of its answer, git was cut off.
    questions = (f"{one} {other or ''}".strip() for one, other in [*asked, *((one, one) for one, _ in asked[-1:])])
    fields = _ask(repository, *words, *further, questions=questions)
    groups: list[list[TreeEntry]] = []
    for number, head in enumerate(fields):
        if number > most + len(asked):
            raise TooMuch
        if not head.startswith(b":"):
            groups.append([])
        else:
            _, mode, _, name, _ = head.decode().split(" ")
            groups[-1] += [TreeEntry(mode, name, os.fsdecode(path)) for path in islice(fields, 1)]
    if len(groups) != len(asked) + bool(asked) or any(groups[-1:]):
        raise GitError(_CUT)
    return dict(zip(asked, map(tuple, groups[: len(asked)]), strict=True))


def find_last_with(repository: Repository, commit: str, path: str) -> str | None:
    """Return the parent of the last commit that removed a file, None if no commit did."""
    words = ("log", "-z", "-1", "--no-show-signature", "--no-renames", "--diff-filter=D", "--format=%P")
    parents = b" ".join(_ask(repository, *words, commit, "--", f":(top,literal){path}")).split()
    return parents[0].decode() if parents else None


def find_merge_edits(repository: Repository, folder: str, merges: Iterable[str]) -> set[tuple[str, str]]:
    """Return the merges with lines unlike every parent's, each with the path of a changed file.

    An empty path stands for any file of the merge. Lines that git merges automatically do not count (git-diff-tree,
    --cc).
    """
    words = (
        "diff-tree",
        "--stdin",
        "--always",
        "--cc",
        "-p",
        "-U0",
        "-r",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
    )
    further = ("--ignore-submodules=dirty", "--", *pathspec(folder))
    edited: set[tuple[str, str]] = set()
    merge = ""
    asked = [*merges]
    # git is asked twice about the last merge: the second answer proves all others complete.
    asked += asked[-1:]
    expected = iter(asked)
    for line in _ask(repository, *words, *further, questions=asked, end=b"\n"):
        # Lines of files begin with a blank, + or -.
        if line.startswith(_CHANGED_IN_MERGE):
            path = os.fsdecode(line.removeprefix(_CHANGED_IN_MERGE))
            # A quoted path contains escapes: count any file of the merge.
            edited.add((merge, "" if path.startswith('"') else path))
        elif _ID.fullmatch(line):
            merge = line.decode()
            if merge != next(expected, None):
                raise GitError(_CUT)
    if next(expected, None) is not None:
        raise GitError(_CUT)
    return edited


def _shorten_author(author: str) -> str:
    return author if len(author) <= _LONGEST_AUTHOR else f"{author[: _LONGEST_AUTHOR - 1]}\N{HORIZONTAL ELLIPSIS}"


def _ask(repository: Repository, *arguments: str, questions: Iterable[str] = (), end: bytes = b"\0") -> Iterator[bytes]:
    """Yield the parts of git's answer, separated by `end`, on arrival. git reads the questions from stdin.

    Raises TooMuch if git needs too much memory.
    """
    with open_in_memory() as asked, open_in_memory() as words:
        asked.writelines(f"{question}\n".encode() for question in questions)
        asked.seek(0)
        process = start_git(repository.top, *arguments, stdin=asked, stderr=words, memory=_MOST_MEMORY)
        with process:
            try:
                yield from _split_parts(cast("IO[bytes]", process.stdout), end)
            except BaseException:
                # The rest of the answer is not needed.
                process.kill()
                raise
        require_alive(process.returncode, arguments)
        if process.returncode != 0:
            words.seek(0)
            said = words.read(_LONGEST_FIELD)
            raise TooMuch if _NO_MEMORY in said else GitError(format_complaint(said))


def _split_parts(answer: IO[bytes], end: bytes) -> Iterator[bytes]:
    """Yield the parts of an answer. An overlong part is truncated, and its rest not kept in memory."""
    begun = b""
    while chunk := answer.read(1 << 16):
        *ended, rest = chunk.split(end)
        for field in ended:
            yield (begun + field)[:_LONGEST_FIELD]
            begun = b""
        begun = (begun + rest)[:_LONGEST_FIELD]
    if begun:
        raise GitError(_CUT)
