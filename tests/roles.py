"""Login roles for a test, as agents and operators have them. Roles belong to the whole server, so they are dropped."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

_numbers = count(1)


@contextmanager
def login(database: str, *groups: str) -> Iterator[str]:
    """Yield how a new member of some group roles connects to a database."""
    name = f"toolreg_test_{os.getpid()}_{next(_numbers)}"
    role = sql.Identifier(name)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        try:
            for group in groups:
                conn.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), role))
            yield make_conninfo(database, user=name)
        finally:
            conn.execute(sql.SQL("DROP OWNED BY {}").format(role))
            conn.execute(sql.SQL("DROP ROLE {}").format(role))
