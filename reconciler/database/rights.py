"""Roles and rights as desired state: sql/rights.sql lists all of them, and a database is compared with the list."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from psycopg import errors

from reconciler.assets import SQL, query
from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted
from reconciler.database.connection import Connection

_SHOWN = 20


class RightsError(ToolregError):
    """The role may not make roles and rights as they are listed."""


class Difference(NamedTuple):
    """A right, a role or an owner that is not as listed, and the statement that mends it."""

    object: str
    found: str
    statement: str

    def __str__(self) -> str:
        return f"{self.object}: {self.found}"


def differences(conn: Connection) -> list[Difference]:
    """Return where the database differs from the list, in the order in which it is mended."""
    listed = json.dumps([row._asdict() for row in conn.execute((SQL / "rights.sql").read_bytes())])
    return [Difference(*row) for row in conn.execute(query("database/rights"), {"rights": listed})]


def settle(conn: Connection) -> list[Difference]:
    """Make the database equal to the list, in the open transaction; return what differed.

    Raises RightsError, with the statements that an administrator has to run, where the role may not do all of it.
    """
    found = differences(conn)
    if found:
        _mend(conn, found)
        # GRANT by somebody who may not grant is but a warning.
        left = differences(conn)
        if left:
            raise RightsError(_for_an_administrator(left))
    return found


def require_owner(conn: Connection) -> None:
    """Raise RightsError where the schemas belong to a role whose rights we do not have."""
    found = conn.execute(query("database/owner")).fetchone()
    if found and not found.is_us:
        us = quoted(conn.info.user)
        raise RightsError(
            f"the schemas belong to {found.owner}, and {us} is no member of that role. Run toolreg migrate as"
            f" {found.owner}, or as an administrator: GRANT {found.owner} TO {us}"
        )


def _mend(conn: Connection, found: Sequence[Difference]) -> None:
    try:
        with conn.transaction():
            conn.execute(";\n".join(difference.statement for difference in found).encode())
    except (errors.InsufficientPrivilege, errors.DuplicateObject, errors.UniqueViolation):
        refused = [*_refused(conn, found)]
        if refused:
            raise RightsError(_for_an_administrator(refused)) from None


def _refused(conn: Connection, found: Sequence[Difference]) -> Iterator[Difference]:
    """Run the statements one by one; yield those that the role may not run."""
    for difference in found:
        try:
            with conn.transaction():
                conn.execute(difference.statement.encode())
        except errors.InsufficientPrivilege:
            yield difference
        except (errors.DuplicateObject, errors.UniqueViolation, errors.UndefinedObject):
            # Another database's migration made the role in the same moment; or it is one that we may not make.
            continue


def _for_an_administrator(left: Sequence[Difference]) -> str:
    statements = "; ".join(difference.statement for difference in left[:_SHOWN])
    more = f"; and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
    return (
        f"this role may not make roles and rights as they should be ({left[0]})."
        f" Before toolreg migrate, an administrator has to run: {statements}{more}"
    )
