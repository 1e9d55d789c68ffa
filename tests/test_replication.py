"""Logical replication: any table of ours may be published, and schema registry may be copied to another database."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconciler.database import embedded
from reconciler.database.connection import connect
from reconciler.database.embedded import listening
from reconciler.database.embedded import server as embedded_server
from reconciler.database.embedded.listening import Endpoint
from reconciler.database.migrate import migrate_database
from tests.builders import Repository, Result, node, run, tool
from tests.roles import as_superuser, login
from tests.test_listening import free_port

pytestmark = pytest.mark.faults

Conn = psycopg.Connection[Any]

# What a table has whose rows can be published: a primary key or a replica identity of another kind, and it is logged.
WITHOUT_IDENTITY = b"""
SELECT class.oid::regclass::text
FROM pg_class AS class
WHERE
    class.relkind IN ('r', 'p')
    AND class.relpersistence = 'p'
    AND class.relnamespace::regnamespace::text IN ('registry', 'runtime', 'yoyo', 'api', 'internal')
    AND CASE class.relreplident
        WHEN 'f' THEN false
        WHEN 'd' THEN NOT EXISTS (SELECT FROM pg_index WHERE indrelid = class.oid AND indisprimary)
        WHEN 'i' THEN NOT EXISTS (SELECT FROM pg_index WHERE indrelid = class.oid AND indisreplident)
        ELSE true
    END
"""
TABLES = b"SELECT tablename FROM pg_tables WHERE schemaname = 'registry' ORDER BY tablename"
CONTENT = "SELECT coalesce(json_agg(content ORDER BY content::text), '[]')::text FROM registry.{} AS content"
NUMBERED = b"""
SELECT class.oid::regclass::text
FROM pg_attribute AS attribute
INNER JOIN pg_class AS class ON class.oid = attribute.attrelid
WHERE
    attribute.attidentity <> '' AND NOT class.relispartition AND attribute.attname = 'id'
    -- Two columns make its key.
    AND class.relname <> 'invocation_logs'
    AND NOT EXISTS (
        SELECT FROM pg_trigger AS trigger
        WHERE trigger.tgrelid = class.oid AND trigger.tgfoid = 'registry.number_on'::regproc
    )
"""


def test_every_table_identifies_its_rows(repository: Repository, database: str, conn: Conn) -> None:
    """Of a table that is published and does not, no row is updated or deleted any more."""
    tried = run("apply", "--database", database, cwd=repository.top)
    assert tried.code == 0, tried.err
    assert run("maintain", "--all", "--database", database, cwd=repository.top).code == 0

    assert conn.execute(b"SELECT count(*) > 3 FROM pg_tables WHERE schemaname = 'yoyo'").fetchone() == (True,)
    assert conn.execute(b"SELECT count(*) > 3 FROM api.log_partitions").fetchone() == (True,)
    assert conn.execute(WITHOUT_IDENTITY).fetchall() == []


def test_every_column_of_numbers_goes_on_behind_those_of_another_database(conn: Conn) -> None:
    assert conn.execute(NUMBERED).fetchall() == []


class Pair:
    """A published database, and another one that was migrated and receives schema registry."""

    def __init__(self, repository: Repository, source: str, copy: str) -> None:
        self.repository = repository
        self.source = source
        self.copy = copy

    def run(self, database: str, *arguments: object) -> Result:
        """Run a command on one of the two, which is to succeed."""
        result = run(*arguments, "--database", database, cwd=self.repository.top)
        assert result.code == 0, (arguments, result.err)
        return result

    def apply(self, *arguments: object) -> None:
        """Apply everything that lies there to the published database, and wait until the other one has it."""
        self.repository.commit()
        self.run(self.source, "apply", *arguments)
        self.wait()

    def wait(self) -> None:
        """Wait until both hold the same rows in every table of the schema."""
        with (
            psycopg.connect(self.source, autocommit=True) as here,
            psycopg.connect(self.copy, autocommit=True) as there,
        ):
            tables = [name for (name,) in here.execute(TABLES)]
            deadline = time.monotonic() + 60
            while differing := [name for name in tables if _rows(here, name) != _rows(there, name)]:
                assert time.monotonic() < deadline, differing
                time.sleep(0.05)


def _rows(conn: Conn, table: str) -> Any:
    return conn.execute(CONTENT.format(table).encode()).fetchone()


class Servers(NamedTuple):
    """Where a superuser reaches the publishing server and the subscribing one, and the latter reaches the former."""

    source: str
    copy: str
    address: str


@pytest.fixture(scope="module")
def servers(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The server of the tests if it is not ours and decodes its log: for both; else two embedded ones."""
    if "TOOLREG_TEST_DATABASE_URL" in os.environ:
        with psycopg.connect(server) as conn:
            is_logical = conn.execute("SHOW wal_level").fetchone() == ("logical",)
        if is_logical:
            yield Servers(server, server, server)
            return
    # No process of a server may enter the folder of the other one: they meet on the network.
    folder, endpoint = tmp_path_factory.mktemp("source"), Endpoint("127.0.0.1", free_port())
    listening.write_endpoint(folder, endpoint)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        logical = {"wal_level": "logical", "max_wal_senders": "4", "max_logical_replication_workers": "4"}
        patch.setattr(embedded_server, "_SETTINGS", {**vars(embedded_server)["_SETTINGS"], **logical})
        source = stack.enter_context(embedded.serve(folder))
        copy = stack.enter_context(embedded.serve(tmp_path_factory.mktemp("copy")))
        with psycopg.connect(source, autocommit=True) as conn:
            conn.execute("CREATE ROLE copier LOGIN SUPERUSER PASSWORD 'copied'")
        yield Servers(
            source, copy, f"host={endpoint.host} port={endpoint.port} dbname=toolreg user=copier password=copied"
        )


