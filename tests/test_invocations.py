"""Logging calls of tools: names are resolved, nothing that happened is lost, and what cannot be is refused by name."""

import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from tests.builders import Repository, node, service, tool
from tests.conftest import Begin, Beginning, Toolreg
from tests.roles import login

Conn = psycopg.Connection[Any]

TOP = Path(__file__).parent.parent
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
CALL: dict[str, Any] = {"tool": "lookup", "status": "success", "duration_ms": 12.5}
LONG = "x" * 257


@pytest.fixture
def agent(database: str) -> Iterator[Conn]:
    """A connection of an agent, which logs calls."""
    with login(database, "toolreg_agent") as conninfo, psycopg.connect(conninfo, autocommit=True) as conn:
        yield conn


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """A registry of the tool `lookup`, on the node `worker`, and of `search`, which its provider calls SearchAll."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        repository.add(
            node(), service("other"), tool(node="worker", version="1.2.3"), tool("search", toolName="SearchAll")
        )
        repository.commit()
        assert toolreg("apply").code == 0

    return begin(fill)


@pytest.fixture
def declared(begun: Repository) -> Repository:
    """The repository of the `beginning`, on whose database it is applied."""
    return begun


def log(conn: Conn, **arguments: Any) -> int:
    """Log one call by its named arguments, and return its id."""
    given = CALL | arguments
    values = [Jsonb(value) if isinstance(value, dict) else value for value in given.values()]
    statement = f"SELECT api.log_invocation({', '.join(f'{name} => %s' for name in given)})"
    row = conn.execute(statement.encode(), values).fetchone()
    assert row
    return int(row[0])


def log_batch(conn: Conn, *calls: Any) -> list[int]:
    """Log calls in one statement, and return their ids."""
    row = conn.execute("SELECT api.log_invocations(%s)", [Jsonb(list(calls))]).fetchone()
    assert row
    return list(row[0])


def logged(conn: Conn, invocation: int) -> Any:
    """Return a call as the view shows it."""
    with conn.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute("SELECT * FROM api.invocations WHERE id = %s", [invocation]).fetchone()


def stored(conn: Conn, invocation: int) -> Any:
    """Return a call as it is stored, without its payloads."""
    with conn.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(
            "SELECT tool_id, tool, tool_version, service_id, service, node_id, node, recorded_by"
            " FROM runtime.invocation_logs WHERE id = %s",
            [invocation],
        ).fetchone()


def number(conn: Conn, statement: str, *values: Any) -> int:
    row = conn.execute(statement.encode(), values).fetchone()
    assert row
    return int(row[0])


# ---- What is known is filled in


@pytest.mark.usefixtures("declared")
def test_a_call_has_the_version_the_service_and_the_node_of_its_tool(agent: Conn) -> None:
    invocation = log(agent)

    shown, row = logged(agent, invocation), stored(agent, invocation)
    assert (shown.tool, shown.tool_version, shown.service, shown.node) == ("lookup", "1.2.3", "api", "worker")
    assert (shown.category, shown.owner, shown.attempt) == ("TEST", "team", 1)
    assert (row.tool, row.service, row.node) == ("lookup", None, None)
    assert row.tool_id
    assert row.service_id
    assert row.node_id


@pytest.mark.usefixtures("declared")
def test_what_is_given_is_kept(agent: Conn) -> None:
    began = datetime.now(UTC) - timedelta(seconds=5)
    given = {
        "agent": "PersonalAssistant_001",
        "started_at": began,
        "trace_id": TRACE,
        "span_id": SPAN,
        "parent_span_id": SPAN[::-1],
        "error_code": "E_LIMIT",
        "error_message": "Too many requests.",
        "service": "Other",
        "node": "elsewhere",
        "tool_version": "9.9.9",
        "attempt": 3,
        "request_bytes": 10,
        "response_bytes": 0,
    }

    one = logged(agent, log(agent, **given))
    many = logged(agent, log_batch(agent, CALL | given | {"started_at": began.isoformat()})[0])

    expected = given | {"service": "other", "tool": "lookup", "status": "success", "duration_ms": 12.5}
    assert {name: getattr(one, name) for name in expected} == expected
    assert {name: getattr(many, name) for name in expected} == expected


def test_the_database_knows_who_logs_and_when(agent: Conn) -> None:
    role = agent.info.user
    now = datetime.now(UTC)
    for invocation in (
        log(agent, duration_ms=7_200_000),
        log(agent, duration_ms=7_200_000, agent=None, started_at=None, attempt=None),
        *log_batch(agent, CALL | {"duration_ms": 7_200_000}, CALL | {"duration_ms": 7_200_000, "agent": None}),
    ):
        shown = logged(agent, invocation)
        assert (shown.agent, shown.recorded_by, shown.attempt) == (role, role, 1)
        assert abs(shown.recorded_at - now) < timedelta(minutes=1)
        assert timedelta(0) <= shown.recorded_at - shown.started_at - timedelta(hours=2) < timedelta(minutes=1)


@pytest.mark.usefixtures("declared")
def test_names_are_compared_without_case_and_kept_as_called(agent: Conn) -> None:
    invocations = [
        log(agent, tool="LookUp", node="WORKER", service="Api"),
        *log_batch(agent, CALL | {"tool": "LookUp", "node": "WORKER", "service": "Api"}),
    ]

    for invocation in invocations:
        shown, row = logged(agent, invocation), stored(agent, invocation)
        assert (shown.tool, shown.tool_as_called, shown.service, shown.node) == ("lookup", "LookUp", "api", "worker")
        assert (row.service, row.node) == (None, None)


def test_a_tool_is_known_by_the_name_of_its_provider(declared: Repository, toolreg: Toolreg, agent: Conn) -> None:
    """Two providers may use the same one; then the service tells which is meant, and nothing is guessed."""
    assert logged(agent, log(agent, tool="searchALL")).tool == "search"
    declared.add(tool("search-other", toolName="SearchAll", service="other"))
    declared.commit()
    toolreg("apply")

    for arguments, name in (
        ({"tool": "SearchAll"}, "SearchAll"),
        ({"tool": "SearchAll", "service": "other"}, "search-other"),
        ({"tool": "SearchAll", "service": "API"}, "search"),
        ({"tool": "SearchAll", "service": "nobody"}, "SearchAll"),
        # A name of our own goes before one of a provider.
        ({"tool": "search"}, "search"),
    ):
        assert logged(agent, log(agent, **arguments)).tool == name
        assert logged(agent, log_batch(agent, CALL | arguments)[0]).tool == name


def test_a_call_is_logged_by_the_exact_name_that_the_provider_uses(
    declared: Repository, toolreg: Toolreg, agent: Conn
) -> None:
    """MCP's names are case-sensitive, of any script, and up to 128 characters long."""
    longest = "\U00020000" * 128
    declared.add(tool("update", toolName="user-profile/update"), tool("update-2", toolName="user-profile/Update"))
    declared.add(tool("longest", toolName=longest))
    declared.commit()
    assert toolreg("apply").code == 0

    for called, name in (
        ("user-profile/update", "update"),
        ("user-profile/Update", "update-2"),
        ("USER-PROFILE/UPDATE", "USER-PROFILE/UPDATE"),
        (longest, "longest"),
    ):
        assert logged(agent, log(agent, tool=called)).tool == name
        assert logged(agent, log_batch(agent, CALL | {"tool": called})[0]).tool == name
    shown = agent.execute("SELECT tool_name FROM api.tools WHERE name LIKE 'update%' OR name = 'lookup' ORDER BY name")
    assert [name for (name,) in shown] == ["lookup", "user-profile/update", "user-profile/Update"]


