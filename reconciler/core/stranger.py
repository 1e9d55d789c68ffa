"""JSON Schemas that strangers wrote: compiled with bounds, without network, files or back-tracking."""

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, Final, NoReturn, cast

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from reconciler.core.json_text import json_text
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import Json, Pointer, show
from reconciler.core.quote import quoted

Compiled = Draft202012Validator
Problem = tuple[Pointer, str, str]

_MOST_REJECTIONS: Final = 20
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_REFERENCES: Final = ("$ref", "$dynamicRef")
_WORDS_OUT: Final = frozenset({*_REFERENCES, "$schema"})
_KEYWORDS_WITH_VALUES: Final = frozenset({"const", "enum", "examples", "default"})

# An automaton of linear time; without look-around and back-references, which need more.
_PATTERNS: Final = RegexOptions()

# Stands in the library's messages for the value, which may be as long as the file.
_VALUE: Final = "\x00"


def _refuse(uri: str) -> NoReturn:
    message = f"{uri} is not read"
    raise ValueError(message)


@cache
def _metaschema() -> Draft202012Validator:
    # It takes two milliseconds, and only a schema that is wrong needs it.
    return Draft202012Validator({"$ref": _DIALECT})


def compiled(schema: dict[str, Any]) -> Compiled | list[Problem]:
    """Return a validator for a JSON Schema 2020-12, or what is wrong with the schema, relative to it."""
    if _may_leave(schema) and (problems := list(_leaving(schema))):
        return problems
    try:
        return Draft202012Validator(schema, retriever=_refuse, pattern_options=_PATTERNS, mask=_VALUE)
    except ValidationError as error:
        # Compiling stops at the first problem, and knows some that the metaschema does not.
        return [_problem(schema, found) for found in islice(_metaschema().iter_errors(schema), _MOST_REJECTIONS)] or [
            _problem(schema, error)
        ]
    except Exception as error:  # noqa: BLE001  The library documents no closed list of what compiling may raise.
        return [((), "json-schema", f"this is not a JSON Schema that can be used: {quoted(str(error))}")]


def rejections(validator: Compiled, instance: Json) -> Iterator[tuple[Pointer, str]]:
    """Yield why a schema rejects a value, relative to the value; nothing when it accepts it."""
    if validator.is_valid(instance):
        return
    for number, error in enumerate(validator.iter_errors(instance)):
        if number == _MOST_REJECTIONS:
            return
        pointer = tuple(error.instance_path)
        yield pointer, printable(error.message.replace(_VALUE, _short(_at(instance, pointer))))


def _short(value: Json) -> str:
    """Return a value as JSON, so short that what is said about it stands beside it."""
    return quoted(value) if isinstance(value, str) else quoted(json_text(value))[1:-1].replace('\\"', '"')


def printable(message: str) -> str:
    """Return the first line of a library's message, shortened, without anything a terminal would obey."""
    return quoted(message.partition("\n")[0], limit=200)[1:-1].replace('\\"', '"')


def _may_leave(schema: dict[str, Any]) -> bool:
    """Whether a word stands anywhere in a schema that may name what is outside; most hold none, and pass quickly."""
    pending: list[Json] = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if not _WORDS_OUT.isdisjoint(part):
                return True
            pending += part.values()
        elif isinstance(part, list):
            pending += part
    return False


def _leaving(schema: dict[str, Any]) -> Iterator[Problem]:
    """Yield each reference out of the document and each other dialect, wherever a schema can stand."""
    pending: list[tuple[Pointer, Json]] = [((), schema)]
    while pending:
        at, part = pending.pop()
        if isinstance(part, list):
            pending += [((*at, index), item) for index, item in enumerate(part)]
        elif isinstance(part, dict):
            yield from _outside(at, part)
            pending += [((*at, key), item) for key, item in part.items() if key not in _KEYWORDS_WITH_VALUES]


def _outside(at: Pointer, part: dict[str, Json]) -> Iterator[Problem]:
    for keyword in _REFERENCES:
        target = part.get(keyword)
        if isinstance(target, str) and not target.startswith("#"):
            message = f"{keyword} {quoted(target)} leaves this document; copy what it names into $defs"
            yield (*at, keyword), "remote-ref", message
    dialect = part.get("$schema")
    if isinstance(dialect, str) and dialect.rstrip("#") != _DIALECT:
        message = f"the dialect {quoted(dialect)} is not supported; write draft 2020-12 and leave $schema out"
        yield (*at, "$schema"), "schema-dialect", message


def _problem(schema: dict[str, Any], error: ValidationError) -> Problem:
    pointer = tuple(error.instance_path)
    message = printable(error.message)
    if not pointer and (unresolved := _unresolved(schema, message)):
        return unresolved
    if pointer and pointer[-1] == "pattern" and "regex" in message:
        value = _at(schema, pointer)
        hint = "it has to be a regular expression without look-around and back-references"
        return pointer, "json-schema", f"{show(pointer)} is {quoted(str(value))}; {hint}"
    if pointer and pointer[-1] == "type":
        value = _at(schema, pointer)
        types = ["array", "boolean", "integer", "null", "number", "object", "string"]
        return pointer, "json-schema", f"{show(pointer)} is {quoted(str(value))}; {did_you_mean(str(value), types)}"
    return pointer, "json-schema", f"{show(pointer)}: {message}" if pointer else message


def _unresolved(schema: dict[str, Any], message: str) -> Problem | None:
    """Return the `$ref` that the message is about. The library names the target, not the place."""
    pending: list[tuple[Pointer, Json]] = [((), schema)]
    while pending:
        at, part = pending.pop()
        if isinstance(part, list):
            pending += [((*at, index), item) for index, item in enumerate(part)]
        elif isinstance(part, dict):
            for keyword in _REFERENCES:
                target = part.get(keyword)
                if isinstance(target, str) and target[1:] and printable(target[1:]) in message:
                    text = f"{keyword} {quoted(target)} points at nothing; define it or correct the name"
                    return (*at, keyword), "unresolved-ref", text
            pending += [((*at, key), item) for key, item in part.items()]
    return None


def _at(schema: Json, pointer: Pointer) -> Json:
    part: Any = schema
    for step in pointer:
        part = part[step]
    return cast("Json", part)
