"""The changes of registry files between two commits, and the commit that last changed each file. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from reconciler.core.history.ancestry import LoggedCommit, Mainline, Station

Blob = str | None
"""The id of a file's content; None for a missing file."""

ChangedFiles = Mapping[str, Blob]
"""The files changed by a commit, by path, with their blobs after the commit."""

Differences = Mapping[tuple[str, str | None], ChangedFiles]
"""The files in which a commit differs from a parent, by their two ids; the parent of a root commit is None."""

_OF_A_MERGE: Final = 2
"""A merge has at least this many parents."""

AS_BEGUN: Final = "as begun"
"""Replaces a blob: the file is back to its content before all of the commits."""


class Credit(NamedTuple):
    """The commit that last changed a file, and the resulting blob.

    If a merge contains changes of the file from several sides, `else_by` is the commit to credit if git merged the
    file automatically.
    """

    commit: LoggedCommit
    blob: Blob
    else_by: LoggedCommit | None = None


def list_steps(line: Mainline, differences: Differences, base: str | None) -> Iterator[ChangedFiles]:
    """Yield the files that each commit changed, in order. Commits without changes are left out.

    A merged branch's change to a file does not count if the merge kept the mainline's version: the branch was
    overruled. Before the merge the state is hypothetical, the branch rebased; after the merge, the tree of the merge.

    If the new commit does not descend from the applied commit, the first step leads to the commit where their histories
    parted.
    """
    state: dict[str, Blob] = {}
    if not line.descends and line.start is not None and base is not None:
        parted = differences.get((line.start, base), {})
        state |= parted
        yield from [parted] if parted else []
    for station in line.stations:
        supposed: dict[str, Blob] = {}
        for _, files in _replay_sides(station, differences):
            supposed |= files
            yield files
        exact = differences.get((station.commit.id, station.before), {})
        undone = {path: state.get(path, AS_BEGUN) for path in supposed if path not in exact}
        believed = {**{path: state.get(path, AS_BEGUN) for path in exact}, **supposed}
        settled = {path: blob for path, blob in {**undone, **exact}.items() if believed[path] != blob}
        state |= exact
        yield from [settled] if settled else []


def credit_files(line: Mainline, differences: Differences) -> dict[str, Credit]:
    """Return the commit that last changed each file. A merge counts only if its file differs from every parent's."""
    latest: dict[str, Credit] = {}
    for station in line.stations:
        exact = differences.get((station.commit.id, station.before), {})
        before = {path: latest.get(path) for path in exact}
        for commit, files in _replay_sides(station, differences):
            latest |= {path: _make_credit(commit, blob, latest.get(path)) for path, blob in files.items()}
        own = _find_edits(station.commit, differences)
        for path, blob in exact.items():
            known = latest.get(path)
            if path in own or known is None or known == before[path]:
                latest[path] = _make_credit(station.commit, blob, known)
    return latest


def _make_credit(commit: LoggedCommit, blob: Blob, known: Credit | None) -> Credit:
    if len(commit.parents) < _OF_A_MERGE or known is None or blob is None:
        return Credit(commit, blob)
    return Credit(commit, blob, known.else_by or known.commit)


def _replay_sides(station: Station, differences: Differences) -> Iterator[tuple[LoggedCommit, ChangedFiles]]:
    exact = differences.get((station.commit.id, station.before), {})
    for side in station.sides:
        overruled = differences.get((station.commit.id, side.tip), {}).keys() - exact.keys()
        for commit in side.commits:
            files = {path: blob for path, blob in _find_edits(commit, differences).items() if path not in overruled}
            if files:
                yield commit, files


def _find_edits(commit: LoggedCommit, differences: Differences) -> ChangedFiles:
    """Return the files that a commit changed itself; for a merge, the files that differ from every parent."""
    first, *others = (differences.get((commit.id, parent), {}) for parent in commit.parents or (None,))
    return {path: blob for path, blob in first.items() if all(path in other for other in others)}