@pytest.mark.usefixtures("declared")
def test_an_unknown_tool_node_or_service_is_logged_under_its_name(agent: Conn) -> None:
    names = {"tool": "Nobody's tool", "node": "Attic", "service": "Nobody"}
    for invocation in (log(agent, **names), *log_batch(agent, CALL | names)):
        shown, row = logged(agent, invocation), stored(agent, invocation)
        assert (shown.tool, shown.tool_as_called) == ("Nobody's tool", "Nobody's tool")
        assert (shown.node, shown.service, shown.category, shown.tool_version) == ("Attic", "Nobody", None, None)
        assert (row.tool_id, row.node_id, row.service_id) == (None, None, None)
        assert (row.node, row.service) == ("Attic", "Nobody")


def test_calls_of_a_tool_that_was_removed_or_renamed_stay_its_own(
    declared: Repository, toolreg: Toolreg, agent: Conn
) -> None:
    before = log(agent)
    declared.remove("tools/lookup.yaml")
    declared.add(tool("found", metadata={"movedFrom": "lookup"}))
    declared.commit()
    toolreg("apply")
    assert logged(agent, before)[4:6] == ("found", "lookup")
    declared.remove("tools/found.yaml")
    declared.commit()
    assert toolreg("apply").code == 0

    after = log(agent, tool="found"), log_batch(agent, CALL | {"tool": "Found"})[0]

    assert {stored(agent, one).tool_id for one in after} == {stored(agent, before).tool_id}
    assert logged(agent, after[0]).category is None


def test_removing_or_renaming_a_tool_writes_no_call(
    declared: Repository, toolreg: Toolreg, conn: Conn, agent: Conn
) -> None:
    """No version of a row is made: each stands where it stood, as its transaction wrote it."""
    log(agent)
    log_batch(agent, CALL, CALL | {"tool": "search"})
    physical = b"SELECT tableoid, ctid::text, xmin::text, xmax::text, log::text FROM runtime.invocation_logs AS log"
    before = conn.execute(physical).fetchall()
    declared.remove("tools/lookup.yaml")
    declared.remove("tools/search.yaml")
    declared.remove("nodes/worker.yaml")
    declared.add(tool("found", metadata={"movedFrom": "search"}))
    declared.commit()
    assert toolreg("apply", "--max-deletes", 2).code == 0

    assert conn.execute(physical).fetchall() == before


def test_what_happened_refers_to_identities_alone(conn: Conn) -> None:
    """A resource is removed; its identity stays. So nothing of what is declared waits for what happens."""
    referred = conn.execute(
        "SELECT DISTINCT confrelid::regclass::text, confdeltype::text, confupdtype::text FROM pg_constraint"
        " WHERE contype = 'f' AND connamespace = 'runtime'::regnamespace"
        " AND confrelid IN (SELECT oid FROM pg_class WHERE relnamespace <> 'runtime'::regnamespace)"
    ).fetchall()

    assert referred == [("registry.entities", "a", "a")]


def test_the_names_of_opentelemetry_are_mapped_to_columns(conn: Conn) -> None:
    readme = (TOP / "sql/api/README.md").read_text("utf-8")
    table = readme.partition("| column | OpenTelemetry |")[2].partition("\n\n")[0]
    mapped = [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    columns = conn.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'runtime.invocation_logs'::regclass AND attnum > 0"
    ).fetchall()

    assert len(mapped) == len(set(mapped)) >= 14
    assert set(mapped) - {name for (name,) in columns} == set()
    for name in ("gen_ai.tool.name", "gen_ai.agent.name", "gen_ai.tool.call.arguments", "error.type"):
        assert f"`{name}`" in table


def test_a_name_that_was_taken_over_shows_both_tools_under_it(
    declared: Repository, toolreg: Toolreg, agent: Conn
) -> None:
    """The identity that had it before has no name any more; its calls keep the one they were logged with."""
    before = log(agent, tool="lookup")
    declared.remove("tools/lookup.yaml")
    declared.commit()
    toolreg("apply")
    declared.remove("tools/search.yaml")
    declared.add(tool("lookup", metadata={"movedFrom": "search"}))
    declared.commit()
    assert toolreg("apply").code == 0

    after = log(agent, tool="lookup")

    assert [logged(agent, one).tool for one in (before, after)] == ["lookup", "lookup"]
    assert stored(agent, before).tool_id != stored(agent, after).tool_id
    assert number(agent, "SELECT count(*) FROM api.invocations WHERE tool = 'lookup'") == 2


