"""Servers and disks that a test may break."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.applying import reading_back
from reconciler.database import embedded
from reconciler.database.connection import connect
from reconciler.database.migrate import migrate_database
from tests.faults.scene import (
    PATIENCE,
)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a server that stays away for a moment only."""
    monkeypatch.setattr(reading_back, "READ_BACK_SECONDS", 0.5)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a server that starts on a busy machine for as long as that takes."""
    monkeypatch.setattr(reading_back, "READ_BACK_SECONDS", PATIENCE)


@pytest.fixture(scope="session")
def _made_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a migrated server that never runs: one is made once, which takes a second, and then copied."""
    folder = tmp_path_factory.mktemp("made") / "server"
    with embedded.serve(folder) as conninfo, connect(conninfo) as conn:
        migrate_database(conn, PATIENCE)
    return folder


@pytest.fixture
def own_server(tmp_path: Path, _made_server: Path) -> Iterator[Path]:
    """The folder of a server of this test's own, which may be killed."""
    folder = tmp_path / "server"
    subprocess.run(["cp", "-a", _made_server, folder], check=True)
    yield folder
    embedded.stop(folder)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 24 MB, where the user of the server can reach it: pytest's own folders are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", folder]
        if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
            pytest.skip("a full disk needs a small file system, and only root may mount one")
        yield Path(folder)
        subprocess.run(["umount", "--lazy", folder], check=True)
