"""The order in which a reconciler would apply the commits between two commits, one by one. Pure.

The mainline leads from the applied commit to the new commit. At each merge it follows the first parent from which the
applied commit is reachable: the deployed branch, even if this branch was merged into another branch and the other
branch was pushed in its place. The other sides of a merge are replayed just before it, each branch as if rebased.

The order composes: from the first commit to any commit on the mainline, then from there to the second. Applying in two
steps sees the same commits in the same order as applying in one step.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple


class LoggedCommit(NamedTuple):
    """A commit: its id, its parents, and its author as `Name <address>`."""

    id: str
    parents: tuple[str, ...]
    author: str = ""


class Side(NamedTuple):
    """The commits added by one parent of a merge to the history before the merge, oldest first."""

    tip: str
    commits: tuple[LoggedCommit, ...]


class Station(NamedTuple):
    """A mainline commit, its predecessor on the mainline (None for a root commit), and the sides merged into it."""

    commit: LoggedCommit
    before: str | None
    sides: tuple[Side, ...]


class Mainline(NamedTuple):
    """The commits of the mainline, oldest first, and the commit before the first.

    `start` is the applied commit if the new commit `descends` from it, else the commit where the two histories parted.
    """

    stations: tuple[Station, ...]
    start: str | None
    descends: bool


def find_mainline(commits: Sequence[LoggedCommit], base: str | None, tip: str) -> Mainline:
    """Return the mainline to `tip`, given the commits not reachable from `base`, each before its parents."""
    known = {commit.id: commit for commit in commits}
    above = _find_descendants(commits, base)
    line: list[tuple[LoggedCommit, str | None]] = []
    at: str | None = tip
    while at in known:
        before = _find_predecessor(known[at], base, above)
        line.append((known[at], before))
        at = before
    seen: set[str] = set()
    stations = []
    for commit, before in reversed(line):
        seen.add(commit.id)
        others = (parent for parent in commit.parents if parent != before)
        sides = [Side(parent, tuple(_walk_unseen(parent, known, seen))) for parent in others]
        stations.append(Station(commit, before, tuple(side for side in sides if side.commits)))
    return Mainline(tuple(stations), at, tip == base or tip in above)


def _find_descendants(commits: Sequence[LoggedCommit], base: str | None) -> set[str]:
    descendants: set[str] = set()
    for commit in reversed(commits):
        if any(parent == base or parent in descendants for parent in commit.parents):
            descendants.add(commit.id)
    return descendants


def _find_predecessor(commit: LoggedCommit, base: str | None, above: set[str]) -> str | None:
    leading = (parent for parent in commit.parents if parent == base or parent in above)
    return next(leading, commit.parents[0] if commit.parents else None)


def _walk_unseen(tip: str, known: Mapping[str, LoggedCommit], seen: set[str]) -> Iterator[LoggedCommit]:
    """Yield the unseen commits reachable from `tip`: parents first, the first parent's history before the others'."""
    waiting = [iter((tip,))]
    below: list[LoggedCommit] = []
    while waiting:
        parent = next(waiting[-1], None)
        if parent is None:
            waiting.pop()
            if below:
                yield below.pop()
        elif parent in known and parent not in seen:
            seen.add(parent)
            below.append(known[parent])
            waiting.append(iter(known[parent].parents))
