"""Health and operations: heartbeats, what silence does to tools, and what operators set without a commit."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.types.json import Json, Jsonb

from tests.builders import Repository, node, tool
from tests.conftest import Begin, Beginning, Toolreg
from tests.roles import login

Conn = psycopg.Connection[Any]
Row = tuple[Any, ...]

PATIENCE = 20.0
OVERRIDE = b"SELECT api.set_tool_override(%s, %s, %s, %s)"
HEARTBEAT = b"SELECT api.heartbeat(%s)"
UPDATE = b"SELECT * FROM api.update_tool_status()"


@pytest.fixture
def roles(database: str) -> Iterator[dict[str, str]]:
    """How somebody who is in one group role alone connects, by that role."""
    with ExitStack() as stack:
        groups = ("reader", "agent", "reconciler")
        yield {group: stack.enter_context(login(database, f"toolreg_{group}")) for group in groups}


@pytest.fixture
def agent(roles: dict[str, str]) -> Iterator[Conn]:
    """A connection of an agent."""
    with psycopg.connect(roles["agent"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def operator(roles: dict[str, str]) -> Iterator[Conn]:
    """A connection of an operator."""
    with psycopg.connect(roles["reconciler"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """A repository whose registry is applied: a tool on each of two nodes, and one on none."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        repository.add(
            node("first"), node("second"), tool("one", node="first"), tool("two", node="second"), tool("three")
        )
        repository.commit()
        assert toolreg("apply").code == 0

    return begin(fill)


def rows(conn: Conn, statement: str, *parameters: object) -> list[Row]:
    return conn.execute(statement.encode(), parameters).fetchall()


def value(conn: Conn, statement: str, *parameters: object) -> Any:
    return rows(conn, statement, *parameters)[0][0]


def seen(conn: Conn, name: str, age: str) -> None:
    """Let a node have reported so long ago."""
    conn.execute(
        b"INSERT INTO runtime.node_heartbeats (node_id, seen_at)"
        b" SELECT id, clock_timestamp() - %s::interval FROM registry.entities WHERE kind = 'Node' AND name = %s"
        b" ON CONFLICT (node_id) DO UPDATE SET seen_at = excluded.seen_at",
        [age, name],
    )


def health(conn: Conn) -> dict[str, str]:
    return dict(rows(conn, "SELECT name, health FROM api.node_health_status"))


def callable_now(conn: Conn) -> list[str]:
    return [name for (name,) in rows(conn, "SELECT name FROM api.active_tools ORDER BY name")]


def obstacle(conn: Conn, name: str) -> str | None:
    reason: str | None = value(conn, "SELECT reason FROM api.tool_availability WHERE name = %s", name)
    return reason


def overrides(conn: Conn) -> list[Row]:
    return rows(conn, "SELECT tool, status, active, reason, ending FROM api.tool_overrides ORDER BY id")


def set_one(conn: Conn, reason: str) -> None:
    conn.execute(OVERRIDE, ["one", "unavailable", reason, None])


def updated(conn: Conn) -> list[Row]:
    """Update the statuses of tools and return which changed."""
    return [row[:3] for row in conn.execute(UPDATE)]


def wait_for_a_waiter(conn: Conn) -> None:
    deadline = time.monotonic() + PATIENCE
    while not value(
        conn,
        "SELECT count(*) FROM pg_locks AS lock INNER JOIN pg_stat_activity AS waiting USING (pid)"
        " WHERE NOT lock.granted AND waiting.datname = current_database()",
    ):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def at_once(conn: Conn, conninfo: str, first: Callable[[Conn], Any], second: Callable[[Conn], Any]) -> tuple[Any, Any]:
    """Run the second while the first has not committed yet; return what both returned."""
    with (
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(conninfo) as one,
        psycopg.connect(conninfo, autocommit=True) as other,
    ):
        result = first(one)
        waiting: Future[Any] = pool.submit(second, other)
        wait_for_a_waiter(conn)
        one.commit()
        return result, waiting.result(PATIENCE)


# ---- Heartbeats


