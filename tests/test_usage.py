"""Who calls the tools that a plan deletes, renames or breaks, and what is refused for that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from reconciler.rules.compatibility import plans
from tests.builders import Repository, registry, service, tool
from tests.calls import log, rollup
from tests.conftest import Toolreg
from tests.proxy import Proxy, Statement

Conn = psycopg.Connection[Any]
TEXT = {"type": "string"}
HARMLESS: dict[str, Any] = {"type": "object", "properties": {"amount": {"type": "integer", "minimum": 0}}}
BREAK = {"type": "object", "properties": {"amount": TEXT}}
LAST = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)


def days_ago(days: float) -> str:
    return (LAST - timedelta(days=days)).isoformat()


def call(conn: Conn, name: str, agent: str, calls: int, days: float = 0) -> None:
    """Log calls of an agent, all at once, so many days ago."""
    for _ in range(calls):
        log(conn, name, days_ago(days), agent=agent)


@pytest.fixture
def applied(repository: Repository, toolreg: Toolreg) -> Repository:
    """A repository with three applied tools, and an agent that names two of them."""
    repository.add(tool(), tool("pay"), tool("other"))
    repository.add(service("shop", type="agent", usesTools=["lookup", "pay"]))
    repository.commit()
    result = toolreg("apply")
    assert result.code == 0, result.err
    return repository


def usage(toolreg: Toolreg, *arguments: object) -> dict[str, Any]:
    """Return the usage of each change of a plan with one, by name."""
    changes = toolreg("plan", *arguments, "-o", "json").json["changes"]
    return {change["name"]: change["usage"] for change in changes if "usage" in change}


def test_a_plan_says_who_calls_a_broken_tool(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Calls are counted whether they were rolled up or not."""
    call(conn, "lookup", "ada", 3)
    call(conn, "lookup", "ada", 2, days=10)
    rollup(conn)
    call(conn, "lookup", "bob", 1, days=2)
    call(conn, "lookup", "eve", 4, days=40)
    applied.add(tool(version="2.0.0", inputSchema=BREAK))

    text, [found] = toolreg("plan"), usage(toolreg).values()

    assert text.code == 0
    assert found == {
        "calls7Days": 4,
        "calls30Days": 6,
        "lastCall": LAST.isoformat().replace("+00:00", "Z"),
        "agents": [{"name": "ada", "calls30Days": 5}, {"name": "bob", "calls30Days": 1}],
        "moreAgents": 0,
        "services": ["shop"],
        "moreServices": 0,
    }
    lines = [line.strip() for line in text.out.splitlines()]
    place = lines.index(f"calls: 4 in 7 days, 6 in 30 days; last {found['lastCall']}")
    assert lines[place + 1] == "called by ada (5), bob (1); named by service shop"
    applied.commit()
    assert "calls: 4 in 7 days, 6 in 30 days; last" in toolreg("apply").out


