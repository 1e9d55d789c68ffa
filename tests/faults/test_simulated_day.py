"""A day of a reconciler in short: commits good and bad, force-pushes, hand edits, a remote and a server that go away.

One step stands for minutes of a day; the interval is a second. With --long there is a step for each minute of a day.
"""

import os
import random
import signal
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from reconciler.database import embedded
from tests.builders import Repository, run, tool
from tests.faults.reconcilers import Reconciler

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.faults

Conn = psycopg.Connection[Any]
STEPS: Final = 24
STEPS_OF_A_DAY: Final = 1440
MOST_GROWTH: Final = 20 << 20


class Day:
    """What can happen in a day. The remote is reached by a program that obeys a word in a file."""

    def __init__(self, repository: Repository, folder: Path, luck: random.Random) -> None:
        self.repository = repository
        self.folder = folder
        self._word = folder / "word"
        self._luck = luck
        self._number = 0
        self.wrapper = folder / "ssh"
        self.wrapper.write_text(
            '#!/bin/sh\nwhile [ "$1" != git.example.com ]; do shift; done\nshift\n'
            f'case "$(cat {self._word})" in silent) exec sleep 300;; cut) echo cut >&2; exit 255;; esac\n'
            'exec sh -c "$*"\n'
        )
        self.wrapper.chmod(0o755)
        self.remote_is("there")

    def remote_is(self, word: str) -> None:
        """Have the remote be there, silent or cut off."""
        self._word.write_text(word)

    def commit(self) -> None:
        """Add or change a tool."""
        self._number += 1
        name = f"tool_{self._luck.randrange(5)}"
        self.repository.add(tool(name, metadata={"description": f"Number {self._number} of a test."}))
        self.repository.commit(f"Commit {self._number}")

    def break_it(self) -> None:
        """Commit a file that is no manifest."""
        self.repository.write("tools/broken.yaml", "kind: [\n")
        self.repository.commit("Broken")

    def mend(self) -> None:
        """Commit the removal of the broken file."""
        (self.repository.top / "registry/tools/broken.yaml").unlink(missing_ok=True)
        self.repository.commit("Mended")

    def force(self) -> None:
        """Rewrite the last commit."""
        self._number += 1
        self.repository.git("commit", "--amend", "-q", "--allow-empty", "-m", f"Rewritten {self._number}")

    def edit_by_hand(self) -> None:
        """Change or remove a row by hand."""
        statement = self._luck.choice(
            [
                b"UPDATE registry.services SET manifest = replace(manifest::text, 'of a test', 'by hand')::json",
                b"DELETE FROM registry.tools WHERE name = 'tool_1'",
            ]
        )
        try:
            with psycopg.connect(self.conninfo, autocommit=True) as conn:
                conn.execute(statement)
        except psycopg.Error:
            # The server is on its way.
            return

    def kill_server(self) -> None:
        """Kill the server, as a failure of the machine does."""
        try:
            with psycopg.connect(self.conninfo) as conn:
                row = conn.execute(b"SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'").fetchone()
            if row:
                # A lost process of the server has all sessions end, and the server start again.
                os.kill(row[0], signal.SIGKILL)
        except psycopg.Error:
            return

    @property
    def conninfo(self) -> str:
        """How to reach the server."""
        return embedded.format_conninfo(next((self.folder / "state").glob("*/data")).parent)


def resident(pid: int) -> int:
    """Return the resident memory of a process in bytes."""
    words = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(words.split()[1]) * 1024


def held(pid: int) -> tuple[int, int]:
    """Return the number of descriptors and of threads of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir())), len(list(Path(f"/proc/{pid}/task").iterdir()))


def settle(day: Day, reconciler: Reconciler) -> None:
    """Have everything be well, and wait until the head is applied."""
    day.remote_is("there")
    day.mend()
    head = day.repository.git("rev-parse", "HEAD")
    deadline = time.monotonic() + 60
    while not is_settled(day, head):
        assert time.monotonic() < deadline, (head, reconciler.said()[-2000:])
        # As a webhook would: else the next look comes after up to three minutes.
        reconciler.send(signal.SIGUSR1)
        time.sleep(0.5)


def is_settled(day: Day, head: str) -> bool:
    try:
        with psycopg.connect(day.conninfo) as conn:
            row = conn.execute(
                b"SELECT EXISTS (SELECT FROM api.reconcilers WHERE condition = 'Ready' AND head = %s"
                b" AND looked_at > clock_timestamp() - interval '2 seconds')",
                (head,),
            ).fetchone()
            return row == (True,)
    except psycopg.Error:
        return False


def test_after_a_day_the_database_is_the_head(
    repository: Repository,
    tmp_path: Path,
    long: bool,  # noqa: FBT001  A fixture.
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seed = random.randrange(2**32)  # noqa: S311  No secret.
    luck = random.Random(seed)  # noqa: S311
    day = Day(repository, tmp_path, luck)
    monkeypatch.setenv("TOOLREG_STATE_DIR", str(tmp_path / "state"))
    url = f"ssh://git.example.com{repository.top}/.git"
    environment = {"GIT_SSH": str(day.wrapper), "TOOLREG_STATE_DIR": str(tmp_path / "state")}
    with Reconciler(url, options=("--allow-rewind",), environment=environment) as reconciler:
        while not list((tmp_path / "state").glob("*/data")):
            time.sleep(0.1)
        settle(day, reconciler)
        before = resident(reconciler.process.pid), held(reconciler.process.pid)

        events: list[Callable[[], None]] = [
            *[day.commit] * 4,
            day.break_it,
            day.mend,
            day.force,
            day.edit_by_hand,
            day.kill_server,
            # Half a minute goes by before a silent remote is given up.
            partial(day.remote_is, "cut"),
            partial(day.remote_is, "silent" if long else "cut"),
            partial(day.remote_is, "there"),
            partial(day.remote_is, "there"),
        ]
        for _ in range(STEPS_OF_A_DAY if long else STEPS):
            luck.choice(events)()
            time.sleep(luck.uniform(0, 0.6))
        settle(day, reconciler)

        after = resident(reconciler.process.pid), held(reconciler.process.pid)
        assert after[0] - before[0] < MOST_GROWTH, seed
        assert after[1] == before[1], seed
        assert reconciler.process.poll() is None, (seed, reconciler.said()[-2000:])
        planned = run("plan", "--ref", "HEAD", "--detailed-exitcode", "--database", day.conninfo, cwd=repository.top)
        assert planned.code == 0, (seed, planned.out)
        with psycopg.connect(day.conninfo) as conn:
            assert conn.execute(TOLD_TWICE).fetchall() == [], seed
            sessions = conn.execute(
                b"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'toolreg'"
            ).fetchone()
            assert sessions == (1,), seed
        assert reconciler.end()[0] == 0


TOLD_TWICE: Final = b"""
SELECT revision.number, revision.commit
FROM registry.revisions AS revision
LEFT JOIN registry.history AS version ON version.revision = revision.number
WHERE revision.outcome = 'applied'
GROUP BY revision.number, revision.commit, revision.created, revision.updated, revision.deleted
HAVING count(version.revision) <> revision.created + revision.updated + revision.deleted
"""
