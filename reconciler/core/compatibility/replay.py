"""The effect of a proposed input schema on recorded calls, as values without any recorded value."""

from typing import NamedTuple

from reconciler.core.pointer import Pointer


class BrokenRule(NamedTuple):
    """A rule of a schema. `pointer` is its place in the schema; `keyword` is `false` for the schema `false`."""

    keyword: str
    pointer: Pointer


class Replay(NamedTuple):
    """Recorded calls of a tool, validated against its proposed input schema.

    `recorded` is the number of calls with recorded arguments among the last calls; fewer `calls` were validated if the
    time ran out. `rules` and `agents` carry the number of rejected calls, largest first, and `more_rules` and
    `more_agents` count the others. A call that breaks two rules counts for both.
    """

    recorded: int
    calls: int = 0
    rejected: int = 0
    rules: tuple[tuple[BrokenRule, int], ...] = ()
    agents: tuple[tuple[str, int], ...] = ()
    more_rules: int = 0
    more_agents: int = 0
