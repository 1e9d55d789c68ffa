"""Applying under faults: the database holds the old revision or the new one, and what is said about it is true."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconciler import embedded, reconcile
from reconciler.database import LOCK_KEY, connect
from reconciler.migrate import migrate
from tests.builders import Repository, Result, node, run, service, tool
from tests.conftest import Toolreg
from tests.proxy import Cut, Proxy, Statement, Victims
from tests.roles import login

PATIENCE = 20.0
pytestmark = pytest.mark.faults
Conn = psycopg.Connection[Any]

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


def content(conninfo: str) -> list[tuple[Any, ...]]:
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
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(copy), sql.Identifier(name))
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(copy))
    with psycopg.connect(make_conninfo(database, dbname="postgres"), autocommit=True) as conn:
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


# ---- kill -9


def test_killed_at_any_statement_it_leaves_the_old_revision_or_the_new_one(
    repository: Repository, database: str
) -> None:
    """A commit that reached the server counts, and nothing else does. Run again, it converges; no lock remains."""
    with_two_commits(repository, database)
    before = content(database)
    with Victims(repository.top) as victims:
        with copied(database) as copy:
            statements = victims.statements(copy, "apply")
            after = content(copy)
        assert [statement.text for statement in statements[-2:]] == ["COMMIT", "COMMIT"]
        for statement in statements:
            with copied(database) as copy:
                victims.kill_at(statement, copy, "apply")

                expected = after if statement == statements[-1] else before
                assert content(copy) == expected, statement
                again = run("apply", "--database", copy, "--lock-timeout", PATIENCE, cwd=repository.top)
                assert again.code == 0, again.err
                assert content(copy) == after, statement
                no_lock_remains(copy)


# ---- A lost connection


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a server that stays away for a moment only."""
    monkeypatch.setattr(reconcile, "_READ_BACK_SECONDS", 0.5)


def cut_at_commit(moment: str, also: Callable[[], None] = lambda: None) -> Callable[[Statement], None]:
    """Return what cuts the first connection that commits after it wrote something."""
    state = {"wrote": False, "cut": False}

    def act(statement: Statement) -> None:
        state["wrote"] |= "INSERT INTO registry.revisions" in statement.text
        if state["wrote"] and statement.text == "COMMIT" and statement.moment == moment and not state["cut"]:
            state["cut"] = True
            also()
            raise Cut

    return act


def test_a_commit_that_never_reached_the_server_is_reported_as_not_applied(
    repository: Repository, database: str
) -> None:
    before = content(database)
    with Proxy(database, cut_at_commit("before")) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 4
    assert "Nothing was changed in the database." in result.err
    assert "Applied" not in result.err
    assert content(database) == before
    assert [outcome for outcome, _ in recorded(database)] == ["failed"]


def test_a_commit_whose_answer_was_lost_is_reported_as_applied(repository: Repository, database: str) -> None:
    with Proxy(database, cut_at_commit("after")) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 0, result.err
    assert result.err.startswith("Applied as revision 1 from commit ")
    assert [outcome for outcome, _ in recorded(database)] == ["applied"]
    assert run("plan", "--detailed-exitcode", "--database", database, cwd=repository.top).code == 0


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_outcome_is_unknown_when_the_server_stays_away(repository: Repository, database: str, moment: str) -> None:
    """It is not guessed; the user is told how to find out."""
    proxy = Proxy(database)
    proxy._act = cut_at_commit(moment, proxy.stop_listening)  # noqa: SLF001  It needs what it is made for.
    with proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 4
    assert "run toolreg status when the database is back" in result.err
    assert "Nothing was changed" not in result.err
    assert "Applied" not in result.err
    assert recorded(database) == ([] if moment == "before" else [("applied", None)])


@pytest.mark.usefixtures("usual_signals")
def test_ctrl_c_during_a_commit_does_not_say_that_nothing_was_changed(repository: Repository, database: str) -> None:
    """The server had committed already; that is read back."""
    interrupt = partial(signal.pthread_kill, threading.main_thread().ident or 0, signal.SIGINT)
    with Proxy(database, cut_at_commit("after", interrupt)) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 0, result.err
    assert result.err.startswith("Applied as revision 1 from commit ")
    assert recorded(database) == [("applied", None)]


@pytest.mark.usefixtures("usual_signals", "impatient")
def test_ctrl_c_while_the_outcome_is_read_back_leaves_it_unknown(repository: Repository, database: str) -> None:
    cut = cut_at_commit("after")

    def act(statement: Statement) -> None:
        cut(statement)
        if "SELECT EXISTS (SELECT FROM registry.revisions" in statement.text and statement.moment == "before":
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            raise Cut

    with Proxy(database, act) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 4
    assert "run toolreg status" in result.err
    assert "Nothing was changed" not in result.err


