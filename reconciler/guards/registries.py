"""Guards the resources of other registries in the same database."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from reconciler.core.plan.changes import Action
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.database.connection import Connection
from reconciler.observed import stored

_MOST_NAMED: Final = 3


def refuse_foreign_names(conn: Connection, proposal: Proposal) -> Iterator[Refusal]:
    """Yield a refusal for each other registry with resources that this one would create or rename to."""
    own = proposal.name
    wanted = [change.ref for change in proposal.plan.changes if change.action in (Action.CREATE, Action.MOVE)]
    if own is None or not wanted:
        return
    refs_by_registry = defaultdict(list)
    for ref, other in stored.find_elsewhere(conn, wanted, own.stored).items():
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
