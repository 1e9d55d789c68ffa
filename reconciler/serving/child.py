"""Runs a module of this package in a process of its own, and reads what the module says in the end."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from typing import IO, Final, NamedTuple, cast

from reconciler.core.quote import quoted

MOST_SECONDS: Final = 1800.0
"""A child that takes longer is killed: about ten times the duration of the largest apply."""

_MOST_BYTES: Final = 1 << 20


class ChildEnd(NamedTuple):
    """The end of a child: its output, its exit code (or minus a signal), the end in words, and the seconds it took."""

    out: bytes
    code: int
    description: str
    seconds: float


class Child:
    """A running module, such as reconciler.serving.work, with an order on its stdin."""

    def __init__(self, module: str, order: bytes) -> None:
        self._began = time.monotonic()
        self._end: ChildEnd | None = None
        # Files, since pipes would have to be read all the time.
        self._out, self._said = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  Closed at the end.
        self._process = subprocess.Popen(  # noqa: S603  Our own interpreter and module.
            # -P: a folder `reconciler` in the working directory, which may be a stranger's, is not this package.
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=self._out,
            stderr=self._said,
            start_new_session=True,
        )
        with suppress(BrokenPipeError), cast("IO[bytes]", self._process.stdin) as stdin:
            stdin.write(order)

    def poll(self) -> ChildEnd | None:
        """Return the end, None while the child runs."""
        if time.monotonic() - self._began > MOST_SECONDS:
            return self.kill()
        return None if self._process.poll() is None else self._describe_end()

    def wait(self, seconds: float) -> ChildEnd | None:
        """Return the end, None if the child does not end in time."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.poll()

    def interrupt(self) -> None:
        """Have the work undone."""
        self._send(signal.SIGTERM)

    def kill(self) -> ChildEnd:
        """Kill the child with all that it started; PostgreSQL undoes its transaction."""
        self._send(signal.SIGKILL)
        self._process.wait()
        return self._describe_end()

    def _send(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _describe_end(self) -> ChildEnd:
        if self._end is None:
            self._end = self._read_end()
        return self._end

    def _read_end(self) -> ChildEnd:
        out, said = _read_file(self._out), _read_file(self._said)
        self._out.close()
        self._said.close()
        code = self._process.returncode
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        description = f"its process ended with {how}" + (f": {quoted(last, limit=300)[1:-1]}" if last else "")
        return ChildEnd(out, code, description, time.monotonic() - self._began)


def _read_file(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(_MOST_BYTES)
