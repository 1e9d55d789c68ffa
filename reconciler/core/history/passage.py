"""What the files of a registry went through between two commits, and which commit left each as it is. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from reconciler.core.history.ancestry import Commit, Mainline, Station

Blob = str | None
"""The id of a file's content; None where the file is not there."""

Files = Mapping[str, Blob]
"""Files that differ, by their paths, as they are after a commit."""

Differences = Mapping[tuple[str, str | None], Files]
"""How each commit differs from each of its parents: by the two ids, None for what the first commit is compared with."""

_OF_A_MERGE: Final = 2
"""A merge has so many parents, or more."""

AS_BEGUN: Final = "as begun"
"""In the place of a blob: the file is again as it was before all of the commits."""


class Credit(NamedTuple):
    """The commit that changed a file last, and the blob that it left.

    Of a merge whose file was changed on several sides, `else_by` is the commit to credit if git merged it by itself.
    """

    commit: Commit
    blob: Blob
    else_by: Commit | None = None


def steps(line: Mainline, differences: Differences, base: str | None) -> Iterator[Files]:
    """Yield the files that each commit changed, in order. Commits that changed none are left out.

    A file of a merged branch whose own version the merge kept does not count: the branch was overruled. Before the
    merge itself the state is a supposed one, that of the branch rebased; after it, exactly that of the merge.

    Where the new commit does not descend from the applied one, the first step leads to where their histories parted.
    """
    state: dict[str, Blob] = {}
    if not line.descends and line.start is not None and base is not None:
        parted = differences.get((line.start, base), {})
        state |= parted
        yield from [parted] if parted else []
    for station in line.stations:
        supposed: dict[str, Blob] = {}
        for _, files in _replayed(station, differences):
            supposed |= files
            yield files
        exact = differences.get((station.commit.id, station.before), {})
        undone = {path: state.get(path, AS_BEGUN) for path in supposed if path not in exact}
        believed = {**{path: state.get(path, AS_BEGUN) for path in exact}, **supposed}
        settled = {path: blob for path, blob in {**undone, **exact}.items() if believed[path] != blob}
        state |= exact
        yield from [settled] if settled else []


def credited(line: Mainline, differences: Differences) -> dict[str, Credit]:
    """Return who changed each file last. A merge only where its file is that of none of its parents."""
    found: dict[str, Credit] = {}
    for station in line.stations:
        exact = differences.get((station.commit.id, station.before), {})
        before = {path: found.get(path) for path in exact}
        for commit, files in _replayed(station, differences):
            found |= {path: _merged(commit, blob, found.get(path)) for path, blob in files.items()}
        own = _own(station.commit, differences)
        for path, blob in exact.items():
            known = found.get(path)
            if path in own or known is None or known == before[path]:
                found[path] = _merged(station.commit, blob, known)
    return found


def _merged(commit: Commit, blob: Blob, known: Credit | None) -> Credit:
    if len(commit.parents) < _OF_A_MERGE or known is None or blob is None:
        return Credit(commit, blob)
    return Credit(commit, blob, known.else_by or known.commit)


def _replayed(station: Station, differences: Differences) -> Iterator[tuple[Commit, Files]]:
    exact = differences.get((station.commit.id, station.before), {})
    for side in station.sides:
        overruled = differences.get((station.commit.id, side.tip), {}).keys() - exact.keys()
        for commit in side.commits:
            files = {path: blob for path, blob in _own(commit, differences).items() if path not in overruled}
            if files:
                yield commit, files


def _own(commit: Commit, differences: Differences) -> Files:
    """Return what a commit changed itself: of a merge, the files that are those of none of its parents."""
    first, *others = (differences.get((commit.id, parent), {}) for parent in commit.parents or (None,))
    return {path: blob for path, blob in first.items() if all(path in other for other in others)}