def test_a_long_error_message_is_cut_and_the_call_is_kept(agent: Conn) -> None:
    message = "ä" * 100_000
    for invocation in (log(agent, error_message=message), *log_batch(agent, CALL | {"error_message": message})):
        assert logged(agent, invocation).error_message == "ä" * 2_000


# ---- What cannot be is refused, and the argument named


class Bad(NamedTuple):
    """A value of an argument that is refused, and what is said."""

    argument: str
    value: Any
    words: str


BAD = [
    Bad("tool", None, "tool is missing"),
    Bad("tool", "", "tool is missing"),
    Bad("tool", LONG, f'tool is "{"x" * 100}", of 257 bytes; expected at most 256'),
    Bad("status", None, "status is missing"),
    Bad("status", "", 'status is ""; expected success, failure, timeout or cancelled'),
    Bad("status", "Success", 'status is "Success"; expected'),
    Bad("status", "y" * 10_000, f'status is "{"y" * 100}"; expected'),
    Bad("duration_ms", None, "duration_ms is missing"),
    Bad("duration_ms", -0.001, "duration_ms is -0.001; expected milliseconds from 0"),
    Bad("duration_ms", 1e300, "duration_ms is 1e+300; expected milliseconds from 0"),
    Bad("agent", "", 'agent is ""; expected 1 to 256 bytes'),
    Bad("agent", LONG, "agent is "),
    Bad("service", LONG, "service is "),
    Bad("service", "", "service is "),
    Bad("node", LONG, "node is "),
    Bad("tool_version", "ä" * 129, "tool_version is "),
    Bad("error_code", LONG, "error_code is "),
    Bad("trace_id", TRACE[1:], f'trace_id is "{TRACE[1:]}"; expected 32 lower-case hexadecimal digits'),
    Bad("trace_id", TRACE.upper(), "trace_id is "),
    Bad("trace_id", TRACE + "\n", "trace_id is "),
    Bad("trace_id", "g" * 32, "trace_id is "),
    Bad("trace_id", "0" * 32, "trace_id is "),
    Bad("trace_id", "", "trace_id is "),
    Bad("span_id", "0" * 16, "span_id is "),
    Bad("span_id", TRACE, "span_id is "),
    Bad("parent_span_id", "0" * 16, "parent_span_id is "),
    Bad("parent_span_id", "z" * 16, "parent_span_id is "),
    Bad("attempt", 0, "attempt is 0; expected 1 for the first try"),
    Bad("request_bytes", -1, "request_bytes is -1; expected 0 or more"),
    Bad("response_bytes", -1, "response_bytes is -1; expected 0 or more"),
    Bad("arguments", {"text": "x" * 1_000_000}, "arguments is JSON of 1000012 bytes; expected at most 65536"),
    Bad("result", {"text": "x" * 65_536}, "result is JSON of 65548 bytes; expected at most 65536"),
    Bad("attributes", {"text": "x" * 65_536}, "attributes is JSON of "),
]


def at(bad: Bad) -> str:
    return f"{bad.argument}={str(bad.value)[:20]}"


@pytest.mark.parametrize("bad", BAD, ids=at)
def test_a_value_that_cannot_be_is_refused_by_both_functions_in_the_same_words(agent: Conn, bad: Bad) -> None:
    with pytest.raises(errors.InvalidParameterValue) as one:
        log(agent, **{bad.argument: bad.value})
    with pytest.raises(errors.InvalidParameterValue) as many:
        log_batch(agent, CALL, CALL | {bad.argument: bad.value}, {})

    message = one.value.diag.message_primary or ""
    assert message.startswith(bad.words)
    assert many.value.diag.message_primary == f"calls[1].{message}"
    assert number(agent, "SELECT count(*) FROM api.invocations") == 0


@pytest.mark.parametrize("duration", [math.nan, math.inf, -math.inf])
def test_a_duration_is_a_number(agent: Conn, duration: float) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=r"duration_ms is -?(NaN|Infinity); expected milliseconds"):
        log(agent, duration_ms=duration)


@pytest.mark.parametrize("start", ["infinity", "2 hours", "61 seconds", "-infinity", "1899-12-31", "4000-01-01 BC"])
def test_a_start_that_cannot_be_is_refused(agent: Conn, start: str) -> None:
    """The clock is that of the database: one that runs two hours ahead of it is wrong."""
    expression = f"now() + '{start}'" if "second" in start or "hour" in start else f"'{start}'"

    with pytest.raises(errors.InvalidParameterValue, match=r"started_at is .*; expected"):
        agent.execute(f"SELECT api.log_invocation('a', 'success', 1, started_at => {expression})".encode())


def test_a_clock_that_is_ahead_is_refused_in_a_batch_too(agent: Conn) -> None:
    ahead, behind = datetime.now(UTC) + timedelta(hours=2), datetime.now(UTC) - timedelta(hours=2)

    with pytest.raises(errors.InvalidParameterValue, match=r"calls\[1\]\.started_at is .*at most one minute after"):
        log_batch(agent, CALL | {"started_at": behind.isoformat()}, CALL | {"started_at": ahead.isoformat()})


def test_a_clock_that_is_behind_or_a_little_ahead_is_taken(agent: Conn) -> None:
    now = datetime.now(UTC)
    starts = [now - timedelta(hours=2), now + timedelta(seconds=30)]

    ids = [log(agent, started_at=start) for start in starts]

    assert [logged(agent, one).started_at for one in ids] == starts


