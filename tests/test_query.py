"""toolreg query: what schema api offers, and running one of it, read only, with values that stay values."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler.render import query_text
from reconciler.render.query_text import as_table
from tests.builders import Repository, Result, run
from tests.conftest import Toolreg
from tests.roles import MIGRATOR, login

Connection = psycopg.Connection[Any]

FUNCTIONS = rb"""
CREATE FUNCTION api.echo(
    word text, since interval DEFAULT '1 day', tags text [] DEFAULT '{}', doc jsonb DEFAULT NULL,
    OUT said text, OUT waited interval, OUT tagged text [], OUT content jsonb, OUT until timestamptz, OUT number numeric
)
LANGUAGE sql STABLE RETURN (word, since, tags, doc, 'infinity'::timestamptz, 12345678901234567890);
COMMENT ON FUNCTION api.echo IS 'Says what it was told.';

CREATE FUNCTION api.many(rows bigint) RETURNS TABLE (place bigint, filling text)
LANGUAGE sql STABLE AS $$
-- A function in FROM would make all rows before the first one is sent.
SELECT generate_series(1, rows), repeat('x', 100)
$$;
COMMENT ON FUNCTION api.many IS 'As many rows as wanted.';

CREATE FUNCTION api.three() RETURNS bigint LANGUAGE sql STABLE RETURN 3;
COMMENT ON FUNCTION api.three IS 'A function that returns one value.';