@pytest.mark.usefixtures("applied")
def test_a_heartbeat_replaces_the_one_before_it(agent: Conn, conn: Conn) -> None:
    """With the time of the database and the role that reported."""
    agent.execute(HEARTBEAT, ["first"])

    moment = value(agent, "SELECT api.heartbeat('FIRST', 0.25, 3, %s)", Jsonb({"queue": 7}))

    found = rows(
        conn, "SELECT last_seen, load, running, details, reported_by FROM api.node_health_status WHERE name = 'first'"
    )
    assert found == [(moment, 0.25, 3, {"queue": 7}, agent.info.user)]
    assert value(conn, "SELECT clock_timestamp() - %s < interval '1 minute'", moment)


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("'third'", 'node is "third"; expected the name of a node that is declared'),
        ("NULL", 'node is "<NULL>"; expected'),
        ("'one'", 'node is "one"; expected'),
        ("repeat('x', 1000)", f'node is "{"x" * 100}"; expected'),
        ("'first''; DROP SCHEMA runtime'", 'node is "first\'; DROP SCHEMA runtime"; expected'),
        ("'first', -0.1", "load is -0.1; expected a number from 0"),
        ("'first', 'NaN'", "load is NaN; expected"),
        ("'first', 'infinity'", "load is Infinity; expected"),
        ("'first', 1, -1", "running is -1; expected"),
        ("'first', 1, 1, '[]'", "details is of type array; expected a JSON object"),
        (
            "'first', 1, 1, jsonb_build_object('a', repeat('x', 65536))",
            "details has 65545 bytes; expected at most 65536",
        ),
    ],
)
def test_a_heartbeat_that_cannot_be_is_refused(agent: Conn, conn: Conn, arguments: str, words: str) -> None:
    with pytest.raises(errors.InvalidParameterValue) as refused:
        agent.execute(f"SELECT api.heartbeat({arguments})".encode())

    assert str(refused.value).startswith(words)
    assert value(conn, "SELECT count(*) FROM runtime.node_heartbeats") == 0


@pytest.mark.usefixtures("applied")
def test_heartbeats_wait_neither_for_each_other_nor_for_an_apply(roles: dict[str, str], conn: Conn) -> None:
    connect = partial(psycopg.connect, roles["agent"], options="-c lock_timeout=1")
    with connect() as one, connect() as other, conn.transaction():
        # What an apply holds until it commits: the tables, and the identities that it renames.
        conn.execute(b"SELECT set_config('toolreg.applying', 'on', true)")
        conn.execute(b"LOCK TABLE registry.resources IN SHARE ROW EXCLUSIVE MODE")
        conn.execute(b"UPDATE registry.entities SET name = name || '_2', present = NOT present")

        for _ in range(2):
            one.execute(HEARTBEAT, ["first"])
            other.execute(HEARTBEAT, ["second"])
        one.commit()
        other.commit()
        assert health(conn) == {"first": "healthy", "second": "healthy"}


def test_many_nodes_report_at_once(repository: Repository, toolreg: Toolreg, roles: dict[str, str], conn: Conn) -> None:
    names = [f"node_{number}" for number in range(8)]
    repository.add(*map(node, names))
    repository.commit()
    toolreg("apply")

    def report(name: str) -> None:
        with psycopg.connect(roles["agent"], autocommit=True) as own:
            for load in range(50):
                own.execute(b"SELECT api.heartbeat(%s, %s)", [name, load])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(report, [*names, *names]))

    assert rows(conn, "SELECT count(*), min(load), max(load) FROM runtime.node_heartbeats") == [(8, 49, 49)]


# ---- Thresholds


