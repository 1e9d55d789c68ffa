"""A server that is killed or out of room: nothing is changed, and the next command finds all in order."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from reconciler import embedded
from reconciler.database import connect
from reconciler.migrate import migrate
from tests.builders import Repository, run, tool
from tests.faults.scene import (
    PATIENCE,
    Conn,
    Running,
    content,
    postmaster,
)

pytestmark = pytest.mark.faults


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