@pytest.fixture
def pair(repository: Repository, servers: Servers) -> Iterator[Pair]:
    """Two migrated databases; something was applied to the first one before the second one subscribed to it."""
    names = {"toolreg_source": servers.source, "toolreg_copy": servers.copy}
    for name, server in names.items():
        with psycopg.connect(server, autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    source, copy = (make_conninfo(server, dbname=name) for name, server in names.items())
    for database in (source, copy):
        with connect(database) as conn:
            migrate_database(conn, 60)
    found = Pair(repository, source, copy)
    repository.add(node(), tool("kept", node="worker", metadata={"tags": ["a"]}), tool("old"), tool("gone"))
    repository.commit()
    found.run(source, "apply")
    with psycopg.connect(source, autocommit=True) as there, psycopg.connect(copy, autocommit=True) as here:
        there.execute(b"CREATE PUBLICATION registry FOR TABLES IN SCHEMA registry")
        # Made by the subscription itself, it would wait for this very session if both are on one server.
        there.execute(b"SELECT pg_create_logical_replication_slot('registry', 'pgoutput')")
        address = make_conninfo(servers.address, dbname="toolreg_source")
        subscribe = (
            f"CREATE SUBSCRIPTION registry CONNECTION '{address}' PUBLICATION registry WITH (create_slot = false)"
        )
        here.execute(subscribe.encode())
    found.wait()
    yield found
    with psycopg.connect(copy, autocommit=True) as here:
        here.execute(b"DROP SUBSCRIPTION IF EXISTS registry")
    for name, server in names.items():
        with psycopg.connect(server, autocommit=True) as conn:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_what_is_applied_to_a_published_registry_comes_to_the_other_database(pair: Pair) -> None:
    repository, copy = pair.repository, pair.copy
    repository.add(
        tool("kept", version="2.0.0", metadata={"tags": ["b"], "description": "Extracts invoices."}),
        tool("new", metadata={"movedFrom": "old"}),
        tool("added", node="worker"),
    )
    repository.remove("tools/old.yaml")
    repository.remove("tools/gone.yaml")
    pair.apply("--max-deletes", 1)
    repository.move("tools/added.yaml", "tools/team/added.yaml")
    pair.apply()
    swapped = tool("new", metadata={"movedFrom": "kept", "description": "Extracts invoices."})
    repository.add(tool("kept", metadata={"movedFrom": "new"}), swapped)
    pair.apply()
    with psycopg.connect(pair.source, autocommit=True) as source:
        source.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, 'active', 'inactive')::json")
    pair.run(pair.source, "suspend", "--reason", "Moving.")
    pair.run(pair.source, "resume")
    pair.run(pair.source, "apply")
    pair.wait()

    assert pair.run(copy, "plan").out == "Nothing to do: the database matches.\n"
    assert pair.run(copy, "drift", "--detailed-exitcode").code == 0
    there, here = (pair.run(database, "status", "-o", "json").json for database in (copy, pair.source))
    assert [there[key] for key in ("applied", "resources", "drift")] == [
        here[key] for key in ("applied", "resources", "drift")
    ]
    assert "error" not in run("doctor", "--database", copy, cwd=repository.top).out
    with psycopg.connect(pair.source) as source, psycopg.connect(copy) as conn:
        feed = b"SELECT revision, revision_id, action, name, former_name, digest FROM api.changes_since(0)"
        assert conn.execute(feed).fetchall() == source.execute(feed).fetchall() != []
    with psycopg.connect(copy, autocommit=True) as conn:
        assert conn.execute(b"SELECT name FROM api.search_tools('invoices')").fetchall() == [("new",)]
        conn.execute(b"SELECT api.log_invocation('kept', 'success', 5), api.log_invocation('gone', 'success', 5)")
        conn.execute(b"SELECT api.heartbeat('worker', 0.5, 1), api.set_tool_override('kept', 'unavailable', 'Repair.')")
        assert conn.execute(b"SELECT count(tool_id) FROM runtime.invocation_logs").fetchone() == (2,)
        assert conn.execute(b"SELECT count(*) FROM api.data_integrity WHERE severity = 'error'").fetchone() == (0,)
    pair.run(copy, "maintain", "--all")


