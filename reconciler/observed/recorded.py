"""Reads the recorded arguments of calls, to be validated and never shown."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from reconciler.assets import query
from reconciler.core.quote import quoted
from reconciler.database.connection import Connection, DatabaseError

_ROWS_AT_ONCE: Final = 50


class Called(NamedTuple):
    """A tool by its name in the files, and its name in the commit before if another."""

    name: str
    former: str | None


class RecordedTool(NamedTuple):
    """The identity of a tool, and the number of its last calls with recorded arguments."""

    id: str
    calls: int


def require_payloads(conn: Connection) -> None:
    """Raise DatabaseError, naming a role with the right, if this role may not read recorded arguments."""
    row = conn.execute(query("observed/payload_rights")).fetchone()
    if row is None or not row.may_read:
        role, owner = (quoted(name) for name in ((row.role, row.owner) if row else ("", "")))
        raise DatabaseError(
            f"the database role {role} may not read recorded arguments. --replay needs a role that may: {owner}, which"
            f" owns the calls and can give the right: GRANT SELECT (arguments) ON runtime.invocation_logs TO {role}"
        )


def count_recorded(conn: Connection, tools: Iterable[Called], most: int) -> dict[str, RecordedTool]:
    """Return the tools with recorded arguments, by name; at most `most` calls of each count."""
    parameters = {"tools": json.dumps([tool._asdict() for tool in tools]), "most": most}
    return {
        row.name: RecordedTool(row.id, row.calls) for row in conn.execute(query("observed/recorded_calls"), parameters)
    }


@contextmanager
def opened_arguments(conn: Connection, tool: RecordedTool) -> Iterator[Iterator[tuple[str, str]]]:
    """Yield agent and arguments, as JSON text, of the last calls, newest first.

    A cursor of the server: the arguments of all calls may exceed the memory, and reading may end early.
    """
    with conn.cursor(name="toolreg_recorded") as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(query("observed/recorded_arguments"), {"id": tool.id, "most": tool.calls})
        yield ((row.agent, row.arguments) for row in cursor)
