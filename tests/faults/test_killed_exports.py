"""An export that is killed anywhere leaves no half file under a name, and the next one makes up for it."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.builders import Repository
from tests.conftest import Toolreg
from tests.test_maintain import LONG_AGO, TODAY, log, make, only, rolled_up, rows

parquet = pytest.importorskip("pyarrow.parquet")

Conn = psycopg.Connection[Any]
CALLS = 15_000
FILE = f"calls-{LONG_AGO}-1.parquet"


@pytest.mark.parametrize("name", [f".{FILE}.part", FILE], ids=["while it writes", "when the file has its name"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["KILL", "TERM"])
def test_the_next_export_makes_up_for_a_killed_one(
    repository: Repository, toolreg: Toolreg, conn: Conn, database: str, tmp_path: Path, name: str, number: int
) -> None:
    make(conn, LONG_AGO, TODAY)
    log(conn, LONG_AGO, CALLS)
    rolled_up(conn)
    conn.execute(b"UPDATE runtime.settings SET export_before_drop = true")
    folder = tmp_path / "parked"
    folder.mkdir()
    command = [sys.executable, "-m", "reconciler", "maintain", "export_partitions", "--to", str(folder)]
    with subprocess.Popen([*command, "--database", database], cwd=repository.top, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 20
        while not (folder / name).exists():
            assert time.monotonic() < deadline
            time.sleep(0.001)
        process.send_signal(number)
        process.communicate(timeout=20)
    if name.startswith("."):
        assert process.returncode in {-signal.SIGKILL, 128 + signal.SIGTERM}
    if (folder / FILE).exists():
        assert parquet.read_metadata(folder / FILE).num_rows == CALLS
    elif number == signal.SIGTERM:
        assert list(folder.iterdir()) == []
    assert only(conn, b"SELECT count(*) FROM runtime.invocation_logs") == CALLS

    assert toolreg("maintain", "export_partitions", "--to", folder).code == 0
    assert toolreg("maintain", "drop_expired_partitions").code == 0

    assert [path.name for path in folder.iterdir()] == [FILE]
    assert parquet.read_table(folder / FILE, page_checksum_verification=True).num_rows == CALLS
    assert rows(conn, b"SELECT part, calls, dropped_at IS NULL FROM api.exported_days") == [(1, CALLS, False)]
    assert only(conn, b"SELECT count(*) FROM runtime.invocation_logs") == 0
