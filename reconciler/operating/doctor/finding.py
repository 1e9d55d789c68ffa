"""A finding: what was looked at, how it is, and what to do about it."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from reconciler.assets import query
from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.state.finding import Finding, Level
from reconciler.database.connection import Connection, in_our_terms


def failed(check: str, error: Exception) -> Finding:
    """Return what is found where a look itself failed."""
    return Finding(check, Level.ERROR, str(error), is_temporary=isinstance(error, TemporaryError))


def looked(conn: Connection, check: str, look: Callable[[Connection], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield what a look at the database finds; one that fails does not end the others."""
    try:
        with conn.transaction():
            found = [*look(conn)]
    except psycopg.Error as error:
        yield failed(check, in_our_terms(error))
    except ToolregError as error:
        yield failed(check, error)
    else:
        yield from found


def row(conn: Connection, name: str) -> Any:  # noqa: ANN401  A named tuple of that query.
    """Return the only row of one of sql/queries."""
    return conn.execute(query(name)).fetchone()
