"""The embedded server is maintained by itself: after commands, and while it is kept up without any."""

import os
import time
from pathlib import Path

import psycopg
import pytest

from reconciler.database import embedded
from reconciler.database.target import Target
from tests.faults.scene import PATIENCE

pytestmark = pytest.mark.faults

HOURS = 7200.0


def make_old(folder: Path) -> None:
    """Have the last maintenance be hours ago."""
    then = time.time() - HOURS
    (folder / "maintained").touch()
    os.utime(folder / "maintained", (then, then))


def count_runs(conninfo: str) -> int:
    with psycopg.connect(conninfo) as conn:
        row = conn.execute(b"SELECT count(*) FROM runtime.maintenance_runs WHERE error IS NULL").fetchone()
        return int(row[0]) if row else 0


def eventually_maintained(folder: Path, before: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with embedded.serve(folder) as conninfo:
            if count_runs(conninfo) > before:
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def use(folder: Path) -> int:
    """Use the server as a command does; return the number of runs seen."""
    with Target(None, folder).open() as connect, connect() as conn:
        return count_runs(conn.info.dsn)


def test_a_command_after_an_hour_has_it_maintained_and_does_not_wait(own_server: Path) -> None:
    before = use(own_server)
    make_old(own_server)
    began = time.monotonic()

    use(own_server)

    assert time.monotonic() - began < 2
    eventually_maintained(own_server, before)
    assert time.time() - (own_server / "maintained").stat().st_mtime < HOURS / 2


def test_within_an_hour_nothing_is_done(own_server: Path) -> None:
    before = use(own_server)
    (own_server / "maintained").touch()

    use(own_server)
    time.sleep(1)

    with embedded.serve(own_server) as conninfo:
        assert count_runs(conninfo) == before


def test_a_server_that_is_kept_up_is_maintained_without_commands(own_server: Path) -> None:
    before = use(own_server)
    make_old(own_server)

    conninfo = embedded.start(own_server)

    deadline = time.monotonic() + PATIENCE
    while count_runs(conninfo) == before:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    embedded.stop(own_server)
