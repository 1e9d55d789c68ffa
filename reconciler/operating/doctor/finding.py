"""Runs a check and turns its errors into findings."""

from collections.abc import Callable, Iterator

import psycopg

from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.state.finding import Finding, FindingLevel
from reconciler.database.connection import Connection, convert_error


def make_failed_finding(check: str, error: Exception) -> Finding:
    """Return the finding for a check that failed itself."""
    return Finding(check, FindingLevel.ERROR, str(error), is_temporary=isinstance(error, TemporaryError))


def run_check(conn: Connection, check: str, look: Callable[[Connection], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield the findings of a check of the database; a failed check does not end the others."""
    try:
        with conn.transaction():
            findings = [*look(conn)]
    except psycopg.Error as error:
        yield make_failed_finding(check, convert_error(error))
    except ToolregError as error:
        yield make_failed_finding(check, error)
    else:
        yield from findings
