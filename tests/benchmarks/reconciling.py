"""toolreg reconcile: from a push to the applied revision, and the cost of waiting."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from reconciler.database.connection import connect
from reconciler.database.migrate import migrate_database
from tests.benchmarks.generate import tools
from tests.benchmarks.measure import Row
from tests.builders import Repository

_PUSHES: Final = 5
_IDLE_SECONDS: Final = 20.0
_GOAL: Final = 1.0
_GOAL_OF_A_CORE: Final = 0.01
_PATIENCE: Final = 300.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def rows(repository: Repository, server: str, name: str, size: int) -> Iterator[Row]:
    """Yield the seconds from a wake-up after a push to the applied revision, and the share of a core when idle."""
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    database = make_conninfo(server, dbname=name)
    with connect(database) as migrating:
        migrate_database(migrating, 60)
    with tempfile.TemporaryDirectory() as state, psycopg.connect(database, autocommit=True) as watching:
        process = _start(repository, database, Path(state))
        try:
            _wait(watching, repository.git("rev-parse", "HEAD"))
            times = sorted(_push(repository, process, watching) for _ in range(_PUSHES))
            yield Row(f"push to applied, 1 change among {size:,}", times[_PUSHES // 2], goal=_GOAL)
            time.sleep(2)
            before = _used(process.pid)
            time.sleep(_IDLE_SECONDS)
            share = (_used(process.pid) - before) / _IDLE_SECONDS
            yield Row(
                f"idle at {size:,}, share of a core (and {_resident(process.pid)} MB)", share, goal=_GOAL_OF_A_CORE
            )
        finally:
            process.terminate()
            process.wait()
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _start(repository: Repository, database: str, state: Path) -> subprocess.Popen[bytes]:
    arguments = ["reconcile", "--repo", str(repository.top), "--interval", "60s", "--target", f"benchmark={database}"]
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments],
        env=os.environ | {"TOOLREG_STATE_DIR": str(state)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _push(
    repository: Repository, process: subprocess.Popen[bytes], watching: psycopg.Connection[tuple[object, ...]]
) -> float:
    path = tools(repository)[0]
    path.write_text(path.read_text("utf-8").replace("description: ", "description: Again ", 1), "utf-8")
    commit = repository.commit("One change")
    began = time.monotonic()
    process.send_signal(signal.SIGUSR1)
    _wait(watching, commit)
    return time.monotonic() - began


def _wait(watching: psycopg.Connection[tuple[object, ...]], commit: str) -> None:
    began = time.monotonic()
    statement = b"SELECT EXISTS (SELECT FROM registry.revisions WHERE outcome = 'applied' AND commit = %s)"
    while watching.execute(statement, (commit,)).fetchone() != (True,):
        if time.monotonic() - began > _PATIENCE:
            raise TimeoutError(commit)
        time.sleep(0.01)


def _used(pid: int) -> float:
    """Return the processor time of a process and of what it waited for, in seconds."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, words[11:15])) / _TICKS


def _resident(pid: int) -> int:
    words = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(words.split()[1]) // 1024
