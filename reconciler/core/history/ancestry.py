"""The order of the commits between two: the commits that a reconciler would have seen one by one. Pure.

The mainline leads from the applied commit to the new one. At each merge it follows the first parent from which the
applied commit can be reached: the branch that was deployed, also where it was merged into another and that one was
pushed in its place. What else a merge brought in is replayed just before it, each branch as if it had been rebased.

So the order between two commits is that from the first to any one on the mainline, followed by that from there to the
second: applying in two steps sees what applying in one step sees.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple


class Commit(NamedTuple):
    """A commit by its id, with its parents, and its author as `Name <address>`."""

    id: str
    parents: tuple[str, ...]
    author: str = ""


class Side(NamedTuple):
    """What one parent of a merge brought in: the commits that were not on the mainline before, the oldest first."""

    tip: str
    commits: tuple[Commit, ...]


class Station(NamedTuple):
    """A commit of the mainline, the commit before it (None for the first one of a history), and what it merged."""

    commit: Commit
    before: str | None
    sides: tuple[Side, ...]


class Mainline(NamedTuple):
    """The commits of the mainline, the oldest first. `start` is the commit before all of them.

    It is the applied commit where the new one `descends` from it; else where the two histories parted.
    """

    stations: tuple[Station, ...]
    start: str | None
    descends: bool


def mainline(commits: Sequence[Commit], base: str | None, tip: str) -> Mainline:
    """Return the mainline to `tip`, of commits that are not behind `base`, each before its parents."""
    known = {commit.id: commit for commit in commits}
    above = _descendants(commits, base)
    line: list[tuple[Commit, str | None]] = []
    at: str | None = tip
    while at in known:
        before = _before(known[at], base, above)
        line.append((known[at], before))
        at = before
    seen: set[str] = set()
    stations = []
    for commit, before in reversed(line):
        seen.add(commit.id)
        others = (parent for parent in commit.parents if parent != before)
        sides = [Side(parent, tuple(_unseen(parent, known, seen))) for parent in others]
        stations.append(Station(commit, before, tuple(side for side in sides if side.commits)))
    return Mainline(tuple(stations), at, tip == base or tip in above)


def _descendants(commits: Sequence[Commit], base: str | None) -> set[str]:
    found: set[str] = set()
    for commit in reversed(commits):
        if any(parent == base or parent in found for parent in commit.parents):
            found.add(commit.id)
    return found


def _before(commit: Commit, base: str | None, above: set[str]) -> str | None:
    leading = (parent for parent in commit.parents if parent == base or parent in above)
    return next(leading, commit.parents[0] if commit.parents else None)


def _unseen(tip: str, known: Mapping[str, Commit], seen: set[str]) -> Iterator[Commit]:
    """Yield the commits behind one that were not seen yet, parents first, the first parent's history before others'."""
    waiting = [iter((tip,))]
    below: list[Commit] = []
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
