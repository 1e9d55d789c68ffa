"""Has the database of an embedded server maintained now and then: no timer of a laptop does that.

Like `git gc --auto`: a command that finds the last maintenance to be an hour old starts a process that maintains, and
does not wait for it. While `keep` has the server up without commands, its watcher does the same.
"""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

_STAMP: Final = "maintained"
"""The file whose time is that of the last maintenance; watcher.py knows it, too."""

_EVERY_SECONDS: Final = 3600.0
_MODULE: Final = "reconciler.operating.embedded_upkeep"


def begin_if_due(folder: Path) -> None:
    """Start the maintenance of the server in a folder if due, or do nothing if the machine cannot."""
    stamp = folder / _STAMP
    with suppress(OSError):
        if stamp.exists() and time.time() - stamp.stat().st_mtime < _EVERY_SECONDS:
            return
        # First: other commands that end now leave it to this one.
        stamp.touch(mode=0o600)
        nothing = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
        command = [sys.executable, "-P", "-m", _MODULE, str(folder.absolute())]
        # A process group of its own: Ctrl-C in the terminal is for commands.
        os.posix_spawn(command[0], command, os.environ, file_actions=nothing, setpgroup=0)


def note_creation(folder: Path) -> None:
    """Begin the first hour of a new server, which has nothing to maintain."""
    with suppress(OSError):
        (folder / _STAMP).touch(mode=0o600)
