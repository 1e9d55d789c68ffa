"""Follows the names of resources from commit to commit. Pure: names and identities in, names and identities out.

Each commit makes the renames that its files declare, even if the commit could not be applied: a commit that is invalid
elsewhere, was refused by a guard, or was skipped by the reconciler still renames: the authors of the next commit
take its renames as made. A deletion that was refused and then reverted returns the name to its previous identity. Only
a `movedFrom` line that contradicts the files around the line renames nothing yet: the resource does not exist until the
line fits, and the last commit is refused if a line still does not fit. The outcome therefore depends on the commits
alone, not on the subset that was applied: applying every commit and applying only the last commit yield the same names.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from reconciler.core.history.reversal import Return, find_returns
from reconciler.core.manifest.resource import Ref


class File(NamedTuple):
    """The file of a resource: its blob, and the former name in its `movedFrom` line."""

    blob: str | None
    former: Ref | None = None


FilesByRef = Mapping[Ref, File | None]
"""The changes of one commit: the files of resources, None for a removed resource."""


class Held(NamedTuple):
    """An existing resource: its identity and its file."""

    id: str
    file: File


class Departure(NamedTuple):
    """A former name of a resource, and the blob of its file when the resource left the name."""

    id: str
    ref: Ref
    blob: str | None


class Memory(NamedTuple):
    """The resource that has each name, the resource last removed under each name, and the names left for others."""

    held: Mapping[Ref, Held] = MappingProxyType({})
    gone: Mapping[Ref, str] = MappingProxyType({})
    left: Iterable[Departure] = ()


class Wrong(Enum):
    """The reason why a `movedFrom` line does not fit."""

    TWICE = "another resource says the same"
    STILL_THERE = "the former name is still declared"
    ITSELF = "the resource is there already, as one of its own"
    NEVER = "no resource had the former name"


class Succession(NamedTuple):
    """The names after the last commit. `made` are identities created by these commits and unknown to any database.

    `departures` are the names left on the way, in order; `told` are the resources whose `movedFrom` line made a rename,
    and `wrong` the resources whose line does not fit at the end.
    """

    held: Mapping[Ref, str]
    gone: Mapping[Ref, str]
    made: frozenset[str]
    departures: tuple[Departure, ...]
    told: frozenset[Ref]
    wrong: Mapping[Ref, Wrong]


class Course:
    """The names after some commits. The cost of a further commit grows with its changes alone."""

    def __init__(self, memory: Memory) -> None:
        self.held = dict(memory.held)
        self.gone = dict(memory.gone)
        self.departures: list[Departure] = []
        self.made: set[str] = set()
        self.wrong: dict[Ref, Wrong] = {}
        self.told: set[Ref] = set()
        self._waiting: dict[Ref, tuple[File, Wrong]] = {}
        self._now = {held.id: ref for ref, held in self.held.items()}
        self._left: dict[Ref, dict[str, set[str | None]]] = {}
        for departure in memory.left:
            self._remember(departure)

    def find_file(self, ref: Ref) -> File | None:
        """Return the file that declares a resource now, even if its `movedFrom` line does not fit."""
        if ref in self._waiting:
            return self._waiting[ref][0]
        return self.held[ref].file if ref in self.held else None

    def take(self, step: FilesByRef) -> None:
        """Apply the changes of one commit to the names."""
        files, removed = self._select_news(step)
        # A file identical to the file left under this name restores the resource; its `movedFrom` line is ignored.
        left = {ref for ref, file in files.items() if file.former and self._is_as_left(ref, file)}
        back = self._find_returns(files, self._find_renames(files, removed, left), removed, left)
        left &= back.keys()
        said = self._find_renames(files, removed, left)
        revived = self._find_revived(files, said, left)
        self._keep_waiting(files, said.keys() | revived.keys() | left)
        back = self._find_returns(files, said, removed, left)
        self.told |= said.keys() | revived.keys()
        self._settle(files, removed, said, revived, back)

    def conclude(self) -> Succession:
        """Return the names after the last commit."""
        return Succession(
            {ref: held.id for ref, held in self.held.items()},
            dict(self.gone),
            frozenset(self.made),
            tuple(self.departures),
            frozenset(self.told),
            dict(self.wrong),
        )

    def _select_news(self, step: FilesByRef) -> tuple[dict[Ref, File], set[Ref]]:
        """Return the changed files, including files whose line did not fit until now, and the removed resources."""
        waiting = {ref: file for ref, (file, _) in self._waiting.items()}
        files = waiting | {ref: file for ref, file in step.items() if file}
        gone = {ref for ref, file in step.items() if file is None}
        news = {ref: file for ref, file in files.items() if ref not in gone and not self._is_as_held(ref, file)}
        return news, gone & self.held.keys()

    def _is_as_held(self, ref: Ref, file: File) -> bool:
        return ref in self.held and file.blob is not None and self.held[ref].file.blob == file.blob

    # ---- Renames that files declare

    def _is_as_left(self, ref: Ref, file: File) -> bool:
        return file.blob is not None and any(file.blob in blobs for blobs in self._left.get(ref, {}).values())

    def _find_renames(self, files: Mapping[Ref, File], removed: set[Ref], left: set[Ref]) -> dict[Ref, Ref]:
        """Return the former name of each renamed resource, and note the lines that do not fit."""
        self.wrong = {}
        claims = {
            ref: file.former
            for ref, file in files.items()
            if file.former and ref not in left and self._is_news(ref, file)
        }
        there = {ref: former for ref, former in claims.items() if former in self.held}
        # A repeated line may repeat its rename, as in the revert of a revert. A misfit among these is ignored.
        again = {ref for ref, former in there.items() if self._has_left(ref, former)}
        there = _exclude(there, dict(self._find_misfits(there, files, removed, again)))
        misfits = dict(self._find_misfits(there, files, removed, there.keys()))
        self.wrong |= misfits
        return _exclude(there, misfits)

    def _is_news(self, ref: Ref, file: File) -> bool:
        """Whether the line is new in its file: a line renames once."""
        return ref not in self.held or self.held[ref].file.former != file.former

    def _has_left(self, ref: Ref, former: Ref) -> bool:
        return ref in self.held and self.held[ref].id in self._left.get(former, {})

    def _find_misfits(
        self, said: Mapping[Ref, Ref], files: Mapping[Ref, File], removed: set[Ref], among: Iterable[Ref]
    ) -> Iterator[tuple[Ref, Wrong]]:
        """Yield lines that split or merge the identity of a resource, and lines that depend on such a line."""
        times = Counter(said.values())
        claimed_by = {former: ref for ref, former in said.items()}
        judged = {*among}
        problems: dict[Ref, Wrong] = {}
        for ref in judged:
            former = said[ref]
            is_declared = former in files or former not in removed
            if times[former] > 1:
                problems[ref] = Wrong.TWICE
            elif is_declared and former not in said:
                problems[ref] = Wrong.STILL_THERE
            elif ref in self.held and ref not in claimed_by:
                problems[ref] = Wrong.ITSELF
        waiting = [*problems]
        while waiting:
            ref = waiting.pop()
            yield ref, problems[ref]
            # The rename away from this name, and the rename to the former name, which stays occupied.
            upset = ((claimed_by.get(ref), Wrong.STILL_THERE), (said[ref], Wrong.ITSELF))
            for other, why in upset:
                if other in judged and other not in problems:
                    problems[other] = why
                    waiting.append(other)

    def _find_revived(self, files: Mapping[Ref, File], said: Mapping[Ref, Ref], left: set[Ref]) -> dict[Ref, Ref]:
        """Return the former name of each resource revived after a removal, and note the lines that never fit."""
        revived: dict[Ref, Ref] = {}
        settled = said.keys() | left
        for ref, file in files.items():
            former = file.former
            if not former or ref in settled or ref in self.wrong or not self._is_news(ref, file) or former in self.held:
                continue
            if former in self.gone and ref not in self.held and ref not in self.gone:
                revived[ref] = former
            elif former not in self.gone and ref not in self.gone and not self._has_left(ref, former):
                self.wrong[ref] = Wrong.NEVER
        times = Counter(revived.values())
        for ref, former in revived.items():
            if times[former] > 1:
                self.wrong[ref] = Wrong.TWICE
            elif former in files:
                self.wrong[ref] = Wrong.STILL_THERE
        return _exclude(revived, self.wrong)

    def _keep_waiting(self, files: Mapping[Ref, File], fitting: AbstractSet[Ref]) -> None:
        """Note again the lines that still do not fit: a commit to other files must not clear the misfits."""
        for ref, (file, why) in self._waiting.items():
            if files.get(ref) == file and ref not in fitting:
                self.wrong.setdefault(ref, why)

    # ---- Undone renames

    def _find_returns(
        self, files: Mapping[Ref, File], said: Mapping[Ref, Ref], removed: set[Ref], left: set[Ref]
    ) -> dict[Ref, str]:
        """Return the identities that return to a former name without a `movedFrom` line."""
        claimed = {self.held[former].id for former in said.values()}
        candidates = {}
        for ref, file in files.items():
            if ref in said or (ref in self.wrong and ref not in left) or ref not in self._left:
                continue
            there = [
                Return(known, self._now[known], file.blob is not None and file.blob in blobs)
                for known, blobs in self._left[ref].items()
                if known in self._now and self._now[known] != ref and known not in claimed
                if self._now[known] in files or self._now[known] in removed
            ]
            # A name belongs to the resource last removed under the name, unless the blob proves otherwise.
            candidates[ref] = [one for one in there if one.is_sure or ref not in self.gone]
        returning = find_returns(candidates, self.held.keys(), removed | said.keys())
        return {ref: one.id for ref, one in returning.items()}

    # ---- New names

    def _settle(
        self,
        files: Mapping[Ref, File],
        removed: set[Ref],
        said: Mapping[Ref, Ref],
        revived: Mapping[Ref, Ref],
        back: Mapping[Ref, str],
    ) -> None:
        moved = {ref: self.held[former].id for ref, former in said.items()} | dict(back)
        returned = {ref: self.gone.pop(former) for ref, former in revived.items()}
        for ref, former in revived.items():
            self._depart(returned[ref], former, None)
        known = moved | returned
        self._vacate(removed, moved)
        self._waiting = {ref: (files[ref], why) for ref, why in self.wrong.items()}
        for ref, file in files.items():
            if ref not in self.wrong:
                self._give(ref, known.get(ref) or self._choose_identity(ref), file)

    def _vacate(self, removed: set[Ref], moved: Mapping[Ref, str]) -> None:
        """Free the names of renamed and removed resources; a resource whose name is taken is gone without a name."""
        going = {*moved.values()}
        for held in [self.held.pop(self._now[identity]) for identity in going]:
            self._depart(held.id, self._now.pop(held.id), held.file.blob)
        for ref in removed & self.held.keys():
            self.gone[ref] = self.held[ref].id
            del self._now[self.held.pop(ref).id]
        for ref in moved.keys() & self.held.keys():
            displaced = self.held.pop(ref)
            self._depart(displaced.id, self._now.pop(displaced.id), displaced.file.blob)

    def _choose_identity(self, ref: Ref) -> str:
        """Return the identity that has a name, else the last identity to have the name, else a new identity."""
        if ref in self.held:
            return self.held[ref].id
        if ref in self.gone:
            return self.gone[ref]
        made = f"+{len(self.made) + 1}"
        self.made.add(made)
        return made

    def _give(self, ref: Ref, identity: str, file: File) -> None:
        last = self.gone.pop(ref, identity)
        if last != identity:
            self._depart(last, ref, None)
        self.held[ref] = Held(identity, file)
        self._now[identity] = ref

    def _depart(self, identity: str, ref: Ref, blob: str | None) -> None:
        departure = Departure(identity, ref, blob)
        self.departures.append(departure)
        self._remember(departure)

    def _remember(self, departure: Departure) -> None:
        self._left.setdefault(departure.ref, {}).setdefault(departure.id, set()).add(departure.blob)


def follow(memory: Memory, steps: Iterable[FilesByRef]) -> Course:
    """Return the names after some commits, taken in order."""
    course = Course(memory)
    for step in steps:
        course.take(step)
    return course


def _exclude(claims: Mapping[Ref, Ref], refs: Mapping[Ref, Wrong]) -> dict[Ref, Ref]:
    return {ref: former for ref, former in claims.items() if ref not in refs}
