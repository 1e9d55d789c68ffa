"""Rows become values in one way: each query has a NamedTuple with the names and the types of its columns."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import psycopg
import pytest

from reconciler import assets
from reconciler.database.connection import Connection, connect
from reconciler.database.rows import ColumnsError, read_row, read_rows

PACKAGE = Path(assets.__file__).parent
READERS = {"read_rows", "read_row"}

# By the OID of the type in pg_type.
PYTHON = {
    16: bool,
    19: str,
    20: int,
    23: int,
    25: str,
    701: float,
    1184: datetime,
    114: list,
    1003: list,
    1009: list,
}


class Pair(NamedTuple):
    """A row of the statements below."""

    name: str
    number: int


def calls() -> Iterator[tuple[str, ast.Module, ast.Call]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for part in ast.walk(tree):
            if isinstance(part, ast.Call):
                yield str(path.relative_to(PACKAGE)), tree, part


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def readings() -> Iterator[tuple[str, str, str]]:
    """Yield the query, the module and the kind of each reading of a query in sql/queries."""
    for path, _, call in calls():
        if name_of(call) in READERS and isinstance(call.args[2], ast.Call) and name_of(call.args[2]) == "load_query":
            module = f"reconciler.{path.removesuffix('.py').replace('/', '.')}"
            yield ast.literal_eval(call.args[2].args[0]), module, ast.unparse(call.args[1])


def kind_of(module: str, name: str) -> Any:
    if name == "StatementRow":
        module = "reconciler.database.rows"
    return getattr(import_module(module), name)


def test_readings_are_found() -> None:
    assert len({*readings()}) > 30


@pytest.fixture
def ours(database: str) -> Iterator[Connection]:
    with connect(database) as conn:
        yield conn


@pytest.mark.parametrize(("name", "module", "kind"), sorted({*readings()}))
def test_a_row_has_the_columns_of_its_query(conn: psycopg.Connection[Any], name: str, module: str, kind: str) -> None:
    """A type checker believes the NamedTuple; here PostgreSQL is asked for the columns, by name and type."""
    numbers: dict[str, str] = {}
    text = re.sub(
        r"%\((\w+)\)s|%%",
        lambda match: "%" if match[1] is None else numbers.setdefault(match[1], f"${len(numbers) + 1}"),
        assets.load_query(name).decode(),
    )

    prepared = conn.pgconn.prepare(b"", text.encode())

    assert prepared.status == psycopg.pq.ExecStatus.COMMAND_OK, prepared.error_message
    described = conn.pgconn.describe_prepared(b"")
    columns = {(described.fname(at) or b"").decode(): described.ftype(at) for at in range(described.nfields)}
    fields = get_type_hints(kind_of(module, kind))
    assert [*columns] == [*fields]
    assert {column: PYTHON[oid] for column, oid in columns.items()} == {
        field: type_of(hint) for field, hint in fields.items()
    }


def type_of(hint: Any) -> Any:
    """Return the type of a field without None and without the types of its items."""
    if isinstance(hint, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
    origin = get_origin(hint) or hint
    # json holds either.
    return list if origin in {Sequence, Mapping} else origin


def test_a_row_is_a_value_of_its_kind(ours: Connection) -> None:
    statement = b"SELECT * FROM (VALUES ('a', 1), ('b', 2)) AS pair (name, number) WHERE number >= %(least)s"

    assert [*read_rows(ours, Pair, statement, {"least": 1})] == [Pair("a", 1), Pair("b", 2)]
    assert read_row(ours, Pair, statement, {"least": 2}).name == "b"


@pytest.mark.parametrize(
    "columns", [b"1 AS number, 'a' AS name", b"'a' AS name", b"'a' AS name, 1 AS number, 2 AS more"]
)
def test_other_columns_are_an_error_and_no_other_value(ours: Connection, columns: bytes) -> None:
    with pytest.raises(ColumnsError, match="Pair has the fields name, number; the columns are"):
        read_rows(ours, Pair, b"SELECT " + columns)


@pytest.mark.parametrize("number", [0, 2])
def test_the_only_row_is_neither_missing_nor_one_of_two(ours: Connection, number: int) -> None:
    statement = b"SELECT 'a' AS name, number::integer FROM generate_series(1, %(number)s) AS number"

    with pytest.raises(ColumnsError, match="Pair: expected one row"):
        read_row(ours, Pair, statement, {"number": number})


# ---- The only way


# These have columns that nobody knows beforehand: a view or function of schema api, and a task of sql/maintenance.
UNKNOWN = {"observed/catalogue.py", "operating/maintenance.py"}
FACTORIES = {"row_factory", "tuple_row", "namedtuple_row", "dict_row", "class_row", "args_row", "kwargs_row"}


def test_mypy_lets_nobody_use_an_untyped_row() -> None:
    assert Connection == psycopg.Connection[tuple[object, ...]]


def test_there_is_no_other_row_factory() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        place, text = str(path.relative_to(PACKAGE)), path.read_text("utf-8")
        if place not in {"database/rows.py", *UNKNOWN}:
            assert not FACTORIES & {*re.findall(r"\w+", text)}, place
            assert not re.search(r"\b(Connection|Cursor)\[Any\]", text), place


def test_the_rows_of_execute_are_read_by_nobody() -> None:
    """They have no names and no types. What returns rows is read with a kind."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place, tree = str(path.relative_to(PACKAGE)), ast.parse(path.read_text("utf-8"))
        dropped = {id(part.value) for part in ast.walk(tree) if isinstance(part, ast.Expr)}
        used = [
            part.lineno
            for part in ast.walk(tree)
            if isinstance(part, ast.Call) and name_of(part) in {"execute", "stream"} and id(part) not in dropped
        ]
        assert not used or place in {"database/rows.py", *UNKNOWN}, (place, used)
