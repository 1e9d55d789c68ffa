"""What the tests of faults have in common: what a database holds, a history of two commits, an apply under way."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.builders import Repository, Result, node, run, tool
from tests.proxy import Cut, Moment, Statement
from tests.roles import MIGRATOR, as_superuser

PATIENCE = 20.0
Conn = psycopg.Connection[Any]
Content = list[tuple[Any, ...]]

# All that a revision writes, less what is drawn by lot or read from the clock.
CONTENT = b"""
SELECT 'row', kind, name, manifest::text, path, blob, applied_digest, NULL FROM registry.resources
UNION ALL
SELECT 'tag', tool.name, tag.tag, NULL, NULL, NULL, NULL, NULL
FROM registry.tool_tags AS tag INNER JOIN registry.tools AS tool ON tool.id = tag.tool_id
UNION ALL
SELECT 'reference', source.name, reference.pointer, reference.target_kind, reference.target_name, NULL, NULL, NULL
FROM registry.references AS reference INNER JOIN registry.entities AS source ON source.id = reference.source_id
UNION ALL
SELECT 'entity', kind, name, present::text, NULL, NULL, NULL, NULL FROM registry.entities
UNION ALL
SELECT 'version', entity.kind, history.name, history.manifest::text, history.path, history.blob, history.action,
    revision.commit
FROM registry.history AS history
INNER JOIN registry.entities AS entity ON entity.id = history.entity_id
INNER JOIN registry.revisions AS revision ON revision.number = history.revision
UNION ALL
SELECT 'revision', source, plan_digest, created::text, updated::text, deleted::text, author, commit
FROM registry.revisions
WHERE outcome = 'applied'
"""


def content(conninfo: str) -> Content:
    with psycopg.connect(conninfo) as conn:
        return sorted(conn.execute(CONTENT).fetchall(), key=repr)


def recorded(conninfo: str) -> list[tuple[str, str | None]]:
    """Return outcome and error of every attempt, in order."""
    with psycopg.connect(conninfo) as conn:
        return conn.execute(b"SELECT outcome, error FROM registry.revisions ORDER BY number").fetchall()


def eventually(conn: Conn, statement: bytes, *parameters: object) -> None:
    """Wait until a query returns true."""
    deadline = time.monotonic() + PATIENCE
    while not conn.execute(statement, parameters).fetchone()[0]:  # type: ignore[index]
        assert time.monotonic() < deadline, statement
        time.sleep(0.01)


def no_lock_remains(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as conn:
        eventually(
            conn,
            b"SELECT NOT EXISTS (SELECT FROM pg_locks WHERE pid <> pg_backend_pid() AND database ="
            b" (SELECT oid FROM pg_database WHERE datname = current_database()))",
        )


@contextmanager
def copied(database: str) -> Iterator[str]:
    """Yield a copy of a database that nobody uses, for the time of the block."""
    name = str(conninfo_to_dict(database)["dbname"])
    copy = f"{name}_copy"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*map(sql.Identifier, (copy, name, MIGRATOR)))
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(copy))
    with psycopg.connect(as_superuser(make_conninfo(database, dbname="template1")), autocommit=True) as conn:
        conn.execute(drop)
        conn.execute(create)
        try:
            yield make_conninfo(database, dbname=copy)
        finally:
            conn.execute(drop)


def with_two_commits(repository: Repository, database: str) -> None:
    """Apply a commit, and make a second one that creates, updates, renames and deletes."""
    repository.add(node(), tool("kept", node="worker", metadata={"tags": ["a", "b"]}), tool("old"), tool("gone"))
    repository.commit("First")
    assert run("apply", "--database", database, cwd=repository.top).code == 0
    repository.add(
        tool("kept", version="2.0.0", metadata={"tags": ["b", "c"]}),
        tool("new", metadata={"movedFrom": "old"}),
        tool("added", node="worker"),
    )
    repository.remove("tools/old.yaml")
    repository.remove("tools/gone.yaml")
    repository.commit("Second")


def at_commit(moment: Moment, act: Callable[[], None]) -> Callable[[Statement], None]:
    """Return what acts once, when a connection commits after it wrote something."""
    state = {"wrote": False, "acted": False}

    def heard(statement: Statement) -> None:
        state["wrote"] |= "INSERT INTO registry.revisions" in statement.text
        if state["wrote"] and statement.text == "COMMIT" and statement.moment == moment and not state["acted"]:
            state["acted"] = True
            act()

    return heard


def cut_at_commit(moment: Moment, also: Callable[[], None] = lambda: None) -> Callable[[Statement], None]:
    """Return what cuts the first connection that commits after it wrote something."""

    def act() -> None:
        also()
        raise Cut

    return at_commit(moment, act)


class Running:
    """A real `toolreg apply` that waits in the middle of its writes, for a table that somebody else has locked."""

    def __init__(self, repository: Repository, database: str, *arguments: str) -> None:
        self._blocker = psycopg.connect(database)
        self._blocker.execute(b"LOCK TABLE registry.history IN ACCESS EXCLUSIVE MODE")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "apply", "--database", database, *arguments],
            cwd=repository.top,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with psycopg.connect(database, autocommit=True) as conn:
            eventually(
                conn,
                b"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'registry.history'::regclass)",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._blocker.close()
        self.process.kill()
        with self.process:
            pass

    def ended(self) -> Result:
        """Wait until it is over, and return how."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return Result(self.process.returncode, out, err)


def postmaster(folder: Path) -> int:
    return int((folder / "data/postmaster.pid").read_text().split("\n")[0])


def started(repository: Repository, database: str, ref: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", "apply", "--ref", ref, "--database", database],
        cwd=repository.top,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Result:
    out, err = process.communicate(timeout=PATIENCE)
    return Result(process.returncode, out, err)


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
