"""Real processes in environments that deny them something, or are interrupted: an exit code and words, no traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.builders import Repository, tool

pytestmark = pytest.mark.faults

ENDED = {130, 143, -signal.SIGINT, -signal.SIGTERM}
# Ready as soon as the interpreter is; what comes before is not ours.
START = (
    "import os, signal; signal.signal(signal.SIGINT, signal.SIG_DFL); os.write(1, b'.');"
    "from reconciler.__main__ import main; signal.signal(signal.SIGINT, signal.default_int_handler); main()"
)


def shell(script: str, repository: Repository, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script in a repository, with toolreg as $T."""
    folder = repository.top.parent
    variables = {"T": f"{sys.executable} -m reconciler", "TOOLREG_STATE_DIR": str(folder / "state")} | environment
    return subprocess.run(
        ["bash", "-c", script],
        cwd=repository.top,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)} | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", ["validate", "plan --ref HEAD", "doctor"])
@pytest.mark.parametrize(
    "denied",
    [
        "mkdir gone && cd gone && rmdir ../gone",
        "ulimit -n 8",
        "ulimit -n 5",
        "export HOME=/nowhere XDG_STATE_HOME=; unset TOOLREG_STATE_DIR",
        "unset HOME TOOLREG_STATE_DIR",
        "export TMPDIR=/nowhere",
        "touch ../file; export TOOLREG_STATE_DIR=$PWD/../file/state",
        "export LANG=C LC_ALL=C PYTHONUTF8=0",
        "export PYTHONIOENCODING=ascii:strict",
        "export PYTHONIOENCODING=utf-16",
        "exec <&-",
        "exec >&-",
        "exec 2>&-",
        "export PATH=/nowhere",
        "umask 777",
    ],
)
def test_what_an_environment_denies_is_told(repository: Repository, command: str, denied: str) -> None:
    given = " --database postgresql://localhost:1/x" if command != "validate" else ""

    result = shell(f"{denied}; exec $T {command}{given}", repository)

    assert result.returncode in (0, 1, 4, 64), result
    assert "Traceback" not in result.stdout + result.stderr
    assert result.returncode == 0 or result.stdout or result.stderr or ">&-" in denied


@pytest.mark.parametrize("megabytes", [60, 80, 100, 130, 160])
def test_too_little_memory_is_told(repository: Repository, megabytes: int) -> None:
    result = shell(f"ulimit -v {megabytes << 10}; exec $T plan --ref HEAD", repository)

    assert "Traceback" not in result.stderr or "<frozen" in result.stderr
    assert result.returncode != 0 or result.stdout


@pytest.mark.parametrize("said", ["git version 2.20.1", "--show-object-format\n/\nfalse", ""])
def test_a_git_that_is_too_old_is_told(repository: Repository, said: str) -> None:
    folder = repository.top.parent / "old"
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/bash\nprintf '%s\\n' '{said}'\n")
    (folder / "git").chmod(0o755)

    result = shell("exec $T validate --ref HEAD", repository, PATH=f"{folder}:{os.environ['PATH']}")

    assert result.returncode == 1
    assert "install git 2.31 or newer" in result.stderr


def interrupted(repository: Repository, seconds: float, *signals: signal.Signals) -> tuple[int, str]:
    """Start validate, send it signals after so long, and return how it ended within half a minute."""
    with subprocess.Popen(
        [sys.executable, "-c", START, "validate"],
        cwd=repository.top,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        process.stdout.read(1)
        time.sleep(seconds)
        for number in signals:
            os.killpg(process.pid, number)
            time.sleep(0.0005)
        try:
            _, said = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return process.returncode, said


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_inside_a_destructor_is_neither_lost_nor_printed(name: str, code: int) -> None:
    script = f"""
import os, signal, sys, time
from reconciler.cli.exits import run_and_report

# A shell's background job ignores it.
signal.signal(signal.SIGINT, signal.default_int_handler)

class Held:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})
        time.sleep(0.1)

def command():
    held = Held()
    del held
    # In pieces: a signal between Python's last look and the call of the system interrupts no sleep.
    for _ in range(3000):
        time.sleep(0.01)

sys.exit(run_and_report(command))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=20)

    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr


@pytest.mark.parametrize(
    "signals", [(signal.SIGINT,), (signal.SIGINT, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT)]
)
def test_signals_at_any_moment_end_it(
    repository: Repository, signals: tuple[signal.Signals, ...], *, long: bool
) -> None:
    """While modules load, while files are read in several processes, and while it ends. Signals go to the group."""
    for number in range(700):
        repository.add(tool(f"tool_{number}"))
    for number in range(500 if long else 12):
        code, said = interrupted(repository, 0.377 * number % 0.6, *signals)

        assert "Traceback" not in said, said
        assert code in ENDED | {0}
