"""Answers questions in a process that is killed beyond its limits of time and memory."""

import faulthandler
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

MEMORY: Final = 512 << 20
"""The memory of a worker, in bytes."""

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


class Worker(Generic[_Question, _Answer]):
    """A process for one function of a module; started with the first question, and again after a killed one."""

    def __init__(self, function: Callable[[_Question], _Answer | None]) -> None:
        self._function = function
        self._running: tuple[BaseProcess, Connection] | None = None

    def ask(self, question: _Question, seconds: float) -> _Answer | None:
        """Return the answer, None without an answer in time or within the memory."""
        _, connection = self._running = self._running or self._start()
        with suppress(EOFError, OSError):
            connection.send(question)
            if connection.poll(seconds):
                answer: _Answer | None = connection.recv()
                if answer is not None:
                    return answer
        self.end()
        return None

    def end(self) -> None:
        """Kill the process."""
        if self._running is not None:
            process, connection = self._running
            self._running = None
            connection.close()
            process.kill()
            process.join()

    def _start(self) -> "tuple[BaseProcess, Connection]":
        # Imported late: most pairs of schemas need no worker.
        import multiprocessing  # noqa: PLC0415

        # A forked process has everything imported already; forking is not safe on other systems.
        context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(self._function, theirs, ours), daemon=True)
        process.start()
        theirs.close()
        return process, ours


def _work(function: Callable[[Any], Any], connection: "Connection", other_end: "Connection") -> None:
    """_Answer questions until the connection closes."""
    # Ctrl-C reaches the whole group; the parent ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    other_end.close()
    # Out of memory, the library aborts with a message on the terminal; a fault handler of the parent would add a trace.
    faulthandler.disable()
    _silence_stderr()
    if hasattr(resource, "RLIMIT_DATA"):
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    with suppress(EOFError, ConnectionError):
        while True:
            question = connection.recv()
            try:
                answer = function(question)
            except (MemoryError, RecursionError):
                answer = None
            connection.send(answer)


def _silence_stderr() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
