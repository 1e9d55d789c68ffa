"""Rights are desired state: whatever was made of them, migrate makes them those of sql/rights.sql, and doctor tells."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconciler.assets import SQL, list_scripts
from reconciler.database.connection import begin_snapshot, connect
from reconciler.database.embedded import binaries
from reconciler.database.migrate import migrate_database
from reconciler.database.rights import find_rights_differences
from tests.builders import Repository, Result, run
from tests.roles import MIGRATOR, as_superuser, login

Conn = psycopg.Connection[Any]


def migrate(conninfo: str, *arguments: object) -> Result:
    return run("migrate", *arguments, "--database", conninfo, cwd=Path.cwd())


def doctor(conninfo: str) -> dict[str, tuple[str, str]]:
    found = run("doctor", "-o", "json", "--database", conninfo, cwd=Path.cwd()).items
    return {one["check"]: (one["level"], one["found"]) for one in found}


def differing(conninfo: str) -> list[str]:
    with connect(conninfo) as conn, begin_snapshot(conn):
        return [str(difference) for difference in find_rights_differences(conn)]


# Each with what migrate --status says of it.
MADE_OTHERWISE = {
    "DROP OWNED BY toolreg_agent": r"function api\.log_invocation\(.*: toolreg_agent lacks EXECUTE",
    "REVOKE USAGE ON SCHEMA registry FROM toolreg_reader": "schema registry: toolreg_reader lacks USAGE",
    "REVOKE SELECT ON registry.tools FROM toolreg_reader, toolreg_agent": (
        r"table registry\.tools: toolreg_agent, toolreg_reader lacks SELECT"
    ),
    "REVOKE UPDATE ON registry.nodes FROM toolreg_reconciler": (
        r"table registry\.nodes: toolreg_reconciler lacks UPDATE"
    ),
    "REVOKE SELECT (agent) ON runtime.invocation_logs FROM toolreg_agent": (
        r"column runtime\.invocation_logs\.agent: toolreg_agent lacks SELECT"
    ),
    "REVOKE ALL ON SEQUENCE registry.revisions_number_seq FROM toolreg_reconciler": (
        r"sequence registry\.revisions_number_seq: toolreg_reconciler lacks USAGE"
    ),
    "REVOKE ALL ON yoyo.checksums FROM toolreg_agent": r"table yoyo\.checksums: toolreg_agent lacks SELECT",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA api TO PUBLIC": (
        r"function api\.purge_history\(.*: PUBLIC must not have EXECUTE"
    ),
    "GRANT SELECT ON registry.tools TO PUBLIC": r"table registry\.tools: PUBLIC must not have SELECT",
    "GRANT DELETE ON registry.history TO toolreg_reconciler": (
        r"table registry\.history: toolreg_reconciler must not have DELETE"
    ),
    "GRANT SELECT (arguments) ON runtime.invocation_logs TO toolreg_reader": (
        r"column runtime\.invocation_logs\.arguments: toolreg_reader must not have SELECT"
    ),
    "GRANT SELECT ON registry.tools TO toolreg_reader WITH GRANT OPTION": (
        r"table registry\.tools: toolreg_reader must not pass on SELECT"
    ),
    "GRANT CREATE ON SCHEMA api TO toolreg_agent": "schema api: toolreg_agent must not have CREATE",
    "GRANT INSERT ON yoyo._yoyo_migrations TO toolreg_agent": (
        r"table yoyo\._yoyo_migrations: toolreg_agent must not have INSERT"
    ),
    "ALTER TABLE registry.tools OWNER TO toolreg_agent": (
        r"table registry\.tools: belongs to toolreg_agent; expected the owner of schema registry"
    ),
    "ALTER FUNCTION api.log_invocation OWNER TO toolreg_agent": r"function api\.log_invocation\(.*: belongs to",
    "ALTER SCHEMA api OWNER TO toolreg_agent": "schema api: belongs to toolreg_agent",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA runtime GRANT SELECT ON TABLES TO PUBLIC": (
        "schema runtime: gives tables to PUBLIC by default"
    ),
}


@pytest.mark.parametrize(("statement", "told"), MADE_OTHERWISE.items(), ids=MADE_OTHERWISE)
def test_migrate_makes_rights_those_that_are_listed(conn: Conn, database: str, statement: str, told: str) -> None:
    """Also those that are too many; doctor and --status say what differs before, and find nothing after."""
    conn.execute(statement.encode())
    admin = as_superuser(database)

    status = migrate(database, "--status")

    assert (status.code, bool(re.search(told, status.out))) == (1, True), status.out
    level, found = doctor(database)["rights"]
    assert level == "error"
    assert found in status.out or found.partition("; and ")[0] in status.out
    done = migrate(admin)
    assert (done.code, done.out.splitlines()[0]) == (0, "made roles and rights those of sql/rights.sql"), done.err
    assert migrate(database, "--status").code == 0
    assert doctor(database)["rights"] == ("ok", "roles and rights are as listed")
    assert migrate(database).out == "Nothing to do: the database is up to date.\n"


def test_the_owner_mends_what_was_granted_without_a_superuser(conn: Conn, database: str) -> None:
    conn.execute(b"REVOKE ALL ON ALL TABLES IN SCHEMA registry, api FROM toolreg_reader, toolreg_agent")
    conn.execute(b"GRANT ALL ON ALL FUNCTIONS IN SCHEMA api TO PUBLIC")

    assert migrate(database).code == 0
    assert differing(database) == []


def test_what_an_administrator_grants_to_roles_of_his_own_stays(conn: Conn, database: str) -> None:
    with login(database) as conninfo:
        role = conninfo_to_dict(conninfo)["user"]
        conn.execute(f"GRANT USAGE ON SCHEMA api TO {role}; GRANT SELECT ON api.tools TO {role}".encode())

        assert migrate(database).out == "Nothing to do: the database is up to date.\n"
        conn.execute(b"GRANT SELECT ON api.tools TO PUBLIC")
        assert migrate(database).code == 0
        assert conn.execute(b"SELECT has_table_privilege(%s, 'api.tools', 'SELECT')", [role]).fetchone() == (True,)


def test_a_table_of_a_day_that_maintain_makes_is_nobodys(conn: Conn, database: str) -> None:
    """Whatever is granted by default: arguments of calls stand there."""
    conn.execute(f"ALTER DEFAULT PRIVILEGES FOR ROLE {MIGRATOR} GRANT SELECT ON TABLES TO PUBLIC".encode())
    try:
        conn.execute(f"SET ROLE {MIGRATOR}; SELECT api.create_partition('2200-01-01'); RESET ROLE".encode())
    finally:
        conn.execute(f"ALTER DEFAULT PRIVILEGES FOR ROLE {MIGRATOR} REVOKE SELECT ON TABLES FROM PUBLIC".encode())

    assert differing(database) == []
    assert migrate(database).out == "Nothing to do: the database is up to date.\n"


# ---- A restored database


@pytest.fixture
def restored(database: str, repository: Repository, tmp_path: Path) -> Iterator[Any]:
    """What restores a dump of this test's database, with some options, into another database."""
    assert run("apply", "--database", database, cwd=repository.top).code == 0
    name = f"{conninfo_to_dict(database)['dbname']}_restored"
    admin = as_superuser(database)
    dump, tools = tmp_path / "dump", binaries.locate()
    subprocess.run([tools.path("pg_dump"), "-Fc", "-f", dump, "-d", admin], check=True)
    with psycopg.connect(admin, autocommit=True) as conn:
        make = sql.SQL("CREATE DATABASE {} TEMPLATE template0 OWNER {}")
        conn.execute(make.format(sql.Identifier(name), sql.Identifier(MIGRATOR)))

    def restore(*options: str) -> str:
        to = make_conninfo(database, dbname=name)
        command: list[str | Path] = [tools.path("pg_restore"), *options, "-d", as_superuser(to), dump]
        subprocess.run(command, check=False, capture_output=True)
        return to

    yield restore
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.parametrize("options", [["-x"], ["-x", "--no-owner"], ["--no-owner"], []], ids=" ".join)
def test_a_restored_database_has_its_rights_again(restored: Any, database: str, options: list[str]) -> None:
    """Also where the dump came without rights: every function of api was executable by everybody then."""
    there = restored(*options)
    if "-x" in options:
        assert doctor(there)["rights"][0] == "error"
    if "--no-owner" in options:
        # Everything is the superuser's who restored it.
        refused = migrate(there)
        owner = conninfo_to_dict(as_superuser(there))["user"]
        assert (refused.code, f"Run toolreg migrate as {owner}, or" in refused.err) == (1, True), refused.err
        assert migrate(as_superuser(there)).code == 0
    else:
        assert migrate(there).code == 0

    assert differing(there) == differing(database) == []
    assert doctor(there)["rights"][0] == "ok"
    with login(there, "toolreg_agent") as agent, psycopg.connect(agent) as conn:
        conn.execute(b"SELECT api.log_invocation('a', 'success', 1)")
    with (
        login(there) as stranger,
        psycopg.connect(stranger) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute(b"SELECT api.purge_history(NULL, NULL)")


# ---- Roles, which belong to the whole server: a server of its own


@pytest.fixture
def own(tmp_path: Path) -> Iterator[str]:
    """How the owner, no superuser, reaches a migrated database on a server of this test's own."""
    from reconciler.database import embedded  # noqa: PLC0415

    with embedded.serve(tmp_path / "server") as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as conn:
            conn.execute(b"CREATE ROLE master LOGIN CREATEROLE CREATEDB")
            conn.execute(b"CREATE DATABASE d OWNER master")
        master = make_conninfo(conninfo, user="master", dbname="d")
        with connect(master) as conn:
            migrate_database(conn, 30)
        yield master


def test_roles_are_made_again_with_their_rights(own: str) -> None:
    """All of them, as after a restore into another server, or one of them."""
    for gone in (["toolreg_agent"], ["toolreg_reader", "toolreg_agent", "toolreg_reconciler"]):
        with psycopg.connect(make_conninfo(own, user="toolreg"), autocommit=True) as conn:
            for role in gone:
                conn.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
        assert "role toolreg_agent: is missing" in migrate(own, "--status").out

        assert migrate(own).code == 0
        assert differing(own) == []
    with psycopg.connect(own, autocommit=True) as conn:
        conn.execute(b"CREATE ROLE bot LOGIN; GRANT toolreg_agent TO bot")
    with psycopg.connect(make_conninfo(own, user="bot")) as conn:
        conn.execute(b"SELECT api.log_invocation('a', 'success', 1)")


def test_group_roles_are_nothing_but_groups(own: str) -> None:
    """What the owner may take from them, migrate takes; of the rest it says what an administrator has to run."""
    admin = make_conninfo(own, user="toolreg")
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(b"ALTER ROLE toolreg_agent LOGIN CREATEDB")
    assert migrate(own).code == 0, migrate(own).err
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(
            b"ALTER ROLE toolreg_agent SUPERUSER; GRANT toolreg_reconciler TO toolreg_agent;"
            b" GRANT pg_read_all_data TO toolreg_reader"
        )

    refused = migrate(own)

    assert refused.code == 1
    statements = refused.err.partition(" has to run: ")[2].strip()
    assert "ALTER ROLE toolreg_agent NOSUPERUSER; " in statements
    assert re.search(r"REVOKE pg_read_all_data FROM toolreg_reader GRANTED BY \w+", statements)
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(statements.encode())
    assert migrate(own).code == 0
    assert differing(own) == []


def test_a_role_that_may_not_make_roles_is_told_what_an_administrator_has_to_run(own: str) -> None:
    admin = make_conninfo(own, user="toolreg", dbname="toolreg")
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(b"CREATE ROLE plain LOGIN")
        conn.execute(b"CREATE DATABASE e OWNER plain")
        conn.execute(b"DROP DATABASE d")
        conn.execute(b"DROP ROLE toolreg_agent")
    plain = make_conninfo(own, user="plain", dbname="e")

    refused = migrate(plain)

    assert (refused.code, "has to run: CREATE ROLE toolreg_agent NOLOGIN\n" in refused.err) == (1, True), refused.err
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(b"CREATE ROLE toolreg_agent NOLOGIN")
    assert migrate(plain).code == 0
    assert differing(plain) == []


# ---- The list


def test_the_list_is_the_only_place_that_grants() -> None:
    granting = [
        path.name
        for path in list_scripts("api", "internal", "migrate", "migrations")
        if re.search(r"(?m)^(GRANT|REVOKE) ", path.read_text("utf-8")) and path.name[:4] > "0026"
    ]

    assert granting == []


def test_what_is_listed_is_there(conn: Conn) -> None:
    """A name that is misspelt would be nobody's without a word."""
    names = conn.execute((SQL / "rights.sql").read_bytes() + b"WHERE list.kind <> 'role'").fetchall()
    known = """
    SELECT nspname::text FROM pg_namespace
    UNION SELECT nspname || '.' || relname FROM pg_class INNER JOIN pg_namespace AS n ON n.oid = relnamespace
    UNION SELECT nspname || '.' || relname || '.' || attname FROM pg_attribute
    INNER JOIN pg_class AS c ON c.oid = attrelid INNER JOIN pg_namespace AS n ON n.oid = relnamespace
    UNION SELECT nspname || '.' || proname FROM pg_proc INNER JOIN pg_namespace AS n ON n.oid = pronamespace
    """

    there = {name for (name,) in conn.execute(known.encode())}

    assert {name for _, name, _, _ in names} <= there
    assert len(names) == len({*names})
