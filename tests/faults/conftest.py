"""Servers and disks that a test may break."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler import embedded, reconcile
from reconciler.database import connect
from reconciler.migrate import migrate
from tests.faults.scene import (
    PATIENCE,
)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a server that stays away for a moment only."""
    monkeypatch.setattr(reconcile, "_READ_BACK_SECONDS", 0.5)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Path]:
    """The folder of a server of this test's own, which may be killed."""
    folder = tmp_path / "server"
    with embedded.serve(folder) as conninfo, connect(conninfo) as conn:
        migrate(conn, PATIENCE)
    yield folder
    embedded.stop(folder)


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
