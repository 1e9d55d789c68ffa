"""With the clock of the client two hours off, ahead or behind: everything is by the clock of the database."""

import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.builders import Repository, Result, registry, tool
from tests.victims import Victims

pytestmark = pytest.mark.faults
Conn = psycopg.Connection[Any]

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


Elsewhere = Callable[..., Result]


@pytest.fixture(scope="module", params=["+2h", "-2h"])
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victims]:
    """Runs commands two hours ahead or behind."""
    if not LIBRARIES:
        pytest.skip("libfaketime is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LD_PRELOAD", str(LIBRARIES[0]))
        patch.setenv("FAKETIME", request.param)
        said = float(subprocess.check_output(["date", "+%s"]))
        victims = Victims(tmp_path_factory.mktemp("elsewhere")).__enter__()
    assert abs(abs(said - time.time()) - 7200) < 60
    yield victims
    victims.__exit__(None, None, None)


@pytest.fixture
def toolreg(machine: Victims, repository: Repository, database: str) -> Elsewhere:
    """The command line on a machine whose clock is wrong."""

    def run(*arguments: object) -> Result:
        return machine.start(*arguments, "--database", database, "--registry", repository.top / "registry").end()

    return run


def now(conn: Conn) -> datetime:
    row = conn.execute(b"SELECT clock_timestamp()").fetchone()
    assert row
    return datetime.fromtimestamp(row[0].timestamp(), UTC)


def test_what_is_recorded_is_when_it_was(repository: Repository, toolreg: Elsewhere, conn: Conn) -> None:
    before = now(conn)
    repository.add(tool())
    repository.commit()

    applied = toolreg("apply")

    assert applied.code == 0, applied.err
    assert toolreg("plan", "--detailed-exitcode").code == 0
    after = now(conn)
    times = conn.execute(b"SELECT started_at, finished_at FROM api.revisions").fetchall()
    times += conn.execute(b"SELECT updated_at, updated_at FROM registry.resources").fetchall()
    times += conn.execute(b"SELECT created_at, created_at FROM registry.entities").fetchall()
    for began, ended in times:
        assert before <= began <= ended <= after
    (revision,) = toolreg("history", "-o", "json").items
    said = datetime.fromisoformat(revision["finishedAt"])
    assert before - timedelta(seconds=1) <= said <= after
    assert toolreg("status").code == 0


def test_a_suspension_ends_when_it_was_to_end(toolreg: Elsewhere, conn: Conn) -> None:
    moment = now(conn)
    assert toolreg("suspend", "--reason", "Too late.", "--until", (moment - timedelta(hours=1)).isoformat()).code == 64
    until = (moment + timedelta(hours=1)).isoformat()
    assert toolreg("suspend", "--reason", "Lunch.", "--until", until).code == 0

    assert toolreg("apply").code == 3
    assert "Lunch." in toolreg("status").out

    assert toolreg("resume").code == 0
    assert toolreg("suspend", "--reason", "Briefly.", "--until", "1m").code == 0
    row = conn.execute(b"SELECT until FROM api.suspensions ORDER BY until DESC").fetchall()
    assert abs(row[1][0] - now(conn) - timedelta(minutes=1)) < timedelta(minutes=1), row
    assert toolreg("apply").code == 3


def test_a_window_is_open_when_it_says(repository: Repository, toolreg: Elsewhere, conn: Conn) -> None:
    moment = now(conn)
    window = {"from": (moment - timedelta(hours=1)).isoformat(), "until": (moment + timedelta(hours=1)).isoformat()}
    repository.write("registry.yaml", registry(freeze=[{"reason": "Inventory.", **window}]))
    repository.commit()

    result = toolreg("apply")

    assert result.code == 3
    assert "Inventory." in result.err
