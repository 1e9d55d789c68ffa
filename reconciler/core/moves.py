"""Renames: a resource that says `metadata.movedFrom` keeps its identity under its new name."""

from collections.abc import Iterator, Mapping

from reconciler.core.diagnostic import Problem
from reconciler.core.resource import Manifest, Ref, State


def moves(desired: State, observed: State, kept: Mapping[Ref, str]) -> dict[Ref, Ref]:
    """Return the former name of each resource that this revision renames, by its new name.

    A rename is done once: the row under the new name then says `movedFrom` itself, and the file may go on saying so or
    not. Where the former name is not in the database either, as in one that is filled for the first time, there is
    nothing to rename and the resource is created. `kept` are the paths of the resources whose files did not change.
    """
    there = observed.keys() | kept.keys()
    return {
        ref: former
        for ref, manifest in desired.items()
        if (former := manifest.former) in there and former and not _was_done(manifest, observed.get(ref))
    }


def _was_done(manifest: Manifest, row: Manifest | None) -> bool:
    return row is not None and (row == manifest or row.moved_from == manifest.moved_from)


def refused_moves(
    desired: State, observed: State, kept: Mapping[Ref, str], renames: Mapping[Ref, Ref]
) -> Iterator[Problem]:
    """Yield the renames that would leave two resources with one identity, or one with two."""
    declared = {ref: manifest.path for ref, manifest in desired.items()} | dict(kept)
    claimed: dict[Ref, Ref] = {}
    for ref, former in sorted(renames.items()):
        first = claimed.setdefault(former, ref)
        if first != ref:
            problem = f"{first} already says that it was {former.name}; only one of them can be it"
        elif former in declared and former not in renames:
            problem = f"{former} is still there (in {declared[former]}); remove that file, or remove metadata.movedFrom"
        elif ref in observed and ref not in renames.values():
            problem = f"{ref} is already in the database, as a resource of its own; it cannot be two"
        else:
            continue
        yield Problem(desired[ref].path or "", ("metadata", "movedFrom"), "moved-from", problem)