@pytest.mark.parametrize(
    ("check", "age", "expected"),
    [
        (None, "0 s", "healthy"),
        (None, "59 s", "healthy"),
        (None, "61 s", "late"),
        (None, "299 s", "late"),
        (None, "301 s", "silent"),
        # A clock that was set back.
        (None, "-2 hours", "healthy"),
        ({"interval": "1s"}, "61 s", "late"),
        ({"interval": "1s", "lateAfter": "500ms", "silentAfter": "2s"}, "1 s", "late"),
        ({"interval": "1s", "lateAfter": "500ms", "silentAfter": "2s"}, "3 s", "silent"),
        ({"interval": "1s", "lateAfter": "2h", "silentAfter": "2d"}, "119 min", "healthy"),
        ({"interval": "1s", "lateAfter": "2h", "silentAfter": "2d"}, "47 h", "late"),
        ({"interval": "1s", "lateAfter": "2h", "silentAfter": "2d"}, "49 h", "silent"),
        # Only one of the two is declared: a default gives way to it.
        ({"interval": "1s", "lateAfter": "10m"}, "9 min", "healthy"),
        ({"interval": "1s", "lateAfter": "10m"}, "11 min", "silent"),
        ({"interval": "1s", "silentAfter": "30s"}, "29 s", "healthy"),
        ({"interval": "1s", "silentAfter": "30s"}, "31 s", "silent"),
        ({"interval": "1s", "lateAfter": "999999d", "silentAfter": "999999d"}, "1000 days", "healthy"),
    ],
)
def test_a_node_is_judged_by_the_age_of_its_last_heartbeat(
    repository: Repository, toolreg: Toolreg, conn: Conn, check: dict[str, str] | None, age: str, expected: str
) -> None:
    repository.add(node("first", **({"healthCheck": check} if check else {})), node("second"))
    repository.commit()
    assert toolreg("apply").code == 0

    seen(conn, "first", age)

    assert health(conn) == {"first": expected, "second": "never seen"}


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    "nonsense",
    ["soon", "-5m", "5", "5m\n", "1e9s", "9999999999d", "0s", "", None, 5, [], {"minutes": 5}, True],
    ids=repr,
)
def test_a_duration_that_is_none_leaves_the_default(conn: Conn, nonsense: object) -> None:
    """No schema checks what is changed by hand."""
    manifest = value(conn, "SELECT manifest FROM registry.nodes WHERE name = 'first'")
    manifest["spec"]["healthCheck"] = {"lateAfter": nonsense, "silentAfter": nonsense}
    conn.execute(b"UPDATE registry.nodes SET manifest = %s WHERE name = 'first'", [Json(manifest)])
    seen(conn, "first", "2 min")

    assert health(conn)["first"] == "late"


@pytest.mark.usefixtures("applied")
def test_defaults_are_those_of_the_settings(operator: Conn, conn: Conn) -> None:
    seen(conn, "first", "2 min")
    seen(conn, "second", "2 days")
    operator.execute(b"UPDATE runtime.settings SET late_after = '1 hour', silent_after = '1 day'")

    assert health(conn) == {"first": "healthy", "second": "silent"}
    assert (
        rows(conn, "SELECT late_after::text, tools, status FROM api.node_health_status")
        == [("01:00:00", 1, "active")] * 2
    )


# ---- Overrides


@pytest.mark.usefixtures("applied")
def test_an_override_takes_a_tool_out_of_service_at_once(operator: Conn, conn: Conn) -> None:
    assert callable_now(conn) == ["one", "three", "two"]

    operator.execute(OVERRIDE, ["one", "unavailable", " The bank is down.\n", None])

    assert callable_now(conn) == ["three", "two"]
    assert obstacle(conn, "one") == f"taken out of service by {operator.info.user}: The bank is down."
    assert value(operator, "SELECT api.remove_tool_override('one')") is True
    assert callable_now(conn) == ["one", "three", "two"]
    assert overrides(conn) == [("one", "unavailable", False, "The bank is down.", "removed")]
    assert value(conn, "SELECT ended_by FROM api.tool_overrides") == operator.info.user
    assert value(operator, "SELECT api.remove_tool_override('one')") is False


@pytest.mark.usefixtures("applied")
def test_an_override_replaces_the_one_before_it(operator: Conn, conn: Conn) -> None:
    operator.execute(OVERRIDE, ["one", "unavailable", "Broken.", None])
    operator.execute(OVERRIDE, ["one", "unavailable", "Still broken.", "2200-01-01T00:00:00Z"])

    assert overrides(conn) == [
        ("one", "unavailable", False, "Broken.", "replaced"),
        ("one", "unavailable", True, "Still broken.", None),
    ]
    expected = f"taken out of service by {operator.info.user} until 2200-01-01 00:00:00 UTC: Still broken."
    assert obstacle(conn, "one") == expected


