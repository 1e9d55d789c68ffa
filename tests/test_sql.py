"""The SQL files are SQL, and say what they are for."""

import re
from pathlib import Path

import pglast
import pytest

from reconciler.assets import SQL

FILES = sorted(SQL.rglob("*.sql"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SQL)))
def test_postgresql_parses_each_file(path: Path) -> None:
    """With PostgreSQL's own grammar; a parameter is a place for a value, and a backslash is for psql."""
    text = re.sub(r"%\(\w+\)s", "NULL", path.read_text("utf-8")).replace("%%", "%").partition("\\gexec\n")[0]

    assert pglast.parse_sql(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SQL)))
def test_each_file_begins_with_a_sentence(path: Path) -> None:
    first = path.read_text("utf-8").partition("\n")[0]

    assert re.fullmatch(r"-- [A-Z\"].*[.,:;a-z]", first), first


@pytest.mark.parametrize("path", sorted((SQL / "queries").rglob("*.sql")), ids=lambda path: path.stem)
def test_each_query_is_one_statement(path: Path) -> None:
    """A statement with parameters travels alone in PostgreSQL's extended protocol."""
    assert len(pglast.parse_sql(re.sub(r"%\(\w+\)s", "NULL", path.read_text("utf-8")).replace("%%", "%"))) == 1