def test_old_versions_go_where_they_came_from(pair: Pair) -> None:
    """The other database removes none: the row of registry.horizon would collide with the one that comes."""
    pair.repository.add(tool("kept", version="2.0.0"))
    pair.apply()
    with psycopg.connect(pair.source, autocommit=True) as conn:
        conn.execute(b"SET session_replication_role = replica")
        conn.execute(b"UPDATE registry.revisions SET finished_at = finished_at - interval '100 days'")
    pair.wait()
    for database in (pair.copy, pair.source):
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute(b"UPDATE runtime.settings SET keep_history = '30 days'")
        pair.run(database, "maintain", "purge_history")

    pair.wait()
    with psycopg.connect(pair.copy) as conn:
        assert conn.execute(b"SELECT revision FROM registry.horizon").fetchone() == (2,)
        assert conn.execute(b"SELECT count(*) FROM registry.history").fetchone() == (5,)


def test_a_copy_is_applied_to_only_once_it_stands_alone(pair: Pair) -> None:
    """Its numbers go on behind those that it received, which no sequence of it knows."""
    repository, copy = pair.repository, pair.copy
    pair.run(pair.source, "suspend", "--reason", "Moving.")
    pair.run(pair.source, "resume")
    with psycopg.connect(pair.source, autocommit=True) as conn:
        conn.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, 'active', 'inactive')::json")
    pair.wait()
    repository.add(tool("further"))
    repository.commit()
    for command in ("apply", "suspend --reason No.", "resume"):
        refused = run(*command.split(), "--database", copy, cwd=repository.top)
        assert refused.code == 1
        assert 'the subscription "registry" brings the registry of this database from another one' in refused.err
    pair.wait()

    with psycopg.connect(copy, autocommit=True) as conn:
        conn.execute(b"DROP SUBSCRIPTION registry")
        conn.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, 'inactive', 'maintenance')::json")
        assert conn.execute(b"SELECT count(*) FROM registry.hand_changes").fetchone() == (2,)
    pair.run(copy, "suspend", "--reason", "Here, too.")
    pair.run(copy, "resume")
    pair.run(copy, "apply")

    with psycopg.connect(copy) as conn:
        assert conn.execute(b"SELECT max(number) FROM registry.revisions").fetchone() == (2,)
        assert conn.execute(b"SELECT count(*) FROM registry.tools WHERE name = 'further'").fetchone() == (1,)


def test_with_all_tables_published_everything_goes_on(repository: Repository, database: str) -> None:
    """As Debezium does by default. A publication counts, whatever the server writes to its log."""
    with psycopg.connect(as_superuser(database), autocommit=True) as conn:
        conn.execute(b"CREATE PUBLICATION everything FOR ALL TABLES")
    with login(database, "toolreg_reconciler") as reconciler:
        repository.add(node(), tool("kept", node="worker"), tool("old"), tool("gone"))
        repository.commit()
        assert run("apply", "--database", reconciler, cwd=repository.top).code == 0
        repository.add(tool("kept", metadata={"tags": ["b"]}), tool("new", metadata={"movedFrom": "old"}))
        repository.remove("tools/old.yaml")
        repository.remove("tools/gone.yaml")
        repository.commit()
        with psycopg.connect(as_superuser(database), autocommit=True) as conn:
            conn.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, 'active', 'inactive')::json")
            conn.execute(b"SELECT api.log_invocation('kept', 'success', 5, started_at => now() - interval '40 days')")
            conn.execute(b"SELECT api.heartbeat('worker', 0.5, 1)")
        for command in (
            "apply --max-deletes 1",
            "suspend --reason No.",
            "resume",
            "rollback 1 --reason Back. --max-deletes 1",
            "maintain --all",
            "migrate",
        ):
            who = database if command == "migrate" else reconciler
            result = run(*command.split(), "--database", who, cwd=repository.top)
            assert result.code == 0, (command, result.err)
    assert conninfo_to_dict(database)["user"] != "toolreg"
