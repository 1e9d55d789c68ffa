"""Artifacts: what tools leave behind is known once, by whoever registered it, and outlives its tool."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from tests.builders import Repository, tool
from tests.calls import declare
from tests.conftest import Begin, Beginning, Toolreg
from tests.roles import login

Conn = psycopg.Connection[Any]

SHA256 = "ab" * 32
ARTIFACT: dict[str, Any] = {
    "tool": "lookup",
    "uri": "s3://results/lookup/1.json",
    "media_type": "application/json",
    "size_bytes": 1_000,
}


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """A registry of the tools `lookup` and `search`, which its provider calls SearchAll."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        repository.add(tool(), tool("search", toolName="SearchAll", category="SEARCH"))
        repository.commit()
        assert toolreg("apply").code == 0

    return begin(fill)


@pytest.fixture
def declared(begun: Repository) -> Repository:
    """The repository of the `beginning`, on whose database it is applied."""
    return begun


@pytest.fixture
def agent(declared: Repository, database: str) -> Iterator[Conn]:
    """A connection of an agent, with the tools declared."""
    assert declared
    with login(database, "toolreg_agent") as conninfo, psycopg.connect(conninfo, autocommit=True) as conn:
        yield conn


def register(conn: Conn, **arguments: Any) -> UUID:
    """Register an artifact by its named arguments, and return its id."""
    given = ARTIFACT | arguments
    values = [Jsonb(value) if isinstance(value, dict) else value for value in given.values()]
    row = conn.execute(
        f"SELECT api.register_artifact({', '.join(f'{name} => %s' for name in given)})".encode(), values
    ).fetchone()
    assert row
    assert isinstance(row[0], UUID)
    return row[0]


def shown(conn: Conn, artifact: UUID) -> Any:
    """Return an artifact as the view shows it."""
    with conn.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute("SELECT * FROM api.artifacts WHERE id = %s", [artifact]).fetchone()


def value(conn: Conn, statement: str, *values: Any) -> Any:
    row = conn.execute(statement.encode(), values).fetchone()
    return row[0] if row else None


def test_an_artifact_is_shown_with_its_tool_and_its_call(agent: Conn) -> None:
    invocation = value(agent, "SELECT api.log_invocation('lookup', 'success', 1)")
    given = {
        "sha256": SHA256,
        "invocation": invocation,
        "metadata": {"rows": 3, "note": "'; DROP TABLE x; --"},
        "expires_at": datetime.now(UTC) + timedelta(days=1),
    }

    artifact = shown(agent, register(agent, **given))

    expected = ARTIFACT | given
    assert {name: getattr(artifact, name) for name in expected} == expected
    assert (artifact.category, artifact.owner, artifact.orphaned, artifact.expired) == ("TEST", "team", False, False)
    assert artifact.created_by == agent.info.user
    assert artifact.invocation_started_at


@pytest.mark.parametrize(("name", "known"), [("LOOKUP", "lookup"), ("searchall", "search")])
def test_a_tool_is_found_without_case_and_by_its_providers_name(agent: Conn, name: str, known: str) -> None:
    assert shown(agent, register(agent, tool=name)).tool == known


def test_the_same_again_is_the_same_artifact(agent: Conn) -> None:
    given = {"sha256": SHA256, "metadata": {"a": 1, "b": 2}, "expires_at": datetime(2030, 1, 1, tzinfo=UTC)}

    ids = {register(agent, **given) for _ in range(3)}

    assert len(ids) == 1
    assert value(agent, "SELECT count(*) FROM api.artifacts") == 1


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"tool": "search"}, "tool"),
        ({"media_type": "text/plain"}, "media_type"),
        ({"size_bytes": 1_001}, "size_bytes"),
        ({"sha256": SHA256}, "sha256"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"expires_at": datetime(2030, 1, 1, tzinfo=UTC)}, "expires_at"),
        ({"size_bytes": 1, "sha256": SHA256}, "size_bytes, sha256"),
    ],
)
def test_the_same_uri_with_anything_else_is_refused(agent: Conn, change: dict[str, Any], argument: str) -> None:
    first = register(agent)

    with pytest.raises(errors.UniqueViolation) as refused:
        register(agent, **change)

    assert refused.value.diag.message_primary == f"uri is that of artifact {first}, which differs in: {argument}"


