"""Migrating: whole or not at all, whoever else does it too, and nothing of anybody else's is touched."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconciler import assets
from reconciler.database import migrate as migrate_module
from tests.builders import Repository, Result, run
from tests.proxy import Statement
from tests.roles import MIGRATOR, as_superuser, login
from tests.victims import Victims

PATIENCE = 20.0
Conn = psycopg.Connection[Any]
MIGRATIONS = [path.stem for path in sorted((assets.SQL / "migrations").glob("*.sql"))]

# Everything that stands in our schemas, as the catalogs have it, less numbers that differ from run to run.
CATALOG = b"""
WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname IN ('registry', 'runtime', 'api', 'internal', 'yoyo'))
SELECT 'schema', nspname, obj_description(oid, 'pg_namespace') FROM ours
UNION ALL
SELECT 'relation', class.oid::regclass::text, concat_ws(' | ', class.relkind, class.relacl::text,
    class.reloptions::text, obj_description(class.oid, 'pg_class'), pg_get_viewdef(class.oid),
    CASE WHEN class.relkind = 'i' THEN pg_get_indexdef(class.oid) END)
FROM pg_class AS class INNER JOIN ours ON ours.oid = class.relnamespace
UNION ALL
SELECT 'column', class.oid::regclass || '.' || attribute.attname, concat_ws(' | ', attribute.attnum,
    format_type(attribute.atttypid, attribute.atttypmod), attribute.attnotnull, attribute.attgenerated,
    attribute.attidentity, pg_get_expr(expression.adbin, class.oid), col_description(class.oid, attribute.attnum))
FROM pg_class AS class
INNER JOIN ours ON ours.oid = class.relnamespace
INNER JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0
LEFT JOIN pg_attrdef AS expression ON expression.adrelid = class.oid AND expression.adnum = attribute.attnum
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(pg_constraint.oid)
FROM pg_constraint INNER JOIN ours ON ours.oid = connamespace
UNION ALL
SELECT 'function', pg_proc.oid::regprocedure::text, concat_ws(' | ', pg_get_functiondef(pg_proc.oid), proacl::text,
    obj_description(pg_proc.oid, 'pg_proc'))
FROM pg_proc INNER JOIN ours ON ours.oid = pronamespace
UNION ALL
SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(pg_trigger.oid)
FROM pg_trigger INNER JOIN pg_class AS class ON class.oid = tgrelid INNER JOIN ours ON ours.oid = class.relnamespace
WHERE NOT tgisinternal
"""
_OF_A_DAY = re.compile(r"invocation_logs_\d{8}")
BOOKKEEPING = b"""
SELECT 'checksum', checksum.migration_id, checksum.sha256
FROM yoyo.checksums AS checksum INNER JOIN yoyo._yoyo_migrations AS mark USING (migration_id)
"""


def catalog(conninfo: str) -> list[tuple[Any, ...]]:
    """Return what stands in our schemas, less the tables of days, and what the bookkeeping says of it."""
    with psycopg.connect(conninfo) as conn:
        found = conn.execute(CATALOG).fetchall()
        if found:
            found += conn.execute(BOOKKEEPING).fetchall()
    return sorted((row for row in found if not _OF_A_DAY.search(row[1])), key=repr)


def test_a_new_database_has_tables_for_the_first_days(empty_database: str) -> None:
    migrate(empty_database)

    with psycopg.connect(empty_database) as conn:
        found = conn.execute(
            b"SELECT day - (now() AT TIME ZONE 'UTC')::date FROM api.log_partitions WHERE day IS NOT NULL ORDER BY day"
        ).fetchall()
    assert [days for (days,) in found] == [*range(8)]


def migrate(conninfo: str, *arguments: object) -> Result:
    return run("migrate", *arguments, "--database", conninfo, cwd=Path.cwd())


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of sql/ that toolreg takes for its own, and a test may change."""
    copy = tmp_path / "sql"
    shutil.copytree(assets.SQL, copy)
    monkeypatch.setattr(assets, "SQL", copy)
    monkeypatch.setattr(migrate_module, "SQL", copy)
    return copy


# ---- From nothing