@pytest.mark.usefixtures("applied")
def test_an_override_ends_by_itself(operator: Conn, conn: Conn) -> None:
    """And an expired one does not block a new one, nor can it be removed."""
    operator.execute(OVERRIDE, ["one", "unavailable", "For an hour.", "2200-01-01T00:00:00Z"])
    conn.execute(b"UPDATE runtime.tool_overrides SET set_at = '2020-01-01', until = '2020-01-01T01:00:00Z'")

    assert callable_now(conn) == ["one", "three", "two"]
    assert overrides(conn) == [("one", "unavailable", False, "For an hour.", "expired")]
    assert value(operator, "SELECT api.remove_tool_override('one')") is False
    operator.execute(OVERRIDE, ["one", "available", "Again.", None])
    assert overrides(conn) == [
        ("one", "unavailable", False, "For an hour.", "expired"),
        ("one", "available", True, "Again.", None),
    ]
    assert rows(conn, "SELECT ended_at = until, ended_by FROM api.tool_overrides WHERE NOT active") == [(True, None)]


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("'four', 'unavailable', 'x'", 'tool is "four"; expected the name of a tool that is declared'),
        ("NULL, 'unavailable', 'x'", 'tool is "<NULL>"; expected'),
        ("'first', 'unavailable', 'x'", 'tool is "first"; expected'),
        ("'one', 'broken', 'x'", 'status is "broken"; expected available or unavailable'),
        ("'one', NULL, 'x'", 'status is "<NULL>"; expected'),
        ("'one', 'unavailable', NULL", 'reason is "<NULL>"; expected 1 to 1000 bytes'),
        ("'one', 'unavailable', E' \\n '", 'reason is ""; expected'),
        ("'one', 'unavailable', repeat('x', 1001)", f'reason is "{"x" * 100}"; expected'),
        ("'one', 'unavailable', 'x', now() - interval '1 hour'", 'until is "'),
        ("'one', 'unavailable', 'x', now()", 'until is "'),
        ("'one', 'unavailable', 'x', 'infinity'", 'until is "infinity"; expected a time to come'),
        ("'one', 'unavailable', 'x', '-infinity'", 'until is "-infinity"; expected'),
        ("'one', 'unavailable', 'x', '20000-01-01'", 'until is "20000-01-01'),
    ],
)
def test_an_override_that_cannot_be_is_refused(operator: Conn, conn: Conn, arguments: str, words: str) -> None:
    with pytest.raises(errors.InvalidParameterValue) as refused:
        operator.execute(f"SELECT api.set_tool_override({arguments})".encode())

    assert str(refused.value).startswith(words)
    assert overrides(conn) == []


@pytest.mark.usefixtures("applied")
def test_unknown_tools_are_refused_with_a_hint(operator: Conn) -> None:
    with pytest.raises(errors.InvalidParameterValue) as refused:
        operator.execute(OVERRIDE, ["four", "unavailable", "x", None])
    assert refused.value.diag.message_hint == "SELECT name FROM api.tools lists them."

    with pytest.raises(errors.InvalidParameterValue, match='tool is "four"; expected the name of a tool') as refused:
        operator.execute(b"SELECT api.remove_tool_override('four')")
    assert "api.tool_overrides" in (refused.value.diag.message_hint or "")


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("before", [[], ["Broken."]], ids=["none-yet", "one-already"])
def test_two_overrides_at_once_leave_the_later_one(roles: dict[str, str], conn: Conn, before: list[str]) -> None:
    for reason in before:
        set_one(conn, reason)

    at_once(conn, roles["reconciler"], partial(set_one, reason="First."), partial(set_one, reason="Second."))

    assert [row[2:] for row in overrides(conn)] == [
        *[(False, reason, "replaced") for reason in [*before, "First."]],
        (True, "Second.", None),
    ]


@pytest.mark.usefixtures("applied")
def test_a_removal_ends_the_override_that_it_waited_for(roles: dict[str, str], conn: Conn) -> None:
    conn.execute(OVERRIDE, ["one", "unavailable", "Broken.", None])

    _, removed = at_once(
        conn,
        roles["reconciler"],
        partial(set_one, reason="Still broken."),
        lambda own: value(own, "SELECT api.remove_tool_override('one')"),
    )

    assert removed is True
    assert [row[4] for row in overrides(conn)] == ["replaced", "removed"]


@pytest.mark.usefixtures("applied")
def test_overrides_of_other_tools_do_not_wait(roles: dict[str, str]) -> None:
    with psycopg.connect(roles["reconciler"]) as one, psycopg.connect(roles["reconciler"]) as other:
        one.execute(OVERRIDE, ["one", "unavailable", "Broken.", None])
        other.execute(b"SET lock_timeout = 1")
        other.execute(OVERRIDE, ["two", "unavailable", "Broken.", None])