def test_two_agents_that_register_the_same_at_once_get_the_same_id(agent: Conn, database: str) -> None:
    """The second one waits for the first, and sees what it wrote."""
    with (
        login(database, "toolreg_agent") as other,
        psycopg.connect(other, autocommit=True) as second,
        ThreadPoolExecutor(1) as pool,
    ):
        with agent.transaction():
            first = register(agent)
            waiting = pool.submit(register, second)
            while not value(agent, "SELECT cardinality(pg_blocking_pids(%s))", second.info.backend_pid):
                assert not waiting.done()

        assert waiting.result() == first


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"tool": None}, "tool is missing; expected the name of a declared tool"),
        ({"tool": "nobody"}, 'tool is "nobody"; expected the name of a declared tool'),
        ({"tool": "%"}, 'tool is "%"; expected'),
        ({"tool": "x" * 5_000}, f'tool is "{"x" * 100}"; expected'),
        ({"uri": None}, "uri is missing; expected where the artifact is"),
        ({"uri": ""}, "uri is missing"),
        ({"uri": "s3://bucket/" + "k" * 2_048}, "uri has 2060 bytes; expected at most 2048"),
        ({"uri": "s3://bucket/a key"}, "uri has a space or a control character"),
        ({"uri": "s3://bucket/key\n"}, "uri has a space or a control character"),
        ({"uri": "s3://bucket/\x1b[2J"}, "uri has a space or a control character"),
        ({"uri": "s3://bucket/\u00a0"}, "uri has a space or a control character"),
        ({"uri": "s3://bucket/\u202ea"}, "uri has a space or a control character"),
        ({"uri": "/srv/file"}, "uri has no scheme; expected one such as s3://bucket/key"),
        ({"uri": "C:"}, "uri has no scheme"),
        ({"uri": "https://ada:hunter2@example.com/a"}, "uri has a password, or a port that is no number"),
        ({"uri": "https://ada:hunter2/x@example.com/a"}, "uri has a password, or a port that is no number"),
        ({"uri": "https://:hunter2@example.com"}, "uri has a password"),
        ({"uri": "https://a@b:hunter2@example.com"}, "uri has a password"),
        ({"media_type": None}, "media_type is missing; expected a type without parameters such as image/png"),
        ({"media_type": "png"}, 'media_type is "png"; expected'),
        ({"media_type": "text/plain; charset=utf-8"}, "media_type is "),
        ({"size_bytes": None}, "size_bytes is missing; expected 0 or more"),
        ({"size_bytes": -1}, "size_bytes is -1; expected 0 or more"),
        ({"sha256": "ab"}, 'sha256 is "ab"; expected 64 lower-case hexadecimal digits'),
        ({"sha256": SHA256.upper()}, "sha256 is "),
        ({"invocation": 4_711}, "invocation is 4711; expected the id of a call that was logged"),
        ({"metadata": {"text": "x" * 1_000_000}}, "metadata is JSON of 1000012 bytes; expected at most 65536"),
    ],
    ids=lambda one: str(one)[:50],
)
def test_what_cannot_be_is_refused_and_the_argument_named(agent: Conn, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.InvalidParameterValue) as refused:
        register(agent, **arguments)

    assert (refused.value.diag.message_primary or "").startswith(words)
    assert "hunter2" not in str(refused.value)
    assert value(agent, "SELECT count(*) FROM api.artifacts") == 0


@pytest.mark.parametrize("end", ["infinity", "-infinity", "4000-01-01 BC", "294000-01-01"])
def test_an_expiry_that_a_driver_cannot_read_is_refused(agent: Conn, end: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=r"expires_at is .*; expected a time between 1900 and 9999"):
        agent.execute("SELECT api.register_artifact('lookup', 'a:b', 'a/b', 1, expires_at => %s::timestamptz)", [end])


@pytest.mark.parametrize(
    "uri",
    [
        "s3://bucket/key",
        "file:///srv/results/1",
        "https://ada@example.com:8443/a:b@c?x=1#y",
        "https://[2001:db8::1]:443/a",
        "https://example.com",
        "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
        "arn:aws:s3:::bucket/key",
        "data:text/plain,hello",
        "s3://bucket/%_';--$.a/名前",
    ],
)
def test_addresses_of_every_kind_are_taken(agent: Conn, uri: str) -> None:
    assert shown(agent, register(agent, uri=uri)).uri == uri


@pytest.mark.parametrize("raw", [b"s3://a\0b", b"s3://\xff", b"s3://\xed\xa0\x80"])
def test_an_address_that_is_no_text_is_refused_by_the_database(agent: Conn, raw: bytes) -> None:
    text = 25
    statement = b"SELECT api.register_artifact('lookup', $1, 'a/b', 1)"

    result = agent.pgconn.exec_params(statement, [raw], [text], [1])

    assert result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"22021"


def test_a_call_of_another_tool_left_nothing_of_this_one(agent: Conn) -> None:
    """A call that was logged before its tool was declared has no identity yet; it may be of any."""
    other = value(agent, "SELECT api.log_invocation('search', 'success', 1)")
    unknown = value(agent, "SELECT api.log_invocation('not-yet', 'success', 1)")

    with pytest.raises(
        errors.InvalidParameterValue, match=f'invocation is {other}, a call of "search"; expected one of'
    ):
        register(agent, invocation=other)

    assert shown(agent, register(agent, invocation=unknown)).invocation == unknown


def test_artifacts_of_a_removed_tool_stay_as_orphans(
    declared: Repository, toolreg: Toolreg, conn: Conn, agent: Conn
) -> None:
    artifact = register(agent)
    declared.remove("tools/lookup.yaml")
    declared.commit()
    assert toolreg("apply").code == 0

    assert shown(agent, artifact)[:3] == (artifact, "lookup", ARTIFACT["uri"])
    assert shown(agent, artifact).orphaned
    with pytest.raises(errors.InvalidParameterValue, match='tool is "lookup"; expected the name of a declared tool'):
        register(agent, uri="s3://results/2")
    declared.add(tool())
    declared.commit()
    toolreg("apply")
    assert not shown(conn, artifact).orphaned


