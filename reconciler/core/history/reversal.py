"""Detects renames undone without a `movedFrom` line, as by git revert. Pure.

A resource returns to a former name if the same commit gives up its present name. A free former name needs no further
evidence. If another resource has the former name, as after a swap, at least one of the files that change places must
be identical, to the byte, to the file left under its name.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from reconciler.core.manifest.resource import Ref


class Return(NamedTuple):
    """A resource that may return to a former name. `is_sure`: its file equals the file left under this name."""

    id: str
    now: Ref
    is_sure: bool


def find_returns(
    candidates: Mapping[Ref, Collection[Return]], occupied: Collection[Ref], given_up: Collection[Ref]
) -> dict[Ref, Return]:
    """Return the resource that returns to each name.

    `candidates` are the resources that left each name. `occupied` are the names that resources have now, `given_up` the
    names claimed by another resource or no longer declared.
    """
    chosen = _drop_ambiguous({ref: one for ref, several in candidates.items() if (one := _choose_return(several))})
    returning: dict[Ref, Return] = {}
    for chain, is_circle in _follow_chains(chosen):
        while not is_circle and chain and chain[0] in occupied and not chosen[chain[0]].is_sure:
            # The present holder of this name would be left without a name.
            chain.pop(0)
        if any(chosen[ref].is_sure for ref in chain) if is_circle else chain and chosen[chain[-1]].now in given_up:
            returning |= {ref: chosen[ref] for ref in chain}
    return returning


def _choose_return(several: Collection[Return]) -> Return | None:
    """Return the resource that returns, None if several candidates are equally likely."""
    likely = {one for one in several if one.is_sure} or {*several}
    return next(iter(likely)) if len(likely) == 1 else None


def _drop_ambiguous(chosen: Mapping[Ref, Return]) -> dict[Ref, Return]:
    """Return the names to which a resource returns, without resources that could return to several names."""
    times = Counter(one.id for one in chosen.values())
    return {ref: one for ref, one in chosen.items() if times[one.id] == 1}


def _follow_chains(chosen: Mapping[Ref, Return]) -> Iterator[tuple[list[Ref], bool]]:
    """Yield chains of names that resources leave for one another, each name before the name left in its favour.

    The flag says whether the chain is a circle.
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