def test_a_connection_that_is_lost_in_the_middle_changes_nothing(repository: Repository, database: str) -> None:
    def act(statement: Statement) -> None:
        if "UPDATE registry.resources" in statement.text:
            raise Cut

    with Proxy(database, act) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 4
    assert "error: the database does not answer: " in result.err
    assert "Nothing was changed in the database." in result.err
    ((outcome, error),) = recorded(database)
    assert outcome == "failed"
    assert error
    assert error.startswith("the database does not answer: ")
    assert content(database) == []


# ---- In the middle of an apply


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


@pytest.mark.usefixtures("usual_signals")
@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_in_the_middle_changes_nothing(
    repository: Repository, database: str, number: signal.Signals, code: int, word: str
) -> None:
    with Running(repository, database) as apply:
        apply.process.send_signal(number)
        result = apply.ended()

    assert result.code == code
    assert result.err.endswith(f"Nothing was changed in the database.\n\nerror: {word}\n")
    assert "Traceback" not in result.err
    assert content(database) == []
    no_lock_remains(database)
    assert recorded(database) == [("failed", "Somebody interrupted it.")]


def test_a_killed_apply_frees_its_lock_while_its_statement_still_runs(repository: Repository, database: str) -> None:
    """PostgreSQL looks whether the client is still there; else the lock would live as long as the statement."""
    with Running(repository, database) as apply, psycopg.connect(database, autocommit=True) as conn:
        apply.process.kill()
        eventually(
            conn,
            b"SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND database ="
            b" (SELECT oid FROM pg_database WHERE datname = current_database()))",
        )

    assert content(database) == []


def test_a_session_that_an_administrator_ends_changes_nothing(repository: Repository, database: str) -> None:
    with Running(repository, database) as apply, psycopg.connect(database, autocommit=True) as conn:
        conn.execute(b"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
        result = apply.ended()

    assert result.code == 4
    assert "Nothing was changed in the database." in result.err
    assert [outcome for outcome, _ in recorded(database)] == ["failed"]


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Path]:
    """The folder of a server of this test's own, which may be killed."""
    folder = tmp_path / "server"
    with embedded.serve(folder) as conninfo, connect(conninfo) as conn:
        migrate(conn, PATIENCE)
    yield folder
    embedded.stop(folder)


def postmaster(folder: Path) -> int:
    return int((folder / "data/postmaster.pid").read_text().split("\n")[0])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT, signal.SIGINT])
def test_a_server_that_is_killed_in_the_middle_changes_nothing(
    repository: Repository, own_server: Path, number: signal.Signals
) -> None:
    """By kill -9 of the postmaster, an immediate shutdown, or a fast one. The next command finds all in order."""
    conninfo = embedded.start(own_server)
    with Running(repository, conninfo) as apply:
        os.kill(postmaster(own_server), number)
        result = apply.ended()

    assert result.code == 4
    assert "error: the database does not answer: " in result.err
    assert "Nothing was changed in the database." in result.err
    assert "Traceback" not in result.err
    with embedded.serve(own_server) as conninfo:
        assert content(conninfo) == []
        assert run("apply", "--database", conninfo, cwd=repository.top).code == 0
        assert run("plan", "--detailed-exitcode", "--database", conninfo, cwd=repository.top).code == 0


# ---- A database that does not let us


def test_a_database_that_is_away_is_temporary(repository: Repository, tmp_path: Path) -> None:
    result = run("apply", "--database", f"host={tmp_path} port=1", cwd=repository.top)

    assert result.code == 4
    assert "error: the database does not answer: " in result.err
    assert result.err.startswith("Nothing was changed in the database.")


def test_a_database_that_does_not_exist_is_an_error(repository: Repository, server: str) -> None:
    result = run("apply", "--database", make_conninfo(server, dbname="nowhere"), cwd=repository.top)

    assert result.code == 1
    assert "error: the database does not let us in: " in result.err
    assert 'database "nowhere" does not exist' in result.err


@pytest.mark.parametrize("url", ["postgresql://user:hunter2@[", "host=x password='hunter2", "hunter2"])
def test_a_connection_string_that_is_none_is_not_repeated(repository: Repository, url: str) -> None:
    """It may hold a password."""
    result = run("apply", "--database", url, cwd=repository.top)

    assert result.code == 1
    assert "neither a connection URL nor a libpq connection string" in result.err
    assert "hunter2" not in result.err


