"""A database of an earlier storage, with data in it, is brought to today's storage without losing anything.

Each dump was made by pg_dump from a database that the toolreg of its time migrated and filled: the shipped registry,
a tool that was renamed and one that was changed, calls, an artifact, a heartbeat, an override, a suspension that ended.
"""

import re
from pathlib import Path

import psycopg
import pytest

from tests.builders import run

# Of all words in prose, these name no subject.
VAGUE = re.compile(
    r"what(ever)?|it|that|ones?|there|whom?|where(ver)?|those|they|them|(some|any|no)body|(some|any|no)thing|so|such"
)
DUMPS = sorted((Path(__file__).parent / "dumps").glob("storage-*.sql"))


@pytest.fixture(params=DUMPS, ids=lambda path: path.stem)
def earlier(request: pytest.FixtureRequest, empty_database: str) -> str:
    """How its owner reaches a database of an earlier storage."""
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute(request.param.read_bytes())
    return empty_database


def test_it_is_migrated_with_what_is_in_it(earlier: str) -> None:
    with psycopg.connect(earlier) as conn:
        before = rows(conn)

    migrated = run("migrate", "--database", earlier, cwd=Path.cwd())

    assert migrated.code == 0, migrated.err
    with psycopg.connect(earlier) as conn:
        assert rows(conn) == before
        assert conn.execute(
            "SELECT name FROM api.tools WHERE name IN ('file_analyzer', 'analyze_file')"
        ).fetchall() == [("analyze_file",)]
        assert conn.execute("SELECT tool FROM api.tool_overrides").fetchall() == [("check_inventory",)]
        assert conn.execute("SELECT tool, status FROM api.invocations ORDER BY tool").fetchall() == [
            ("analyze_file", "success"),
            ("check_inventory", "failure"),
        ]
        assert conn.execute("SELECT tool, uri FROM api.artifacts").fetchall() == [
            ("analyze_file", "s3://bucket/report.pdf")
        ]
        seen = conn.execute("SELECT name FROM api.node_health_status WHERE last_seen IS NOT NULL").fetchall()
        assert seen == [("worker-1",)]


def test_it_holds_one_registry_under_the_name_applied_last(earlier: str) -> None:
    top = Path.cwd()
    assert run("migrate", "--database", earlier, cwd=top).code == 0

    with psycopg.connect(earlier) as conn:
        assert conn.execute("SELECT name FROM registry.registries").fetchall() == [("acme",)]
        assert conn.execute("SELECT DISTINCT registry FROM api.tools").fetchall() == [("acme",)]
        assert conn.execute("SELECT DISTINCT registry FROM api.registry_at(1)").fetchall() == [("acme",)]
    planned = run("plan", "--worktree", "--database", earlier, cwd=top)
    assert "0 to create" in planned.out
    assert "belong" not in planned.err


def test_every_command_works_on_it_afterwards(earlier: str) -> None:
    top = Path.cwd()
    assert run("migrate", "--database", earlier, cwd=top).code == 0

    for command in ("get tools", "history", "history tool/analyze_file", "blame tool/check_inventory", "drift"):
        result = run(*command.split(), "--database", earlier, cwd=top)
        assert (result.code, "error" in result.err) == (0, False), (command, result.err)
    assert "analyze_file" in run("get", "tools", "--at", "5", "--database", earlier, cwd=top).out
    assert "file_analyzer" in run("get", "tools", "--at", "1", "--database", earlier, cwd=top).out


DESCRIBED = b"""
SELECT named.type, named.identity, description.description
FROM pg_description AS description
CROSS JOIN pg_identify_object(description.classoid, description.objoid, description.objsubid) AS named
WHERE named.schema IN ('registry', 'runtime') AND named.identity !~ 'invocation_logs_[0-9]'
ORDER BY 1, 2
"""


def test_it_is_described_as_a_new_database_is(earlier: str, conn: psycopg.Connection[tuple[object, ...]]) -> None:
    assert run("migrate", "--database", earlier, cwd=Path.cwd()).code == 0

    with psycopg.connect(earlier) as old:
        described = old.execute(DESCRIBED).fetchall()

    assert described == conn.execute(DESCRIBED).fetchall()
    # Named by their subjects: of 100 words, at most 3.5 are pronouns, as in the codebases that we look up to.
    words = re.findall(r"[a-z']+", " ".join(str(text) for _, _, text in described).lower())
    assert sum(VAGUE.fullmatch(word) is not None for word in words) < len(words) * 0.035


def rows(conn: psycopg.Connection[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Return what is declared, what was, and what happened, as far as every storage has it."""
    return [
        *conn.execute("SELECT id, manifest::text, digest, revision FROM registry.tools ORDER BY id"),
        *conn.execute("SELECT id, manifest::text, digest, revision FROM registry.services ORDER BY id"),
        *conn.execute("SELECT id, manifest::text, digest, revision FROM registry.nodes ORDER BY id"),
        *conn.execute("SELECT id, number, commit, subject FROM registry.revisions ORDER BY id"),
        *conn.execute("SELECT entity_id, revision, action, name, manifest::text FROM registry.history ORDER BY 2, 1"),
        *conn.execute("SELECT count(*) FROM runtime.invocation_logs"),
        *conn.execute("SELECT id, uri, size_bytes FROM runtime.artifacts"),
    ]