def test_only_tools_that_callers_lose_are_counted(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """A deleted tool and one renamed for its callers: not one that keeps its toolName, and no harmless change."""
    for name in ("lookup", "pay", "other"):
        call(conn, name, "ada", 1)
    applied.add(service("shop", type="agent", usesTools=["find"]))
    applied.add(tool("find", metadata={"movedFrom": "lookup"}, version="2.0.0"))
    applied.add(tool("buy", metadata={"movedFrom": "pay"}, version="1.1.0", toolName="pay"))
    for name in ("lookup", "pay", "other"):
        applied.remove(f"tools/{name}.yaml")

    found = usage(toolreg)
    assert {name: known["calls30Days"] for name, known in found.items()} == {"other": 1, "find": 1}
    assert found["find"]["services"] == ["shop"]

    applied.git("checkout", "-q", "--", ".")
    applied.git("clean", "-qfd")
    applied.add(tool(version="1.1.0", inputSchema=HARMLESS))
    assert usage(toolreg) == {}
    assert "calls:" not in toolreg("plan").out


def test_a_tool_that_nobody_calls_says_so(applied: Repository, toolreg: Toolreg) -> None:
    applied.remove("tools/other.yaml")

    assert "      calls: 0 in 7 days, 0 in 30 days\n" in toolreg("plan").out
    assert usage(toolreg)["other"] == {
        "calls7Days": 0,
        "calls30Days": 0,
        "lastCall": None,
        "agents": [],
        "moreAgents": 0,
        "services": [],
        "moreServices": 0,
    }


def test_two_tools_of_one_name_in_a_plan_are_counted_apart(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """One is deleted, and another one takes its name in a later commit."""
    call(conn, "lookup", "ada", 1)
    call(conn, "other", "bob", 2)
    applied.remove("tools/other.yaml")
    applied.commit()
    applied.remove("tools/lookup.yaml")
    applied.add(tool("other", metadata={"movedFrom": "lookup"}, version="2.0.0"))
    applied.add(service("shop", type="agent", usesTools=["pay"]))
    applied.commit()

    changes = toolreg("plan", "--ref", "HEAD", "-o", "json").json["changes"]

    calls = {change["action"]: change["usage"]["calls30Days"] for change in changes if change["kind"] == "Tool"}
    assert calls == {"delete": 2, "move": 1}


def test_many_agents_and_services_are_counted_beyond_the_first(
    applied: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    for number in range(7):
        call(conn, "lookup", f"agent {number}", 7 - number)
    applied.add(*(service(f"shop_{number}", type="agent", usesTools=["lookup"]) for number in range(6)))
    applied.commit()
    assert toolreg("apply").code == 0
    applied.add(tool(version="2.0.0", inputSchema=BREAK))

    [found] = usage(toolreg).values()

    assert [agent["calls30Days"] for agent in found["agents"]] == [7, 6, 5, 4, 3]
    assert found["moreAgents"] == 2
    assert found["services"] == ["shop", "shop_0", "shop_1", "shop_2", "shop_3"]
    assert found["moreServices"] == 2
    assert "agent 4 (3) and 2 more; named by service shop, shop_0," in toolreg("plan").out


def test_one_statement_reads_all_usage(applied: Repository, toolreg: Toolreg, database: str) -> None:
    """None where no tool is lost."""
    applied.remove("tools/other.yaml")
    applied.add(tool(version="2.0.0", inputSchema=BREAK), tool("pay", version="2.0.0", inputSchema=BREAK))
    applied.commit()

    assert asked(applied, database) == 1
    assert toolreg("apply").code == 0
    applied.add(tool(version="2.1.0", inputSchema=BREAK | {"title": "New"}))
    assert asked(applied, database) == 0


def asked(repository: Repository, database: str) -> int:
    """Return how often a plan asks who calls tools."""
    seen: list[Statement] = []
    with Proxy(database, seen.append) as proxy:
        assert Toolreg(repository, proxy.conninfo)("plan").code == 0
    return len([one for one in seen if one.moment == "before" and "callers_of" in one.text])


# ---- spec.limits.maxUsage


def limited(repository: Repository, toolreg: Toolreg, limit: int | None) -> None:
    repository.write("registry.yaml", registry(limits={} if limit is None else {"maxUsage": limit}))
    repository.commit()
    assert toolreg("apply").code == 0


def outcomes(conn: Conn) -> list[tuple[str, list[str]]]:
    return conn.execute(b"SELECT outcome, overridden FROM registry.revisions ORDER BY number").fetchall()


def test_a_tool_in_use_is_neither_broken_nor_deleted(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    call(conn, "lookup", "ada", 12)
    call(conn, "other", "ada", 3)
    limited(applied, toolreg, 3)
    applied.add(tool(version="2.0.0", inputSchema=BREAK))
    applied.remove("tools/other.yaml")
    applied.commit()

    planned, listed, refused = toolreg("plan"), toolreg("plan", "-o", "json"), toolreg("apply")

    message = (
        "this revision would delete, rename or break Tool/lookup (12 calls in 30 days) (limit: 3 calls)."
        " If that is meant: toolreg apply --max-usage 14\n"
    )
    assert planned.code == listed.code == refused.code == 3
    assert message in planned.err
    assert refused.err.endswith(message)
    assert planned.out.count("blocked: more than 3 calls in 30 days\n") == 1
    [refusal] = listed.json["refusals"]
    assert (refusal["rule"], refusal["blocks"]) == ("too-much-usage", ["Tool/lookup"])
    assert toolreg("apply", "--max-usage", 11).code == 3
    assert "(allowed: 11 calls)" in toolreg("plan", "--max-usage", 11).err
    assert toolreg("plan", "--max-usage", 14).code == 0
    assert toolreg("apply", "--max-usage", 14).code == 0
    assert outcomes(conn)[-3:] == [("refused", []), ("refused", []), ("applied", ["too-much-usage"])]


def test_the_limit_of_the_applied_registry_counts(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """No revision loosens its own guard, and one that tightens it is judged by the former one."""
    call(conn, "other", "ada", 2)
    limited(applied, toolreg, 1)
    applied.write("registry.yaml", registry())
    applied.remove("tools/other.yaml")
    applied.commit()
    assert toolreg("apply").code == 3

    applied.git("revert", "--no-edit", "HEAD")
    limited(applied, toolreg, None)
    applied.write("registry.yaml", registry(limits={"maxUsage": 0}))
    applied.remove("tools/other.yaml")
    applied.commit()
    assert toolreg("apply").code == 0
    assert outcomes(conn)[-1] == ("applied", [])


@pytest.mark.parametrize(
    ("name", "said"),
    [({"toolName": "lookup"}, None), ({}, "Tool/find (2 calls in 30 days) (limit: 0 calls)")],
)
def test_a_rename_for_callers_is_a_loss(
    applied: Repository, toolreg: Toolreg, conn: Conn, name: dict[str, Any], said: str | None
) -> None:
    call(conn, "lookup", "ada", 2)
    limited(applied, toolreg, 0)
    applied.remove("tools/lookup.yaml")
    applied.add(tool("find", metadata={"movedFrom": "lookup"}, version="2.0.0", **name))
    applied.add(service("shop", type="agent", usesTools=["find"]))

    result = toolreg("plan")

    assert result.code == (3 if said else 0)
    assert said is None or said in result.err


def test_without_a_limit_an_option_sets_one(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    call(conn, "other", "ada", 2)
    applied.remove("tools/other.yaml")

    assert toolreg("plan", "--max-usage", 1).code == 3
    assert toolreg("plan", "--max-usage", 2).code == toolreg("plan").code == 0


def test_the_suggested_limit_leaves_room_for_calls_to_come(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    conn.execute(
        b"INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool_id, tool, agent, status)"
        b" SELECT now(), 1, id, name, 'ada', 'success' FROM registry.entities, generate_series(1, 4812)"
        b" WHERE name = 'other'"
    )
    applied.remove("tools/other.yaml")

    assert toolreg("plan", "--max-usage", 0).err.endswith("If that is meant: toolreg apply --max-usage 5300\n")


def test_a_rollback_is_judged_too_and_a_repair_is_not(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """A repair restores what callers were promised."""
    limited(applied, toolreg, 1)
    applied.add(tool(version="1.1.0", inputSchema=HARMLESS | {"properties": HARMLESS["properties"] | {"note": TEXT}}))
    applied.commit()
    assert toolreg("apply").code == 0
    call(conn, "lookup", "ada", 2)

    rolled = toolreg("rollback", 2, "--reason", "Back.", "--dry-run")
    assert rolled.code == 3
    assert "called by ada (2)" in rolled.out
    assert rolled.err.endswith("(limit: 1 calls). If that is meant: --max-usage 3\n")
    assert toolreg("rollback", 2, "--reason", "Back.", "--max-usage", 3).code == 0
    conn.execute(
        b"UPDATE registry.tools SET manifest = replace(manifest::text, '\"minimum\"', '\"maximum\"')::json"
        b" WHERE name = 'lookup'"
    )
    assert toolreg("drift", "--fix").code == 0


def test_a_saved_plan_keeps_what_was_allowed(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    call(conn, "lookup", "ada", 2)
    limited(applied, toolreg, 1)
    applied.add(tool(version="2.0.0", inputSchema=BREAK))
    applied.commit()

    assert toolreg("plan", "--ref", "HEAD", "--out", "../plan.json").code == 3
    assert (
        toolreg("plan", "--ref", "HEAD", "--max-usage", 3, "--allow-version-reuse", "--out", "../plan.json").code == 0
    )
    for option in (["--max-usage", 3], ["--allow-version-reuse"]):
        assert toolreg("apply", "--plan", "../plan.json", *option).code == 64
    result = toolreg("apply", "--plan", "../plan.json")

    assert result.code == 0
    assert "The plan was made with --max-usage 3.\n" in result.err
    assert "The plan was made with --allow-version-reuse.\n" in result.err


def test_a_busy_tool_is_compared_first_and_one_without_an_answer_in_time_counts_as_broken(
    applied: Repository, toolreg: Toolreg, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody hides a break behind a hundred other changes, or behind schemas that take long to compare."""
    call(conn, "pay", "ada", 2)
    limited(applied, toolreg, 1)
    applied.add(*(tool(name, version="1.1.0", inputSchema=HARMLESS) for name in ("lookup", "other", "pay")))

    monkeypatch.setattr(plans, "_MOST", 1)
    assert toolreg("plan").code == 0
    monkeypatch.setattr(plans, "_SECONDS", -1.0)
    result = toolreg("plan")

    assert result.code == 3
    assert "Tool/pay (2 calls in 30 days)" in result.err


def test_a_change_that_no_judge_can_tell_counts_as_a_break(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Eighteen conditions in allOf take a judge too long, and no value that breaks is found."""
    call(conn, "lookup", "ada", 2)
    conditions = [{"if": {"required": [f"a{n}"]}, "then": {"required": [f"b{n}"]}} for n in range(18)]
    slow: dict[str, Any] = HARMLESS | {"allOf": conditions}
    applied.add(tool(version="2.0.0", inputSchema=slow | {"anyOf": [{"minProperties": 1}, {"maxProperties": 0}]}))

    result = toolreg("plan", "--max-usage", 1)

    assert "cannot be told" in result.out
    assert result.code == 3


# ---- Versions


def test_a_version_does_not_return_with_other_content(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    first = applied.git("rev-parse", "HEAD")
    applied.add(tool(version="1.1.0", inputSchema=HARMLESS))
    applied.commit()
    assert toolreg("apply").code == 0
    applied.add(tool(version="1.0.0", inputSchema=BREAK))
    applied.commit()

    planned, refused = toolreg("plan"), toolreg("apply")

    assert planned.code == refused.code == 3
    assert "blocked: an earlier revision had this version with other content\n" in planned.out
    assert (
        "error: a version never returns with other content: Tool/lookup 1.0.0 was applied by revision 1, commit"
        f" {first[:12]}, "
    ) in refused.err
    assert refused.err.endswith(
        "Raise the version, or restore the content. If that is meant: toolreg apply --allow-version-reuse\n"
    )
    assert toolreg("apply", "--allow-version-reuse").code == 0
    assert outcomes(conn)[-2:] == [("refused", []), ("applied", ["version-reused"])]


def test_a_version_returns_with_its_content(applied: Repository, toolreg: Toolreg) -> None:
    """As by git revert; on another node, too, and with its keys in another order."""
    applied.add(tool(version="1.1.0", inputSchema=HARMLESS))
    applied.commit()
    assert toolreg("apply").code == 0
    applied.git("revert", "--no-edit", "HEAD")
    assert toolreg("apply").code == 0

    applied.add(tool(version="1.1.0", inputSchema=dict(reversed(HARMLESS.items()))))
    assert toolreg("plan").code == 0
    applied.add(tool(version="1.1.0", inputSchema=HARMLESS, metadata={"title": "Other"}))
    assert toolreg("plan").code == 3


def test_a_version_that_stays_is_for_check_to_judge(applied: Repository, toolreg: Toolreg) -> None:
    applied.add(tool(inputSchema=BREAK))

    assert toolreg("plan").code == 0


def test_a_tool_that_was_deleted_or_renamed_begins_anew(applied: Repository, toolreg: Toolreg) -> None:
    """Nobody calls it under this name."""
    applied.remove("tools/other.yaml")
    applied.commit()
    assert toolreg("apply").code == 0
    applied.add(tool("other", inputSchema=BREAK))
    applied.commit()
    assert toolreg("apply").code == 0
    applied.remove("tools/other.yaml")
    applied.add(tool("another", metadata={"movedFrom": "other"}, version="1.0.0", inputSchema=HARMLESS))

    assert toolreg("plan").code == 0
