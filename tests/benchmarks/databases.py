"""Databases for a benchmark, made on a server and dropped in the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from reconciler.database.connection import connect
from reconciler.database.migrate import migrate_database


@contextmanager
def migrated(server: str, name: str) -> Iterator[str]:
    """Yield how libpq reaches a new, migrated, empty database on a server."""
    _statement(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _statement(server, "CREATE DATABASE {} TEMPLATE template0", name)
    conninfo = make_conninfo(server, dbname=name)
    try:
        with connect(conninfo) as conn:
            migrate_database(conn, 30)
        yield conninfo
    finally:
        _statement(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _statement(server: str, text: LiteralString, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL(text).format(sql.Identifier(name)))
