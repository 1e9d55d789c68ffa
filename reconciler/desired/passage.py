"""Reads the way between two commits from git: the commits, and the files changed by each commit.

git answers two questions, however long the way: the list of commits, and the files in which each commit differs from
its parents. The answers also tell whether the new commit descends from the old, and in which files the two ends
differ. Contents are not read here.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from reconciler.core.history.ancestry import LoggedCommit, Mainline, find_mainline
from reconciler.core.history.passage import ChangedFiles, Credit, credit_files, list_steps
from reconciler.desired.git.process import GitError
from reconciler.desired.git.repository import Kinship, Repository
from reconciler.desired.git.trees import TreeEntry
from reconciler.desired.git.walk import Pair, TooMuch, compare_pairs, find_merge_edits, list_commits_between

# The most commits between two applies. A way of 100,000 commits takes seconds; a longer way is followed in parts.
MOST_COMMITS: Final = 100_000
_MOST_DIFFERENCES: Final = 500_000

_REGULAR: Final = ("100644", "100755")


class Passage(NamedTuple):
    """The way from one commit to another.

    `descends` says whether the way leads forward only. `steps` are the files changed by each commit, in order,
    `credits` the commit that changed each file last, and `differences` the entries that differ between the two ends.
    """

    descends: bool
    steps: tuple[ChangedFiles, ...]
    credits: Mapping[str, Credit]
    differences: tuple[TreeEntry, ...]


class Untold(NamedTuple):
    """The reason why git cannot tell the way.

    `is_shallow` says whether history was cut off, `hides` whether a missing file may declare a rename.
    """

    why: str
    is_shallow: bool = False
    hides: bool = False


@lru_cache(maxsize=2)
def read_passage(repository: Repository, folder: str, base: str | None, tip: str) -> Passage | Untold:
    """Return the way to `tip` from `base`, or from the beginning. Raises GitError if git fails.

    From the beginning, only the newest MOST_COMMITS commits are followed.
    """
    try:
        return _walk_passage(repository, folder, base, tip)
    except TooMuch:
        return Untold(f"more than {MOST_COMMITS:,} commits or {_MOST_DIFFERENCES:,} changes of files lie between them")
    except GitError:
        if base is None or repository.has(base):
            raise
        return Untold("that commit is not in this repository", is_shallow=repository.is_shallow)


def _walk_passage(repository: Repository, folder: str, base: str | None, tip: str) -> Passage | Untold:
    commits = list(list_commits_between(repository, base, tip, MOST_COMMITS))
    is_cut = any(not commit.parents for commit in commits) and repository.is_shallow
    if is_cut and base is not None:
        return Untold("this clone is shallow, and not all commits between them are in it", is_shallow=True)
    line = find_mainline(commits, base, tip)
    if base is not None and not line.descends and repository.find_kinship(base, tip) is Kinship.DESCENDS:
        raise GitError("git failed: it names no commits between two of which one descends from the other")
    if base is not None:
        # Raises first if the trees hold too many files: git lists all files in memory before printing the first, and
        # a few trees can stand for more files than the universe has atoms.
        repository.compare_commits(base, tip, folder)
    pairs = _list_pairs(commits, line, base, tip)
    entries = compare_pairs(repository, folder, pairs, _MOST_DIFFERENCES) if pairs else {}
    files = {pair: _map_blobs(changed) for pair, changed in entries.items()}
    written = credit_files(line, files)
    if is_cut:
        # The commit at the cut seems to add every older file.
        written = {path: credit for path, credit in written.items() if credit.commit.parents}
    return Passage(line.descends, tuple(list_steps(line, files, base)), written, entries.get((tip, base), ()))


def settle_credits(repository: Repository, folder: str, written: Mapping[str, Credit]) -> dict[str, Credit]:
    """Return the credits without merges that git made automatically. Asks git only about doubtful merges, if any."""
    doubtful = {credit.commit.id for credit in written.values() if credit.else_by}
    edited = find_merge_edits(repository, folder, sorted(doubtful)) if doubtful else set()
    return {
        path: credit._replace(commit=credit.else_by)
        if credit.else_by and edited.isdisjoint({(credit.commit.id, path), (credit.commit.id, "")})
        else credit
        for path, credit in written.items()
    }


def _list_pairs(commits: Iterable[LoggedCommit], line: Mainline, base: str | None, tip: str) -> list[Pair]:
    """Return the pairs to compare: each commit with its parents, and the two ends."""
    pairs = {(commit.id, parent): None for commit in commits for parent in commit.parents or (None,)}
    if base is not None and not line.descends and line.start is not None:
        pairs[line.start, base] = None
    if base is not None and base != tip:
        pairs[tip, base] = None
    return [*pairs]


def _map_blobs(entries: Iterable[TreeEntry]) -> dict[str, str | None]:
    return {entry.path: entry.id if entry.mode in _REGULAR else None for entry in entries}
