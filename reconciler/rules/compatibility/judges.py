"""Judges pairs of schemas in a worker process, killed beyond its limits of time and memory."""

import multiprocessing
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

from reconciler.core.compatibility.closing import sender
from reconciler.core.compatibility.structure import admits, is_equal, without_annotations
from reconciler.core.compatibility.verdict import Compatibility, Verdict
from reconciler.core.pointer import Json
from reconciler.core.schema.dialect import Dialect

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from reconciler.rules.compatibility.containment import SchemaPair

_SECONDS: Final = 1.0
_SECONDS_OF_SEARCH: Final = 0.3
# Both together stay below two seconds. A new worker imports a validator before it searches.
_GRACE: Final = 0.1
_GRACE_OF_SEARCH: Final = 0.5
_MEMORY: Final = 512 << 20


class Judges:
    """Judges pairs of schemas, in order: by equality, by structure, and by containment in a worker process."""

    def __init__(self) -> None:
        self._worker: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def judge(self, sent: Json, sent_dialect: Dialect, received: Json, received_dialect: Dialect) -> Verdict:
        """Return whether a receiver of the second schema accepts every value from a sender of the first."""
        if sent_dialect == received_dialect and is_equal(without_annotations(sent), without_annotations(received)):
            return Verdict(Compatibility.COMPATIBLE)
        closed = sender(sent, sent_dialect)
        # The closed schema admits a part of the whole one: a proof for either is a proof.
        if sent_dialect == received_dialect and (
            admits(received, sent, sent_dialect)
            or (closed.schema is not sent and admits(received, closed.schema, sent_dialect))
        ):
            return Verdict(Compatibility.COMPATIBLE)
        # Both take a while to import.
        from reconciler.rules.compatibility.containment import SchemaPair  # noqa: PLC0415

        pair = SchemaPair(closed, sent_dialect, received, received_dialect)
        verdict = self._ask("judge", pair, _SECONDS, _GRACE)
        # A witness may be found at once even if containment takes for ever.
        return verdict or self._ask("search", pair, _SECONDS_OF_SEARCH, _GRACE_OF_SEARCH) or _NO_ANSWER

    def _ask(self, what: str, pair: "SchemaPair", seconds: float, grace: float) -> Verdict | None:
        """Return the worker's verdict, None without an answer in time."""
        _, connection = self._worker = self._worker or _start()
        with suppress(EOFError, OSError):
            connection.send((what, pair, seconds / 2))
            if connection.poll(seconds + grace):
                verdict: Verdict | None = connection.recv()
                if verdict is not None:
                    return verdict
        self._end()
        return None

    def _end(self) -> None:
        if self._worker is not None:
            process, connection = self._worker
            self._worker = None
            connection.close()
            process.kill()
            process.join()


_NO_ANSWER: Final = Verdict(
    Compatibility.UNKNOWN, reason=f"the proof took more than {_SECONDS:g} s or {_MEMORY >> 20} MB"
)


def _start() -> "tuple[BaseProcess, Connection]":
    # A forked process has everything imported already; forking is not safe on other systems.
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, ours), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _work(connection: "Connection", other_end: "Connection") -> None:
    """Judge pairs until the connection closes."""
    # Ctrl-C reaches the whole group; the parent ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    other_end.close()
    # Out of memory, the library aborts with a message on the terminal.
    _silence_stderr()
    if hasattr(resource, "RLIMIT_DATA"):
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    from reconciler.rules.compatibility import containment  # noqa: PLC0415  In the worker alone.

    with suppress(EOFError, ConnectionError):
        while True:
            what, pair, seconds = connection.recv()
            try:
                verdict = containment.judge(pair, seconds) if what == "judge" else containment.search(pair, seconds)
            except (MemoryError, RecursionError):
                verdict = None
            connection.send(verdict)


def _silence_stderr() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