CREATE FUNCTION api.picky(status text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RAISE EXCEPTION 'status is "%"; expected success', status USING ERRCODE = 'invalid_parameter_value';
END
$$;
COMMENT ON FUNCTION api.picky IS 'Refuses everything.';

CREATE FUNCTION api.writing(word text) RETURNS bigint LANGUAGE sql VOLATILE RETURN 1;
COMMENT ON FUNCTION api.writing IS 'May write.';

CREATE FUNCTION internal.hidden() RETURNS bigint LANGUAGE sql STABLE RETURN 1;
COMMENT ON FUNCTION internal.hidden IS 'A part of others.';

CREATE SEQUENCE public.counter;
CREATE VIEW api.sneaky AS SELECT nextval('public.counter') AS number;
COMMENT ON VIEW api.sneaky IS 'A view that writes.';

CREATE VIEW api.odd AS
SELECT * FROM (
    VALUES (1, '=1+1', NULL::text), (2, '', 'a "b", c'), (3, E'two\nlines', E'\x1b[31m##[error]')
) AS row (place, "first column", second);
COMMENT ON VIEW api.odd IS 'Cells that a format could stumble over.';

CREATE VIEW api.large AS SELECT E'{"b": 1e400, "a":\n\t0.1}'::json AS content, '-Infinity'::double precision AS number;
COMMENT ON VIEW api.large IS 'Numbers that JSON does not have.';

CREATE VIEW api.deep AS SELECT (repeat('[', 3000) || repeat(']', 3000))::json AS content;
COMMENT ON VIEW api.deep IS 'JSON deeper than most programs read.';
"""
GRANTS = f"""
GRANT SELECT ON api.sneaky, api.odd, api.large, api.deep TO {MIGRATOR};
GRANT USAGE ON SEQUENCE public.counter TO {MIGRATOR};
"""


@pytest.fixture(autouse=True)
def _functions(conn: Connection) -> None:
    """What a query can be, in schema api."""
    conn.execute(FUNCTIONS)
    conn.execute(GRANTS.encode())


def asked(toolreg: Toolreg, name: str, *values: str) -> Result:
    return toolreg("query", name, *(word for value in values for word in ("--param", value)))


def test_without_a_name_everything_is_listed_with_its_comment_and_parameters(toolreg: Toolreg) -> None:
    text = toolreg("query").out

    assert "tools\n    Tools that are declared, with the commit, path and author" in text
    assert "echo(word text, since interval = '1 day', tags text[] = '{}', doc jsonb = NULL)\n    Says what" in text
    assert "writing(word text) (writes: call it by SQL)\n    May write.\n" in text
    assert "hidden" not in text
    assert "no view or function" in toolreg("query", "hidden").err


def test_every_view_and_function_is_listed_as_the_database_knows_it(toolreg: Toolreg, conn: Connection) -> None:
    known = conn.execute(
        rb"""
        SELECT relname::text AS name, 'view', obj_description(oid, 'pg_class') AS comment, '{}'::text []
        FROM pg_class WHERE relnamespace = 'api'::regnamespace AND relkind = 'v'
        UNION ALL
        SELECT
            proname::text, 'function', obj_description(oid, 'pg_proc'), coalesce(proargnames [:pronargs], '{}')
        FROM pg_proc WHERE pronamespace = 'api'::regnamespace
        """
    ).fetchall()
    listed = toolreg("query", "-o", "json").items

    assert {(one["name"], one["kind"], one["comment"]) for one in listed} == {
        (name, kind, comment) for name, kind, comment, _ in known
    }
    parameters = {name: names for name, _, _, names in known}
    assert all([of["name"] for of in one["parameters"]] == parameters[one["name"]] for one in listed)
    assert len(listed) > 40


def test_the_listing_is_json_and_csv_too(toolreg: Toolreg) -> None:
    found = {one["name"]: one for one in toolreg("query", "-o", "json").items}
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(toolreg("query", "-o", "csv").out))}

    assert found["echo"]["parameters"][:2] == [
        {"name": "word", "type": "text", "required": True, "default": None},
        {"name": "since", "type": "interval", "required": False, "default": "'1 day'"},
    ]
    assert (found["tools"]["kind"], found["tools"]["parameters"]) == ("view", [])
    assert (found["writing"]["runnable"], found["echo"]["runnable"]) == (False, True)
    assert rows.keys() == found.keys()


def test_every_query_that_needs_nothing_runs(toolreg: Toolreg) -> None:
    """One wants one of two arguments, so that neither of them is required."""
    others = ("sneaky", "deep", "registry_at")
    found = [one for one in toolreg("query", "-o", "json").items if one["runnable"] and one["name"] not in others]
    names = [one["name"] for one in found if not any(parameter["required"] for parameter in one["parameters"])]

    for name in names:
        result = toolreg("query", name, "-o", "json")
        assert (result.code, result.err, type(result.items)) == (0, "", list), name


@pytest.mark.parametrize("name", ["echo", "api.echo"])
def test_parameters_are_values_whatever_they_hold(toolreg: Toolreg, name: str) -> None:
    word = "=1'; DROP TABLE x; -- $1 %s %(a)s \\ \N{SNOWMAN}"
    values = (f"word={word}", "tags={a,b c}", 'doc={"z": 1, "a": [1.50]}', "since=3 days")

    found = toolreg("query", name, "-o", "json", *(part for value in values for part in ("--param", value))).items

    assert found == [
        {
            "said": word,
            "waited": "3 days",
            "tagged": ["a", "b c"],
            "content": {"z": 1, "a": [1.5]},
            "until": "infinity",
            "number": 12345678901234567890,
        }
    ]


def test_a_function_that_returns_one_value_is_a_table_of_one_cell(toolreg: Toolreg) -> None:
    assert toolreg("query", "three").out == "THREE\n3\n"
    assert toolreg("query", "three", "-o", "json").items == [{"three": 3}]


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("echo", [], "Error: api.echo needs the parameter word (text); say --param word=VALUE"),
        ("echo", ["wordy=1"], 'api.echo has no parameter "wordy"; did you mean word?'),
        ("echo", ["word=1", "word=2"], 'the parameter "word" was given twice'),
        ("echo", ["word"], '--param is "word"; expected NAME=VALUE'),
        ("echo", ["=word"], '--param is "=word"; expected NAME=VALUE'),
        ("echo", ["word=1", "since=soon"], 'the parameter since is "soon"; expected interval: invalid input syntax'),
        ("echo", ["tags=1", "word=1"], 'the parameter tags is "1"; expected text[]: malformed array literal: "1"'),
        ("echo", ["word=1", 'doc={"a"'], 'the parameter doc is "{\\"a\\""; expected jsonb: invalid input syntax'),
        ("echo", ["word=\udcff"], 'the parameter word is "\\udcff", which is not UTF-8'),
        ("many", ["rows=9999999999999999999"], "expected bigint: value"),
        ("picky", ["status=no $1"], 'status is "no $1"; expected success'),
        ("tools", ["a=1"], 'api.tools has no parameters, but "a" was given'),
    ],
)
def test_a_wrong_parameter_is_wrong_usage(toolreg: Toolreg, name: str, values: list[str], message: str) -> None:
    result = asked(toolreg, name, *values)

    assert result.code == 64
    assert message in result.err
    assert result.out == ""


def test_a_parameter_needs_a_name_of_a_query(toolreg: Toolreg) -> None:
    assert toolreg("query", "--param", "a=1").code == 64
    assert toolreg("query", "--limit", "5").code == 64


def test_an_unknown_name_is_told_with_the_nearest_one(toolreg: Toolreg) -> None:
    result = toolreg("query", "api.tolls", "-o", "json")

    assert result.code == 1
    assert result.json["error"].startswith('schema api has no view or function "tolls"; did you mean tools?')
    assert toolreg("query", "pg_sleep").code == 1
    assert toolreg("query", 'tools"; DROP TABLE x; --').code == 1


def test_what_writes_is_not_run(toolreg: Toolreg, conn: Connection) -> None:
    labelled, sneaky = asked(toolreg, "writing", "word=x"), asked(toolreg, "sneaky")

    assert labelled.code == 1
    assert "api.writing may write, and toolreg query only reads; call it by SQL: SELECT api.writing(" in labelled.err
    assert sneaky.code == 1
    assert "read-only transaction" in sneaky.err
    assert conn.execute(b"SELECT is_called FROM public.counter").fetchone() == (False,)


def test_csv_keeps_every_cell_as_it_is(toolreg: Toolreg) -> None:
    text = toolreg("query", "odd", "-o", "csv").out

    assert text.startswith('place,first column,second\n1,=1+1,\n2,"","a ""b"", c"\n3,"two\nlines",')
    assert [*csv.reader(io.StringIO(text))][1:] == [
        ["1", "=1+1", ""],
        ["2", "", 'a "b", c'],
        ["3", "two\nlines", "\x1b[31m##[error]"],
    ]


def test_json_stays_json_in_its_order_also_where_it_is_odd(toolreg: Toolreg) -> None:
    large, deep = toolreg("query", "large", "-o", "json"), toolreg("query", "deep", "-o", "json")

    assert [*large.items[0]["content"].items()] == [("b", "1e400"), ("a", 0.1)]
    assert large.items[0]["number"] == "-Infinity"
    # How deep Python's json reads depends on its version: it is whole, or told.
    if deep.code:
        assert (deep.code, "-o csv shows it as text" in deep.err) == (1, True)
    else:
        assert "[" * 3000 + "]" * 3000 in "".join(deep.out.split())
    assert toolreg("query", "deep", "-o", "csv").code == 0


def test_a_table_is_safe_for_a_terminal(toolreg: Toolreg) -> None:
    text = toolreg("query", "odd").out

    assert text.replace("\n", "").isprintable()
    assert "two\\nlines" in text
    assert "##[" not in text


def test_an_empty_result_still_has_its_columns(toolreg: Toolreg) -> None:
    assert toolreg("query", "many", "--param", "rows=0", "-o", "csv").out == "place,filling\n"
    assert toolreg("query", "many", "--param", "rows=0", "-o", "json").json == {"formatVersion": 1, "items": []}
    table = toolreg("query", "many", "--param", "rows=0")
    assert (table.out, table.err) == ("PLACE  FILLING\n", "There are no rows.\n")


@pytest.mark.parametrize(
    ("options", "lines", "says_more"),
    [
        ([], 1001, True),
        (["--limit", "5"], 6, True),
        (["--limit", "2500"], 2501, False),
        (["-o", "csv"], 2501, False),
        (["-o", "csv", "--limit", "5"], 6, True),
        (["-o", "json", "--limit", "5"], 25, False),
    ],
)
def test_a_table_ends_after_a_thousand_rows_and_says_so(
    toolreg: Toolreg,
    options: list[str],
    lines: int,
    says_more: bool,  # noqa: FBT001  A column of the table.
) -> None:
    result = toolreg("query", "many", "--param", "rows=2500", *options)

    assert (len(result.out.splitlines()), "shown; --limit" in result.err) == (lines, says_more)


def test_a_reader_that_leaves_early_ends_it_quietly(database: str, repository: Repository) -> None:
    """The query is cancelled, however much it would return."""
    words = ["query", "many", "--param", "rows=100000000", "-o", "csv", "--database", database]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", *words],
        cwd=repository.top,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"place,filling\n"
        process.stdout.close()
        assert process.stderr.read() == b""

    assert process.returncode == 141


def test_the_time_of_a_query_can_be_bounded(toolreg: Toolreg, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as bounded:
        bounded.setenv("PGOPTIONS", "-c statement_timeout=500ms")
        result = toolreg("query", "many", "--param", "rows=100000000", "-o", "csv")

    assert result.code == 4


def test_without_a_database_it_says_so(repository: Repository) -> None:
    away = run("query", "tools", "--database", "postgresql://127.0.0.1:1/x", cwd=repository.top)

    assert (away.code, away.out) == (4, "")


def test_a_role_sees_what_it_may_read(toolreg: Toolreg, database: str, tmp_path: Path) -> None:
    with login(database, "toolreg_reader") as as_reader:
        names = {one["name"] for one in run("query", "-o", "json", "--database", as_reader, cwd=tmp_path).items}
        odd = run("query", "odd", "--database", as_reader, cwd=tmp_path)

    # Granted to nobody by these tests, though functions are PUBLIC's until that is revoked.
    assert "odd" not in names
    assert {"tools", "data_integrity"} <= names
    assert (odd.code, "the database role may not use api.odd" in odd.err) == (1, True)
    assert "odd" in toolreg("query").out


def test_a_table_too_wide_for_the_terminal_is_cut_and_says_what_it_left_out() -> None:
    columns = [f"column_{number}" for number in range(8)]
    two_rows = query_text.as_table(columns, [["x" * 20] * 8] * 2, 40)
    one_row = query_text.as_table(columns, [["x" * 20] * 7 + [None]], 40)

    assert max(map(len, two_rows.render())) <= 40
    assert (two_rows.is_cut, two_rows.left_out) == (True, columns[3:])
    assert [*one_row.render()][::8] == ["COLUMN    VALUE", "column_7"]
    assert (one_row.is_cut, one_row.left_out) == (False, ())


def test_of_a_table_that_is_cut_names_and_numbers_stay_whole() -> None:
    cells = [["get_customer_profile", "12345678", "a long remark " * 9]] * 2
    lines = [*query_text.as_table(["tool", "n", "remark"], cells, 60).render()]

    assert lines[1].startswith("get_customer_profile  12345678  a long remark")
    assert len(lines[1]) <= 60


def test_a_narrow_table_keeps_what_has_room_and_leaves_out_what_machines_read() -> None:
    wide = ["x" * 36, "y" * 200, "lookup", "short"]

    shown = as_table(["id", "description", "name", "status"], [wide, wide], 30)

    assert [column.title for column in shown.columns] == ["DESCRIPTION", "NAME", "STATUS"]
    assert shown.left_out == ["id"]
