"""What a manifest does wrong against the JSON Schema of its kind, in words. Slow: only for what has failed."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import Any, Final, TypeAlias, cast

import jsonschema_rs
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import extend

from reconciler.core import complexity
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import Json, Pointer, show
from reconciler.core.quote import quoted

_MOST: Final = 100
# Looking at one keyword takes 5 us. Making what counts them takes longer than most manifests.
_MOST_STEPS: Final = 50_000
_MOST_SIZE_UNCOUNTED: Final = 5_000
# Looking at so many characters, items or keys takes as long.
_LENGTH_OF_A_STEP: Final = 64
_Check: TypeAlias = Callable[..., Any]
_NOUNS: Final = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class _Violation:
    """An error of jsonschema: `keyword` with its `limit` in `schema` does not hold for `instance`, which is at `at`."""

    at: Pointer
    keyword: str
    limit: Any
    instance: Any
    schema: dict[str, Any]
    message: str
    is_about_key: bool

    @classmethod
    def of(cls, error: ValidationError) -> "_Violation":
        if error.validator in ("anyOf", "oneOf") and (inner := best_match(error.context or ())):
            return cls.of(inner)
        schema = error.schema if isinstance(error.schema, dict) else {}
        about_key = "propertyNames" in error.absolute_schema_path
        at = tuple(error.absolute_path)
        return cls(at, str(error.validator), error.validator_value, error.instance, schema, error.message, about_key)


def explain(schema: dict[str, Any], value: Json) -> Iterator[tuple[Pointer, str, str]]:
    """Yield pointer, rule and message of each violation: at most 100, and of a very large value those found in time."""
    if complexity.size(value) > _MOST_SIZE_UNCOUNTED:
        errors = _until_enough(_counting_validator()(schema).iter_errors(value))
    else:
        errors = _linear_validator()(schema).iter_errors(value)
    return islice(chain.from_iterable(_explained(_Violation.of(error)) for error in errors), _MOST)


class _EnoughError(Exception):
    """No further violation is looked for."""


def _until_enough(errors: Iterator[ValidationError]) -> Iterator[ValidationError]:
    try:
        yield from errors
    except _EnoughError:
        return


@cache
def _linear_validator() -> type[Draft202012Validator]:
    """Return a validator that takes no more than linear time and memory for a keyword.

    jsonschema compares each item with each for uniqueItems, and Python's patterns remember each repetition of a group.
    """
    return _extended({"uniqueItems": _unique, "pattern": _pattern})


def _counting_validator() -> type[Draft202012Validator]:
    """Return a validator that raises _EnoughError after much work: a step for a keyword, more for a long value."""
    steps = 0

    def counted(check: _Check) -> _Check:
        def counting(validator: Any, limit: Any, instance: Any, schema: Any) -> Any:  # noqa: ANN401  As it is called.
            nonlocal steps
            steps += 1 + (len(instance) // _LENGTH_OF_A_STEP if isinstance(instance, str | list | dict) else 0)
            if steps > _MOST_STEPS:
                raise _EnoughError
            return check(validator, limit, instance, schema)

        return counting

    return _extended({name: counted(check) for name, check in _linear_validator().VALIDATORS.items()})


def _extended(keywords: dict[str, _Check]) -> type[Draft202012Validator]:
    return cast("type[Draft202012Validator]", extend(Draft202012Validator, keywords))  # type: ignore[no-untyped-call]


def _unique(_validator: object, wanted: object, instance: Json, _schema: object) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list) and next(_repeated(instance), None) is not None:
        yield ValidationError("some items are equal")


def _pattern(_validator: object, pattern: str, instance: Json, _schema: object) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _matcher(pattern).is_valid(instance):
        yield ValidationError(f"does not match {pattern}")


@cache
def _matcher(pattern: str) -> jsonschema_rs.Draft202012Validator:
    """Return what compares text with a pattern of ours as the judge does, in linear time."""
    return jsonschema_rs.Draft202012Validator({"pattern": pattern})


def _explained(error: _Violation) -> Iterator[tuple[Pointer, str, str]]:
    if error.is_about_key:
        message = f"{show(error.at)} has the key {quoted(str(error.instance))}; expected {_expected(error)}"
        yield (*error.at, error.instance), "property-name", message
    elif error.keyword == "additionalProperties":
        yield from _unknown(error)
    elif error.keyword == "required":
        yield from _missing(error)
    elif error.keyword == "uniqueItems":
        for index in _repeated(error.instance):
            at = (*error.at, index)
            yield at, "schema", f"{show(at)} is {_quoted(error.instance[index])} again; remove it"
    elif error.keyword == "enum":
        hint = did_you_mean(str(error.instance), map(str, error.limit))
        yield error.at, "schema", f"{show(error.at)} {_found(error)}; {hint}"
    else:
        yield error.at, "schema", f"{show(error.at)} {_found(error)}; expected {_expected(error)}"


def _unknown(error: _Violation) -> Iterator[tuple[Pointer, str, str]]:
    known = list(error.schema.get("properties", ()))
    for key in error.instance:
        if key not in known:
            message = f"{show(error.at)} has no property {quoted(str(key))}; {did_you_mean(str(key), known)}"
            yield (*error.at, key), "unknown-property", message


def _missing(error: _Violation) -> Iterator[tuple[Pointer, str, str]]:
    for key in error.limit:
        # jsonschema reports each missing property by itself; its message begins with the one that is meant.
        if error.message.startswith(f"{key!r} is"):
            yield error.at, "missing-property", f"{show(error.at)} lacks {key}{_described(error.schema, key)}"


def _described(schema: dict[str, Any], key: str) -> str:
    description = schema.get("properties", {}).get(key, {}).get("description", "")
    return f" ({description[0].lower()}{description[1:].rstrip('.')})" if description else ""


def _found(error: _Violation) -> str:
    match error.keyword:
        case "maxLength" | "minLength":
            return f"is {len(error.instance)} characters long"
        case "maxItems" | "minItems":
            return f"has {len(error.instance)} items"
        case "maxProperties" | "minProperties":
            return f"has {len(error.instance)} properties"
        case _ if error.schema.get("x-sensitive"):
            return "is not shown here, since it may be a secret"
        case "type" if isinstance(error.instance, str) and error.limit in ("object", "array"):
            # What should have been inside may be a secret.
            return "is a string"
        case _:
            return f"is {_quoted(error.instance)}"


def _expected(error: _Violation) -> str:
    limit = error.limit
    match error.keyword:
        case _ if "x-expected" in error.schema and error.keyword in ("pattern", "format", "type"):
            return str(error.schema["x-expected"])
        case "type" if limit == "string" and not isinstance(error.instance, dict | list):
            return "a string; put it in quotes"
        case "type":
            return " or ".join(_NOUNS[name] for name in ([limit] if isinstance(limit, str) else limit))
        case "const":
            return _quoted(limit)
        case "maxLength" | "maxItems" | "maxProperties" | "maximum":
            return f"at most {limit}"
        case "minLength" | "minItems" | "minProperties" | "minimum":
            return f"at least {limit}"
        case "exclusiveMinimum":
            return f"more than {limit}"
        case "exclusiveMaximum":
            return f"less than {limit}"
        case _:
            return f"what {error.keyword} allows"


def _repeated(items: Iterable[Json]) -> Iterator[int]:
    """Yield the index of each item that is equal to one before it; 1 and 1.0 are equal (JSON Schema, core, 4.2.2)."""
    seen: set[str] = set()
    for index, item in enumerate(items):
        text = json.dumps(_plain(item), sort_keys=True)
        if text in seen:
            yield index
        seen.add(text)


def _plain(value: Json) -> Json:
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case _:
            return value


def _quoted(value: Json) -> str:
    match value:
        case str():
            return quoted(value)
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "empty"
        case bool():
            return str(value).lower()
        case _:
            return quoted(str(value))[1:-1]
