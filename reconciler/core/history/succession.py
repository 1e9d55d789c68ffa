"""Which resource has which name, commit after commit. Pure: names and identities in, names and identities out.

Each commit by itself makes the renames that its files tell, whether or not it could have been applied: a commit that is
invalid elsewhere, that a guard refused, or that came while nothing was applied made them all the same, since the next
commit is written by people who take them for made. A deletion that was refused and taken back gives the name back to
the identity that had it. Only a line that contradicts the files around it renames nothing yet: its resource is not
there until the line fits, and if that is so at the last commit, that one is refused. So the outcome depends on the
commits alone, and not on which of them were applied: applying one by one and applying the last one end the same.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from reconciler.core.history.reversal import Return, returns
from reconciler.core.manifest.resource import Ref


class File(NamedTuple):
    """The file of a resource: its blob, and the name that it says the resource had."""

    blob: str | None
    former: Ref | None = None


Step = Mapping[Ref, File | None]
"""What one commit changes: the files of resources, None for those that are gone."""


class Held(NamedTuple):
    """A resource that is there: its identity, and its file."""

    id: str
    file: File


class Departure(NamedTuple):
    """A name that a resource had once, and the blob of its file when it left it."""

    id: str
    ref: Ref
    blob: str | None


class Memory(NamedTuple):
    """Who has which name, who was removed under which name, and who left which name for another."""

    held: Mapping[Ref, Held] = MappingProxyType({})
    gone: Mapping[Ref, str] = MappingProxyType({})
    left: Iterable[Departure] = ()


class Wrong(Enum):
    """Why a line `movedFrom` does not fit."""

    TWICE = "another resource says the same"
    STILL_THERE = "the former name is still declared"
    ITSELF = "the resource is there already, as one of its own"
    NEVER = "no resource had the former name"


class Succession(NamedTuple):
    """What became of the names. `made` are identities that no database knows yet: they came on the way.

    `departures` are the names that were left on the way, in order; `told` are the resources whose line told a rename,
    and `wrong` those whose line does not fit at the end.
    """

    held: Mapping[Ref, str]
    gone: Mapping[Ref, str]
    made: frozenset[str]
    departures: tuple[Departure, ...]
    told: frozenset[Ref]
    wrong: Mapping[Ref, Wrong]


class Course:
    """The names as they are after some commits. Each further commit costs as much as it changes."""

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

    def file(self, ref: Ref) -> File | None:
        """Return the file that declares a resource now, also where its line does not fit."""
        if ref in self._waiting:
            return self._waiting[ref][0]
        return self.held[ref].file if ref in self.held else None

    def take(self, step: Step) -> None:
        """Take the changes of one commit."""
        files, removed = self._news(step)
        # What is to the byte the file that a resource left is that resource again, whatever its line told at that time.
        left = {ref for ref, file in files.items() if file.former and self._is_as_left(ref, file)}
        back = self._back(files, self._said(files, removed, left), removed, left)
        left &= back.keys()
        said = self._said(files, removed, left)
        revived = self._revived(files, said, left)
        self._keep_waiting(files, said.keys() | revived.keys() | left)
        back = self._back(files, said, removed, left)
        self.told |= said.keys() | revived.keys()
        self._settle(files, removed, said, revived, back)

    def outcome(self) -> Succession:
        """Return what became of the names."""
        return Succession(
            {ref: held.id for ref, held in self.held.items()},
            dict(self.gone),
            frozenset(self.made),
            tuple(self.departures),
            frozenset(self.told),
            dict(self.wrong),
        )

    def _news(self, step: Step) -> tuple[dict[Ref, File], set[Ref]]:
        """Return the files that a commit changes, with those whose line did not fit until now, and what it removes."""
        waiting = {ref: file for ref, (file, _) in self._waiting.items()}
        files = waiting | {ref: file for ref, file in step.items() if file}
        gone = {ref for ref, file in step.items() if file is None}
        news = {ref: file for ref, file in files.items() if ref not in gone and not self._is_as_held(ref, file)}
        return news, gone & self.held.keys()

    def _is_as_held(self, ref: Ref, file: File) -> bool:
        return ref in self.held and file.blob is not None and self.held[ref].file.blob == file.blob

    # ---- What the files say

    def _is_as_left(self, ref: Ref, file: File) -> bool:
        return file.blob is not None and any(file.blob in blobs for blobs in self._left.get(ref, {}).values())

    def _said(self, files: Mapping[Ref, File], removed: set[Ref], left: set[Ref]) -> dict[Ref, Ref]:
        """Return the former name of each resource that is renamed. Lines that do not fit are noted."""
        self.wrong = {}
        claims = {
            ref: file.former
            for ref, file in files.items()
            if file.former and ref not in left and self._is_news(ref, file)
        }
        there = {ref: former for ref, former in claims.items() if former in self.held}
        # What was done before, and is said again, may be done again, as where a revert is reverted; or not.
        again = {ref for ref, former in there.items() if self._had(ref, former)}
        there = _without(there, dict(self._misfits(there, files, removed, again)))
        misfits = dict(self._misfits(there, files, removed, there.keys()))
        self.wrong |= misfits
        return _without(there, misfits)

    def _is_news(self, ref: Ref, file: File) -> bool:
        """Whether a line was not in the file before: what it tells is done once."""
        return ref not in self.held or self.held[ref].file.former != file.former

    def _had(self, ref: Ref, former: Ref) -> bool:
        return ref in self.held and self.held[ref].id in self._left.get(former, {})

    def _misfits(
        self, said: Mapping[Ref, Ref], files: Mapping[Ref, File], removed: set[Ref], among: Iterable[Ref]
    ) -> Iterator[tuple[Ref, Wrong]]:
        """Yield the lines that would leave two resources with one identity, or one with two, and those they upset."""
        times = Counter(said.values())
        claimed_by = {former: ref for ref, former in said.items()}
        judged = {*among}
        found: dict[Ref, Wrong] = {}
        for ref in judged:
            former = said[ref]
            is_declared = former in files or former not in removed
            if times[former] > 1:
                found[ref] = Wrong.TWICE
            elif is_declared and former not in said:
                found[ref] = Wrong.STILL_THERE
            elif ref in self.held and ref not in claimed_by:
                found[ref] = Wrong.ITSELF
        waiting = [*found]
        while waiting:
            ref = waiting.pop()
            yield ref, found[ref]
            # Whoever takes the name of this one, and whoever this one would have made room for.
            upset = ((claimed_by.get(ref), Wrong.STILL_THERE), (said[ref], Wrong.ITSELF))
            for other, why in upset:
                if other in judged and other not in found:
                    found[other] = why
                    waiting.append(other)

    def _revived(self, files: Mapping[Ref, File], said: Mapping[Ref, Ref], left: set[Ref]) -> dict[Ref, Ref]:
        """Return the former name of each resource that was removed under that name. Lines that never fit are noted."""
        found: dict[Ref, Ref] = {}
        settled = said.keys() | left
        for ref, file in files.items():
            former = file.former
            if not former or ref in settled or ref in self.wrong or not self._is_news(ref, file) or former in self.held:
                continue
            if former in self.gone and ref not in self.held and ref not in self.gone:
                found[ref] = former
            elif former not in self.gone and ref not in self.gone and not self._had(ref, former):
                self.wrong[ref] = Wrong.NEVER
        times = Counter(found.values())
        for ref, former in found.items():
            if times[former] > 1:
                self.wrong[ref] = Wrong.TWICE
            elif former in files:
                self.wrong[ref] = Wrong.STILL_THERE
        return _without(found, self.wrong)

    def _keep_waiting(self, files: Mapping[Ref, File], fitting: AbstractSet[Ref]) -> None:
        """Note again the lines that did not fit and still do not: a commit elsewhere must not have them forgotten."""
        for ref, (file, why) in self._waiting.items():
            if files.get(ref) == file and ref not in fitting:
                self.wrong.setdefault(ref, why)

    # ---- What is taken back

    def _back(
        self, files: Mapping[Ref, File], said: Mapping[Ref, Ref], removed: set[Ref], left: set[Ref]
    ) -> dict[Ref, str]:
        """Return the identities that come back to names that they left, without a line that says so."""
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
            # A name under which another resource was removed is that one's, unless the file says whose it is.
            candidates[ref] = [one for one in there if one.is_sure or ref not in self.gone]
        found = returns(candidates, self.held.keys(), removed | said.keys())
        return {ref: one.id for ref, one in found.items()}

    # ---- What becomes of the names

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
                self._give(ref, known.get(ref) or self._heir(ref), file)

    def _vacate(self, removed: set[Ref], moved: Mapping[Ref, str]) -> None:
        """Take the names from those that are renamed or gone; a resource whose name is taken is gone without one."""
        going = {*moved.values()}
        for held in [self.held.pop(self._now[identity]) for identity in going]:
            self._depart(held.id, self._now.pop(held.id), held.file.blob)
        for ref in removed & self.held.keys():
            self.gone[ref] = self.held[ref].id
            del self._now[self.held.pop(ref).id]
        for ref in moved.keys() & self.held.keys():
            displaced = self.held.pop(ref)
            self._depart(displaced.id, self._now.pop(displaced.id), displaced.file.blob)

    def _heir(self, ref: Ref) -> str:
        """Return the identity that has a name, or had it last, or a new one."""
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


def follow(memory: Memory, steps: Iterable[Step]) -> Course:
    """Return the names after some commits, in order."""
    course = Course(memory)
    for step in steps:
        course.take(step)
    return course


def _without(claims: Mapping[Ref, Ref], refs: Mapping[Ref, Wrong]) -> dict[Ref, Ref]:
    return {ref: former for ref, former in claims.items() if ref not in refs}
