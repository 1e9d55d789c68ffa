"""Starts the work of a reconciler in a process of its own, and reads its report."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from typing import IO, Final, cast

from reconciler.core.quote import quoted
from reconciler.core.state.loop_report import RunOutcome, RunReport
from reconciler.serving.work import Order

MOST_SECONDS: Final = 1800.0
"""A run that takes longer is killed: about ten times the duration of the largest."""

_MOST_BYTES: Final = 1 << 20


class Child:
    """A running piece of work."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self._began = time.monotonic()
        # Files, since pipes would have to be read all the time.
        self._out, self._said = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  Closed with the report.
        self._process = subprocess.Popen(
            # -P: a folder `reconciler` in the working directory, which may be a stranger's, is not this package.
            [sys.executable, "-P", "-m", "reconciler.serving.work"],
            stdin=subprocess.PIPE,
            stdout=self._out,
            stderr=self._said,
            start_new_session=True,
        )
        with suppress(BrokenPipeError), cast("IO[bytes]", self._process.stdin) as stdin:
            stdin.write(order.to_json())

    @property
    def seconds(self) -> float:
        """The time since the start."""
        return time.monotonic() - self._began

    def poll(self) -> RunReport | None:
        """Return the report, None during the work."""
        if self.seconds > MOST_SECONDS:
            self.kill()
        if self._process.poll() is None:
            return None
        return self._read_report()

    def wait(self, seconds: float) -> RunReport | None:
        """Return the report, None if the work does not end in time."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.poll()

    def interrupt(self) -> None:
        """Have the work undone."""
        self._send(signal.SIGTERM)

    def kill(self) -> RunReport:
        """Kill the process with its readers; PostgreSQL undoes the transaction."""
        self._send(signal.SIGKILL)
        self._process.wait()
        return self._read_report()

    def _send(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _read_report(self) -> RunReport:
        out, said = _read_file(self._out), _read_file(self._said)
        self._out.close()
        self._said.close()
        try:
            return RunReport.from_json(out)
        except (ValueError, TypeError, KeyError):
            return RunReport(RunOutcome.TEMPORARY, self.seconds, messages=(self._describe_end(said),))

    def _describe_end(self, said: bytes) -> str:
        code = self._process.returncode
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"the process of the apply ended with {how}" + (f": {quoted(last, limit=300)[1:-1]}" if last else "")


def _read_file(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(_MOST_BYTES)
