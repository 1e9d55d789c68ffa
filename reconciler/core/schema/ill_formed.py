"""Finds the problems of an untrusted JSON Schema that cannot be compiled. Pure; slow."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from jsonschema_rs import ValidationError

from reconciler.core.flaw import Flaw
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import Json, Pointer, format_pointer
from reconciler.core.quote import quoted
from reconciler.core.schema import complexity
from reconciler.core.schema.automaton import MOST_BYTES, MOST_BYTES_OF_ALL, is_accepted
from reconciler.core.schema.dialect import Dialect, metaschema
from reconciler.core.schema.parts import (
    KEYWORDS_WITH_NAMES,
    KEYWORDS_WITH_VALUES,
    REFERENCES,
    describe,
    get_part,
    make_printable,
)
from reconciler.core.schema.pattern import describe_pattern_fault
from reconciler.core.spelling import Spell

_MOST: Final = 20
# The library creates every error of a metaschema before the first can be read.
_MOST_SIZE_FOR_ALL: Final = 2_000
_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")


def find_schema_problems(schema: dict[str, Any], dialect: Dialect, spell: Spell) -> list[Flaw]:
    """Return the problems of a schema, with pointers relative to the schema: at most 20 problems of each sort.

    The metaschema finds misplaced keywords and values, but neither refused patterns nor dangling references.
    """
    is_small = complexity.measure_size(schema) <= _MOST_SIZE_FOR_ALL
    errors = islice(metaschema(dialect).iter_errors(schema), _MOST) if is_small else iter(())
    collected = [_make_flaw(schema, error, spell) for error in errors]
    parts = list(_walk_parts(schema))
    collected += islice(_find_refused_patterns(parts), _MOST)
    collected += islice(_find_dangling(schema, parts), _MOST)
    return list(dict.fromkeys(collected))


def _walk_parts(schema: dict[str, Any]) -> Iterator[tuple[Pointer, dict[str, Json]]]:
    """Yield the schema and each subschema with its pointer, in the order of the text."""
    pending: list[tuple[Pointer, Json, bool]] = [((), schema, True)]
    while pending:
        at, part, is_schema = pending.pop()
        if isinstance(part, list):
            pending += [((*at, index), item, True) for index, item in reversed([*enumerate(part)])]
        elif isinstance(part, dict):
            if is_schema:
                yield at, part
            inner = [
                ((*at, keyword), value, not (is_schema and keyword in KEYWORDS_WITH_NAMES))
                for keyword, value in part.items()
                if not (is_schema and keyword in KEYWORDS_WITH_VALUES)
            ]
            pending += reversed(inner)


def _find_refused_patterns(parts: list[tuple[Pointer, dict[str, Json]]]) -> Iterator[Flaw]:
    count = sum(1 for _, part in parts if "pattern" in part or "patternProperties" in part)
    most_bytes = min(MOST_BYTES_OF_ALL // max(count, 1), MOST_BYTES)
    for place, part in parts:
        text, properties = part.get("pattern"), part.get("patternProperties")
        if isinstance(text, str) and not is_accepted(text, most_bytes):
            pointer = (*place, "pattern")
            yield Flaw(
                pointer, "json-schema", f"{format_pointer(pointer)} is {quoted(text)}; {describe_pattern_fault(text)}"
            )
        for key in properties if isinstance(properties, dict) else ():
            if not is_accepted(key, most_bytes):
                pointer = (*place, "patternProperties", key)
                yield Flaw(
                    pointer, "json-schema", f"the key {quoted(key)} of patternProperties: {describe_pattern_fault(key)}"
                )


def _find_dangling(schema: dict[str, Any], parts: list[tuple[Pointer, dict[str, Json]]]) -> Iterator[Flaw]:
    """Yield each dangling reference, in all documents inside the schema."""
    names = complexity.ReferenceNames(schema)
    for place, part in parts:
        for keyword in REFERENCES:
            target = part.get(keyword)
            if isinstance(target, str) and target.startswith("#") and not names.find_targets(target):
                message = f"{keyword} {quoted(target)} points at nothing; define it or correct the name"
                yield Flaw((*place, keyword), "unresolved-ref", message)


def make_compiling_problem(schema: dict[str, Any], error: ValidationError, spell: Spell) -> Flaw:
    """Return the error that stopped the compilation of a schema, with a pointer relative to the schema."""
    return _make_flaw(schema, error, spell)


def _make_flaw(schema: dict[str, Any], error: ValidationError, spell: Spell) -> Flaw:
    pointer = tuple(error.instance_path)
    message = describe(error, get_part(schema, pointer), spell(pointer))
    if not pointer and (unresolved := _find_unresolved(schema, message)):
        return unresolved
    if pointer and "regex" in message:
        value = get_part(schema, pointer)
        if isinstance(value, str):
            return Flaw(
                pointer, "json-schema", f"{format_pointer(pointer)} is {quoted(value)}; {describe_pattern_fault(value)}"
            )
    if pointer and pointer[-1] == "type":
        value = get_part(schema, pointer)
        hint = did_you_mean(str(value), _TYPES)
        return Flaw(pointer, "json-schema", f"{format_pointer(pointer)} is {quoted(str(value))}; {hint}")
    return Flaw(pointer, "json-schema", f"{format_pointer(pointer)}: {message}" if pointer else message)


def _find_unresolved(schema: dict[str, Any], message: str) -> Flaw | None:
    """Return the problem of the `$ref` in the message. The library names the target, not the place."""
    pending: list[tuple[Pointer, Json]] = [((), schema)]
    while pending:
        at, part = pending.pop()
        if isinstance(part, list):
            pending += [((*at, index), item) for index, item in enumerate(part)]
        elif isinstance(part, dict):
            for keyword in REFERENCES:
                target = part.get(keyword)
                if isinstance(target, str) and target[1:] and make_printable(target[1:]) in message:
                    text = f"{keyword} {quoted(target)} points at nothing; define it or correct the name"
                    return Flaw((*at, keyword), "unresolved-ref", text)
            pending += [((*at, key), item) for key, item in part.items()]
    return None
