"""Reads who calls tools, and which services name them."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.state.usage import Caller, Usage
from reconciler.database.connection import Connection
from reconciler.database.rows import read_rows

_MOST_NAMED: Final = 5


class _UsageRow(NamedTuple):
    """The columns of usage.sql; `agents` is JSON text."""

    id: str
    calls_7_days: int
    calls_30_days: int
    last_call: datetime | None
    agents: str
    more_agents: int
    services: list[str]
    more_services: int


def usage_of(conn: Connection, ids: Collection[str]) -> dict[str, Usage]:
    """Return the usage of tools, by identity; one statement for all."""
    if not ids:
        return {}
    rows = read_rows(conn, _UsageRow, load_query("observed/usage"), {"ids": [*ids], "most": _MOST_NAMED})
    return {row.id: _make_usage(row) for row in rows}


def _make_usage(row: _UsageRow) -> Usage:
    return Usage(
        row.calls_7_days,
        row.calls_30_days,
        row.last_call,
        tuple(Caller(agent["name"], agent["calls"]) for agent in json.loads(row.agents)),
        row.more_agents,
        tuple(row.services),
        row.more_services,
    )
