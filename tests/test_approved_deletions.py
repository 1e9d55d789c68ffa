"""The recipe of the manual: a deletion beyond the limits is approved in the pull request."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from reconciler.assets import SCHEMAS
from tests.builders import Repository, tool
from tests.conftest import Toolreg

MANUAL: Final = SCHEMAS.parent / "reconciler/MANUAL.md"


def recipe() -> list[str]:
    """Return the two scripts of the manual: in the pull request, and in the job that applies."""
    text = MANUAL.read_text("utf-8").partition("A deletion beyond the limits can be approved in the pull request.")[2]
    return re.findall(r"```bash\n(.*?)```", text, re.DOTALL)[:2]


class Job:
    """A job of a CI that runs scripts with the tool on its PATH."""

    def __init__(self, top: Path, folder: Path, database: str) -> None:
        folder.mkdir()
        (folder / "toolreg").write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler "$@"\n')
        (folder / "toolreg").chmod(0o755)
        self._top = top
        path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        self._variables = os.environ | {"PATH": path, "DATABASE_URL": database, "CI": "true"}

    def __call__(self, script: str) -> "subprocess.CompletedProcess[str]":
        """Run a script and return how it ended."""
        return subprocess.run(
            ["bash", "-eu", "-c", script],
            cwd=self._top,
            env=self._variables,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def job(repository: Repository, toolreg: Toolreg, database: str, tmp_path: Path) -> Job:
    """A job in a repository with 20 applied tools, and a branch that deletes 9 of them."""
    repository.add(*(tool(f"tool_{number}") for number in range(20)))
    repository.commit()
    assert toolreg("apply").code == 0
    repository.git("switch", "-q", "-c", "branch")
    for number in range(9):
        repository.remove(f"tools/tool_{number}.yaml")
    repository.commit()
    return Job(repository.top, tmp_path / "bin", database)


def merge(repository: Repository, message: str) -> None:
    repository.git("switch", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", message, "branch")


def test_a_deletion_approved_in_the_pull_request_is_applied(repository: Repository, job: Job) -> None:
    """The commit after that, without an approval, is applied as usual."""
    in_pull_request, at_merge = recipe()
    shown = job(in_pull_request)
    digest = re.findall(r"Plan digest: ([0-9a-f]{64})", shown.stdout)
    assert (shown.returncode, len(digest)) == (0, 1)

    merge(repository, f"Remove old tools\n\nNobody calls them.\n\nApproved-Deletions: 9 {digest[0]}")
    applied = job(at_merge)

    assert applied.returncode == 0, applied.stderr
    assert "Plan: 0 to create, 0 to update, 9 to delete." in applied.stdout
    assert job(at_merge).returncode == 0
    repository.commit("Without approval")
    assert job(at_merge).returncode == 0


@pytest.mark.parametrize("message", ["Remove old tools", "Remove old tools\n\nApproved-Deletions: 9 " + "0" * 64])
def test_a_deletion_that_was_not_approved_is_refused(repository: Repository, job: Job, message: str) -> None:
    """Nor is one with the approval of another plan."""
    merge(repository, message)

    assert job(recipe()[1]).returncode == 3


def test_an_approval_is_void_once_the_plan_is_another(repository: Repository, job: Job) -> None:
    in_pull_request, at_merge = recipe()
    [digest] = re.findall(r"Plan digest: ([0-9a-f]{64})", job(in_pull_request).stdout)
    repository.remove("tools/tool_9.yaml")
    repository.add(tool("another"))
    repository.commit()

    merge(repository, f"Remove old tools\n\nApproved-Deletions: 9 {digest}")
    refused = job(at_merge)

    assert refused.returncode == 3
    assert f"but {digest} was approved" in refused.stderr
