"""The monitoring views: what is stored, used, slow and large; and every kind of problem, planted one by one."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from reconciler.assets import SQL
from tests import test_maintain
from tests.builders import Repository, node, tool
from tests.conftest import Toolreg, copy

Connection = psycopg.Connection[Any]

DAYS = b"SELECT api.create_partition((now() AT TIME ZONE 'UTC')::date + ahead) FROM generate_series(0, 1) AS ahead"
ROLL_UP = b"SELECT api.rollup_invocations()"
# A dump that was restored: the rollups are those of another server.
MOVE_ELSEWHERE = b"UPDATE runtime.rollup_state SET cluster = '1', counted = '2000000000:2000000000:'"


def drop_day(ahead: int) -> str:
    """Return the statement that drops the table of today (0) or tomorrow (1)."""
    return f"""
        DO $$ BEGIN
            EXECUTE to_char(
                now() AT TIME ZONE 'UTC' + interval '{ahead} days', '"DROP TABLE runtime.invocation_logs_"YYYYMMDD'
            );
        END $$
    """


def log(conn: Connection, name: str, calls: int = 1, **columns: Any) -> None:
    """Log calls of a tool, as a direct load would."""
    values = {
        "age": "1 minute",
        "duration_ms": 100.0,
        "status": "success",
        "agent": "ada",
        "calls": calls,
        "tool": name,
    } | columns
    conn.execute(
        b"""
        INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool_id, tool, agent, status)
        SELECT
            now() - %(age)s::interval, %(duration_ms)s,
            (SELECT id FROM registry.entities WHERE kind = 'Tool' AND name = lower(%(tool)s)),
            %(tool)s, %(agent)s, %(status)s
        FROM generate_series(1, %(calls)s)
        """,
        values,
    )


def store(conn: Connection, name: str, size: int, uri: str) -> None:
    """Register an artifact of a tool."""
    conn.execute(
        b"INSERT INTO runtime.artifacts (tool_id, uri, media_type, size_bytes)"
        b" SELECT id, %(uri)s, 'text/plain', %(size)s FROM registry.entities WHERE kind = 'Tool' AND name = %(name)s",
        {"name": name, "size": size, "uri": uri},
    )


def rows(conn: Connection, view: str) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql.SQL("SELECT * FROM api.{}").format(sql.Identifier(view))).fetchall()


@dataclass(frozen=True)
class Sound:
    """A registry and the name of its database, to be copied."""

    repository: Repository
    database: str


@pytest.fixture(scope="module")
def sound(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sound]:
    """A registry with tools of each lifecycle, one tool and one node that were removed, and nothing wrong."""
    repository = Repository.create(tmp_path_factory.mktemp("sound") / "repository")
    repository.add(
        node(),
        node("idle", status="maintenance"),
        node("gone_node"),
        tool(metadata={"tags": ["read", "fast"]}, node="worker", objectives={"p95LatencyMs": 200}),
        tool("store", category="STORAGE", node="worker"),
        tool("old", lifecycle="deprecated"),
        tool("older", lifecycle="retired"),
        tool("gone"),
    )
    repository.commit()
    with copy(server, template) as conninfo:
        toolreg = Toolreg(repository, conninfo)
        assert toolreg("apply").code == 0
        repository.remove("tools/gone.yaml")
        repository.remove("nodes/gone_node.yaml")
        repository.commit()
        assert toolreg("apply").code == 0
        with psycopg.connect(conninfo, autocommit=True) as conn:
            conn.execute(DAYS)
            assert rows(conn, "data_integrity") == []
        yield Sound(repository, str(conninfo_to_dict(conninfo)["dbname"]))


@pytest.fixture
def database(server: str, sound: Sound) -> Iterator[str]:
    """How libpq reaches a copy of the database of that registry."""
    with copy(server, sound.database) as conninfo:
        yield conninfo


@pytest.fixture
def repository(sound: Sound, tmp_path: Path) -> Repository:
    """A copy of that registry."""
    return Repository(shutil.copytree(sound.repository.top, tmp_path / "repository"))


# ---- Each kind of problem


PLANTED = {
    "changed_by_hand": """
        UPDATE registry.tools SET manifest = replace(manifest::text, 'TEST', 'PLAY')::json WHERE name = 'old'
    """,
    "unmanaged_row": """
        INSERT INTO registry.entities (kind, name) VALUES ('Node', 'by_hand');
        INSERT INTO registry.nodes (id, manifest)
        SELECT entity.id, replace(node.manifest::text, 'worker', 'by_hand')::json
        FROM registry.entities AS entity, registry.nodes AS node
        WHERE entity.name = 'by_hand' AND node.name = 'worker'
    """,
    "missing_row": "DELETE FROM registry.nodes WHERE name = 'idle'",
    "row_without_presence": """
        SET toolreg.applying = on; UPDATE registry.entities SET present = false WHERE name = 'old'
    """,
    "tag_disagrees": "SET toolreg.applying = on; DELETE FROM registry.tool_tags WHERE tag = 'read'",
    "tag_disagrees (one too many)": """
        SET toolreg.applying = on;
        INSERT INTO registry.tool_tags SELECT id, 'extra' FROM registry.tools WHERE name = 'old'
    """,
    "reference_disagrees": """
        SET toolreg.applying = on; UPDATE registry.references SET target_name = 'idle' WHERE target_name = 'worker'
        AND source_id = (SELECT id FROM registry.tools WHERE name = 'store')
    """,
    "reference_missing": """
        SET toolreg.applying = on; DELETE FROM registry.references WHERE pointer = '/spec/node'
        AND source_id = (SELECT id FROM registry.tools WHERE name = 'store')
    """,
    "reference_of_nothing": """
        SET toolreg.applying = on; INSERT INTO registry.references
        SELECT id, '/spec/service', 'Service', 'api' FROM registry.entities WHERE name = 'gone'
    """,
    "orphaned_artifacts": """
        INSERT INTO runtime.artifacts (tool_id, uri, media_type, size_bytes)
        SELECT id, 'file:///a', 'text/plain', 2048 FROM registry.entities WHERE name = 'gone'
    """,
    "artifact_without_invocation": """
        INSERT INTO runtime.artifacts (tool_id, uri, media_type, size_bytes, invocation_id, invocation_started_at)
        SELECT id, 'file:///a', 'text/plain', 1, 7, now() FROM registry.tools WHERE name = 'lookup'
    """,
    "expired_artifacts": """
        INSERT INTO runtime.artifacts (tool_id, uri, media_type, size_bytes, expires_at)
        SELECT id, 'file:///a', 'text/plain', 1, now() - interval '2 days' FROM registry.tools WHERE name = 'lookup'
    """,
    "calls_in_default_partition": """
        INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, tool_id, agent, status)
        SELECT now() - interval '3 days', 1, name, id, 'ada', 'success' FROM registry.tools WHERE name = 'lookup'
    """,
    "partition_missing": drop_day(1),
    "unexported_day": """
        UPDATE runtime.settings SET export_before_drop = true;
        SELECT api.create_partition((now() - interval '200 days')::date);
        INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, tool_id, agent, status)
        SELECT now() - interval '200 days', 1, name, id, 'ada', 'success' FROM registry.tools WHERE name = 'lookup'
    """,
    "heartbeat_of_removed_node": """
        INSERT INTO runtime.node_heartbeats (node_id, seen_at)
        SELECT id, now() FROM registry.entities WHERE name = 'gone_node'
    """,
    "override_of_removed_tool": """
        INSERT INTO runtime.tool_overrides (tool_id, status, reason)
        SELECT id, 'unavailable', 'It is broken.' FROM registry.entities WHERE name = 'gone'
    """,
    "invalid_index": "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'registry.tools_by_path'::regclass",
    "constraint_not_valid": "ALTER TABLE runtime.artifacts ADD CONSTRAINT size_is_odd CHECK (size_bytes > 0) NOT VALID",
    "unknown_tool": """
        INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, agent, status)
        VALUES (now(), 1, E'no such\n\x1b[31mtool', 'ada', 'success')
    """,
    "start_after_recording": """
        INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, tool_id, agent, status, recorded_at)
        SELECT now(), 1, name, id, 'ada', 'success', now() - interval '2 hours'
        FROM registry.tools WHERE name = 'lookup'
    """,
    "settings_missing": "DELETE FROM runtime.settings",
    "deprecated_tool_called": """
        INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, tool_id, agent, status)
        SELECT now(), 1, name, id, 'ada', 'success' FROM registry.tools WHERE name = 'old'
    """,
    "retired_tool_called": """
        INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, tool_id, agent, status)
        SELECT now(), 1, name, id, 'ada', 'success' FROM registry.tools WHERE name = 'older'
    """,
    "rollup_disagrees": """
        INSERT INTO runtime.invocation_logs (started_at, duration_ms, tool, tool_id, agent, status)
        SELECT now(), 1, name, id, 'ada', 'success' FROM registry.tools WHERE name = 'lookup';
        COMMIT;
        SELECT api.rollup_invocations();
        DELETE FROM runtime.invocation_rollup
    """,
}


@pytest.mark.parametrize("planted", PLANTED)
def test_each_kind_of_problem_is_found_and_told_once(conn: Connection, planted: str) -> None:
    conn.execute(PLANTED[planted].encode())

    found = rows(conn, "data_integrity")

    assert [row["check_name"] for row in found] == [planted.partition(" ")[0]]
    assert found[0]["severity"] in {"error", "warning", "notice"}
    assert all(found[0].values())


def test_a_dangling_reference_is_found(conn: Connection) -> None:
    """And the row that is missing along with it."""
    conn.execute(b"SET toolreg.applying = on; UPDATE registry.entities SET present = false WHERE name = 'worker'")

    found = {(row["check_name"], row["subject"]) for row in rows(conn, "data_integrity")}

    assert found == {
        ("reference_dangles", "Tool/lookup"),
        ("reference_dangles", "Tool/store"),
        ("row_without_presence", "Node/worker"),
    }


def test_a_tool_on_a_node_that_takes_no_calls_is_found(
    repository: Repository, toolreg: Toolreg, conn: Connection
) -> None:
    repository.add(tool("store", category="STORAGE", node="idle"))
    repository.commit()
    assert toolreg("apply").code == 0

    assert [(row["check_name"], row["subject"]) for row in rows(conn, "data_integrity")] == [
        ("node_not_active", "Tool/store")
    ]


PLANTED_BY_TESTS_OF_THEIR_OWN = {
    "reference_dangles": test_a_dangling_reference_is_found,
    "node_not_active": test_a_tool_on_a_node_that_takes_no_calls_is_found,
    "bloated_index": test_maintain.test_who_does_not_own_the_tables_is_told_who_may_reindex_them,
}
# The second column of each part of a view, whose first is how bad it is.
KIND = re.compile(r"^SELECT\n    .*?,\n    (.*?),\n", re.MULTILINE)


def test_every_kind_of_problem_is_planted() -> None:
    """As the views name them: 'name', CASE ... THEN 'name' ... END, or one for each lifecycle."""
    problems = next(SQL.rglob("integrity_problems.sql")).read_text("utf-8")
    views = re.findall(r"FROM (?:api|internal)\.(\w+)", problems)
    texts = [next(SQL.rglob(f"{view}.sql")).read_text("utf-8") for view in views]
    columns = [column for text in texts for column in KIND.findall(text)]
    literals = {name for column in columns for name in re.findall(r"'(\w+)'", column)}
    by_lifecycle = {f"{lifecycle}_tool_called" for lifecycle in ("deprecated", "retired")}

    assert len(columns) == sum(text.count("\nSELECT\n") for text in texts)
    assert all("'" in column for column in columns)
    assert {name.partition(" ")[0] for name in PLANTED} | PLANTED_BY_TESTS_OF_THEIR_OWN.keys() == (
        literals - {"_tool_called"} | by_lifecycle
    )


def test_the_worst_problems_come_first(conn: Connection) -> None:
    for planted in ("orphaned_artifacts", "partition_missing", "settings_missing"):
        conn.execute(PLANTED[planted].encode())

    assert [row["severity"] for row in rows(conn, "data_integrity")] == ["error", "warning", "notice"]


def test_a_rollup_that_agrees_is_no_problem_whatever_was_logged_since(conn: Connection) -> None:
    log(conn, "lookup", 3)
    conn.execute(ROLL_UP)
    log(conn, "lookup", 2)

    assert rows(conn, "data_integrity") == []


def test_a_rollup_that_outlived_the_logs_of_its_day_is_no_problem(conn: Connection) -> None:
    """A late call of that day stands in the default partition alone."""
    log(conn, "lookup", 3, age="3 days")
    conn.execute(ROLL_UP)
    conn.execute(b"DELETE FROM runtime.invocation_logs WHERE ctid IN (SELECT min(ctid) FROM runtime.invocation_logs)")

    assert {row["check_name"] for row in rows(conn, "data_integrity")} == {"calls_in_default_partition"}


def test_a_day_that_was_dropped_and_got_a_table_again_is_no_problem(conn: Connection) -> None:
    log(conn, "lookup", 3, age="3 days")
    conn.execute(ROLL_UP)
    day = conn.execute(b"SELECT ((now() - interval '3 days') AT TIME ZONE 'UTC')::date").fetchone()[0]  # type: ignore[index]
    conn.execute(b"UPDATE runtime.settings SET keep_logs = '1 day'")
    conn.execute(b"SELECT api.create_partition(%s), api.drop_partition(%s)", (day, day))
    conn.execute(b"UPDATE runtime.settings SET keep_logs = DEFAULT")
    conn.execute(b"SELECT api.create_partition(%s)", (day,))
    log(conn, "lookup", 2, age="3 days")
    conn.execute(ROLL_UP)

    assert "rollup_disagrees" not in {row["check_name"] for row in rows(conn, "data_integrity")}


def test_every_fix_that_is_sql_runs(conn: Connection) -> None:
    conn.execute(PLANTED["constraint_not_valid"].encode())
    conn.execute(PLANTED["settings_missing"].encode())
    conn.execute(PLANTED["invalid_index"].encode())

    for row in rows(conn, "data_integrity"):
        conn.execute(row["fix"].encode())

    assert rows(conn, "data_integrity") == []


def test_rollups_of_another_server_count_as_none(conn: Connection) -> None:
    views = ("tool_usage_statistics", "slow_tools", "data_integrity")
    log(conn, "lookup", 3)
    log(conn, "lookup", 2, duration_ms=900, status="failure")
    raw = {view: rows(conn, view) for view in views}
    (summary,) = rows(conn, "system_summary")
    conn.execute(ROLL_UP)
    conn.execute(MOVE_ELSEWHERE)

    assert {view: rows(conn, view) for view in views} == raw
    assert rows(conn, "system_summary") == [summary]


# ---- Usage


def test_usage_is_the_same_before_between_and_after_rollups(conn: Connection) -> None:
    log(conn, "lookup", 3, age="2 days", duration_ms=100)
    log(conn, "lookup", 1, age="1 hour", status="failure", agent="bob", duration_ms=500)
    log(conn, "gone", 2)
    log(conn, "Nobody", 1)
    store(conn, "lookup", 10, "file:///a")
    before = rows(conn, "tool_usage_statistics")
    conn.execute(ROLL_UP)
    after = rows(conn, "tool_usage_statistics")
    log(conn, "store", 5)
    between = rows(conn, "tool_usage_statistics")
    conn.execute(ROLL_UP)

    assert before == after
    assert between == rows(conn, "tool_usage_statistics")
    found = {row["tool"]: row for row in between}
    assert {name: (row["state"], row["calls"]) for name, row in found.items()} == {
        "store": ("declared", 5),
        "lookup": ("declared", 4),
        "gone": ("removed", 2),
        "Nobody": ("unknown", 1),
        "old": ("declared", 0),
        "older": ("declared", 0),
    }
    assert [*found][:2] == ["store", "lookup"]
    used = found["lookup"]
    assert (used["success_rate"], used["mean_duration_ms"], used["agents"]) == (Decimal("0.7500"), Decimal("200.0"), 2)
    assert (used["artifacts"], used["artifact_bytes"], used["category"]) == (1, 10, "TEST")
    assert (found["old"]["success_rate"], found["old"]["last_used_at"], found["old"]["artifacts"]) == (None, None, 0)


def test_usage_follows_a_tool_through_a_rename(repository: Repository, toolreg: Toolreg, conn: Connection) -> None:
    log(conn, "store", 2)
    repository.remove("tools/store.yaml")
    repository.add(tool("keep", metadata={"movedFrom": "store"}, category="STORAGE", node="worker"))
    repository.commit()
    assert toolreg("apply").code == 0
    log(conn, "keep", 1)

    found = {row["tool"]: row["calls"] for row in rows(conn, "tool_usage_statistics")}

    assert found["keep"] == 3
    assert "store" not in found


def test_slow_is_what_breaks_its_promise_then_the_slowest_without_one(conn: Connection) -> None:
    log(conn, "lookup", 90, duration_ms=50)
    log(conn, "lookup", 10, duration_ms=400)
    log(conn, "store", 10, duration_ms=1000)
    log(conn, "old", 10, duration_ms=0)
    log(conn, "older", 10, age="20 days", duration_ms=9000)
    raw = rows(conn, "slow_tools")
    conn.execute(ROLL_UP)

    assert raw == rows(conn, "slow_tools")
    assert [(row["tool"], row["objective_ms"]) for row in raw] == [("lookup", 200), ("store", None), ("old", None)]
    assert raw[0]["p95_ms"] == pytest.approx(Decimal(400), rel=Decimal("0.05"))
    assert raw[0]["p50_ms"] == pytest.approx(Decimal(50), rel=Decimal("0.05"))
    assert raw[0]["times_objective"] == pytest.approx(Decimal(2), rel=Decimal("0.06"))


def test_a_tool_that_keeps_its_promise_is_not_slow(conn: Connection) -> None:
    log(conn, "lookup", 96, duration_ms=50)
    log(conn, "lookup", 4, duration_ms=4000)

    assert rows(conn, "slow_tools") == []


# ---- Storage


def test_storage_is_told_by_category_and_removed_tools_apart(conn: Connection) -> None:
    for number, (name, size) in enumerate([("lookup", 10), ("old", 30), ("store", 5), ("gone", 100)]):
        store(conn, name, size, f"file:///{number}")

    found = [
        (row["category"], row["tools"], row["artifacts"], row["bytes"], row["largest_bytes"])
        for row in rows(conn, "storage_usage_by_category")
    ]

    assert found == [
        (None, "removed tools", 1, 100, 100),
        ("TEST", "declared tools", 2, 40, 30),
        ("STORAGE", "declared tools", 1, 5, 5),
    ]


def test_every_table_and_partition_is_in_table_health(conn: Connection) -> None:
    found = {f"{row['schema']}.{row['name']}": row for row in rows(conn, "table_health")}
    tables = conn.execute(
        b"SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'"
        b" AND relnamespace IN ('registry'::regnamespace, 'runtime'::regnamespace)"
    ).fetchall()

    # PostgreSQL writes the word in quotes.
    assert found.keys() == {name.replace('"', "") for (name,) in tables}
    assert found["runtime.invocation_logs_default"]["partition_of"] == "invocation_logs"
    assert all(row["bytes"] == row["table_bytes"] + row["index_bytes"] + row["toast_bytes"] for row in found.values())
    assert "tools_by_input_schema" in found["registry.tools"]["unused_indexes"]
    assert "tool_name_is_unique" not in found["registry.tools"]["unused_indexes"]


def test_table_health_counts_dead_rows_and_the_use_of_indexes(conn: Connection) -> None:
    for number in range(3):
        store(conn, "lookup", 1, f"file:///{number}")
    (before,) = (row for row in rows(conn, "table_health") if row["name"] == "artifacts")
    with conn.transaction():
        conn.execute(b"SET LOCAL enable_seqscan = off")
        conn.execute(b"DELETE FROM runtime.artifacts WHERE tool_id IS NOT NULL AND uri = 'file:///0'")
    conn.execute(b"SELECT pg_stat_force_next_flush()")

    (after,) = (row for row in rows(conn, "table_health") if row["name"] == "artifacts")

    assert (after["live_rows"], after["dead_rows"], after["dead_ratio"]) == (2, 1, Decimal("0.3333"))
    assert after["index_scans"] > before["index_scans"]
    assert len(after["unused_indexes"]) <= len(before["unused_indexes"])


def test_the_summary_counts_what_is_declared(conn: Connection) -> None:
    (found,) = rows(conn, "system_summary")

    assert {name: found[name] for name in [*found][:10]} == {
        "tools": 4,
        "active_tools": 3,
        "tools_without_nodes": 2,
        "categories": 2,
        "tags": 2,
        "nodes": 2,
        "active_nodes": 1,
        "services": 1,
        "agents": 0,
        "revision": 2,
    }


def test_the_summary_counts_the_last_24_hours_once_however_much_is_rolled_up(conn: Connection) -> None:
    log(conn, "lookup", 3)
    log(conn, "lookup", 2, age="23 hours 59 minutes", status="failure")
    log(conn, "lookup", 7, age="24 hours 1 minute")
    conn.execute(b"INSERT INTO runtime.node_heartbeats (node_id, seen_at) SELECT id, now() FROM registry.nodes")
    conn.execute(
        b"INSERT INTO runtime.tool_overrides (tool_id, status, reason, set_at, until)"
        b" SELECT id, 'unavailable', 'Why.', now() - interval '2 h', now() + age FROM registry.tools INNER JOIN"
        b" (VALUES ('lookup', interval '1 h'), ('store', interval '-1 h')) AS row (name, age) USING (name)"
    )
    store(conn, "lookup", 10, "file:///a")
    (raw,) = rows(conn, "system_summary")
    conn.execute(ROLL_UP)
    (rolled,) = rows(conn, "system_summary")
    log(conn, "lookup", 1)
    (again,) = rows(conn, "system_summary")

    assert (raw["calls_24h"], raw["success_rate_24h"]) == (5, Decimal("0.6000"))
    assert (rolled["calls_24h"], rolled["success_rate_24h"]) == (5, Decimal("0.6000"))
    assert again["calls_24h"] == 6
    assert (raw["healthy_nodes"], raw["overrides"], raw["artifacts"], raw["artifact_bytes"]) == (1, 1, 1, 10)
    assert raw["oldest_uncounted_at"] is not None
    assert rolled["oldest_uncounted_at"] is None


# ---- Roles


@pytest.mark.parametrize("role", ["toolreg_reader", "toolreg_agent", "toolreg_reconciler"])
def test_every_role_reads_what_the_owner_reads(conn: Connection, role: str) -> None:
    views = (
        "storage_usage_by_category",
        "tool_usage_statistics",
        "slow_tools",
        "data_integrity",
        "system_summary",
        "table_health",
    )
    log(conn, "old", 2)
    store(conn, "gone", 1, "file:///a")
    expected = {view: len(rows(conn, view)) for view in views}

    conn.execute(f"SET ROLE {role}".encode())

    assert {view: len(rows(conn, view)) for view in views} == expected
    assert expected["data_integrity"] == 2


def test_a_manifest_that_was_changed_by_hand_into_nonsense_breaks_no_view(conn: Connection) -> None:
    conn.execute(
        b"""
        UPDATE registry.nodes SET manifest = jsonb_set(manifest::jsonb, '{spec,healthCheck}', '{"lateAfter": "soon"}');
        UPDATE registry.tools SET manifest = jsonb_set(
            jsonb_set(manifest::jsonb, '{spec,objectives}', '{"p95LatencyMs": "many"}'),
            '{metadata,tags}',
            '{"no": "list"}'
        )
        """
    )
    conn.execute(b"INSERT INTO runtime.node_heartbeats (node_id, seen_at) SELECT id, now() FROM registry.nodes")
    log(conn, "lookup", 1)

    assert rows(conn, "system_summary")[0]["healthy_nodes"] == 1
    assert [row["objective_ms"] for row in rows(conn, "slow_tools")] == [None]
    assert {row["check_name"] for row in rows(conn, "data_integrity")} == {"changed_by_hand"}