@pytest.mark.parametrize(
    ("calls", "words"),
    [
        (None, "calls is missing; expected an array of objects"),
        ({"tool": "a"}, 'calls is {"tool": "a"}; expected an array of objects'),
        ("x", 'calls is "x"; expected an array of objects'),
        ([CALL, 1], "calls[1] is 1; expected an object"),
        ([None], "calls[0] is null; expected an object"),
        ([[]], "calls[0] is []; expected an object"),
        ([CALL | {"toool": 1}], 'calls[0] has the key "toool"; expected the arguments of log_invocation'),
        ([CALL | {"id": 1}], 'calls[0] has the key "id"; expected'),
        ([CALL | {"recorded_by": "me"}], 'calls[0] has the key "recorded_by"; expected'),
        ([{}], "calls[0].tool is missing"),
        ([CALL | {"tool": 1}], "calls[0].tool is 1; expected a string"),
        ([CALL | {"status": {"a": 1}}], 'calls[0].status is {"a": 1}; expected a string'),
        ([CALL | {"duration_ms": "1"}], 'calls[0].duration_ms is "1"; expected a number'),
        ([CALL | {"attempt": 1.5}], "calls[0].attempt is 1.5; expected a whole number"),
        ([CALL | {"attempt": True}], "calls[0].attempt is true; expected a whole number"),
        ([CALL | {"request_bytes": 2**63}], "calls[0].request_bytes is 9223372036854775808; expected a whole number"),
        ([CALL | {"response_bytes": []}], "calls[0].response_bytes is []; expected a whole number"),
        ([CALL | {"started_at": 1}], "calls[0].started_at is 1; expected a time since 1900 with its zone"),
        ([CALL | {"started_at": "soon"}], 'calls[0].started_at is "soon"; expected a time'),
        ([CALL | {"started_at": "infinity"}], 'calls[0].started_at is "infinity"; expected a time'),
        ([CALL | {"started_at": "2026-02-29T00:00:00Z"}], "calls[0].started_at is "),
        ([CALL | {"started_at": "2026-01-01T24:30:00Z"}], "calls[0].started_at is "),
        ([CALL | {"started_at": "2026-01-01T00:00:00"}], "calls[0].started_at is "),
        ([CALL | {"started_at": "1899-12-31T00:00:00Z"}], "calls[0].started_at is "),
        ([CALL | {"started_at": "2026-01-01T00:00:00." + "1" * 200 + "Z"}], "calls[0].started_at is "),
        ([CALL | {"started_at": "2026-01-01T00:00:00.Z"}], "calls[0].started_at is "),
        ([CALL | {"started_at": "2026-01-01T23:59:60.999999999Z"}], "calls[0].started_at is "),
        ([CALL] * 10_001, "calls is an array of 10001; expected at most 10000"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_batch_that_is_none_is_refused(agent: Conn, calls: Any, words: str) -> None:
    with pytest.raises(errors.InvalidParameterValue) as refused:
        agent.execute("SELECT api.log_invocations(%s)", [None if calls is None else Jsonb(calls)])

    assert (refused.value.diag.message_primary or "").startswith(words)


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_call_of_many_unknown_keys_is_refused_in_little_room(conn: Conn, agent: Conn, place: str) -> None:
    """What is looked at grows with what was sent, and not with its square."""
    many = {f"k{number}": number for number in range(200_000)}
    calls = [many, CALL] if place == "first" else [CALL, many]
    conn.execute(sql.SQL("ALTER ROLE {} SET temp_file_limit = '64MB'").format(sql.Identifier(agent.info.user)))

    with psycopg.connect(agent.info.dsn, autocommit=True) as limited:
        limited.execute("SET statement_timeout = '20s'")
        with pytest.raises(
            errors.InvalidParameterValue, match=r'^calls\[[01]\] has the key "k0"; expected the arguments'
        ):
            log_batch(limited, *calls)


def test_what_is_wrong_with_many_large_calls_is_found_in_little_room(conn: Conn, agent: Conn) -> None:
    """What is sorted is what was found, without the calls."""
    conn.execute(sql.SQL("ALTER ROLE {} SET temp_file_limit = '64MB'").format(sql.Identifier(agent.info.user)))
    calls = [CALL | {"status": "bad", "arguments": {"text": "x" * 10_000}}] * 2_000

    with (
        psycopg.connect(agent.info.dsn, autocommit=True) as limited,
        pytest.raises(errors.InvalidParameterValue, match=r'^calls\[0\]\.status is "bad"'),
    ):
        log_batch(limited, *calls)


def test_a_batch_of_more_than_64_mib_is_refused(agent: Conn) -> None:
    with pytest.raises(
        errors.InvalidParameterValue, match=r"^calls is JSON of 70\d{6} bytes; expected at most 67108864"
    ):
        agent.execute(
            "SELECT api.log_invocations(jsonb_build_array(jsonb_build_object('tool', repeat('x', 70000000))))"
        )


@pytest.mark.parametrize("text", ["1e400", "1e-400", "-1e400", "1e100000", "9" * 5_000])
def test_a_number_that_no_double_holds_is_refused(agent: Conn, text: str) -> None:
    calls = f'[{{"tool": "a", "status": "success", "duration_ms": {text}}}]'

    with pytest.raises(errors.InvalidParameterValue, match=r"calls\[0\]\.duration_ms is .*; expected milliseconds"):
        agent.execute("SELECT api.log_invocations(%s::jsonb)", [calls])


@pytest.mark.parametrize(
    "start",
    [
        "2024-02-29T23:59:60Z",
        "2026-01-31 00:00+14:00",
        "2026-01-31T00:00:00.123456789-0530",
        "1999-12-31t23:59:59z",
        "2026-04-30T00:00:00+00",
    ],
)
def test_a_time_of_rfc_3339_is_taken_as_the_database_reads_it(agent: Conn, start: str) -> None:
    (invocation,) = log_batch(agent, CALL | {"started_at": start})

    assert number(agent, "SELECT count(*) FROM api.invocations WHERE started_at = %s::timestamptz", start) == 1
    assert logged(agent, invocation)


def test_nothing_of_a_call_is_null_but_what_was_not_given(agent: Conn) -> None:
    (invocation,) = log_batch(agent, CALL | dict.fromkeys(("agent", "started_at", "attempt", "arguments", "node")))

    assert agent.execute("SELECT * FROM api.invocation_payload(%s)", [invocation]).fetchone() == (None, None, None)
    assert logged(agent, invocation).started_at


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("status", "done", "invocation_status_is_known"),
        ("started_at", "infinity", "start_is_finite"),
        ("started_at", "-infinity", "start_is_finite"),
        *(("duration_ms", bad, "duration_is_a_time") for bad in (-1, math.inf, math.nan)),
        ("attempt", 0, "attempts_are_counted_from_one"),
        ("request_bytes", -1, "sizes_are_not_negative"),
        ("response_bytes", -1, "sizes_are_not_negative"),
        ("tool", "", "names_are_short"),
        ("agent", "", "names_are_short"),
        *(
            (name, LONG, "names_are_short")
            for name in ("tool", "agent", "tool_version", "service", "node", "error_code")
        ),
        *(
            ("trace_id", bad, "trace_id_is_of_w3c")
            for bad in (TRACE[1:], TRACE.upper(), "0" * 32, TRACE + "\n", "g" * 32)
        ),
        *(("span_id", bad, "span_id_is_of_w3c") for bad in (TRACE, SPAN.upper(), "0" * 16)),
        *(("parent_span_id", bad, "parent_span_id_is_of_w3c") for bad in (TRACE, SPAN.upper(), "0" * 16)),
    ],
)
def test_the_table_itself_refuses_it_too(conn: Conn, column: str, value: Any, constraint: str) -> None:
    """Its owner may write it without the functions."""
    given = {"started_at": datetime.now(UTC), "agent": "a"} | CALL | {column: value}
    statement = sql.SQL("INSERT INTO runtime.invocation_logs ({}) VALUES ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, given)), sql.SQL(", ").join(map(sql.Literal, given.values()))
    )

    with pytest.raises(errors.CheckViolation) as refused:
        conn.execute(statement)

    assert refused.value.diag.constraint_name == constraint


# ---- Batches


@pytest.mark.usefixtures("declared")
def test_a_batch_is_one_statement_and_returns_ids_in_order(agent: Conn) -> None:
    calls = [
        CALL | {"tool": name, "agent": f"agent-{n}"} for n in range(300) for name in ("lookup", "none", "SearchAll")
    ]

    ids = log_batch(agent, *calls)

    found = agent.execute("SELECT id, tool_as_called, agent FROM api.invocations ORDER BY id").fetchall()
    assert ids == sorted(ids)
    assert found == [(one, call["tool"], call["agent"]) for one, call in zip(ids, calls, strict=True)]
    assert number(agent, "SELECT count(DISTINCT recorded_xid) FROM runtime.invocation_logs") == 1
    assert number(agent, "SELECT count(DISTINCT tool_id) FROM api.invocations") == 2


@pytest.mark.usefixtures("declared")
def test_a_batch_is_written_by_one_insert(conn: Conn, agent: Conn) -> None:
    """And not by one for each call, or for each of the ways in which a name is found."""
    conn.execute("CREATE TABLE public.inserts (rows bigint); GRANT INSERT ON public.inserts TO PUBLIC")
    conn.execute(
        "CREATE FUNCTION public.count_insert() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO public.inserts SELECT count(*) FROM new; RETURN NULL; END $$"
    )
    conn.execute(
        "CREATE TRIGGER insert_is_counted AFTER INSERT ON runtime.invocation_logs REFERENCING NEW TABLE AS new"
        " FOR EACH STATEMENT EXECUTE FUNCTION public.count_insert()"
    )

    log_batch(agent, *[CALL | {"tool": name} for name in ("lookup", "none", "SearchAll")] * 10)

    assert conn.execute("SELECT rows FROM public.inserts").fetchall() == [(30,)]


def test_a_batch_is_logged_whole_or_not_at_all(agent: Conn) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=r'^calls\[999\]\.status is "bad"'):
        log_batch(agent, *[CALL] * 999, CALL | {"status": "bad"})

    assert number(agent, "SELECT count(*) FROM api.invocations") == 0