def test_an_override_outlives_its_tool(applied: Repository, toolreg: Toolreg, operator: Conn, conn: Conn) -> None:
    """A tool that comes back is not in service again unnoticed; and the override can be removed while it is gone."""
    operator.execute(OVERRIDE, ["one", "unavailable", "Broken.", None])
    applied.remove("tools/one.yaml")
    applied.commit()
    assert toolreg("apply").code == 0
    applied.add(tool("one", node="first"))
    applied.commit()
    toolreg("apply")
    assert callable_now(conn) == ["three", "two"]
    applied.remove("tools/one.yaml")
    applied.commit()
    toolreg("apply")

    assert value(operator, "SELECT api.remove_tool_override('one')") is True
    with pytest.raises(errors.InvalidParameterValue):
        operator.execute(OVERRIDE, ["one", "unavailable", "Broken.", None])


def test_a_renamed_tool_keeps_its_override(applied: Repository, toolreg: Toolreg, operator: Conn, conn: Conn) -> None:
    operator.execute(OVERRIDE, ["one", "unavailable", "Broken.", None])
    applied.remove("tools/one.yaml")
    applied.add(tool("uno", metadata={"movedFrom": "one"}))
    applied.commit()
    assert toolreg("apply").code == 0

    assert callable_now(conn) == ["three", "two"]
    assert overrides(conn)[0][0] == "uno"
    assert value(operator, "SELECT api.remove_tool_override('uno')") is True


# ---- Availability


def test_only_what_was_found_can_be_overridden(
    repository: Repository, toolreg: Toolreg, operator: Conn, conn: Conn
) -> None:
    """An operator keeps a tool in service whose node is silent, not one that is declared out of service."""
    repository.add(node("up"), node("down", status="inactive"), node("worked-on", status="maintenance"))
    cases = {
        "retired": (tool("retired", lifecycle="retired"), "the tool is retired"),
        "trial": (tool("trial", lifecycle="experimental"), "the tool is experimental"),
        "old": (tool("old", lifecycle="deprecated"), None),
        "off": (tool("off", node="down"), "node down is inactive"),
        "paused": (tool("paused", node="worked-on"), "node worked-on is in maintenance"),
        "quiet": (tool("quiet", node="up"), None),
    }
    repository.add(*(manifest for manifest, _ in cases.values()))
    repository.commit()
    assert toolreg("apply").code == 0
    seen(conn, "up", "1 hour")
    operator.execute(UPDATE)
    assert callable_now(conn) == ["old"]
    assert str(obstacle(conn, "quiet")).startswith("node up is silent since 20")

    for name in cases:
        operator.execute(OVERRIDE, [name, "available", "Keep it.", None])

    assert dict(rows(conn, "SELECT name, reason FROM api.tool_availability")) == {
        name: reason for name, (_, reason) in cases.items()
    }
    assert callable_now(conn) == ["old", "quiet"]
    kept = rows(conn, "SELECT override, override_reason, override_by FROM api.active_tools WHERE name = 'quiet'")
    assert kept == [("available", "Keep it.", operator.info.user)]
    names = rows(conn, "SELECT name FROM api.active_tools_with_nodes ORDER BY name")
    assert [name for (name,) in names] == callable_now(conn)


def test_active_tools_say_where_they_are_reached(applied: Repository, conn: Conn) -> None:
    assert applied

    found = rows(conn, "SELECT name, service, service_endpoint, node, node_address FROM api.active_tools ORDER BY name")

    assert found[:2] == [
        ("one", "api", None, "first", "http://worker:8000"),
        ("three", "api", None, None, None),
    ]


# ---- Silence


