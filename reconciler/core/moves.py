"""Renames: a resource that says `metadata.movedFrom` keeps its identity under its new name."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.core.diagnostic import Problem
from reconciler.core.resource import Manifest, Ref, State


@dataclass(frozen=True, slots=True)
class Bearer:
    """An identity that has a name or had it; `now` is the name that it has, or had last."""

    id: str
    now: Ref | None


@dataclass(frozen=True)
class Names:
    """Who has which name: resources that are there, `kept` with the paths of files that did not change, and `bearers`.

    `bearers` are all who ever had one of the names that matter. `foreign` are rows that no registry put there.
    """

    desired: State
    observed: State
    kept: Mapping[Ref, str] = field(default_factory=dict)
    bearers: Mapping[Ref, tuple[Bearer, ...]] = field(default_factory=dict)
    foreign: Collection[Ref] = ()

    def is_there(self, ref: Ref) -> bool:
        """Whether the database holds a resource of this name."""
        return ref in self.observed or ref in self.kept

    def had(self, ref: Ref, former: Ref) -> bool:
        """Whether the resource that has a name had this other one before, or its file said so already when applied."""
        row = self.observed.get(ref)
        if row is None:
            return False
        is_same_file = row.blob is not None and row.blob == self.desired[ref].blob
        return is_same_file or row.id in {bearer.id for bearer in self.bearers.get(former, ())}

    def gone(self, ref: Ref) -> Bearer | None:
        """Return the identity that had a name last, where the resource is gone."""
        if self.is_there(ref) or ref in self.foreign:
            return None
        return next((bearer for bearer in self.bearers.get(ref, ()) if bearer.now == ref), None)

    def renamed_away(self, ref: Ref, claimed: Collection[Ref]) -> Ref | None:
        """Return the name of a resource that had another one once, and that this revision removes. Nobody claims it."""
        return next(
            (
                bearer.now
                for bearer in self.bearers.get(ref, ())
                if bearer.now in self.observed and bearer.now not in self.desired and bearer.now not in claimed
            ),
            None,
        )


def moves(names: Names) -> dict[Ref, Ref]:
    """Return the name under which the database holds each resource that this revision renames, by its new name.

    A rename is done once: the file may go on saying `movedFrom`, or not. A rename that is taken back, by git revert for
    instance, is a rename, too.
    """
    said = {
        ref: former
        for ref, manifest in names.desired.items()
        if (former := manifest.former) and names.is_there(former) and not names.had(ref, former)
    }
    claimed = set(said.values())
    back = {
        ref: now
        for ref in names.desired
        if ref not in said and not names.is_there(ref) and not names.gone(ref)
        if (now := names.renamed_away(ref, claimed))
    }
    # Of several that could be it again, nobody can say which one it is.
    times = Counter(back.values())
    return said | {ref: now for ref, now in back.items() if times[now] == 1}


def revived(names: Names) -> dict[Ref, Manifest]:
    """Return the manifests of resources that were removed under a former name, with the identity that they had."""
    found = {}
    for ref, manifest in names.desired.items():
        if manifest.former and not names.is_there(ref) and not names.gone(ref):
            bearer = names.gone(manifest.former)
            if bearer:
                found[ref] = replace(manifest, id=bearer.id)
    return found


def refused_moves(names: Names, renames: Mapping[Ref, Ref]) -> Iterator[Problem]:
    """Yield the renames that would leave two resources with one identity, or one with two."""
    declared = {ref: manifest.path for ref, manifest in names.desired.items()} | dict(names.kept)
    claimed: dict[Ref, Ref] = {}
    claims = {**renames, **{ref: former for ref in revived(names) if (former := names.desired[ref].former)}}
    for ref, former in sorted(claims.items()):
        first = claimed.setdefault(former, ref)
        if first != ref:
            problem = f"{first} already says that it was {former.name}; only one of them can be it"
        elif former in declared and former not in renames:
            problem = f"{former} is still there (in {declared[former]}); remove that file, or remove metadata.movedFrom"
        elif ref in names.observed and ref not in renames.values():
            problem = f"{ref} is already in the database, as a resource of its own; it cannot be two"
        else:
            continue
        yield Problem(names.desired[ref].path or "", ("metadata", "movedFrom"), "moved-from", problem)


def never_there(names: Names, renames: Mapping[Ref, Ref]) -> Iterator[tuple[Ref, Problem]]:
    """Yield each resource that says it had a name that none ever had, as far as the database knows, and the problem."""
    for ref, manifest in names.desired.items():
        former = manifest.former
        if former is None or ref in renames or names.is_there(former) or names.gone(former) or names.gone(ref):
            continue
        bearers = names.bearers.get(former, ())
        if names.had(ref, former):
            continue
        if former in names.foreign:
            problem = (
                f"{former} was put in by hand and never applied; remove metadata.movedFrom,"
                " or have it declared under that name first: toolreg adopt"
            )
        elif bearers:
            now = bearers[0].now
            problem = f"{former} was renamed{f' to {now}' if now else ''} already; remove metadata.movedFrom"
        else:
            problem = f"there never was a {former} here; name the resource that this was, or remove metadata.movedFrom"
        yield ref, Problem(manifest.path or "", ("metadata", "movedFrom"), "moved-from", problem)
