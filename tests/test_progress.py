"""Work that takes over a second shows its progress: to people, on a terminal, and to nobody else."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

COUNTING = """
import time
from reconciler.cli.progress import show_count
with show_count("files read") as advance:
    for _ in range({rounds}):
        time.sleep(0.1)
        advance(1000)
print("done")
"""
WAITING = """
import time
from reconciler.cli.progress import show_wait
with show_wait("writing the revision"):
    time.sleep({rounds} / 10)
print("done")
"""


class Terminal:
    """A script under way whose stdin, stdout and stderr are a terminal."""

    def __init__(self, script: str) -> None:
        self._ours, theirs = pty.openpty()
        environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
        command = [sys.executable, "-c", script]
        self._process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)

    def kill(self) -> None:
        """End it where no test waited for it."""
        if self._process.returncode is None:
            self._process.kill()
            self._process.wait()
            os.close(self._ours)

    def end(self) -> str:
        """Wait until it is over, and return what it wrote."""
        written = b""
        while True:
            try:
                piece = os.read(self._ours, 65536)
            except OSError:
                # The other end is closed.
                break
            if not piece:
                break
            written += piece
        os.close(self._ours)
        assert self._process.wait() == 0
        return written.decode()


@pytest.fixture(scope="module")
def long_work() -> Iterator[dict[str, Terminal]]:
    """Both scripts on terminals, begun at once: they sleep most of the time."""
    terminals = {script: Terminal(script.format(rounds=14)) for script in (COUNTING, WAITING)}
    yield terminals
    for terminal in terminals.values():
        terminal.kill()


def piped(script: str) -> "subprocess.Popen[str]":
    """Begin a script in pipes."""
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def unwatched() -> Iterator[dict[str, "subprocess.Popen[str]"]]:
    """Both scripts in pipes, begun at once."""
    with ExitStack() as stack:
        yield {script: stack.enter_context(piped(script.format(rounds=12))) for script in (COUNTING, WAITING)}


@pytest.mark.parametrize(("script", "words"), [(COUNTING, "files read: 14,000"), (WAITING, "writing the revision")])
@pytest.mark.usefixtures("unwatched")
def test_long_work_is_shown_and_wiped_away_again(long_work: dict[str, Terminal], script: str, words: str) -> None:
    seen = long_work[script].end()

    assert words in seen
    assert seen.endswith("done\r\n")
    assert "\x1b[2K" in seen


@pytest.mark.parametrize("script", [COUNTING, WAITING])
def test_short_work_is_not_shown(script: str) -> None:
    assert Terminal(script.format(rounds=1)).end() == "done\r\n"


@pytest.mark.parametrize("script", [COUNTING, WAITING])
def test_nothing_is_shown_where_nobody_watches(unwatched: dict[str, "subprocess.Popen[str]"], script: str) -> None:
    process = unwatched[script]

    assert process.communicate() == ("done\n", "")
    assert process.returncode == 0
