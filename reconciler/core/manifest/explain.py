"""What a manifest does wrong against the JSON Schema of its kind, in words. Slow: only for what has failed."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import Any, Final, TypeAlias, cast

import jsonschema_rs
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import extend

from reconciler.core.manifest.contract import definition
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import Json, Pointer, show
from reconciler.core.quote import is_word, quoted
from reconciler.core.schema import complexity

_MOST: Final = 100
# Looking at one keyword takes 5 us. Making what counts them takes longer than most manifests.
_MOST_STEPS: Final = 50_000
_MOST_SIZE_UNCOUNTED: Final = 5_000
# Looking at so many characters, items or keys takes as long.
_LENGTH_OF_A_STEP: Final = 64
_NOT_SHOWN: Final = "is not shown here, since it may be a secret"
_Check: TypeAlias = Callable[..., Any]
_UNQUOTED: Final = {
    "integer": re.compile(r"-?[0-9]{1,15}"),
    "number": re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?"),
    "boolean": re.compile(r"true|false"),
}
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
    """An error of jsonschema: `keyword` with its `limit` in `schema` does not hold for `instance`, which is at `at`.

    `shown` is `at` as a message may name it. `is_sensitive`: the instance may be a secret, and so may its keys.
    """

    at: Pointer
    shown: str
    keyword: str
    limit: Any
    instance: Any
    schema: dict[str, Any]
    message: str
    is_about_key: bool
    is_sensitive: bool

    @classmethod
    def of(cls, error: ValidationError, root: dict[str, Any]) -> "_Violation":
        if error.validator in ("anyOf", "oneOf") and (inner := best_match(error.context or ())):
            return cls.of(inner, root)
        at = tuple(error.absolute_path)
        is_sensitive = _is_sensitive(root, error.absolute_schema_path)
        return cls(
            at=at,
            shown=show(_without_free_keys(root, at) if is_sensitive else at),
            keyword=str(error.validator),
            limit=error.validator_value,
            instance=error.instance,
            schema=error.schema if isinstance(error.schema, dict) else {},
            message=error.message,
            is_about_key="propertyNames" in error.absolute_schema_path,
            is_sensitive=is_sensitive,
        )


def _is_sensitive(root: dict[str, Any], path: Iterable[str | int]) -> bool:
    """Whether a schema on this path, from the root to the keyword that fails, is marked `x-sensitive`."""
    part: Any = root
    for step in path:
        # jsonschema leaves $ref out of its paths.
        while isinstance(part, dict) and step not in part and "$ref" in part and not part.get("x-sensitive"):
            part = definition(root, part["$ref"])
        if isinstance(part, dict) and (part.get("x-sensitive") or step not in part):
            # Where the path is lost, nobody knows: it is not shown.
            return True
        part = part[step]
    return False


def _without_free_keys(root: dict[str, Any], at: Pointer) -> Pointer:
    """Return the pointer with `*` for each key that may be a secret: not of the contract, nor of letters only."""
    names = _names_of(root)
    return tuple(step if isinstance(step, int) or step in names or is_word(step) else "*" for step in at)


def _names_of(schema: Json) -> frozenset[str]:
    """Return the names of all properties that a schema of ours defines."""
    if isinstance(schema, list):
        return frozenset().union(*map(_names_of, schema))
    if not isinstance(schema, dict):
        return frozenset()
    properties = schema.get("properties")
    own = frozenset(properties) if isinstance(properties, dict) else frozenset()
    return own.union(*map(_names_of, schema.values()))


def explain(schema: dict[str, Any], value: Json) -> Iterator[tuple[Pointer, str, str]]:
    """Yield pointer, rule and message of each violation: at most 100, and of a very large value those found in time."""
    if complexity.size(value) > _MOST_SIZE_UNCOUNTED:
        errors = _until_enough(_counting_validator()(schema).iter_errors(value))
    else:
        errors = _linear_validator()(schema).iter_errors(value)
    return islice(chain.from_iterable(_explained(_Violation.of(error, schema)) for error in errors), _MOST)


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
        found = f"a key that {_NOT_SHOWN}" if error.is_sensitive else f"the key {quoted(str(error.instance))}"
        message = f"{error.shown} has {found}; expected {_expected(error)}"
        yield (*error.at, error.instance), "property-name", message
    elif error.keyword == "additionalProperties":
        yield from _unknown(error)
    elif error.keyword == "required":
        yield from _missing(error)
    elif error.keyword == "uniqueItems":
        for index in _repeated(error.instance):
            at = (*error.at, index)
            again = "repeats an item" if error.is_sensitive else f"is {_quoted(error.instance[index])} again"
            yield at, "schema", f"{error.shown}[{index}] {again}; remove it"
    elif error.keyword == "enum":
        hint = did_you_mean(str(error.instance), map(str, error.limit))
        yield error.at, "schema", f"{error.shown} {_found(error)}; {hint}"
    else:
        yield error.at, "schema", f"{error.shown} {_found(error)}; expected {_expected(error)}"


def _unknown(error: _Violation) -> Iterator[tuple[Pointer, str, str]]:
    known = list(error.schema.get("properties", ()))
    for key in error.instance:
        if key not in known:
            unknown = (
                f"has a property that {_NOT_SHOWN}"
                if error.is_sensitive and not is_word(key)
                else f"has no property {quoted(str(key))}"
            )
            message = f"{error.shown} {unknown}; {did_you_mean(str(key), known)}"
            yield (*error.at, key), "unknown-property", message


def _missing(error: _Violation) -> Iterator[tuple[Pointer, str, str]]:
    for key in error.limit:
        # jsonschema reports each missing property by itself; its message begins with the one that is meant.
        if error.message.startswith(f"{key!r} is"):
            yield error.at, "missing-property", f"{error.shown} lacks {key}{_described(error.schema, key)}"


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
        case _ if error.is_sensitive:
            return _NOT_SHOWN
        case "type" if isinstance(error.instance, str) and error.limit in ("object", "array"):
            # What should have been inside may be a secret.
            return "is a string"
        case _:
            return f"is {_quoted(error.instance)}"


def _expected(error: _Violation) -> str:
    return f"{_what_is_allowed(error)}{_quotes(error)}"


def _quotes(error: _Violation) -> str:
    """Return what to do about the quotes of a value that would be right with them, or without."""
    value, wanted = error.instance, error.limit if error.keyword == "type" else None
    if wanted == "string" and isinstance(value, int | float):
        pattern = error.schema.get("pattern")
        is_right = pattern is None or _matcher(pattern).is_valid(json.dumps(value))
        return "; put it in quotes" if is_right else ""
    if wanted in _UNQUOTED and isinstance(value, str) and _UNQUOTED[wanted].fullmatch(value):
        return "; remove the quotes"
    return ""


def _what_is_allowed(error: _Violation) -> str:
    limit = error.limit
    match error.keyword:
        case _ if "x-expected" in error.schema and error.keyword in ("pattern", "format", "type"):
            return str(error.schema["x-expected"])
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