@pytest.mark.usefixtures("applied")
def test_tools_of_a_silent_node_are_unavailable_until_it_reports(operator: Conn, agent: Conn, conn: Conn) -> None:
    """A node that never reported silences nothing: perhaps nobody reports for it."""
    assert updated(operator) == []
    seen(conn, "first", "1 hour")
    seen(conn, "second", "2 min")

    assert updated(operator) == [("one", "available", "unavailable")]
    assert updated(operator) == []
    assert callable_now(conn) == ["three", "two"]
    agent.execute(HEARTBEAT, ["first"])
    assert updated(operator) == [("one", "unavailable", "available")]
    assert updated(operator) == []
    assert callable_now(conn) == ["one", "three", "two"]
    changes = rows(conn, "SELECT tool, before, after, reason, changed_by FROM api.tool_status_changes ORDER BY id")
    assert [change[:3] for change in changes] == [
        ("one", "available", "unavailable"),
        ("one", "unavailable", "available"),
    ]
    assert changes[0][3].startswith("node first is silent since 20")
    assert changes[1][3:] == ("node first is healthy", operator.info.user)


@pytest.mark.usefixtures("applied")
def test_a_node_that_was_heard_of_in_between_is_no_transition(operator: Conn, conn: Conn) -> None:
    """But the reason says since when it is silent."""
    seen(conn, "first", "2 days")
    operator.execute(UPDATE)
    before = rows(conn, "SELECT since FROM runtime.tool_statuses")
    old = obstacle(conn, "one")
    seen(conn, "first", "1 hour")

    assert updated(operator) == []

    assert rows(conn, "SELECT since FROM runtime.tool_statuses") == before
    assert obstacle(conn, "one") not in {None, old}
    assert value(conn, "SELECT count(*) FROM api.tool_status_changes") == 1


@pytest.mark.parametrize(
    ("manifest", "after", "reason"),
    [
        (tool("one", node="second"), "available", "node second has never reported"),
        (tool("one"), "available", "the tool names no node"),
        (None, "removed", "the tool was removed"),
    ],
    ids=["moved", "without-node", "removed"],
)
def test_a_silent_node_that_is_removed_silences_nothing(
    applied: Repository,
    toolreg: Toolreg,
    operator: Conn,
    conn: Conn,
    manifest: dict[str, Any] | None,
    after: str,
    reason: str,
) -> None:
    seen(conn, "first", "1 hour")
    operator.execute(UPDATE)
    applied.remove("nodes/first.yaml")
    applied.remove("tools/one.yaml")
    if manifest:
        applied.add(manifest)
    applied.commit()
    assert toolreg("apply").code == 0

    assert rows(operator, UPDATE.decode()) == [("one", "unavailable", after, reason)]

    assert updated(operator) == []
    assert ("one" in callable_now(conn)) is (manifest is not None)
    assert value(conn, "SELECT count(*) FROM runtime.tool_statuses WHERE status = 'unavailable'") == 0
    assert health(conn) == {"second": "never seen"}
    # It comes back as it was: seen before, and silent.
    applied.add(node("first"), tool("one", node="first"))
    applied.commit()
    toolreg("apply")
    assert updated(operator) == [("one", "available", "unavailable")]


@pytest.mark.usefixtures("applied")
def test_two_updates_at_once_find_each_change_once(roles: dict[str, str], conn: Conn) -> None:
    seen(conn, "first", "1 hour")
    seen(conn, "second", "1 hour")

    first, second = at_once(conn, roles["reconciler"], updated, updated)

    assert first == [("one", "available", "unavailable"), ("two", "available", "unavailable")]
    assert second == []
    assert value(conn, "SELECT count(*) FROM api.tool_status_changes") == 2


# ---- Rights


