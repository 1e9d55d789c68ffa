"""What happened to the files of a registry between two commits, asked of git in one walk over the commits between them.

Two questions are put to git, however long the way is: which commits there are, and in which files each differs from
its parents. They take the places of two that were put before: whether one commit descends from the other, and in which
files the two ends differ. Contents are not read here.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from reconciler.core.history.ancestry import Commit, Mainline, mainline
from reconciler.core.history.passage import Credit, Files, credited, steps
from reconciler.desired.git.process import GitError
from reconciler.desired.git.repository import Kinship, Repository
from reconciler.desired.git.trees import TreeEntry
from reconciler.desired.git.walk import Pair, TooMuch, commits_between, differences, edited_in_merges

# What one apply can skip. A way of 100,000 commits takes seconds; a longer one is followed in parts.
MOST_COMMITS: Final = 100_000
_MOST_DIFFERENCES: Final = 500_000

_REGULAR: Final = ("100644", "100755")


class Passage(NamedTuple):
    """The way from one commit to another.

    `descends` says whether it leads forward only. `steps` are the files that each commit changed, in order, `credits`
    who changed each file last, and `differences` the entries that differ between the two ends.
    """

    descends: bool
    steps: tuple[Files, ...]
    credits: Mapping[str, Credit]
    differences: tuple[TreeEntry, ...]


class Untold(NamedTuple):
    """That git cannot tell the way, and why.

    It `is_shallow` where history was cut off, and `hides` something where a rename may be told in what is not here.
    """

    why: str
    is_shallow: bool = False
    hides: bool = False


@lru_cache(maxsize=2)
def passage(repository: Repository, folder: str, base: str | None, tip: str) -> Passage | Untold:
    """Return the way from a commit to another, or from the beginning. Raises GitError where git fails.

    Of the way from the beginning only the newest commits are followed, as many as of any other way.
    """
    try:
        return _passage(repository, folder, base, tip)
    except TooMuch:
        return Untold(f"more than {MOST_COMMITS:,} commits or {_MOST_DIFFERENCES:,} changes of files lie between them")
    except GitError:
        if base is None or repository.has(base):
            raise
        return Untold("that commit is not in this repository", is_shallow=repository.is_shallow)


def _passage(repository: Repository, folder: str, base: str | None, tip: str) -> Passage | Untold:
    commits = list(commits_between(repository, base, tip, MOST_COMMITS))
    is_cut = any(not commit.parents for commit in commits) and repository.is_shallow
    if is_cut and base is not None:
        return Untold("this clone is shallow, and not all commits between them are in it", is_shallow=True)
    line = mainline(commits, base, tip)
    if base is not None and not line.descends and repository.kinship(base, tip) is Kinship.DESCENDS:
        raise GitError("git failed: it names no commits between two of which one descends from the other")
    if base is not None:
        # Few trees can stand for more files than there are atoms, and git lists them in memory before it prints one.
        repository.changed(base, tip, folder)
    pairs = _pairs(commits, line, base, tip)
    entries = differences(repository, folder, pairs, _MOST_DIFFERENCES) if pairs else {}
    files = {pair: _files(found) for pair, found in entries.items()}
    written = credited(line, files)
    if is_cut:
        # The commit at the cut seems to have written everything that is older.
        written = {path: credit for path, credit in written.items() if credit.commit.parents}
    return Passage(line.descends, tuple(steps(line, files, base)), written, entries.get((tip, base), ()))


def settled(repository: Repository, folder: str, written: Mapping[str, Credit]) -> dict[str, Credit]:
    """Return who changed each file last, where a merge may only seem to: git is asked once more, where there is any."""
    doubtful = {credit.commit.id for credit in written.values() if credit.else_by}
    edited = edited_in_merges(repository, folder, sorted(doubtful)) if doubtful else set()
    return {
        path: credit._replace(commit=credit.else_by)
        if credit.else_by and edited.isdisjoint({(credit.commit.id, path), (credit.commit.id, "")})
        else credit
        for path, credit in written.items()
    }


def _pairs(commits: Iterable[Commit], line: Mainline, base: str | None, tip: str) -> list[Pair]:
    """Return what is compared: each commit with its parents, and the two ends."""
    pairs = {(commit.id, parent): None for commit in commits for parent in commit.parents or (None,)}
    if base is not None and not line.descends and line.start is not None:
        pairs[line.start, base] = None
    if base is not None and base != tip:
        pairs[tip, base] = None
    return [*pairs]


def _files(entries: Iterable[TreeEntry]) -> dict[str, str | None]:
    return {entry.path: entry.id if entry.mode in _REGULAR else None for entry in entries}
