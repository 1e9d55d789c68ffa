"""Login roles for a test, as agents, operators and administrators have them.

Roles belong to the whole server, so they are dropped.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

MIGRATOR: Final = f"toolreg_migrator_{os.getpid()}"
"""Owns the databases of the tests, and migrates them: as on a managed service, it is no superuser."""

GATEWAY: Final = "toolreg_gateway"
"""The group of logins that act for others."""

_numbers = count(1)


def as_superuser(database: str) -> str:
    """Return how the superuser of the tests' server reaches a database there."""
    given = conninfo_to_dict(os.environ.get("TOOLREG_TEST_DATABASE_URL", "user=toolreg"))
    return make_conninfo(database, user=given.get("user"))


@contextmanager
def login(database: str, *groups: str, attributes: LiteralString = "") -> Iterator[str]:
    """Yield how a new member of some group roles connects to a database."""
    name = f"toolreg_test_{os.getpid()}_{next(_numbers)}"
    role = sql.Identifier(name)
    with psycopg.connect(as_superuser(database), autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN " + attributes).format(role))
        try:
            for group in groups:
                conn.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), role))
            yield make_conninfo(database, user=name)
        finally:
            conn.execute(sql.SQL("DROP OWNED BY {}").format(role))
            conn.execute(sql.SQL("DROP ROLE {}").format(role))