def test_an_empty_batch_is_none(agent: Conn) -> None:
    assert log_batch(agent) == []


def test_the_largest_batch_is_taken(agent: Conn) -> None:
    assert len(set(log_batch(agent, *[CALL] * 10_000))) == 10_000


# ---- Hostile text


HOSTILE = [
    "'; DROP TABLE runtime.invocation_logs; --",
    '"; $$ || pg_sleep(10) || $$',
    "a & b | !c <-> (d:*)",
    '$.** ? (@ like_regex "(a+)+$")',
    "%_\\%",
    "\\x00 \\u0000 \x01\x1b[2J",
    "名前\u202e😀",
    "{1,2,NULL}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_kept_as_it_is(agent: Conn, text: str) -> None:
    given = {"tool": text, "agent": text, "node": text, "service": text, "error_code": text, "error_message": text}
    for invocation in (log(agent, **given), *log_batch(agent, CALL | given)):
        shown = logged(agent, invocation)
        assert {name: getattr(shown, name) for name in given} == given
    assert number(agent, "SELECT count(*) FROM api.invocations WHERE tool = %s", text) == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_payloads_hold_any_text(agent: Conn, text: str) -> None:
    payload = {text: [text, {"a": None}]}
    for invocation in (log(agent, arguments=payload), *log_batch(agent, CALL | {"arguments": payload})):
        row = agent.execute("SELECT arguments FROM api.invocation_payload(%s)", [invocation]).fetchone()
        assert row == (payload,)


@pytest.mark.parametrize("raw", [b"a\0b", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80"])
def test_what_is_no_utf8_is_refused_by_the_database(agent: Conn, raw: bytes) -> None:
    text = 25
    for name in (b"api.log_invocation($1, 'success', 1)", b"api.log_invocation('a', 'success', 1, agent => $1)"):
        result = agent.pgconn.exec_params(b"SELECT " + name, [raw], [text], [1])

        assert result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"22021"


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800"])
def test_a_payload_without_a_text_is_refused_by_the_database(agent: Conn, text: str) -> None:
    with pytest.raises((errors.UntranslatableCharacter, errors.InvalidTextRepresentation)):
        agent.execute("SELECT api.log_invocation('a', 'success', 1, arguments => %s::jsonb)", [f'"{text}"'])


def test_the_largest_payload_is_a_setting(conn: Conn, agent: Conn) -> None:
    megabyte = {"text": "x" * 1_000_000}
    fits = {"text": "x" * (65_536 - 12)}
    assert log(agent, arguments=fits, result=fits, attributes=fits)
    assert len(log_batch(agent, CALL | {"arguments": fits})) == 1
    conn.execute("UPDATE runtime.settings SET largest_payload = 2000000")

    invocation = log(agent, arguments=megabyte)

    assert agent.execute("SELECT arguments FROM api.invocation_payload(%s)", [invocation]).fetchone() == (megabyte,)


# ---- Whatever the day


def test_a_row_is_never_refused_for_want_of_a_table_of_its_day(conn: Conn, agent: Conn) -> None:
    """Every day's table but the first one's neighbour is missing; the default one takes the rest."""
    conn.execute(
        "CREATE TABLE IF NOT EXISTS runtime.a_day PARTITION OF runtime.invocation_logs"
        " FOR VALUES FROM ('2003-03-03') TO ('2003-03-04')"
    )
    starts = [datetime(2001, 1, 1, tzinfo=UTC), datetime(2003, 3, 3, 12, tzinfo=UTC), datetime.now(UTC)]
    starts.append(datetime.now(UTC) + timedelta(seconds=50))

    ids = [log(agent, started_at=start) for start in starts]
    ids += log_batch(agent, *(CALL | {"started_at": start.isoformat()} for start in starts))

    assert [logged(agent, one).started_at for one in ids] == starts * 2
    assert number(conn, "SELECT count(*) FROM runtime.a_day") == 2


# ---- One round trip, on any connection


def test_a_call_is_logged_prepared_and_pipelined(agent: Conn) -> None:
    with agent.pipeline():
        cursors = [
            agent.execute("SELECT api.log_invocation(%s, 'success', %s)", ("lookup", 1.5), prepare=True)
            for _ in range(50)
        ]
        cursors.append(agent.execute("SELECT api.log_invocations(%s)", [Jsonb([CALL])], prepare=True))
        ids = [row[0] for cursor in cursors[:-1] if (row := cursor.fetchone())]

    assert len(set(ids)) == 50
    assert number(agent, "SELECT count(*) FROM api.invocations") == 51


def test_nothing_stays_in_the_session(agent: Conn) -> None:
    """A pooler in transaction mode gives the connection to somebody else after each commit."""

    def session() -> list[Any]:
        settings = agent.execute(
            "SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name"
        ).fetchall()
        locks = agent.execute(
            "SELECT locktype, mode FROM pg_locks"
            " WHERE pid = pg_backend_pid() AND locktype IN ('advisory', 'transactionid')"
        )
        made = agent.execute("SELECT oid FROM pg_class WHERE relnamespace = pg_my_temp_schema()").fetchall()
        prepared = agent.execute("SELECT name FROM pg_prepared_statements").fetchall()
        listened = agent.execute("SELECT pg_listening_channels()").fetchall()
        return [settings, locks.fetchall(), made, prepared, listened]

    before = session()
    log(agent, arguments={"a": 1})
    log_batch(agent, CALL)
    with pytest.raises(errors.InvalidParameterValue):
        log(agent, status="bad")
    agent.execute("SELECT api.invocation_payload(1)")

    assert session() == before


# ---- Beside an apply


@pytest.mark.parametrize("how", ["one by one", "in a batch"])
def test_an_open_log_transaction_does_not_keep_an_apply_waiting(
    declared: Repository, toolreg: Toolreg, agent: Conn, how: str
) -> None:
    """It refers to the identities of the tool, its service and its node; none of these is locked against a rename."""
    with agent.transaction():
        if how == "one by one":
            log(agent)
        else:
            log_batch(agent, CALL, CALL | {"tool": "search"})
        declared.remove("tools/lookup.yaml")
        declared.remove("tools/search.yaml")
        declared.remove("nodes/worker.yaml")
        declared.add(tool("found", metadata={"movedFrom": "lookup"}))
        declared.commit()
        result = toolreg("apply", "--lock-timeout", "1", "--max-deletes", 2)
        assert result.code == 0, result.err

    assert number(agent, "SELECT count(*) FROM api.invocations WHERE tool = 'found'") == 1


@contextmanager
def an_apply_that_is_about_to_commit(conn: Conn, repository: Repository, database: str) -> Iterator[None]:
    """Everything is written and locked; a deferred trigger waits for what is inside."""
    conn.execute(
        "CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$"
    )
    conn.execute(
        "CREATE CONSTRAINT TRIGGER revision_waits AFTER INSERT ON registry.revisions DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION public.wait()"
    )
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"
    command = [sys.executable, "-m", "reconciler", "apply", "--max-deletes", "1", "--database", database]
    with psycopg.connect(database, autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(4711)")
        with subprocess.Popen(command, cwd=repository.top, env=os.environ | {"PYTHONPATH": str(TOP)}) as applying:
            while not number(holder, waiting):
                assert applying.poll() is None
            try:
                yield
            finally:
                holder.execute("SELECT pg_advisory_unlock(4711)")
        assert applying.returncode == 0


def test_an_open_apply_does_not_keep_a_log_waiting(
    declared: Repository, database: str, conn: Conn, agent: Conn
) -> None:
    declared.remove("tools/lookup.yaml")
    declared.remove("nodes/worker.yaml")
    declared.add(tool("found", metadata={"movedFrom": "lookup"}), tool("search", version="2.0.0"))
    declared.commit()
    agent.execute("SET lock_timeout = '1s'")

    with an_apply_that_is_about_to_commit(conn, declared, database):
        log(agent)
        log_batch(agent, CALL, CALL | {"tool": "search"})

    assert number(agent, "SELECT count(*) FROM api.invocations WHERE tool = 'found'") == 2


class Flood:
    """Agents that log calls of one tool as fast as they can, each on a connection of its own."""

    def __init__(self, database: str, pool: ThreadPoolExecutor) -> None:
        self._stop = Event()
        self._running = [pool.submit(self._log, database, n) for n in range(3)]

    def _log(self, database: str, n: int) -> int:
        calls = 0
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute("SET lock_timeout = '10s'")
            while not self._stop.is_set():
                if n:
                    log(conn)
                    calls += 1
                else:
                    calls += len(log_batch(conn, *[CALL] * 20))
        return calls

    def stop(self) -> int:
        """Return how many calls were logged, each of which was acknowledged."""
        self._stop.set()
        return sum(one.result() for one in self._running)


def test_no_call_is_lost_while_its_tool_is_renamed_and_removed(
    declared: Repository, toolreg: Toolreg, database: str, conn: Conn
) -> None:
    with login(database, "toolreg_agent") as agent, ThreadPoolExecutor(3) as pool:
        flood = Flood(agent, pool)
        try:
            for change in range(3):
                seen = number(conn, "SELECT count(*) FROM runtime.invocation_logs")
                while number(conn, "SELECT count(*) FROM runtime.invocation_logs") < seen + 50:
                    pass
                if change == 0:
                    declared.remove("tools/lookup.yaml")
                    declared.add(tool("found", metadata={"movedFrom": "lookup"}))
                elif change == 1:
                    declared.remove("tools/found.yaml")
                    declared.add(tool("lookup", metadata={"movedFrom": "found"}))
                else:
                    declared.remove("tools/lookup.yaml")
                declared.commit()
                result = toolreg("apply", "--lock-timeout", "10", "--max-deletes", 1)
                assert result.code == 0, result.err
            seen = number(conn, "SELECT count(*) FROM runtime.invocation_logs")
            while number(conn, "SELECT count(*) FROM runtime.invocation_logs") < seen + 50:
                pass
        finally:
            acknowledged = flood.stop()

    assert number(conn, "SELECT count(*) FROM api.invocations WHERE tool_as_called = 'lookup'") == acknowledged
    assert number(conn, "SELECT count(*) FROM api.invocations WHERE tool = 'lookup'") == acknowledged


# ---- Who may do what


def test_only_who_logged_a_call_reads_its_payload(database: str, conn: Conn, agent: Conn) -> None:
    invocation = log(agent, arguments={"secret": 1}, result={"a": 2}, attributes={"b": 3})
    payload = [({"secret": 1}, {"a": 2}, {"b": 3})]
    read = "SELECT * FROM api.invocation_payload(%s)"

    assert agent.execute(read, [invocation]).fetchall() == payload
    assert conn.execute(read, [invocation]).fetchall() == payload
    assert agent.execute(read, [invocation + 1]).fetchall() == []
    for group in ("toolreg_agent", "toolreg_reader", "toolreg_reconciler"):
        with login(database, group) as other, psycopg.connect(other, autocommit=True) as somebody:
            assert somebody.execute(read, [invocation]).fetchall() == []
            with pytest.raises(errors.InsufficientPrivilege):
                somebody.execute("SELECT arguments FROM runtime.invocation_logs")
            conn.execute(f"GRANT SELECT (arguments) ON runtime.invocation_logs TO {somebody.info.user}".encode())
            assert somebody.execute(read, [invocation]).fetchall() == payload


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, agent) VALUES (now(), 1, '', '')",
        "UPDATE runtime.invocation_logs SET agent = 'somebody else'",
        "DELETE FROM runtime.invocation_logs",
        "TRUNCATE runtime.invocation_logs",
        "SELECT arguments FROM runtime.invocation_logs",
        "SELECT result FROM runtime.invocation_logs",
        "SELECT attributes FROM runtime.invocation_logs",
        "SELECT * FROM runtime.invocation_logs",
        "SELECT id FROM runtime.invocation_logs_default",
        "UPDATE runtime.settings SET largest_payload = 16777216",
        "INSERT INTO registry.entities (kind, name) VALUES ('Tool', 'mine')",
        "UPDATE registry.entities SET name = 'mine'",
        "UPDATE registry.tools SET manifest = manifest",
        "DELETE FROM registry.tools",
        "SELECT nextval('runtime.invocation_logs_id_seq')",
        "SELECT internal.tool_of_other_name('a', NULL)",
        "SELECT internal.problem_of_types('[]')",
        "SELECT internal.is_time('a')",
    ],
)
@pytest.mark.usefixtures("declared")
def test_an_agent_writes_by_functions_alone(agent: Conn, statement: str) -> None:
    log(agent)

    with pytest.raises(errors.InsufficientPrivilege):
        agent.execute(statement.encode())


@pytest.mark.usefixtures("declared")
def test_a_temporary_table_takes_the_place_of_none(conn: Conn, agent: Conn) -> None:
    """Its owner would decide what a function sees, and run triggers with the rights of the function's owner."""
    relations = conn.execute(
        "SELECT DISTINCT relname FROM pg_class WHERE relnamespace IN"
        " ('registry'::regnamespace, 'runtime'::regnamespace, 'api'::regnamespace) AND relkind IN ('r', 'p', 'v')"
    ).fetchall()
    agent.execute(b"CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql RETURN 'hijacked'")
    for (name,) in relations:
        agent.execute(f'CREATE TEMPORARY TABLE "{name}" (id bigint, name text)'.encode())
    agent.execute(b"SET search_path = pg_temp, public, pg_catalog")

    invocation = log(agent, arguments={"a": 1})
    (other,) = log_batch(agent, CALL)

    assert agent.execute("SELECT arguments FROM api.invocation_payload(%s)", [invocation]).fetchone() == ({"a": 1},)
    assert [logged(agent, one).tool for one in (invocation, other)] == ["lookup", "lookup"]
    for (name,) in relations:
        assert number(agent, f'SELECT count(*) FROM pg_temp."{name}"') == 0


# ---- The index that serves each query


@pytest.fixture
def many(declared: Repository, toolreg: Toolreg, conn: Conn) -> Conn:
    """A connection to a database with 20,000 calls of 25 tools in four days, each of which has its table."""
    declared.add(*(tool(f"tool-{n}") for n in range(25)))
    declared.commit()
    assert toolreg("apply").code == 0
    conn.execute("SET timezone = 'UTC'")
    for day in (1, 2, 3, 4):
        conn.execute(
            f"CREATE TABLE runtime.day_{day} PARTITION OF runtime.invocation_logs"
            f" FOR VALUES FROM ('2026-03-0{day}') TO ('2026-03-0{day + 1}')".encode()
        )
    conn.execute(
        "INSERT INTO runtime.invocation_logs (tool_id, tool, agent, status, started_at, duration_ms, trace_id)"
        " SELECT tool.id, tool.name, 'a', 'success', '2026-03-01'::timestamptz + n * interval '17 s', n, md5(n::text)"
        " FROM generate_series(1, 20000) AS n INNER JOIN registry.tools AS tool"
        " ON tool.name = 'tool-' || n % 25"
    )
    conn.execute("VACUUM ANALYZE runtime.invocation_logs")
    conn.execute("VACUUM ANALYZE registry.entities")
    return conn


def plan(conn: Conn, statement: str) -> list[dict[str, Any]]:
    """Return the nodes of a plan, on the tables of calls."""

    def nodes(one: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield one
        for part in one.get("Plans", []):
            yield from nodes(part)

    row = conn.execute(f"EXPLAIN (FORMAT JSON) {statement}".encode()).fetchone()
    assert row
    return list(nodes(row[0][0]["Plan"]))


def indexes(conn: Conn, statement: str) -> set[str]:
    """Return the indexes of tables of calls that a plan uses, by the name of the index that all tables have."""
    used = [one["Index Name"] for one in plan(conn, statement) if "Index Name" in one]
    rows = conn.execute(
        "SELECT parent.relname FROM pg_inherits INNER JOIN pg_class AS part ON part.oid = inhrelid"
        " INNER JOIN pg_class AS parent ON parent.oid = inhparent WHERE part.relname = ANY (%s)",
        [used],
    )
    return {name for (name,) in rows}


def tables(conn: Conn, statement: str) -> set[str]:
    return {name for one in plan(conn, statement) if (name := one.get("Relation Name", "")).startswith("day_")}


def read_whole(conn: Conn, statement: str) -> set[str]:
    return {
        one["Relation Name"]
        for one in plan(conn, statement)
        if one["Node Type"] == "Seq Scan" and one["Relation Name"].startswith("day_")
    }


def test_one_tools_last_day_is_found_by_its_index(many: Conn) -> None:
    statement = (
        "SELECT * FROM api.invocations WHERE tool = 'tool-7'"
        " AND started_at >= '2026-03-03 12:00+00' AND started_at < '2026-03-04 12:00+00'"
    )

    assert "invocations_by_tool" in indexes(many, statement)
    assert read_whole(many, statement) == set()
    assert tables(many, statement) == {"day_3", "day_4"}
    assert len(many.execute(statement.encode()).fetchall()) == 204


def test_a_trace_is_found_by_its_index(many: Conn) -> None:
    statement = "SELECT * FROM api.invocations WHERE trace_id = md5('777')"

    assert "invocations_by_trace" in indexes(many, statement)
    assert read_whole(many, statement) == set()
    assert len(many.execute(statement.encode()).fetchall()) == 1


def test_a_call_is_found_by_its_id(many: Conn) -> None:
    statement = "SELECT arguments FROM runtime.invocation_logs WHERE id = 5000"

    assert "invocations_have_an_id" in indexes(many, statement)
    assert read_whole(many, statement) == set()


def test_only_the_tables_of_the_days_asked_for_are_read(many: Conn) -> None:
    statement = "SELECT * FROM api.invocations WHERE started_at >= '2026-03-02' AND started_at < '2026-03-03'"

    assert tables(many, statement) == {"day_2"}


def test_a_name_is_resolved_by_an_index(many: Conn) -> None:
    many.execute("SET enable_seqscan = off")
    provided = "SELECT * FROM internal.tool_of_other_name('x', NULL)"

    assert "tools_by_tool_name" in {one.get("Index Name") for one in plan(many, provided)}


@pytest.mark.parametrize("name", ["tool-7", "SearchAll", "nobody"])
@pytest.mark.usefixtures("many")
def test_a_call_is_logged_without_reading_what_is_declared_from_end_to_end(agent: Conn, name: str) -> None:
    """Whether its name is known, that of a provider, or unknown; and the service and the node alike."""
    scans = (
        "SELECT sum(pg_stat_get_xact_numscans(oid)) FROM pg_class"
        " WHERE oid IN ('registry.tools'::regclass, 'registry.entities'::regclass)"
    )
    # The registry of a test is so small that an index is no gain.
    agent.execute("SET enable_seqscan = off")
    with agent.transaction():
        before = number(agent, scans)
        log(agent, tool=name)
        log(agent, tool=name, service="api", node="worker")
        log_batch(agent, *[CALL | {"tool": name, "service": "api", "node": "worker"}] * 3)

        assert number(agent, scans) == before
