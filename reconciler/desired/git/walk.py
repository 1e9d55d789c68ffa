"""The commits between two, and the files in which they differ, as git streams them; of long answers little is kept."""

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Final, cast

from reconciler.core.history.ancestry import Commit
from reconciler.desired.git.objects import in_memory
from reconciler.desired.git.process import GitError, complaint, require_alive, start
from reconciler.desired.git.repository import Repository
from reconciler.desired.git.trees import TreeEntry
from reconciler.desired.git.worktree import pathspec

Pair = tuple[str, str | None]
"""A commit, and another that it is compared with; None for no files at all."""

_LONGEST_FIELD: Final = 1 << 16
_LONGEST_AUTHOR: Final = 300
_CHANGED_IN_MERGE: Final = b"diff --cc "
_ID: Final = re.compile(rb"[0-9a-f]{40}([0-9a-f]{24})?")
_BEYOND: Final = b"-"
"""The mark of a commit beyond the boundary (git-log, %m)."""
_CUT: Final = "git failed: its answer was cut off"
# A pair of commits that differ in 500,000 files takes 200 MB. A few trees that stand for countless files take this much
# in 10 s; git lists all files of a pair in memory before it prints one.
_MOST_MEMORY: Final = 320 << 20
_NO_MEMORY: Final = b"ut of memory"


class TooMuch(Exception):
    """There is more than was asked for."""


def commits_between(repository: Repository, base: str | None, tip: str, most: int) -> Iterator[Commit]:
    """Yield the commits behind `tip` and not behind `base`, each before its parents.

    Raises TooMuch after `most` of them; without a base, the newest so many are all.
    """
    # With the boundary each parent has to be named: an answer that ends early between two commits shows it.
    words = ("log", "-z", "--topo-order", "--no-show-signature", "--format=%m%H%x00%P%x00%an <%ae>")
    between = ("--boundary", f"^{base}") if base else (f"--max-count={most}",)
    fields = _answers(repository, *words, *between, tip, "--")
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
            yield Commit(name, parents, _short(rest[1].decode("utf-8", "replace")))
    if count < most and not wanted <= named:
        raise GitError(_CUT)


def differences(
    repository: Repository, folder: str, pairs: Iterable[Pair], most: int
) -> dict[Pair, tuple[TreeEntry, ...]]:
    """Return the files below a folder that differ, for each pair. Raises TooMuch where there are more than `most`."""
    words = ("diff-tree", "--stdin", "--always", "--root", "-r", "-z", "--raw", "--no-renames", "--abbrev=64")
    further = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", "--", *pathspec(folder))
    asked = [*pairs]
    # The last question has an answer of one line, without which the others may have been cut short.
    questions = (f"{one} {other or ''}".strip() for one, other in [*asked, *((one, one) for one, _ in asked[-1:])])
    fields = _answers(repository, *words, *further, questions=questions)
    found: list[list[TreeEntry]] = []
    for number, head in enumerate(fields):
        if number > most + len(asked):
            raise TooMuch
        if not head.startswith(b":"):
            found.append([])
        else:
            _, mode, _, name, _ = head.decode().split(" ")
            found[-1] += [TreeEntry(mode, name, os.fsdecode(path)) for path in islice(fields, 1)]
    if len(found) != len(asked) + bool(asked) or any(found[-1:]):
        raise GitError(_CUT)
    return dict(zip(asked, map(tuple, found[: len(asked)]), strict=True))


def last_with(repository: Repository, commit: str, path: str) -> str | None:
    """Return the commit before the one that removed a file last, None where none did."""
    words = ("log", "-z", "-1", "--no-show-signature", "--no-renames", "--diff-filter=D", "--format=%P")
    parents = b" ".join(_answers(repository, *words, commit, "--", f":(top,literal){path}")).split()
    return parents[0].decode() if parents else None


def edited_in_merges(repository: Repository, folder: str, merges: Iterable[str]) -> set[tuple[str, str]]:
    """Return the merges that changed lines so as none of their parents has them, each with the path of such a file.

    An empty path stands for any file of the merge.
    What git merges by itself, line by line, shows nothing here (git-diff-tree, --cc).
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
    found: set[tuple[str, str]] = set()
    merge = ""
    asked = [*merges]
    # The last is asked twice: where its second answer is there, none before it was cut short.
    asked += asked[-1:]
    expected = iter(asked)
    for line in _answers(repository, *words, *further, questions=asked, end=b"\n"):
        # Lines of files begin with a blank, + or -.
        if line.startswith(_CHANGED_IN_MERGE):
            path = os.fsdecode(line.removeprefix(_CHANGED_IN_MERGE))
            # A path in quotes is written with escapes: any file of the merge may be meant.
            found.add((merge, "" if path.startswith('"') else path))
        elif _ID.fullmatch(line):
            merge = line.decode()
            if merge != next(expected, None):
                raise GitError(_CUT)
    if next(expected, None) is not None:
        raise GitError(_CUT)
    return found


def _short(author: str) -> str:
    return author if len(author) <= _LONGEST_AUTHOR else f"{author[: _LONGEST_AUTHOR - 1]}\N{HORIZONTAL ELLIPSIS}"


def _answers(
    repository: Repository, *arguments: str, questions: Iterable[str] = (), end: bytes = b"\0"
) -> Iterator[bytes]:
    """Yield what git answers, each part with its `end`, as it comes. It reads the questions from stdin.

    Raises TooMuch where it needs too much memory.
    """
    with in_memory() as asked, in_memory() as words:
        asked.writelines(f"{question}\n".encode() for question in questions)
        asked.seek(0)
        process = start(repository.top, *arguments, stdin=asked, stderr=words, memory=_MOST_MEMORY)
        with process:
            try:
                yield from _parts(cast("IO[bytes]", process.stdout), end)
            except BaseException:
                # Nobody wants the rest.
                process.kill()
                raise
        require_alive(process.returncode, arguments)
        if process.returncode != 0:
            words.seek(0)
            said = words.read(_LONGEST_FIELD)
            raise TooMuch if _NO_MEMORY in said else GitError(complaint(said))


def _parts(answer: IO[bytes], end: bytes) -> Iterator[bytes]:
    """Yield the parts of an answer. A part that is too long is cut, and not kept in memory until its end."""
    begun = b""
    while chunk := answer.read(1 << 16):
        *ended, rest = chunk.split(end)
        for field in ended:
            yield (begun + field)[:_LONGEST_FIELD]
            begun = b""
        begun = (begun + rest)[:_LONGEST_FIELD]
    if begun:
        raise GitError(_CUT)
