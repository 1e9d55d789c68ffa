"""The wheel works by itself, on a folder that holds nothing but a git repository with registry/."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.builders import Repository, tool

_PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the wheel, in a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=_PROJECT, check=True, capture_output=True)
    (wheel,) = folder.glob("toolreg-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "content")
    return folder / "content"


def test_the_wheel_carries_the_contract_and_the_sql(unpacked: Path) -> None:
    template = "reconciler/exchange/template"
    assert {path.relative_to(unpacked) for path in (unpacked / template).rglob("*")} == {
        path.relative_to(_PROJECT) for path in (_PROJECT / template).rglob("*")
    }
    for folder in ("schemas", "sql"):
        ours = {path.relative_to(_PROJECT / folder) for path in (_PROJECT / folder).rglob("*") if path.is_file()}
        carried = {
            path.relative_to(unpacked / "reconciler" / folder)
            for path in (unpacked / "reconciler" / folder).rglob("*")
            if path.is_file()
        }
        assert carried == ours


@pytest.mark.slow
def test_the_wheel_applies_a_registry_that_stands_alone(unpacked: Path, tmp_path: Path) -> None:
    """With the embedded server, from the first manifest to a row in PostgreSQL."""
    repository = Repository.create(tmp_path / "alone")
    repository.add(tool())
    repository.commit()
    environment = os.environ | {"PYTHONPATH": str(unpacked), "TOOLREG_STATE_DIR": str(tmp_path / "state")}

    def toolreg(*arguments: str) -> str:
        # -P: the folder it is started in is not searched for modules.
        command = [sys.executable, "-P", "-m", "reconciler", *arguments]
        result = subprocess.run(
            command, cwd=repository.top, env=environment, check=True, capture_output=True, text=True
        )
        return result.stdout

    assert "Plan: 2 to create" in toolreg("apply")
    assert "lookup" in toolreg("get", "tools")
