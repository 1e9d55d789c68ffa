"""Work that takes over a second shows its progress: to people, on a terminal, and to nobody else."""

import os
import pty
import subprocess
import sys

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


def seen_on_a_terminal(script: str) -> str:
    """Return what a script writes where stdin, stdout and stderr are a terminal."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                # The other end is closed.
                break
            if not piece:
                break
            written += piece
    os.close(ours)
    assert process.returncode == 0
    return written.decode()


@pytest.mark.parametrize(("script", "words"), [(COUNTING, "files read: 14,000"), (WAITING, "writing the revision")])
def test_long_work_is_shown_and_wiped_away_again(script: str, words: str) -> None:
    seen = seen_on_a_terminal(script.format(rounds=14))

    assert words in seen
    assert seen.endswith("done\r\n")
    assert "\x1b[2K" in seen


@pytest.mark.parametrize("script", [COUNTING, WAITING])
def test_short_work_is_not_shown(script: str) -> None:
    assert seen_on_a_terminal(script.format(rounds=1)) == "done\r\n"


@pytest.mark.parametrize("script", [COUNTING, WAITING])
def test_nothing_is_shown_where_nobody_watches(script: str) -> None:
    command = [sys.executable, "-c", script.format(rounds=12)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)

    assert (result.stdout, result.stderr) == ("done\n", "")