CALLS = {
    "heartbeat": "SELECT api.heartbeat('first')",
    "set_tool_override": "SELECT api.set_tool_override('one', 'unavailable', 'Broken.')",
    "remove_tool_override": "SELECT api.remove_tool_override('one')",
    "update_tool_status": "SELECT * FROM api.update_tool_status()",
}


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("name", CALLS)
def test_temporary_tables_do_not_take_the_place_of_real_ones(roles: dict[str, str], conn: Conn, name: str) -> None:
    """A function that runs with the rights of its owner looks for nothing where its caller can put something."""
    conn.execute(OVERRIDE, ["one", "unavailable", "Broken.", None])
    seen(conn, "first", "1 hour")
    decoys = {
        "settings": "runtime.settings",
        "node_heartbeats": "runtime.node_heartbeats",
        "tool_overrides": "runtime.tool_overrides",
        "tool_statuses": "runtime.tool_statuses",
        "tool_status_changes": "runtime.tool_status_changes",
        "tools": "registry.tools",
        "nodes": "registry.nodes",
        "entities": "registry.entities",
        "pg_class": "pg_catalog.pg_class",
        "pg_type": "pg_catalog.pg_type",
    }
    group = "agent" if name == "heartbeat" else "reconciler"
    with psycopg.connect(roles[group]) as own:
        for decoy, real in decoys.items():
            create = sql.SQL("CREATE TEMPORARY TABLE {} (LIKE {}) ON COMMIT DROP")
            own.execute(create.format(sql.Identifier(decoy), sql.Identifier(*real.split("."))))
        own.execute(b"SET search_path = pg_temp, runtime, registry, api, public")
        result = own.execute(CALLS[name].encode()).fetchall()
        found = [own.execute(sql.SQL("SELECT * FROM pg_temp.{}").format(sql.Identifier(d))).fetchall() for d in decoys]

    assert len(result) == 1
    assert found == [[]] * len(decoys)
    written = {
        "heartbeat": "SELECT seen_at > now() - interval '1 minute' FROM runtime.node_heartbeats",
        "set_tool_override": "SELECT count(*) = 2 FROM runtime.tool_overrides",
        "remove_tool_override": "SELECT ending = 'removed' FROM runtime.tool_overrides",
        "update_tool_status": "SELECT count(*) = 1 FROM runtime.tool_status_changes",
    }
    assert value(conn, written[name]) is True


# ---- What plan, apply and status say


HEADING = "Overrides in effect (set by operators, not changed by apply):\n"


def test_overrides_stand_beside_every_plan(applied: Repository, toolreg: Toolreg, operator: Conn) -> None:
    """They are no change: neither in the digest, nor in the exit code, nor in the drift."""
    applied.add(tool("one", version="1.0.1", node="first"))
    applied.commit()
    before = toolreg("plan", "-o", "json").json
    assert (before["overrides"], HEADING in toolreg("plan").out) == ([], False)
    operator.execute(OVERRIDE, ["one", "unavailable", "Broken.", "2200-01-01T00:00:00Z"])
    line = f'  Tool/one is unavailable until 2200-01-01T00:00:00Z, set by {operator.info.user}: "Broken."\n'

    text, document = toolreg("plan").out, toolreg("plan", "-o", "json").json

    assert f"\n\n{HEADING}{line}\nPlan: 0 to create, 1 to update, 0 to delete.\n" in text
    assert {**document, "overrides": []} == before
    (override,) = document["overrides"]
    assert override == {
        "subject": "Tool/one",
        "status": "unavailable",
        "reason": "Broken.",
        "by": operator.info.user,
        "since": override["since"],
        "until": "2200-01-01T00:00:00Z",
        "obstacle": None,
    }
    assert HEADING + line in toolreg("apply").out
    for command in ("plan", "apply"):
        result = toolreg(command, "--detailed-exitcode")
        assert (result.code, result.out) == (0, f"{HEADING}{line}\nNothing to do: the database matches.\n")
        assert toolreg(command, "-o", "json").json["overrides"] == document["overrides"]
    status = toolreg("status").out
    assert "Drift       none\n" in status
    assert f"Overrides {line}" in status
    assert toolreg("status", "-o", "json").json["overrides"] == document["overrides"]


def test_an_override_without_effect_says_so(applied: Repository, toolreg: Toolreg, operator: Conn) -> None:
    """What is declared cannot be overridden."""
    applied.add(tool("one", lifecycle="experimental", node="first"))
    applied.commit()
    assert toolreg("apply").code == 0
    notices: list[str | None] = []
    operator.add_notice_handler(lambda notice: notices.append(notice.message_primary))

    operator.execute(OVERRIDE, ["one", "available", "Please.", None])
    operator.execute(OVERRIDE, ["two", "available", "Please.", None])

    assert notices == ["this has no effect: the tool is experimental, and what is declared cannot be overridden"]
    who = operator.info.user
    assert (
        f'one is kept available, set by {who}: "Please." (no effect: the tool is experimental)\n' in toolreg("plan").out
    )
    assert f'two is kept available, set by {who}: "Please."\n' in toolreg("status").out


