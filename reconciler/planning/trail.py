"""Collects the names that came and went between two applied commits, for the database to remember."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from reconciler.core.history.trail import Last, Trail
from reconciler.core.manifest.resource import Ref
from reconciler.planning.renames import Names


def make_trail(names: Names, left: Sequence[Ref]) -> Trail:
    """Return the names to remember. Resources `left` undeleted keep their names."""
    kept = {names.rows[ref].id for ref in left if ref in names.rows}
    succession = names.succession
    departures = [one for one in succession.departures if one.id not in kept]
    return Trail(
        tuple(one._replace(id=names.ids.get(one.id, one.id)) for one in departures),
        tuple(last for last in _list_last_names(names) if last.id not in kept),
        _map_ways(names),
    )


def _list_last_names(names: Names) -> Iterator[Last]:
    """Yield the last name of each removed identity if new to the database, None for a name taken by another."""
    gone = names.succession.gone
    known = {row.id: ref for ref, row in names.rows.items()} | dict(names.gone_before)
    for ref, identity in gone.items():
        if known.get(identity) != ref:
            yield Last(names.ids.get(identity, identity), ref.kind, ref.name)
    there = {*gone.values(), *names.succession.held.values()}
    for row, ref in known.items():
        if row and row not in there:
            yield Last(row, ref.kind, None)


def _map_ways(names: Names) -> dict[Ref, tuple[str, ...]]:
    passed = defaultdict(list)
    for departure in names.succession.departures:
        passed[departure.id].append(departure.ref.name)
    ways = {ref: passed[names.rows[former].id or ""][1:] for ref, former in names.renames.items()}
    return {ref: tuple(way) for ref, way in ways.items() if way}