def test_a_wrong_password_is_an_error_and_not_repeated(repository: Repository, own_server: Path) -> None:
    with embedded.serve(own_server) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as conn:
            conn.execute(b"CREATE ROLE guest LOGIN PASSWORD 'right'")
            rules = own_server / "data/pg_hba.conf"
            rules.write_text(f"local all guest scram-sha-256\n{rules.read_text()}")
            conn.execute(b"SELECT pg_reload_conf()")
            eventually(conn, b"SELECT EXISTS (SELECT FROM pg_hba_file_rules WHERE auth_method = 'scram-sha-256')")
        for password, words in (("hunter2", "password authentication failed"), (None, "no password supplied")):
            target = make_conninfo(conninfo, user="guest", password=password)

            result = run("apply", "--database", target, cwd=repository.top)

            assert result.code == 1
            assert "error: the database does not let us in: " in result.err
            assert words in result.err
            assert "hunter2" not in result.err


@pytest.fixture
def reader(database: str) -> Iterator[str]:
    """How a role connects that may only read."""
    with login(database, "toolreg_reader") as conninfo:
        yield conninfo


def test_a_role_that_only_reads_plans_and_is_refused_to_apply(
    repository: Repository, database: str, reader: str
) -> None:
    plan = run("plan", "--detailed-exitcode", "--database", reader, cwd=repository.top)
    assert (plan.code, plan.err) == (2, "")
    assert run("status", "--database", reader, cwd=repository.top).code in {0, 1}

    result = run("apply", "--database", reader, cwd=repository.top)

    assert result.code == 1
    assert "error: the database role may not do this: permission denied for " in result.err
    assert "Nothing was changed in the database." in result.err
    assert content(database) == []


def test_a_database_that_only_reads_is_an_error(repository: Repository, database: str) -> None:
    target = make_conninfo(database, options="-c default_transaction_read_only=on")

    assert run("plan", "--database", target, cwd=repository.top).code == 0
    result = run("apply", "--database", target, cwd=repository.top)

    assert result.code == 1
    assert "error: the database only reads, as a replica does: " in result.err
    assert "Nothing was changed in the database." in result.err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", folder], check=False).returncode
    ):
        pytest.skip("a full disk needs a small file system, and only root may mount one")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_changes_nothing(repository: Repository, small_disk: Path, own_server: Path) -> None:
    """A database on a disk of its own, so that the write-ahead log, and with it the server, has room."""
    owner = (own_server / "data").stat()
    os.chown(small_disk, owner.st_uid, owner.st_gid)
    for parent in small_disk.parents:
        if parent.owner() == "root" and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o001)
    with embedded.serve(own_server) as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as conn:
            conn.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(small_disk))))
            conn.execute(b"CREATE DATABASE full_one TABLESPACE small")
        target = make_conninfo(conninfo, dbname="full_one")
        with connect(target) as conn:
            migrate(conn, PATIENCE)
            fill(conn)
        for number in range(40):
            schema = {"type": "object", "description": os.urandom(25_000).hex()}
            repository.add(tool(f"large_{number}", inputSchema=schema))
        repository.commit()

        result = run("apply", "--database", target, cwd=repository.top)

        assert result.code == 4, result.err
        assert "error: the database is out of resources: " in result.err
        assert "Nothing was changed in the database." in result.err
        assert content(target) == []


def fill(conn: Conn) -> None:
    """Leave less than a quarter of a megabyte."""
    conn.execute(b"CREATE TABLE public.filler (content text)")
    conn.execute(b"ALTER TABLE public.filler ALTER COLUMN content SET STORAGE PLAIN")
    with suppress(psycopg.errors.DiskFull):
        while True:
            conn.execute(b"INSERT INTO public.filler SELECT repeat('x', 7000) FROM generate_series(1, 25)")


# ---- Others at work


