"""Roles and rights as desired state: compares a database with sql/rights.sql and repairs the differences."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from psycopg import errors

from reconciler.assets import SQL, load_query
from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted
from reconciler.database.connection import Connection
from reconciler.database.rows import read_rows

_SHOWN = 20


class RightsError(ToolregError):
    """The current role may not create the listed roles and rights."""


class RightsDifference(NamedTuple):
    """A right, a role or an owner that differs from the list, and the statement to repair it."""

    object: str
    found: str
    statement: str

    def __str__(self) -> str:
        return f"{self.object}: {self.found}"


class Owner(NamedTuple):
    """The owner of the schemas. `is_us`: the current role has the rights of the owner."""

    owner: str
    is_us: bool


class _RightRow(NamedTuple):
    kind: str
    name: str
    privilege: str | None
    role: str | None


def find_rights_differences(conn: Connection) -> list[RightsDifference]:
    """Return the differences between database and list, in the order of their repair."""
    listed = json.dumps([row._asdict() for row in read_rows(conn, _RightRow, (SQL / "rights.sql").read_bytes())])
    return read_rows(conn, RightsDifference, load_query("database/rights"), {"rights": listed}).fetchall()


def settle_rights(conn: Connection) -> list[RightsDifference]:
    """Make the database equal to the list, in the open transaction; return the differences.

    Raises RightsError, with the statements for an administrator, if the role may not run all of them.
    """
    differing = find_rights_differences(conn)
    if differing:
        _mend(conn, differing)
        # GRANT by a role without the grant option only warns.
        left = find_rights_differences(conn)
        if left:
            raise RightsError(_format_advice(left))
    return differing


def read_owner(conn: Connection) -> Owner | None:
    """Return the owner of the schemas, None before the first migration."""
    return read_rows(conn, Owner, load_query("database/owner")).fetchone()


def require_owner(conn: Connection) -> None:
    """Raise RightsError if the schemas belong to a role whose rights the current role lacks."""
    row = read_owner(conn)
    if row and not row.is_us:
        us = quoted(conn.info.user)
        raise RightsError(
            f"the schemas belong to {row.owner}, and {us} is no member of that role. Run toolreg migrate as"
            f" {row.owner}, or as an administrator: GRANT {row.owner} TO {us}"
        )


def _mend(conn: Connection, differences: Sequence[RightsDifference]) -> None:
    try:
        with conn.transaction():
            conn.execute(";\n".join(difference.statement for difference in differences).encode())
    except (errors.InsufficientPrivilege, errors.DuplicateObject, errors.UniqueViolation):
        refused = [*_find_refused(conn, differences)]
        if refused:
            raise RightsError(_format_advice(refused)) from None


def _find_refused(conn: Connection, differences: Sequence[RightsDifference]) -> Iterator[RightsDifference]:
    """Run each statement by itself; yield the differences whose statement is refused."""
    for difference in differences:
        try:
            with conn.transaction():
                conn.execute(difference.statement.encode())
        except errors.InsufficientPrivilege:
            yield difference
        except (errors.DuplicateObject, errors.UniqueViolation, errors.UndefinedObject):
            # A migration of another database made the role in the same moment, or we may not make the role.
            continue


def _format_advice(left: Sequence[RightsDifference]) -> str:
    statements = "; ".join(difference.statement for difference in left[:_SHOWN])
    more = f"; and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
    return (
        f"this role may not make roles and rights as they should be ({left[0]})."
        f" Before toolreg migrate, an administrator has to run: {statements}{more}"
    )