@pytest.mark.usefixtures("applied")
def test_a_resource_is_described_with_its_override_and_its_health(
    toolreg: Toolreg, operator: Conn, conn: Conn, agent: Conn
) -> None:
    assert "Operations" not in toolreg("describe", "tool/one").out
    operator.execute(OVERRIDE, ["one", "unavailable", "Broken.", None])
    agent.execute(HEARTBEAT, ["first"])
    conn.execute(b"UPDATE runtime.node_heartbeats SET seen_at = '2026-01-01 00:00:00Z'")

    described = toolreg("describe", "tool/one").out
    assert f'Operations\n  Tool/one is unavailable, set by {operator.info.user}: "Broken."\n' in described
    assert "  Node/first is silent, last heard of 2026-01-01T00:00:00Z\n" in toolreg("describe", "node/first").out
    (override,) = toolreg("describe", "tool/one", "-o", "json").json["overrides"]
    assert override["reason"] == "Broken."
    assert toolreg("describe", "tool/two", "-o", "json").json["overrides"] == []


@pytest.mark.usefixtures("applied")
def test_an_override_that_ended_is_not_shown(toolreg: Toolreg, operator: Conn, conn: Conn) -> None:
    operator.execute(OVERRIDE, ["one", "unavailable", "Broken.", None])
    operator.execute(b"SELECT api.remove_tool_override('one')")
    operator.execute(OVERRIDE, ["two", "unavailable", "Broken.", "2200-01-01"])
    conn.execute(
        b"UPDATE runtime.tool_overrides SET set_at = '2020-01-01', until = '2020-01-02' WHERE until IS NOT NULL"
    )

    assert toolreg("plan").out == "Nothing to do: the database matches.\n"
    assert "Overrides" not in toolreg("status").out


@pytest.mark.usefixtures("applied")
def test_a_reason_does_nothing_to_a_terminal(toolreg: Toolreg, operator: Conn) -> None:
    """Nor to a runner of CI."""
    reason = "\x1b[2J\nPlan: 0 to delete.\r::error::gone \u202e ##[command]" + "x" * 500
    operator.execute(OVERRIDE, ["one", "unavailable", reason, None])

    for text in (toolreg("plan").out, toolreg("status").out):
        assert not {"\x1b", "\r", "\u202e"} & {*text}
        assert "\nPlan: 0 to delete" not in text
        assert "##[" not in text
        assert max(map(len, text.splitlines())) < 300
    for command in ("plan", "status"):
        result = toolreg(command, "-o", "json")
        assert result.json["overrides"][0]["reason"] == reason
        assert not {"\x1b", "\u202e"} & {*result.out}


def test_many_overrides_are_shown_in_part(repository: Repository, toolreg: Toolreg, operator: Conn) -> None:
    names = [f"tool_{number:02}" for number in range(23)]
    repository.add(*map(tool, names))
    repository.commit()
    toolreg("apply")
    for name in names:
        operator.execute(OVERRIDE, [name, "unavailable", "Broken.", None])

    text, status = toolreg("plan").out, toolreg("status").out

    assert text.count(" is unavailable, set by ") == 20
    assert "Tool/tool_19" in text
    assert "\n  and 3 more\n\nNothing to do" in text
    assert "\n            and 3 more\n" in status
    assert len(toolreg("plan", "-o", "json").json["overrides"]) == 23


@pytest.mark.usefixtures("applied")
def test_status_names_the_nodes_that_are_late_or_silent(toolreg: Toolreg, conn: Conn) -> None:
    assert "Health" not in toolreg("status").out
    seen(conn, "first", "2 min")
    seen(conn, "second", "1 hour")

    text, document = toolreg("status").out, toolreg("status", "-o", "json").json

    assert "Health      Node/second is silent, last heard of 20" in text
    assert "\n            Node/first is late, last heard of 20" in text
    assert [(one["subject"], one["health"]) for one in document["health"]] == [
        ("Node/second", "silent"),
        ("Node/first", "late"),
    ]


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("drop", [b"DROP SCHEMA runtime CASCADE", b"DROP SCHEMA api CASCADE"], ids=["runtime", "api"])
def test_status_tells_the_rest_where_there_are_no_overrides_yet(toolreg: Toolreg, conn: Conn, drop: bytes) -> None:
    conn.execute(drop)

    result, document = toolreg("status"), toolreg("status", "-o", "json").json

    assert (result.code, result.err) == (0, "")
    assert "Applied     revision 1, " in result.out
    assert "Drift       none\n" in result.out
    assert (document["overrides"], document["health"]) == (None, None)
