"""Reconcilers as processes of their own, as an operator runs them."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

import psycopg

from tests.faults.scene import PATIENCE, eventually

Conn = psycopg.Connection[Any]


class Reconciler:
    """A running toolreg reconcile with a state folder of its own. A context manager, which kills what still runs."""

    def __init__(
        self,
        repository: Path | str,
        *databases: str,
        options: tuple[object, ...] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.log = Path(self._folder.name) / "log"
        targets = [part for number, one in enumerate(databases) for part in ("--target", f"t{number}={one}")]
        arguments = ["reconcile", "--repo", str(repository), "--interval", "1s", *targets, *map(str, options)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reconciler", *arguments],
                env=os.environ | {"TOOLREG_STATE_DIR": f"{self._folder.name}/state"} | {**environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        for pid in (*self.children(), self.process.pid):
            with_signal(pid, signal.SIGKILL)
        self.process.wait()
        self._folder.cleanup()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; return the exit code and the seconds until the end."""
        began = time.monotonic()
        self.send(number)
        return self.process.wait(PATIENCE), time.monotonic() - began

    def children(self) -> list[int]:
        """Return the processes that it started and that still run."""
        path = Path(f"/proc/{self.process.pid}/task")
        files = path.glob("*/children") if path.exists() else ()
        return [int(pid) for file in files for pid in file.read_text().split()]

    def said(self) -> str:
        """Return the log."""
        return self.log.read_text("utf-8", "replace")


def with_signal(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def applied(conn: Conn, commit: str) -> None:
    """Wait until a commit is the applied one."""
    eventually(
        conn,
        b"SELECT (SELECT commit FROM registry.revisions WHERE outcome = 'applied' ORDER BY number DESC LIMIT 1) = %s",
        commit,
    )


def ready(conn: Conn, commit: str) -> None:
    """Wait until a reconciler says that a commit is applied."""
    eventually(
        conn,
        b"SELECT EXISTS (SELECT FROM api.reconcilers WHERE condition = 'Ready' AND attempted = %s)",
        commit,
    )


def each_commit_was_applied_once(conn: Conn) -> None:
    """No commit was applied twice without another in between."""
    rows = conn.execute(b"SELECT commit FROM registry.revisions WHERE outcome = 'applied' ORDER BY number").fetchall()
    commits = [row[0] for row in rows]
    assert len(commits) == len(set(commits)), commits
