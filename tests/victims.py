"""Commands as processes of their own, which are killed, stopped or interrupted at a statement or at a failpoint."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from threading import Event
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

from tests.builders import Result
from tests.proxy import Cut, Proxy, Statement

_WARM: Final = Path(__file__).with_name("warm.py")


class Victims:
    """Runs commands in a folder, each in a process of its own. A context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def __enter__(self) -> Self:
        self._files = tempfile.TemporaryDirectory()
        path = os.pathsep.join([str(_WARM.parent.parent), os.environ.get("PYTHONPATH", "")])
        self._warm = subprocess.Popen(
            [sys.executable, str(_WARM)],
            cwd=self._folder,
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        with self._warm, self._files:
            pass

    def start(
        self,
        *arguments: object,
        at: tuple[str, signal.Signals] | None = None,
        passed: int = 0,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> "Victim":
        """Begin a command. At a failpoint of this name, after so many that it passed, it sends itself a signal."""
        place = Path(self._files.name) / str(next(self._numbers))
        name, number = at or (None, None)
        answer = self.tell(
            start=[str(argument) for argument in arguments],
            out=f"{place}.out",
            err=f"{place}.err",
            reached=f"{place}.reached",
            environment=dict(environment),
            at=name,
            passed=passed,
            signal=number,
        )
        return Victim(self, int(answer["pid"]), place)

    def tell(self, **order: object) -> dict[str, Any]:
        """Give an order to the process that forks, and return its answer."""
        assert self._warm.stdin
        assert self._warm.stdout
        self._warm.stdin.write(f"{json.dumps(order)}\n")
        self._warm.stdin.flush()
        answer: dict[str, Any] = json.loads(self._warm.stdout.readline())
        return answer

    def statements(self, conninfo: str, *arguments: str) -> list[Statement]:
        """Run a command to its end, and return all that it said to the database."""
        seen: list[Statement] = []
        with Proxy(conninfo, seen.append) as proxy:
            assert self.start(*arguments, "--database", proxy.conninfo).end().code == 0
        return seen

    def kill_at(self, statement: Statement, conninfo: str, *arguments: str) -> None:
        """Run a command and kill it before a statement reaches the server, or before the answer reaches the command."""
        born = Event()
        victims: list[Victim] = []

        def kill(now: Statement) -> None:
            if (now.number, now.moment) == (statement.number, statement.moment):
                assert born.wait(20)
                victims[0].send(signal.SIGKILL)
                raise Cut

        with Proxy(conninfo, kill) as proxy:
            victims.append(self.start(*arguments, "--database", proxy.conninfo))
            born.set()
            assert victims[0].end().code == -signal.SIGKILL, statement


class Victim:
    """A command under way."""

    def __init__(self, victims: Victims, pid: int, place: Path) -> None:
        self._victims = victims
        self._place = place
        self.pid = pid

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def wait_until_stopped(self) -> None:
        """Wait until SIGSTOP has stopped it."""
        assert self._victims.tell(wait=self.pid)["code"] is None

    def end(self) -> Result:
        """Wait until it is over, and return how. Its code is negative where a signal ended it."""
        code = self._victims.tell(wait=self.pid)["code"]
        assert code is not None, "it was stopped"
        out, err = (self._place.with_suffix(suffix).read_text() for suffix in (".out", ".err"))
        return Result(code, out, err)

    @property
    def reached(self) -> list[str]:
        """The failpoints that it has reached until now."""
        return self._place.with_suffix(".reached").read_text().splitlines()
