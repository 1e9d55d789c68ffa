"""toolreg watch over hundreds of saves, over a checkout of thousands of files, and where the kernel denies watching."""

import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from reconciler.assets import load_contract
from reconciler.core.manifest.contract import Contract
from reconciler.desired.worktree_files import Worktree
from reconciler.rules.held_registry import HeldRegistry
from reconciler.serving.watch import VerdictReport
from tests.builders import Repository, tool
from tests.test_watch import watching

pytestmark = pytest.mark.faults


def test_hundreds_of_saves_leak_neither_memory_nor_descriptors(
    repository: Repository, database: str, *, long: bool
) -> None:
    saves = 1_000 if long else 100
    repository.add(*(tool(f"t{number}") for number in range(200)))
    with watching(repository.top, database, applies=True) as watched:
        watched.plan()
        sizes = []
        for number in range(saves):
            # Every tenth is valid and applied, and every tenth comes with a new folder, which opens the watch anew.
            path = repository.write(
                "tools/t7.yaml", "a: [" if number % 10 == 5 else tool("t7", version=f"1.{number}.0")
            )
            if number % 10 == 8:
                path.parent.joinpath(f"d{number % 20}").mkdir(exist_ok=True)
            watched.until(VerdictReport)
            watched.reports.clear()
            if number % 25 == 24:
                sizes.append((count_descriptors(), resident()))
        (first, before), (last, after) = sizes[0], sizes[-1]

        assert last <= first + 2
        assert after - before < 8 << 20


def count_descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * resource.getpagesize()


def test_a_checkout_of_thousands_of_files_and_a_registry_made_anew(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "many")
    for number in range(2_000):
        repository.write(f"tools/d{number % 40}/t{number}.yaml", tool(f"t{number}"))
    repository.commit("Add many")
    repository.git("checkout", "-q", "main")
    with watching(repository.top) as watched:
        watched.verdict()
        repository.git("checkout", "-q", "many")
        watched.until(VerdictReport, lambda report: report.verdict.files == 2_002 and not report.verdict.problems)
        repository.git("checkout", "-q", "main")
        watched.until(VerdictReport, lambda report: report.verdict.files == 2)

        shutil.rmtree(repository.top / "registry")
        watched.settle()
        repository.git("checkout", "-q", "many", "--", "registry")
        watched.until(VerdictReport, lambda report: report.verdict.files == 2_002)
        repository.write("tools/d7/t7.yaml", "a: [")
        watched.verdict("syntax")


_DENIED = """
echo 3 > /proc/sys/user/max_inotify_watches || exit 77
exec "$0" -m reconciler watch -o json --database postgresql://127.0.0.1:1/x
"""


def test_where_the_kernel_denies_more_watches_files_are_compared(repository: Repository) -> None:
    """In a user namespace of its own, whose limit leaves others alone."""
    command = ["unshare", "-Ur", "sh", "-c", _DENIED, sys.executable]
    with subprocess.Popen(command, cwd=repository.top, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            first = process.stdout.readline()
            if not first:
                return
            assert '"type": "polling"' in first
            assert "max_user_watches" in first
            assert '"invalid": 0' in process.stdout.readline()
            assert "connection" in process.stdout.readline()
            repository.write("services/api.yaml", "a: [")
            assert '"rule": "syntax"' in next(line for line in process.stdout if '"verdict"' in line)
        finally:
            process.terminate()


def test_an_unreadable_file_is_a_problem_of_its_own() -> None:
    """Root reads all files, and another user enters no folder of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        repository = Repository.create(top)
        repository.add(tool("a"), tool("b", lifecycle="none"))
        for path in (top, *top.glob("registry/**")):
            path.chmod(0o755)
        (top / "registry/tools/a.yaml").chmod(0)
        # Another user may be unable to import what a report needs.
        contract = load_contract()
        HeldRegistry(Worktree(top, "registry", None), contract).judge(None)
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        process = context.Process(target=judge_as_nobody, args=(theirs, top, contract))
        process.start()
        assert ours.poll(20)
        told = ours.recv()
        process.join()

    assert told == [("registry/tools/a.yaml", "not-a-file"), ("registry/tools/b.yaml", "schema")]


def judge_as_nobody(connection: Connection, top: Path, contract: Contract) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    verdict = HeldRegistry(Worktree(top, "registry", None), contract).judge(None)
    connection.send([(problem.path, problem.rule) for problem in verdict.problems])
