"""Lists the views and functions of schema `api`, and runs them read only, with values always bound."""

import json
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import capabilities, errors
from psycopg.rows import tuple_row
from psycopg.types.string import TextLoader

from reconciler.assets import load_query
from reconciler.core.errors import ToolregError
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.core.state.query import Cell, Parameter, Query, Rows, format_signature
from reconciler.database.connection import Connection, convert_error
from reconciler.database.rows import StatementRow, read_row, read_rows

_ROWS_AT_ONCE: Final = 500
# The last line of the context of an error names the unreadable parameter, in the language of the server:
# `unnamed portal parameter $1 = '...'`. A line with a colon would list all parameters.
_BLAMED: Final = re.compile(r"[^\":(]*\$(\d+)(?: = .*)?")


class ParameterError(ToolregError):
    """A parameter is unknown, missing or cannot be read."""


class NoSuchQuery(ToolregError):
    """Schema api has no view or function of this name."""


class _ObjectRow(NamedTuple):
    name: str
    kind: str
    comment: str | None
    writes: bool
    allowed: bool
    parameters: list[dict[str, Any]]


def list_queries(conn: Connection) -> list[Query]:
    """Return the queries allowed to the role of this connection, by name."""
    return [candidate for candidate in _load_queries(conn) if candidate.allowed]


def find_query(conn: Connection, name: str) -> Query:
    """Return a view or function by name, with or without `api.`. Raises NoSuchQuery for an unknown name."""
    wanted = name.removeprefix("api.")
    known = _load_queries(conn)
    for candidate in known:
        if candidate.name == wanted:
            return candidate
    usable = [candidate.name for candidate in known if candidate.allowed]
    if not usable:
        raise NoSuchQuery("this role may read nothing of schema api; make it a member of toolreg_reader")
    raise NoSuchQuery(
        f"schema api has no view or function {quoted(wanted)}; {did_you_mean(wanted, usable)} toolreg query lists them"
    )


def _load_queries(conn: Connection) -> list[Query]:
    return [
        Query(
            row.name,
            row.kind,
            row.comment or "",
            row.writes,
            row.allowed,
            tuple(Parameter(**parameter) for parameter in row.parameters),
        )
        for row in read_rows(conn, _ObjectRow, load_query("observed/api_objects"))
    ]


def require_runnable(wanted: Query, values: Mapping[str, str]) -> None:
    """Raise ToolregError if the query writes or is forbidden, ParameterError if the parameters do not fit the query."""
    if wanted.writes:
        raise ToolregError(
            f"api.{wanted.name} may write, and toolreg query only reads; call it by SQL:"
            f" SELECT api.{format_signature(wanted)}"
        )
    if not wanted.allowed:
        raise ToolregError(f"the database role may not use api.{wanted.name}; toolreg query lists what it may use")
    known = [parameter.name for parameter in wanted.parameters]
    for name in values:
        if not known:
            raise ParameterError(f"api.{wanted.name} has no parameters, but {quoted(name)} was given")
        if name not in known:
            raise ParameterError(f"api.{wanted.name} has no parameter {quoted(name)}; {did_you_mean(name, known)}")
    for parameter in wanted.parameters:
        if parameter.required and parameter.name not in values:
            raise ParameterError(
                f"api.{wanted.name} needs the parameter {parameter.name} ({parameter.type});"
                f" say --param {parameter.name}=VALUE"
            )


@contextmanager
def open_rows(conn: Connection, wanted: Query, values: Mapping[str, str], limit: int | None) -> Iterator[Rows]:
    """Yield the result of a query, with each cell as text, as in psql. Raises ParameterError for an unreadable value.

    Rows are read on demand, which keeps large results out of memory.
    """
    # Untyped: the columns belong to the view or function, and their cells are only printed.
    with conn.cursor(row_factory=tuple_row) as cursor:
        _register_text_loaders(cursor)
        run = _Run(wanted, values, limit)
        with closing(_stream_rows(cursor, run, as_json=False)) as taken:
            first = [*islice(taken, 1)]
            if not first:
                # A stream without rows does not name its columns.
                cursor.execute(_make_statement(conn, run, as_json=False), _bind_values(replace(run, limit=0)))
            yield Rows([column.name for column in cursor.description or ()], chain(first, taken))


@contextmanager
def open_objects(
    conn: Connection, wanted: Query, values: Mapping[str, str], limit: int | None
) -> Iterator[Iterator[str]]:
    """Yield each row as a JSON object, built by PostgreSQL: JSON values stay JSON, in their order."""
    with (
        conn.cursor(row_factory=tuple_row) as cursor,
        closing(_stream_rows(cursor, _Run(wanted, values, limit), as_json=True)) as taken,
    ):
        first = [*islice(taken, 1)]
        yield (row[0] or "" for row in chain(first, taken))


@dataclass(frozen=True, slots=True)
class _Run:
    wanted: Query
    values: Mapping[str, str]
    limit: int | None


def _register_text_loaders(cursor: psycopg.Cursor[Any]) -> None:
    """Keep values in the text format of PostgreSQL: Python has no infinite time, and prints floats differently."""
    for info in cursor.adapters.types:
        for oid in (info.oid, info.array_oid):
            if oid:
                cursor.adapters.register_loader(oid, TextLoader)


def _stream_rows(cursor: psycopg.Cursor[Any], run: _Run, *, as_json: bool) -> Generator[Sequence[Cell], None, None]:
    statement = _make_statement(cursor.connection, run, as_json=as_json)
    size = _ROWS_AT_ONCE if capabilities.has_stream_chunked() else 1
    try:
        yield from cursor.stream(statement, _bind_values(run), size=size)
    except errors.DataError as error:
        raise _translate_error(error, run) from error


def _make_statement(conn: Connection, run: _Run, *, as_json: bool) -> bytes:
    parameters = {
        "name": run.wanted.name,
        "given": json.dumps([*run.values]),
        "is_function": run.wanted.kind == "function",
        "as_json": as_json,
    }
    return read_row(conn, StatementRow, load_query("observed/api_statement"), parameters).statement.encode()


def _bind_values(run: _Run) -> list[str | int | None]:
    for name, value in run.values.items():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ParameterError(f"the parameter {name} is {quoted(value)}, which is not UTF-8") from None
    return [*run.values.values(), run.limit]


def _translate_error(error: errors.DataError, run: _Run) -> ToolregError:
    if isinstance(error, errors.InvalidParameterValue):
        return ParameterError(str(error.diag.message_primary))
    blamed = _BLAMED.fullmatch((error.diag.context or "").rpartition("\n")[2])
    if blamed is None or int(blamed[1]) > len(run.values):
        return convert_error(error)
    name = [*run.values][int(blamed[1]) - 1]
    types = {parameter.name: parameter.type for parameter in run.wanted.parameters}
    value = quoted(run.values[name])
    return ParameterError(f"the parameter {name} is {value}; expected {types[name]}: {error.diag.message_primary}")
