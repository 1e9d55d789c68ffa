"""Reading in several processes: what is killed is said, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.builders import Repository, tool

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")

# Reads a registry again and again, in three processes whatever the machine has.
READS = """
import os, sys
from pathlib import Path
from reconciler.assets import load_contract
from reconciler.desired.load import load_manifests
from reconciler.desired.worktree_files import Worktree
os.sched_getaffinity = lambda _: {0, 1, 2}
source = Worktree(Path(sys.argv[1]), "registry", None)
while True:
    load_manifests(source, source.list_entries(), load_contract(), lambda _: print("read", flush=True))
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a registry of 1,000 tools lies, which is worth several processes."""
    repository = Repository.create(tmp_path_factory.mktemp("many"))
    text = repository.write("tools/tool-0.yaml", tool("tool-0")).read_text("utf-8")
    for number in range(1, 1000):
        repository.write(f"tools/tool-{number}.yaml", text.replace("tool-0", f"tool-{number}"))
    return repository.top


@pytest.fixture
def reading(many: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is reading it, and has workers."""
    words = [sys.executable, "-c", READS, str(many)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "this does not come"
        time.sleep(0.002)


def stopped_with_workers(process: subprocess.Popen[str]) -> list[int]:
    """Stop a process at a moment when it has all of its workers, and return these."""
    os.kill(process.pid, signal.SIGSTOP)
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")

    def has_all() -> bool:
        if len([child for child in path.read_text("utf-8").split() if is_running(int(child))]) == 3:
            return True
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(0.001)
        os.kill(process.pid, signal.SIGSTOP)
        return False

    until(has_all)
    return [int(child) for child in path.read_text("utf-8").split()]


def test_a_killed_worker_is_said_and_no_other_stays(reading: subprocess.Popen[str]) -> None:
    workers = stopped_with_workers(reading)
    os.kill(workers[0], signal.SIGKILL)
    os.kill(reading.pid, signal.SIGCONT)

    _, err = reading.communicate(timeout=20)

    assert err.splitlines()[-1].startswith(
        "reconciler.desired.load.ReaderKilled: A process that reads files was killed."
    )
    until(lambda: not any(map(is_running, workers)))


def test_no_worker_outlives_a_killed_process(reading: subprocess.Popen[str]) -> None:
    workers = stopped_with_workers(reading)

    os.kill(reading.pid, signal.SIGKILL)

    reading.wait(timeout=20)
    until(lambda: not any(map(is_running, workers)))
