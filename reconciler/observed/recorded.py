"""Reads the recorded arguments of calls, to be validated and never shown."""

import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.quote import quoted
from reconciler.database.connection import Connection, DatabaseError
from reconciler.database.rows import read_row, read_rows, streamed_rows

_ROWS_AT_ONCE: Final = 50


class Called(NamedTuple):
    """A tool by its name in the files, and its name in the commit before if another."""

    name: str
    former: str | None


class RecordedTool(NamedTuple):
    """A tool, its identity, and the number of its last calls with recorded arguments."""

    name: str
    id: str
    calls: int


class _RightsRow(NamedTuple):
    role: str
    owner: str
    may_read: bool


class RecordedArguments(NamedTuple):
    """The agent of a call, and its arguments as JSON text."""

    agent: str
    arguments: str


def require_payloads(conn: Connection) -> None:
    """Raise DatabaseError, naming a role with the right, if this role may not read recorded arguments."""
    rights = read_row(conn, _RightsRow, load_query("observed/payload_rights"))
    if not rights.may_read:
        role, owner = quoted(rights.role), quoted(rights.owner)
        raise DatabaseError(
            f"the database role {role} may not read recorded arguments. --replay needs a role that may: {owner}, which"
            f" owns the calls and can give the right: GRANT SELECT (arguments) ON runtime.invocation_logs TO {role}"
        )


def count_recorded(conn: Connection, tools: Iterable[Called], most: int) -> dict[str, RecordedTool]:
    """Return the tools with recorded arguments, by name; at most `most` calls of each count."""
    parameters = {"called": json.dumps([tool._asdict() for tool in tools]), "most": most}
    return {
        tool.name: tool for tool in read_rows(conn, RecordedTool, load_query("observed/recorded_calls"), parameters)
    }


def opened_arguments(conn: Connection, tool: RecordedTool) -> AbstractContextManager[Iterator[RecordedArguments]]:
    """Return a context with agent and arguments of the last calls, newest first. Reading may end early."""
    parameters = {"id": tool.id, "most": tool.calls}
    return streamed_rows(conn, RecordedArguments, load_query("observed/recorded_arguments"), parameters, _ROWS_AT_ONCE)
