"""Renames that are taken back without a word: git revert leaves no line `movedFrom` that says so. Pure.

A resource comes back to a name that it left where its present name is given up in the same commit. Where the former
name is free, nothing more is asked. Where another resource has it, as after a swap, one file of those that change
places must be, to the byte, the file that was left.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from reconciler.core.manifest.resource import Ref


class Return(NamedTuple):
    """A resource that may come back under a former name. It `is_sure` where the file is the one that was left."""

    id: str
    now: Ref
    is_sure: bool


def returns(
    candidates: Mapping[Ref, Collection[Return]], occupied: Collection[Ref], given_up: Collection[Ref]
) -> dict[Ref, Return]:
    """Return which resource comes back to each name.

    `candidates` are those that left each name. `occupied` are the names that a resource has now, `given_up` those that
    are declared no more, or claimed by another resource.
    """
    chosen = _unique({ref: one for ref, several in candidates.items() if (one := _only(several))})
    found: dict[Ref, Return] = {}
    for chain, is_circle in _chains(chosen):
        while not is_circle and chain and chain[0] in occupied and not chosen[chain[0]].is_sure:
            # The resource that has this name would have no place.
            chain.pop(0)
        if any(chosen[ref].is_sure for ref in chain) if is_circle else chain and chosen[chain[-1]].now in given_up:
            found |= {ref: chosen[ref] for ref in chain}
    return found


def _only(several: Collection[Return]) -> Return | None:
    """Return the resource that comes back. Of several that could be it, nobody can say which one it is."""
    found = {one for one in several if one.is_sure} or {*several}
    return next(iter(found)) if len(found) == 1 else None


def _unique(chosen: Mapping[Ref, Return]) -> dict[Ref, Return]:
    """Return the names to which a resource comes back, without those that could come back to several."""
    times = Counter(one.id for one in chosen.values())
    return {ref: one for ref, one in chosen.items() if times[one.id] == 1}


def _chains(chosen: Mapping[Ref, Return]) -> Iterator[tuple[list[Ref], bool]]:
    """Yield the names that resources leave for one another: the name that is come back to before the name left for it.

    With each, whether the last name is left for the first one.
    """
    left = {one.now for one in chosen.values()}
    seen: set[Ref] = set()
    for ref in (*(ref for ref in chosen if ref not in left), *chosen):
        chain = []
        at = ref
        while at in chosen and at not in seen:
            seen.add(at)
            chain.append(at)
            at = chosen[at].now
        if chain:
            yield chain, at == ref