def test_a_database_of_another_encoding_is_refused(server: str) -> None:
    name = f"toolreg_ascii_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0".encode())
        try:
            result = migrate(make_conninfo(server, dbname=name))
            assert run("doctor", "--database", make_conninfo(server, dbname=name), cwd=Path.cwd()).code == 1
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    assert result.code == 1
    assert "error: the encoding of the database is SQL_ASCII" in result.err
    assert "ENCODING 'UTF8'" in result.err


def test_an_empty_database_is_migrated(empty_database: str) -> None:
    result = migrate(empty_database)

    assert result.code == 0, result.err
    assert result.out.splitlines() == [
        *(f"applied {name}" for name in MIGRATIONS),
        "rebuilt schema api",
        "The database is up to date.",
    ]


def test_no_step_needs_a_superuser(empty_database: str, database: str, repository: Repository) -> None:
    """The role of all these tests is such, as on a managed service; each command runs with no other right."""
    with psycopg.connect(empty_database) as conn:
        assert conn.execute(
            b"SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = CURRENT_USER"
        ).fetchall() == [(False, True, True, False)]
    assert migrate(empty_database).code == 0
    assert catalog(empty_database) == catalog(database)
    for command in ("apply", "maintain --all", "doctor", "status", "drift", "history", "query data_integrity"):
        result = run(*command.split(), "--database", empty_database, cwd=repository.top)
        assert result.code == 0, result.err
    with psycopg.connect(empty_database) as conn:
        ((purged,),) = conn.execute(b"SELECT api.purge_history(gen_random_uuid(), gen_random_uuid())").fetchall()
        assert purged == "removed 0 versions"
        assert conn.execute(b"SELECT registry.is_purging()").fetchall() == [(False,)]


def test_a_superuser_migrates_too(empty_database: str, database: str, repository: Repository) -> None:
    admin = as_superuser(empty_database)
    assert migrate(admin).code == 0
    assert [row[:2] for row in catalog(admin)] == [row[:2] for row in catalog(database)]
    for command in ("apply", "maintain --all", "doctor", "status", "drift"):
        result = run(*command.split(), "--database", admin, cwd=repository.top)
        assert result.code == 0, result.err


def test_group_roles_that_another_role_has_made_are_used(empty_database: str, server: str) -> None:
    """Two databases of one server, each migrated by its owner, who may do nothing about the other's."""
    with login(server, attributes="CREATEROLE") as other:
        role, name = conninfo_to_dict(other)["user"], conninfo_to_dict(empty_database)["dbname"]
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {name} OWNER TO {role}".encode())
        try:
            result = migrate(make_conninfo(other, dbname=name))
            assert result.code == 0, result.err
            with login(empty_database, "toolreg_agent") as agent, psycopg.connect(agent) as conn:
                conn.execute(b"SELECT api.log_invocation('a', 'success', 1)")
        finally:
            with psycopg.connect(make_conninfo(server, dbname=name), autocommit=True) as admin:
                admin.execute(f"REASSIGN OWNED BY {role} TO {MIGRATOR}".encode())


def test_migrating_again_writes_nothing(database: str, conn: Conn) -> None:
    before = conn.execute(b"SELECT oid, xmin::text FROM pg_class ORDER BY oid").fetchall()

    result = migrate(database)

    assert (result.code, result.out) == (0, "Nothing to do: the database is up to date.\n")
    assert migrate(database, "-o", "json").json == {"formatVersion": 1, "done": []}
    assert conn.execute(b"SELECT oid, xmin::text FROM pg_class ORDER BY oid").fetchall() == before


def test_the_status_says_what_is_pending_and_writes_nothing(empty_database: str, database: str) -> None:
    pending = migrate(empty_database, "--status", "-o", "json")

    assert (pending.code, pending.json["current"]) == (1, False)
    assert pending.json["migrations"] == dict.fromkeys(MIGRATIONS, "pending") | {"api": "to be rebuilt"}
    assert catalog(empty_database) == []
    done = migrate(database, "--status")
    assert done.code == 0
    assert [line.split(maxsplit=1) for line in done.out.splitlines()] == [
        *([name, "applied"] for name in MIGRATIONS),
        ["api", "up to date"],
        ["rights", "as listed"],
    ]


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_database_that_is_not_migrated_is_refused(repository: Repository, empty_database: str, command: str) -> None:
    result = run(command, "--database", empty_database, cwd=repository.top)

    assert result.code == 1
    assert result.err.endswith(
        f"the database is not ready: {len(MIGRATIONS)} migrations are pending. Run: toolreg migrate\n"
    )
    assert catalog(empty_database) == []


