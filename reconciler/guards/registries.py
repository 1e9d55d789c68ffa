"""Guards the resources of other registries in the same database."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from reconciler.core.plan.changes import Action
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.database.connection import Connection
from reconciler.observed import registries

_MOST_NAMED: Final = 3


def refuse_foreign_names(conn: Connection, proposal: Proposal) -> Iterator[Refusal]:
    """Yield a refusal for each other registry with resources that this one would create or rename to."""
    own = proposal.name
    wanted = [change.ref for change in proposal.plan.changes if change.action in (Action.CREATE, Action.MOVE)]
    if own is None or not wanted:
        return
    refs_by_registry = defaultdict(list)
    for ref, other in registries.find_elsewhere(conn, wanted, own.stored).items():
        refs_by_registry[other].append(ref)
    for other, refs in sorted(refs_by_registry.items()):
        named = ", ".join(map(str, sorted(refs)[:_MOST_NAMED]))
        more = f" and {len(refs) - _MOST_NAMED} more" if len(refs) > _MOST_NAMED else ""
        belong = "belongs" if len(refs) == 1 else "belong"
        message = (
            f"{named}{more} {belong} to registry {other} of this database, and registry {own.name} declares"
            f" {'it' if len(refs) == 1 else 'them'}, too. Rename or remove in one of both"
        )
        if proposal.head is None:
            message += f"; or, if {own.name} is the new name of {other}: metadata.movedFrom: {other} in registry.yaml"
        yield Refusal("other-registry", message, f"registry {other} has it", frozenset(refs))


def refuse_named_elsewhere(conn: Connection, proposal: Proposal) -> Iterator[Refusal]:
    """Yield a refusal for each deleted or renamed resource that a resource of another registry names."""
    own = proposal.name
    changes = [change for change in proposal.plan.changes if change.action in (Action.DELETE, Action.MOVE)]
    former = {change.before.ref if change.before else change.ref: change for change in changes}
    if own is None or not former:
        return
    namers = defaultdict(list)
    for use in registries.find_uses_elsewhere(conn, former, own.stored):
        namers[use.target].append(f"{use.source} of registry {use.registry}")
    for ref, sources in sorted(namers.items()):
        change = former[ref]
        more = f" and {len(sources) - _MOST_NAMED} more" if len(sources) > _MOST_NAMED else ""
        verb = "name" if len(sources) > 1 else "names"
        message = (
            f"{ref} of registry {own.name} would be {'deleted' if change.action is Action.DELETE else 'renamed'}, but"
            f" {', '.join(sources[:_MOST_NAMED])}{more} {verb} it. Remove the name there first"
        )
        yield Refusal("named-elsewhere", message, f"{sources[0]} names it", frozenset({change.ref}))
