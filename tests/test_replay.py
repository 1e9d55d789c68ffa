"""toolreg check --replay: recorded calls, tried on proposed schemas, with nothing of the recorded values shown."""

import json
import time
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from reconciler.core.compatibility.replay import Replay
from reconciler.rules.compatibility.replay import RecordedCall, replay
from tests.builders import Repository, Result, tool
from tests.calls import log
from tests.conftest import Toolreg
from tests.roles import login

Conn = psycopg.Connection[Any]
CARD = "4111-1111-1111-1111"


def taking(*required: str, **properties: Any) -> dict[str, Any]:
    """Return a schema of an object that takes these and no others."""
    closed = {"type": "object", "properties": properties, "additionalProperties": False}
    return closed | ({"required": [*required]} if required else {})


def record(conn: Conn, agent: str, *arguments: Any, name: str = "lookup") -> None:
    """Log a call of an agent for each of these arguments, a second apart."""
    for number, value in enumerate(arguments):
        log(conn, name, f"2026-03-02 10:00:{number:02}Z", agent=agent, arguments=Jsonb(value))


@pytest.fixture
def applied(repository: Repository, toolreg: Toolreg) -> Repository:
    """A repository with an applied tool that takes a text `card` and any number `amount`."""
    repository.add(tool(inputSchema=taking(card={"type": "string"}, amount={"type": "number"})))
    repository.commit()
    assert toolreg("apply").code == 0
    return repository


def check(toolreg: Toolreg, *arguments: object) -> Result:
    return toolreg("check", "--against", "HEAD", *arguments)