# ---- Others at work, and kill -9


def test_two_at_once_migrate_once(empty_database: str, database: str) -> None:
    command = [sys.executable, "-m", "reconciler", "migrate", "--database", empty_database]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]

    ends = [process.communicate(timeout=PATIENCE) for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0], ends
    assert sorted(out.count("applied") for out, _ in ends) == [0, 0, len(MIGRATIONS)]
    assert catalog(empty_database) == catalog(database)


@pytest.fixture
def beside(empty_database: str) -> Iterator[str]:
    """Another empty database."""
    name = f"{conninfo_to_dict(empty_database)['dbname']}_beside"
    with psycopg.connect(make_conninfo(empty_database, dbname="template1"), autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        yield make_conninfo(empty_database, dbname=name)
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def moments(statements: list[Statement]) -> list[Statement]:
    """Return where a kill may differ from others: at each statement of its own, and at one of 25 of the files."""
    files = "".join(f"\n{path.read_text('utf-8')}" for path in assets.list_scripts("migrations", "api", "internal"))
    known: dict[str, Statement] = {}
    of_files: list[Statement] = []
    for statement in statements:
        text, *_ = statement.text.split("\0")
        # A savepoint is nothing of its own: the kill before it is that after the statement before.
        if statement.moment == "after" or text.startswith(("SAVEPOINT", "RELEASE")):
            continue
        if f"\n{text.strip()}" in files:
            of_files.append(statement)
        else:
            known.setdefault(text, statement)
    return sorted([*known.values(), *of_files[::25]], key=lambda statement: statement.number)


@pytest.mark.slow
@pytest.mark.faults
def test_killed_at_any_statement_it_leaves_nothing(
    empty_database: str, beside: str, database: str, tmp_path: Path
) -> None:
    """Only a COMMIT that reached the server counts; migrated after all these kills, the database is like any other."""
    with Victims(tmp_path) as victims:
        statements = victims.statements(beside, "migrate")
        for statement in moments(statements):
            victims.kill_at(statement, empty_database, "migrate")
        assert catalog(empty_database) == []

        victims.kill_at(statements[-1], empty_database, "migrate")

    assert statements[-1].text == "COMMIT"
    assert catalog(empty_database) == catalog(database)
    assert migrate(empty_database).out == "Nothing to do: the database is up to date.\n"


def test_it_waits_for_an_apply_and_says_for_whom(database: str) -> None:
    with psycopg.connect(database, application_name="an apply") as other:
        other.execute(b"LOCK TABLE yoyo.writer IN EXCLUSIVE MODE")

        result = migrate(database, "--lock-timeout", "0.2")

    assert result.code == 4
    assert "another writer holds the lock: " in result.err
    assert "(an apply, process " in result.err


def test_it_waits_for_another_that_makes_the_first_tables(empty_database: str) -> None:
    with psycopg.connect(empty_database) as other:
        other.execute((assets.SQL / "migrate" / "make_lock.sql").read_bytes())
        late = migrate(empty_database, "--lock-timeout", "0.2")
        ending = Timer(0.5, other.commit)
        ending.start()
        result = migrate(empty_database)
        ending.join()

    assert late.code == 4
    assert "another toolreg migrate is making the tables of this database" in late.err
    assert result.code == 0, result.err


# ---- What is refused


def test_an_edited_migration_is_refused(repository: Repository, database: str, files: Path) -> None:
    """The schema would not be what the files say."""
    path = files / "migrations" / f"{MIGRATIONS[1]}.sql"
    path.write_text(f"{path.read_text()}\n-- Edited.\n")
    before = catalog(database)

    result = migrate(database)

    assert result.code == 1
    assert result.err == (
        f"error: {MIGRATIONS[1]}.sql was edited after it was applied. Restore it;"
        " to change the schema, add a migration\n"
    )
    assert catalog(database) == before
    assert "edited since it was applied" in migrate(database, "--status").out
    assert f"{MIGRATIONS[1]}.sql was edited" in run("plan", "--database", database, cwd=repository.top).err


def test_a_migration_of_a_newer_toolreg_is_refused(repository: Repository, database: str, files: Path) -> None:
    """An older one would write what the schema no longer means."""
    (files / "migrations" / f"{MIGRATIONS[-1]}.sql").unlink()

    result = migrate(database)

    assert result.code == 1
    assert result.err == (
        f"error: the database has {MIGRATIONS[-1]}, which this toolreg does not know. Install a newer one\n"
    )
    assert "unknown to this toolreg" in migrate(database, "--status").out
    assert run("apply", "--database", database, cwd=repository.top).code == 1


def test_a_migration_that_fails_leaves_nothing(empty_database: str, database: str, files: Path) -> None:
    """Neither of itself nor of those before it."""
    (files / "migrations/9999_break.sql").write_text("-- Break.\nCREATE TABLE registry.half ();\nSELECT 1 / 0;\n")

    fresh, later = migrate(empty_database), migrate(database)

    assert (fresh.code, later.code) == (1, 1)
    assert fresh.err == later.err == "error: the database refused: division by zero\n"
    assert catalog(empty_database) == []
    assert not any("half" in name for _, name, _ in catalog(database))


def test_a_migration_outside_of_a_transaction_is_refused(database: str, files: Path) -> None:
    """A kill in its middle would leave half of it."""
    migration = "-- transactional: false\nCREATE INDEX CONCURRENTLY slow ON registry.nodes (path);\n"
    (files / "migrations/9999_index.sql").write_text(migration)

    result = migrate(database)

    assert (result.code, "9999_index is not transactional" in result.err) == (1, True)


def test_a_new_migration_is_applied_alone(database: str, files: Path) -> None:
    (files / "migrations/9999_add.sql").write_text("-- Add.\nCREATE TABLE registry.added ();\n")

    assert migrate(database).out == "applied 9999_add\nThe database is up to date.\n"
    assert migrate(database).out == "Nothing to do: the database is up to date.\n"


@pytest.fixture
def guest(empty_database: str) -> Iterator[str]:
    """How a role connects that has no rights of its own."""
    with login(empty_database) as conninfo:
        yield conninfo


def test_a_role_that_may_not_create_is_refused(empty_database: str, guest: str) -> None:
    """By itself, yoyo would try again for ten seconds, and then hide why."""
    result = migrate(guest)

    assert result.code == 1
    assert result.err.startswith("error: the database role may not do this: permission denied for database ")
    assert catalog(empty_database) == []


# ---- Schema api


def outdate_api(files: Path) -> None:
    path = files / "api/health/active_nodes.sql"
    path.write_text(
        path.read_text().replace("COMMENT ON VIEW api.active_nodes IS '", "COMMENT ON VIEW api.active_nodes IS 'New: ")
    )


def api_objects(conn: Conn) -> list[tuple[Any, ...]]:
    return conn.execute(b"SELECT oid FROM pg_class WHERE relnamespace = 'api'::regnamespace ORDER BY oid").fetchall()


def test_api_is_rebuilt_when_its_files_changed_and_only_then(
    repository: Repository, database: str, conn: Conn, files: Path
) -> None:
    before = api_objects(conn)
    assert migrate(database).out == "Nothing to do: the database is up to date.\n"
    assert api_objects(conn) == before
    outdate_api(files)
    refused = run("plan", "--database", database, cwd=repository.top)
    assert (refused.code, "schema api is not up to date. Run: toolreg migrate" in refused.err) == (1, True)

    result = migrate(database)

    assert result.out == "rebuilt schema api\nThe database is up to date.\n"
    assert not set(api_objects(conn)) & set(before)
    assert conn.execute(b"SELECT obj_description('api.active_nodes'::regclass) ~ '^New: '").fetchone() == (True,)
    assert run("plan", "--database", database, cwd=repository.top).code == 0


STRANGERS = {
    "a view on it": (b"CREATE VIEW public.mine AS SELECT name FROM api.tools", "public.mine depends on schema api"),
    "a view on a view on it": (
        b"CREATE VIEW public.mine AS SELECT name FROM api.tools; CREATE VIEW public.more AS SELECT * FROM public.mine",
        "public.mine depends on schema api",
    ),
    "a materialised view on it": (
        b"CREATE MATERIALIZED VIEW public.mine AS SELECT name FROM api.tools",
        "public.mine depends on schema api",
    ),
    "a function that returns its rows": (
        b"CREATE FUNCTION public.mine() RETURNS SETOF api.nodes LANGUAGE sql AS 'TABLE api.nodes'",
        "public.mine() depends on schema api",
    ),
    "a column of its row type": (b"CREATE TABLE public.mine (tool api.nodes)", "public.mine depends on schema api"),
    "a column of an array of its row type": (
        b"CREATE TABLE public.mine (tools api.nodes[])",
        "public.mine depends on schema api",
    ),
    "a view in it": (b"CREATE VIEW api.mine AS SELECT 1 AS one", "api.mine stands in schema api"),
    "a table in it": (b"CREATE TABLE api.mine (one int)", "api.mine stands in schema api"),
    "a function in it": (
        b"CREATE FUNCTION api.mine() RETURNS int LANGUAGE sql RETURN 1",
        "api.mine() stands in schema api",
    ),
    "a table in schema internal": (b"CREATE TABLE internal.mine (one int)", "internal.mine stands in schema internal"),
    "a view on schema internal": (
        b"CREATE VIEW public.mine AS SELECT * FROM internal.storage_problems",
        "public.mine depends on schema api or internal",
    ),
    "a type in it": (b"CREATE TYPE api.mine AS ENUM ('one')", "api.mine stands in schema api"),
    "a domain in it": (b"CREATE DOMAIN api.mine AS int", "api.mine stands in schema api"),
}


@pytest.mark.parametrize(("statement", "words"), STRANGERS.values(), ids=STRANGERS.keys())
def test_what_belongs_to_others_stops_the_rebuilding(
    database: str, conn: Conn, files: Path, statement: bytes, words: str
) -> None:
    """DROP SCHEMA api CASCADE would take it along. It is named, and nothing is changed."""
    conn.execute(statement)
    before = catalog(database)
    outdate_api(files)

    result = migrate(database)

    assert result.code == 1, result.out
    assert words in result.err
    assert result.err.endswith("Drop or move it, and migrate again\n")
    assert catalog(database) == before


def test_a_schema_api_of_somebody_else_is_not_touched(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute(b"CREATE SCHEMA api; COMMENT ON SCHEMA api IS 'Mine.'; CREATE TABLE api.orders (id int)")
    before = catalog_of_others(empty_database)

    result = migrate(empty_database)

    assert (result.code, "api.orders stands in schema api" in result.err) == (1, True)
    assert catalog_of_others(empty_database) == before


@pytest.mark.parametrize("content", [b"", b"; CREATE TABLE internal.identities (id int)"], ids=["empty", "our names"])
def test_a_schema_internal_of_somebody_else_is_not_touched(empty_database: str, content: bytes) -> None:
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute(b"CREATE SCHEMA internal; COMMENT ON SCHEMA internal IS 'Mine.'" + content)

    result = migrate(empty_database)

    assert (result.code, "there is a schema internal that is not ours" in result.err) == (1, True)
    with psycopg.connect(empty_database) as conn:
        said = conn.execute(b"SELECT obj_description(to_regnamespace('internal')::oid, 'pg_namespace')").fetchone()
        assert said == ("Mine.",)
        assert conn.execute(b"SELECT to_regnamespace('registry')").fetchone() == (None,)


def catalog_of_others(conninfo: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo) as conn:
        return sorted(conn.execute(CATALOG).fetchall(), key=repr)


def test_views_may_mention_each_other(database: str, files: Path) -> None:
    """What is named in a comment or in a text need not be there before."""
    (files / "api/tools/first_of_two.sql").write_text(
        "-- Unlike api.second_of_two.\nCREATE VIEW api.first_of_two AS SELECT 1 AS one;\n"
        "COMMENT ON VIEW api.first_of_two IS 'It''s not api.second_of_two.';\n"
    )
    (files / "api/tools/second_of_two.sql").write_text(
        "-- Like the first.\nCREATE VIEW api.second_of_two AS SELECT one FROM api.first_of_two;\n"
    )

    assert migrate(database).code == 0
