"""Judges pairs of schemas in a worker process, killed beyond its limits of time and memory."""

from typing import TYPE_CHECKING, Final, Self

from reconciler.core.compatibility.closing import make_sender
from reconciler.core.compatibility.structure import admits, is_equal, strip_annotations
from reconciler.core.compatibility.verdict import Compatibility, Verdict
from reconciler.core.pointer import Json
from reconciler.core.schema.dialect import Dialect
from reconciler.rules.compatibility.worker import MEMORY, Worker

if TYPE_CHECKING:
    from reconciler.rules.compatibility.containment import SchemaPair

_SECONDS: Final = 1.0
_SECONDS_OF_SEARCH: Final = 0.3
# Both together stay below two seconds. A new worker imports a validator before it searches.
_GRACE: Final = 0.1
_GRACE_OF_SEARCH: Final = 0.5


class Judges:
    """Judges pairs of schemas, in order: by equality, by structure, and by containment in a worker process."""

    def __init__(self) -> None:
        self._worker = Worker(_answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.end()

    def judge(self, sent: Json, sent_dialect: Dialect, received: Json, received_dialect: Dialect) -> Verdict:
        """Return whether a receiver of the second schema accepts every value from a sender of the first."""
        if sent_dialect == received_dialect and is_equal(strip_annotations(sent), strip_annotations(received)):
            return Verdict(Compatibility.COMPATIBLE)
        # The closed schema admits a part of the whole one: a proof for either is a proof, and the whole costs less.
        if sent_dialect == received_dialect and admits(received, sent, sent_dialect):
            return Verdict(Compatibility.COMPATIBLE)
        closed = make_sender(sent, sent_dialect)
        is_smaller = closed.schema is not sent
        if sent_dialect == received_dialect and is_smaller and admits(received, closed.schema, sent_dialect):
            return Verdict(Compatibility.COMPATIBLE)
        # Both take a while to import.
        from reconciler.rules.compatibility.containment import SchemaPair  # noqa: PLC0415

        pair = SchemaPair(closed, sent_dialect, received, received_dialect)
        verdict = self._ask("judge", pair, _SECONDS, _GRACE)
        # A witness may be found at once even if containment takes for ever.
        return verdict or self._ask("search", pair, _SECONDS_OF_SEARCH, _GRACE_OF_SEARCH) or _NO_ANSWER

    def _ask(self, what: str, pair: "SchemaPair", seconds: float, grace: float) -> Verdict | None:
        """Return the worker's verdict, None without an answer in time."""
        return self._worker.ask((what, pair, seconds / 2), seconds + grace)


_NO_ANSWER: Final = Verdict(
    Compatibility.UNKNOWN, reason=f"the proof took more than {_SECONDS:g} s or {MEMORY >> 20} MB"
)


def _answer(question: tuple[str, "SchemaPair", float]) -> Verdict | None:
    """Judge a pair of schemas, in the worker process."""
    from reconciler.rules.compatibility import containment  # noqa: PLC0415  In the worker alone.

    what, pair, seconds = question
    return containment.judge_pair(pair, seconds) if what == "judge" else containment.search_witness(pair, seconds)
