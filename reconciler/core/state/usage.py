"""The calls of a tool in the last weeks, and the resources that name it."""

from datetime import datetime
from typing import NamedTuple


class Caller(NamedTuple):
    """An agent, with its number of calls in the last 30 days."""

    name: str
    calls_30_days: int


class Usage(NamedTuple):
    """The usage of a tool. `agents` are the agents with the most calls, `services` the first services that name it.

    `last_call` is None without a known call. `more_agents` and `more_services` count the others.
    """

    calls_7_days: int = 0
    calls_30_days: int = 0
    last_call: datetime | None = None
    agents: tuple[Caller, ...] = ()
    more_agents: int = 0
    services: tuple[str, ...] = ()
    more_services: int = 0
