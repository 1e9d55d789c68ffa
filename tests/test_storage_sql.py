"""sql/storage.sql is what migrations made of the schemas registry and runtime, to be read and diffed."""

import re
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from reconciler.assets import SQL
from reconciler.database import embedded
from reconciler.database.connection import connect
from reconciler.database.embedded import binaries
from reconciler.database.migrate import migrate_database
from tests.conftest import Golden, forget_first_days

_HEAD = """\
-- Tables, constraints, indexes and triggers, as pg_dump writes them after all migrations. Generated: do not edit.
-- Bodies of functions stand in their files, rights in rights.sql. To bring this up to date: .ci/golden
"""
# `-- Name: tools; Type: TABLE; Schema: registry; Owner: -`, then a line `--`.
_ENTRY = re.compile(r"(?m)^-- Name: (?P<name>.*?); Type: (?P<type>[A-Z ]+); Schema: (?P<schema>\S+); Owner: -\n--\n")


def dump(database: str) -> str:
    """Return the storage of a database without what differs from server to server."""
    parameters = {key: str(value) for key, value in conninfo_to_dict(database).items()}
    what = ("--schema-only", "--no-owner", "--no-privileges", "--schema=registry", "--schema=runtime")
    url = " ".join(f"{key}='{value}'" for key, value in parameters.items())
    command = [binaries.locate().path("pg_dump"), *what, url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    entries = [*_ENTRY.finditer(text)]
    ends = [entry.start() for entry in entries[1:]] + [len(text)]
    parts = [
        f"-- {entry['name']} ({entry['schema']})\n{_plain(text[entry.end() : end])}"
        for entry, end in zip(entries, ends, strict=True)
        if entry["type"] != "FUNCTION" and not entry["name"].startswith("FUNCTION ")
    ]
    return "\n".join([_HEAD, *parts])


def _plain(statement: str) -> str:
    lines = re.sub(r"(?m)^(--( PostgreSQL database.*)?|SET .*|\\.*)\n", "", statement)
    return re.sub(r"\n{2,}", "\n", lines).strip() + "\n"


def test_storage_sql_is_the_storage_after_all_migrations(tmp_path: Path, golden: Golden) -> None:
    """Always made with the embedded server: pg_dump writes as each version of PostgreSQL understands it."""
    with embedded.serve(tmp_path / "server") as database, connect(database) as conn:
        migrate_database(conn, 30)
        forget_first_days(conn)
        golden.check(dump(database), SQL / "storage.sql")


def test_it_changes_only_where_storage_does() -> None:
    """A digest, or a body that stands elsewhere, would make any two pull requests conflict."""
    text = (SQL / "storage.sql").read_text("utf-8")

    assert "CREATE FUNCTION" not in text
    assert "SCHEMA api" not in text
    assert not re.search(r"[0-9a-f]{64}", text)