def test_a_lock_that_is_held_names_its_holder(repository: Repository, database: str) -> None:
    with psycopg.connect(database, application_name="the other one") as other:
        other.execute(b"SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
        role, process = other.info.user, other.info.backend_pid

        result = run("apply", "--lock-timeout", "0.2", "--database", database, cwd=repository.top)

    assert result.code == 4
    assert f"another writer holds the lock: {role} (the other one, process {process}" in result.err
    assert result.err.endswith("try again, or wait longer with --lock-timeout\n")
    assert recorded(database) == []


def test_a_lock_that_is_freed_in_time_is_waited_for(repository: Repository, database: str) -> None:
    with psycopg.connect(database) as other, psycopg.connect(database, autocommit=True) as conn:
        other.execute(b"SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
        command = [sys.executable, "-m", "reconciler", "apply", "--database", database]
        with subprocess.Popen(command, cwd=repository.top, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as apply:
            eventually(conn, b"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
            other.rollback()
            assert apply.wait(PATIENCE) == 0


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


def test_two_at_once_apply_a_commit_once(repository: Repository, database: str) -> None:
    results = [ended(process) for process in [started(repository, database, "HEAD") for _ in range(2)]]

    assert [result.code for result in results] == [0, 0], results
    assert sorted("Nothing to do" in result.out for result in results) == [False, True]
    assert recorded(database) == [("applied", None)]


def test_two_at_once_apply_two_commits_one_after_the_other(repository: Repository, database: str) -> None:
    """The newer one wins, whoever is first; there is never a mix."""
    first = repository.git("rev-parse", "HEAD")
    repository.add(tool())
    second = repository.commit()

    results = [ended(process) for process in [started(repository, database, ref) for ref in (first, second)]]

    # Who waited while a newer one was applied is told to try again, and who came after that that it is older.
    assert results[0].code in (0, 3, 4), results
    assert results[1].code == 0, results
    with psycopg.connect(database) as conn:
        assert conn.execute(b"SELECT name FROM api.tools").fetchall() == [("lookup",)]


# ---- What is recorded of a failure


def test_a_bad_manifest_stops_the_revision_and_is_recorded(
    repository: Repository, toolreg: Toolreg, database: str
) -> None:
    """All problems of all files are said at once, those of unchanged files, too."""
    repository.add(tool("broken", lifecycle="gone", service="nobody"))
    repository.remove("services/api.yaml")
    repository.add(tool("other"), service("shop"))
    repository.commit()

    result = toolreg("apply")

    assert result.code == 1
    assert [re.sub(r": error:.*\[", " ", line) for line in result.err.splitlines()] == [
        "Nothing was changed in the database.",
        "registry/tools/broken.yaml:10:14 schema]",
        "registry/tools/broken.yaml:11:12 dangling-reference]",
        "registry/tools/other.yaml:11:12 dangling-reference]",
        "error: the registry has 3 problems; toolreg validate shows them, too",
    ]
    assert "there is no Service/api in this registry; expected one of shop" in result.err
    ((outcome, error),) = recorded(database)
    assert outcome == "failed"
    assert error
    assert error.startswith("3 problems, the first: registry/tools/broken.yaml:10:14: ")
    assert content(database) == []


def test_what_the_database_rejects_is_recorded(toolreg: Toolreg, conn: Conn) -> None:
    conn.execute(b"ALTER TABLE registry.services ADD CONSTRAINT service_is_not_api CHECK (name <> 'api')")

    result = toolreg("apply")

    assert result.code == 1
    assert "error: the database rejects a row of services: " in result.err
    assert "service_is_not_api" in result.err
    assert "Nothing was changed in the database." in result.err
    assert conn.execute(b"SELECT outcome, left(error, 38) FROM registry.revisions").fetchall() == [
        ("failed", "the database rejects a row of services"),
    ]


def test_a_failure_to_apply_is_an_attempt_and_not_a_revision(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """The plan goes on from what was applied last."""
    assert toolreg("apply").code == 0
    repository.write("tools/broken.yaml", "")
    repository.commit()
    assert toolreg("apply").code == 1
    repository.remove("tools/broken.yaml")
    repository.add(tool())
    repository.commit()

    plan = json.loads(toolreg("plan", "-o", "json").out)

    assert plan["baseRevision"] == 1
    assert toolreg("apply").code == 0
    assert conn.execute(b"SELECT outcome FROM api.revisions ORDER BY number").fetchall() == [
        ("applied",),
        ("failed",),
        ("applied",),
    ]


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_nothing_is_written_where_the_source_is_no_commit(repository: Repository, database: str, command: str) -> None:
    for arguments, words in (
        (("--ref", "nowhere"), "names no commit here"),
        (("--registry", "elsewhere", "--worktree"), "there is no folder elsewhere"),
    ):
        result = run(command, *arguments, "--database", database, cwd=repository.top)

        assert result.code == 1
        assert words in result.err
    assert recorded(database) == []


def test_a_shallow_clone_cannot_tell_what_is_newer(repository: Repository, database: str, tmp_path: Path) -> None:
    """The commit that was applied last is not in it. Where that is allowed, everything is looked at instead."""
    with_two_commits(repository, database)
    before = content(database)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repository.top}", clone], check=True)
    with copied(database) as copy:
        assert run("apply", "--database", copy, cwd=repository.top).code == 0
        expected = content(copy)

    planned = run("plan", "--database", database, cwd=clone)
    refused = run("apply", "--database", database, cwd=clone)

    assert (planned.code, refused.code) == (0, 4)
    assert "Applying this would be refused now: this clone is shallow" in planned.err
    assert "run: git fetch --unshallow" in refused.err
    assert content(database) == before
    with copied(database) as copy:
        assert run("apply", "--allow-rewind", "--database", copy, cwd=clone).code == 0
        assert content(copy) == expected
    subprocess.run(["git", "fetch", "-q", "--unshallow"], cwd=clone, check=True)
    assert run("apply", "--database", database, cwd=clone).code == 0
    assert content(database) == expected
