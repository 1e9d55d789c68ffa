"""Reads rows from the database as typed values: the only way from a row to a value.

Each query has a NamedTuple with its columns, so a type checker checks every use of a row. The values are made by the
driver itself while it reads, as fast as the untyped tuples of psycopg and twice as fast as its `class_row`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, TypeVar

import psycopg

from reconciler.database.connection import Connection

_Row = TypeVar("_Row", bound=NamedTuple)


class StatementRow(NamedTuple):
    """A statement composed by the server, which quotes its names and values."""

    statement: str


def read_rows(
    conn: Connection, kind: type[_Row], statement: bytes, parameters: Mapping[str, object] | None = None
) -> psycopg.Cursor[_Row]:
    """Run a statement; return its rows as values of `kind`, to iterate over or to fetch.

    Raises ColumnsError if the columns differ from the fields of `kind`, in name or order.
    """
    return conn.cursor(row_factory=partial(_make_factory, kind)).execute(statement, parameters)


def read_row(
    conn: Connection, kind: type[_Row], statement: bytes, parameters: Mapping[str, object] | None = None
) -> _Row:
    """Return the only row of a statement. Raises ColumnsError as `read_rows` does, and for any other number of rows."""
    match read_rows(conn, kind, statement, parameters).fetchmany(2):
        case [row]:
            return row
        case _:
            raise ColumnsError(f"{kind.__name__}: expected one row")


@contextmanager
def streamed_rows(
    conn: Connection, kind: type[_Row], statement: bytes, parameters: Mapping[str, object], at_once: int
) -> Iterator[Iterator[_Row]]:
    """Yield the rows of a statement from a cursor of the server, fetched `at_once`: together they may exceed memory.

    Needs a transaction. Raises ColumnsError as `read_rows` does.
    """
    with conn.cursor(name="toolreg_rows", row_factory=partial(_make_factory, kind)) as cursor:
        cursor.itersize = at_once
        cursor.execute(statement, parameters)
        yield iter(cursor)


class ColumnsError(Exception):
    """A statement does not return the rows that its NamedTuple describes: a fault of toolreg itself."""


def _make_factory(kind: type[_Row], cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], _Row]:
    """Return the function that makes a value of the values of a row, after one check of the names of the columns."""
    names = tuple(column.name for column in cursor.description or ())
    if names != kind._fields:
        raise ColumnsError(
            f"{kind.__name__} has the fields {', '.join(kind._fields)}; the columns are {', '.join(names)}"
        )
    # Built in C: _make would call a function of Python for each row.
    return partial(tuple.__new__, kind)
