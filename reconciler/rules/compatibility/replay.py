"""Validates recorded arguments against a proposed schema, in a process that is killed beyond its limits.

Only rules of the schema, agents and counts leave this module: no recorded value, and no name of a recorded property.
"""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from jsonschema_rs import ValidationError

from reconciler.core.compatibility.replay import BrokenRule, Replay
from reconciler.core.pointer import Json, Pointer
from reconciler.core.schema.automaton import MOST_BYTES, make_options
from reconciler.core.schema.dialect import Validator, read_dialect
from reconciler.core.schema.untrusted import refuse_uri
from reconciler.rules.compatibility.worker import Worker

SECONDS: Final = 60.0
"""The time for all tools of a command."""

_SECONDS_OF_A_TOOL: Final = 10.0
_SECONDS_OF_A_BATCH: Final = 2.0
_MOST_IN_A_BATCH: Final = 100
_MOST_CHARACTERS: Final = 1 << 18
_MOST_RULES_OF_A_CALL: Final = 20
# The library creates every error before the first can be read. Of longer arguments, only the first error is requested.
_LONG: Final = 1 << 16
_MOST_SHOWN: Final = 10

_Key = TypeVar("_Key")


class RecordedCall(NamedTuple):
    """A call: the agent, and the arguments as JSON text."""

    agent: str
    arguments: str


class _Batch(NamedTuple):
    schema: str
    arguments: tuple[str, ...]


_Rejections = tuple[tuple[BrokenRule, ...] | None, ...]
"""The rules that each call of a batch breaks: none for an accepted call, None for a call that cannot be validated."""


def replay(schema: dict[str, Any], recorded: int, calls: Iterable[RecordedCall], deadline: float) -> Replay:
    """Return the effect of an input schema on calls. Ends early at the deadline, a reading of the monotonic clock."""
    text = json.dumps(schema)
    tried = rejected = 0
    rules: Counter[BrokenRule] = Counter()
    agents: Counter[str] = Counter()
    deadline = min(deadline, time.monotonic() + _SECONDS_OF_A_TOOL)
    worker = Worker(_validate)
    try:
        for batch in _split(calls):
            left = deadline - time.monotonic()
            question = _Batch(text, tuple(call.arguments for call in batch))
            answer = worker.ask(question, min(left, _SECONDS_OF_A_BATCH)) if left > 0 else None
            if answer is None:
                break
            tried += sum(broken is not None for broken in answer)
            for call, broken in zip(batch, answer, strict=True):
                if broken:
                    rejected += 1
                    rules.update(broken)
                    agents[call.agent] += 1
    finally:
        worker.end()
    return Replay(
        recorded,
        tried,
        rejected,
        tuple(_choose_largest(rules)),
        tuple(_choose_largest(agents)),
        max(0, len(rules) - _MOST_SHOWN),
        max(0, len(agents) - _MOST_SHOWN),
    )


def _choose_largest(counter: Counter[_Key]) -> list[tuple[_Key, int]]:
    """Return the largest counts; equal counts are ordered by their keys."""
    return sorted(counter.items(), key=lambda item: (-item[1], str(item[0])))[:_MOST_SHOWN]


def _split(calls: Iterable[RecordedCall]) -> Iterator[list[RecordedCall]]:
    batch: list[RecordedCall] = []
    length = 0
    for call in calls:
        batch.append(call)
        length += len(call.arguments)
        if len(batch) == _MOST_IN_A_BATCH or length > _MOST_CHARACTERS:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


def _validate(batch: _Batch) -> _Rejections:
    """Return the rules that the arguments of each call break, in the worker process."""
    schema, validator = _compile(batch.schema)
    return tuple(_find_broken_rules(schema, validator, text) for text in batch.arguments)


@lru_cache(maxsize=1)
def _compile(text: str) -> tuple[Json, Validator]:
    schema = json.loads(text)
    dialect = read_dialect(schema)
    plain = {key: value for key, value in schema.items() if key != "$schema"}
    # Formats are asserted, as `toolreg check` does.
    return schema, dialect.validator(
        plain, validate_formats=True, retriever=refuse_uri, pattern_options=make_options(MOST_BYTES)
    )


def _find_broken_rules(schema: Json, validator: Validator, text: str) -> tuple[BrokenRule, ...] | None:
    try:
        value = json.loads(text)
        errors = [] if validator.is_valid(value) else _find_errors(validator, value, is_long=len(text) > _LONG)
    except (ValueError, RecursionError):
        return None
    return tuple(dict.fromkeys(_name_rule(schema, error) for error in errors))


def _find_errors(validator: Validator, value: Json, *, is_long: bool) -> list[ValidationError]:
    if not is_long:
        return list(islice(validator.iter_errors(value), _MOST_RULES_OF_A_CALL))
    try:
        validator.validate(value)
    except ValidationError as error:
        return [error]
    return []


def _name_rule(schema: Json, error: ValidationError) -> BrokenRule:
    pointer = _resolve_path(schema, error.schema_path)
    if error.kind.name == "falseSchema":
        return BrokenRule("false", pointer)
    return BrokenRule(next((step for step in reversed(pointer) if isinstance(step, str)), ""), pointer)


def _resolve_path(schema: Any, path: Iterable[str | int]) -> Pointer:  # noqa: ANN401  JSON.
    """Return the part of a path that exists in the schema, so that no step can come from a recorded value."""
    steps: list[str | int] = []
    for step in path:
        try:
            schema = schema[step]
        except (KeyError, IndexError, TypeError):
            break
        steps.append(step)
    return tuple(steps)