def test_rejected_calls_are_counted_by_rule_and_by_agent(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    record(conn, "shop", {"card": CARD, "amount": 2}, {"card": CARD, "amount": 2.5}, {"amount": 3})
    record(conn, "bot", {"card": CARD, "amount": 1.5}, {"amount": 4})
    applied.add(tool(version="2.0.0", inputSchema=taking("amount", card={"type": "null"}, amount={"type": "integer"})))

    text, listed = check(toolreg, "--replay", 100), check(toolreg, "--replay", 100, "-o", "json")

    assert text.code == listed.code == 0
    [found] = listed.json["tools"]
    assert found["replay"] == {
        "recorded": 5,
        "calls": 5,
        "rejected": 3,
        "rules": [
            {"keyword": "type", "schemaPointer": "/properties/card/type", "count": 3},
            {"keyword": "type", "schemaPointer": "/properties/amount/type", "count": 2},
        ],
        "moreRules": 0,
        "agents": [{"name": "shop", "rejected": 2}, {"name": "bot", "rejected": 1}],
        "moreAgents": 0,
    }
    assert (
        "  replay   3 of 5 recorded calls would be rejected\n"
        "           from shop (2), bot (1)\n"
        "           3 by spec.inputSchema.properties.card.type\n"
        "           2 by spec.inputSchema.properties.amount.type\n"
    ) in text.out


def test_nothing_of_a_recorded_value_is_shown(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Neither values nor names of properties: a caller may put a secret into both."""
    record(conn, "shop", {CARD: {CARD: [CARD]}}, {"card": CARD}, {"amount": {CARD: CARD}}, [CARD], CARD)
    part = {"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"maxLength": 3}}
    wanted = taking("amount", card={"enum": ["a"]}, amount={"$ref": "#/$defs/part"}) | {"$defs": {"part": part}}
    applied.add(tool(version="2.0.0", inputSchema=wanted))

    for arguments in ([], ["-o", "json"]):
        result = check(toolreg, "--replay", 10, *arguments)
        assert result.code == 0
        assert "4111" not in result.out + result.err
    rules = {rule["schemaPointer"]: rule["keyword"] for rule in result.json["tools"][0]["replay"]["rules"]}
    assert rules == {
        "/type": "type",
        "/required": "required",
        "/additionalProperties": "additionalProperties",
        "/properties/card/enum": "enum",
        "/$defs/part/additionalProperties/type": "type",
        "/$defs/part/propertyNames/maxLength": "maxLength",
    }


def test_only_the_last_calls_are_tried(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    record(conn, "old", *[{"card": None}] * 3)
    log(conn, "lookup", "2026-03-03 10:00Z", agent="new", arguments=Jsonb({"card": "x"}))
    log(conn, "lookup", "2026-03-04 10:00Z", agent="silent")
    applied.add(tool(version="1.1.0", inputSchema=taking(card={"type": "string"}, amount={}, note={})))

    found = {most: check(toolreg, "--replay", most, "-o", "json").json["tools"][0]["replay"] for most in (1, 2, 10_000)}

    assert [(replay["recorded"], replay["rejected"]) for replay in found.values()] == [(1, 0), (2, 1), (4, 3)]


def test_a_tool_without_recorded_arguments_says_so(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    log(conn, "lookup")
    applied.add(tool(version="1.1.0"), tool("new"))

    text, listed = check(toolreg, "--replay", 5), check(toolreg, "--replay", 5, "-o", "json")

    assert "  replay   no call with recorded arguments is known\n" in text.out
    [found] = listed.json["tools"]
    assert found["replay"]["recorded"] == found["replay"]["calls"] == 0
    offline = toolreg.offline("check", "--against", "HEAD", "-o", "json")
    assert "replay" not in offline.json["tools"][0]


def test_a_renamed_tool_is_tried_on_the_calls_of_its_former_name(
    applied: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """Also after the rename was applied."""
    record(conn, "shop", {"card": "x"})
    applied.add(
        tool("search", metadata={"movedFrom": "lookup"}, version="2.0.0", inputSchema=taking(card={"type": "null"}))
    )
    applied.remove("tools/lookup.yaml")
    base = applied.git("rev-parse", "HEAD")

    before = check(toolreg, "--replay", 5, "-o", "json").json["tools"]
    applied.commit()
    assert toolreg("apply").code == 0
    after = toolreg("check", "--against", base, "--replay", 5, "-o", "json").json["tools"]

    for [found] in (before, after):
        assert (found["name"], found["replay"]["rejected"]) == ("search", 1)


def test_a_removed_tool_is_not_tried(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    record(conn, "shop", {"card": "x"})
    applied.remove("tools/lookup.yaml")

    [found] = check(toolreg, "--replay", 5, "-o", "json").json["tools"]

    assert found["after"] is None
    assert "replay" not in found


@pytest.mark.parametrize("groups", [["toolreg_reader"], ["toolreg_agent"], ["toolreg_reconciler"]])
def test_a_role_that_may_not_read_arguments_is_told_which_one_may(
    applied: Repository, database: str, conn: Conn, groups: list[str]
) -> None:
    record(conn, "shop", {"card": CARD})
    applied.add(tool(version="1.1.0"))
    with login(database, *groups) as conninfo:
        toolreg = Toolreg(applied, conninfo)
        role = psycopg.conninfo.conninfo_to_dict(conninfo)["user"]

        result = check(toolreg, "--replay", 5)

        assert (result.code, result.out) == (1, "")
        grant = f'GRANT SELECT (arguments) ON runtime.invocation_logs TO "{role}"'
        assert result.err.startswith(f'error: the database role "{role}" may not read recorded arguments.')
        assert grant in result.err
        conn.execute(grant.encode())
        assert "0 of 1 recorded call would be rejected" in check(toolreg, "--replay", 5).out


def test_a_database_that_is_away_is_told_by_exit_code_4(applied: Repository) -> None:
    applied.add(tool(version="1.1.0"))

    result = check(Toolreg(applied, "host=127.0.0.1 port=1"), "--replay", 5)

    assert (result.code, result.out) == (4, "")


@pytest.mark.parametrize("arguments", [["--replay", 0], ["--replay", 10_001], ["--replay", "all"], []])
def test_a_wrong_call_is_refused(toolreg: Toolreg, arguments: list[object]) -> None:
    """Also a database without --replay, for check reads none."""
    assert check(toolreg, *arguments).code == 64


def recorded(*arguments: Any) -> list[RecordedCall]:
    return [RecordedCall("shop", json.dumps(value)) for value in arguments]


def soon() -> float:
    return time.monotonic() + 60


def test_formats_are_asserted_and_patterns_take_linear_time() -> None:
    schema = {"type": "object", "properties": {"day": {"format": "date"}, "text": {"pattern": "^(a+)+$"}}}

    found = replay(schema, 2, recorded({"day": "soon"}, {"text": "a" * 50_000 + "b"}), soon())

    assert [(rule.keyword, rule.pointer, count) for rule, count in found.rules] == [
        ("format", ("properties", "day", "format"), 1),
        ("pattern", ("properties", "text", "pattern"), 1),
    ]


def test_a_false_schema_has_a_rule_of_its_own() -> None:
    found = replay({"properties": {"a": False}}, 1, recorded({"a": 1}), soon())

    assert [(rule.keyword, rule.pointer) for rule, _ in found.rules] == [("false", ("properties", "a"))]


def test_a_schema_that_takes_for_ever_ends_the_replay_and_not_the_process() -> None:
    """Forty levels, each of which asks the next one twice."""
    definitions: dict[str, Any] = {
        f"d{level}": {"anyOf": [{"allOf": [{"$ref": f"#/$defs/d{level + 1}"}, {"minimum": level}]}] * 4}
        for level in range(40)
    }
    schema = {"$ref": "#/$defs/d0", "$defs": definitions | {"d40": {"type": "string"}}}

    assert replay(schema, 3, recorded(1, 2, 3), time.monotonic() + 0.3) == Replay(3)


def test_after_the_deadline_no_call_is_tried() -> None:
    found = replay({"type": "object"}, 2, recorded(1, 2), time.monotonic() - 1)

    assert found == Replay(2)


def test_arguments_that_nobody_can_read_are_not_counted() -> None:
    calls = [*recorded(1), RecordedCall("shop", "[" * 100_000), RecordedCall("shop", "no JSON")]

    assert (found := replay({"type": "object"}, 3, calls, soon())).calls == found.rejected == 1


def test_many_rules_and_agents_are_counted_beyond_the_first_ten() -> None:
    names = [f"p{number:02}" for number in range(15)]
    schema = {"type": "object", "properties": {name: {"type": "null"} for name in names}}
    calls = [RecordedCall(f"agent {number}", json.dumps(dict.fromkeys(names, 1))) for number in range(250)]

    found = replay(schema, 250, calls, soon())

    assert (found.calls, found.rejected) == (250, 250)
    assert (len(found.rules), found.more_rules, len(found.agents), found.more_agents) == (10, 5, 10, 240)


def test_of_long_arguments_one_rule_is_told() -> None:
    """The library makes every error before the first can be read."""
    found = replay({"items": {"type": "string"}, "maxItems": 3}, 1, recorded([1] * 500_000), soon())

    assert (found.calls, found.rejected, len(found.rules)) == (1, 1, 1)