def test_large_artifacts_are_summed_by_tool(agent: Conn) -> None:
    for number, size in enumerate((10, 2_000, 3_000)):
        register(agent, uri=f"s3://results/{number}", size_bytes=size)
    register(agent, tool="search", uri="s3://results/big", size_bytes=9_000_000_000_000_000_000)
    register(agent, tool="search", uri="s3://results/big2", size_bytes=9_000_000_000_000_000_000)

    rows = agent.execute("SELECT * FROM api.large_artifacts_by_tool(2000)").fetchall()

    assert rows == [
        ("search", 2, 18_000_000_000_000_000_000, 9_000_000_000_000_000_000, "s3://results/big", False),
        ("lookup", 2, 5_000, 3_000, "s3://results/2", False),
    ]
    assert agent.execute("SELECT * FROM api.large_artifacts_by_tool(NULL)").fetchall() == []


def test_artifacts_of_a_tool_are_found_by_an_index(conn: Conn, agent: Conn) -> None:
    """Among those of two hundred others, which are not read."""
    register(agent)
    declare(conn, "Tool", *(f"other-{number}" for number in range(200)))
    conn.execute(
        "INSERT INTO runtime.artifacts (tool_id, uri, media_type, size_bytes)"
        " SELECT id, 's3://' || name || '/' || number, 'a/b', 1"
        " FROM registry.entities, generate_series(1, 25) AS number WHERE name LIKE 'other-%'"
    )
    conn.execute("VACUUM ANALYZE runtime.artifacts")
    conn.execute("VACUUM ANALYZE registry.entities")
    statement = "SELECT uri FROM api.artifacts WHERE tool = 'lookup'"

    plan = "\n".join(row[0] for row in conn.execute(f"EXPLAIN {statement}".encode()))

    assert "artifacts_by_tool" in plan
    assert "Seq Scan on artifacts" not in plan
    assert conn.execute(statement.encode()).fetchall() == [(ARTIFACT["uri"],)]


def test_an_agent_deletes_its_own_artifacts_and_a_reconciler_any(database: str, agent: Conn) -> None:
    mine, other = register(agent), register(agent, uri="s3://results/2")
    delete = "SELECT api.delete_artifact(%s)"
    with login(database, "toolreg_agent") as conninfo, psycopg.connect(conninfo, autocommit=True) as somebody:
        with pytest.raises(errors.InsufficientPrivilege, match='id is that of an artifact of "toolreg_test_'):
            somebody.execute(delete, [mine])
        assert value(somebody, delete, uuid4()) is False
    with login(database, "toolreg_reader") as conninfo, psycopg.connect(conninfo, autocommit=True) as reader:
        with pytest.raises(errors.InsufficientPrivilege):
            reader.execute(delete, [mine])
        with pytest.raises(errors.InsufficientPrivilege):
            register(reader)
        assert value(reader, "SELECT count(*) FROM api.artifacts") == 2
    with login(database, "toolreg_reconciler") as conninfo, psycopg.connect(conninfo, autocommit=True) as reconciler:
        assert value(reconciler, delete, other) is True
        with pytest.raises(errors.InsufficientPrivilege):
            register(reconciler)

    assert [value(agent, delete, mine), value(agent, delete, mine), value(agent, delete, None)] == [True, False, False]
    assert value(agent, "SELECT count(*) FROM api.artifacts") == 0


def test_a_temporary_table_takes_the_place_of_none(conn: Conn, agent: Conn) -> None:
    """Its owner would decide what a function sees, and run triggers with the rights of the function's owner."""
    relations = conn.execute(
        "SELECT DISTINCT relname FROM pg_class WHERE relnamespace IN"
        " ('registry'::regnamespace, 'runtime'::regnamespace, 'api'::regnamespace) AND relkind IN ('r', 'p', 'v')"
    ).fetchall()
    agent.execute(b"CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql RETURN 'hijacked'")
    for (name,) in relations:
        agent.execute(f'CREATE TEMPORARY TABLE "{name}" (id uuid, created_by text DEFAULT session_user)'.encode())
    agent.execute(b"SET search_path = pg_temp, public, pg_catalog")
    somebodys = register(conn, uri="s3://results/of-somebody")
    agent.execute("INSERT INTO pg_temp.artifacts (id) VALUES (%s)", [somebodys])

    mine = register(agent, metadata={"a": 1})

    with pytest.raises(errors.InsufficientPrivilege):
        agent.execute("SELECT api.delete_artifact(%s)", [somebodys])
    assert shown(conn, mine).created_by == agent.info.user
    assert value(agent, "SELECT api.delete_artifact(%s)", mine) is True
    assert value(agent, "SELECT count(*) FROM pg_temp.artifacts") == 1
