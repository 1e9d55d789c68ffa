"""Explains the violations of a kind's JSON Schema by a manifest. Slow: only for manifests that failed validation."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, islice
from typing import Any, Final, TypeAlias, cast

import jsonschema_rs
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import extend

from reconciler.core.flaw import Flaw
from reconciler.core.manifest.definitions import resolve_definition, resolve_schema
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import Json, Pointer, format_pointer
from reconciler.core.quote import is_word, quoted
from reconciler.core.schema import complexity
from reconciler.core.spelling import Spell, Spelling, spell_nothing

_MOST: Final = 100
# Checking a keyword takes 5 us. Creating the counting validator takes longer than checking most manifests.
_MOST_STEPS: Final = 50_000
_MOST_SIZE_UNCOUNTED: Final = 5_000
# Checking this many characters, items or keys takes as long as a keyword.
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
    """An error of jsonschema: `instance`, at `at`, violates `keyword` of `schema`, whose value is `limit`.

    `shown` is `at` in a form safe for messages. `is_sensitive`: the instance and its keys may be secrets. `spelling` is
    the spelling of a number or null in the file.
    """

    at: Pointer
    shown: str
    keyword: str
    limit: Any
    instance: Any
    schema: dict[str, Any]
    root: dict[str, Any] = field(repr=False)
    message: str
    is_about_key: bool
    is_sensitive: bool
    spelling: Spelling | None

    @classmethod
    def of(cls, error: ValidationError, root: dict[str, Any], spell: Spell) -> "_Violation":
        if error.validator in ("anyOf", "oneOf") and (inner := best_match(error.context or ())):
            return cls.of(inner, root, spell)
        at = tuple(error.absolute_path)
        is_sensitive = _is_sensitive(root, error.absolute_schema_path)
        return cls(
            at=at,
            shown=format_pointer(_mask_free_keys(root, at) if is_sensitive else at),
            keyword=str(error.validator),
            limit=error.validator_value,
            instance=error.instance,
            schema=error.schema if isinstance(error.schema, dict) else {},
            root=root,
            message=error.message,
            is_about_key="propertyNames" in error.absolute_schema_path,
            is_sensitive=is_sensitive,
            spelling=spell(at),
        )


def _is_sensitive(root: dict[str, Any], path: Iterable[str | int]) -> bool:
    """Whether a schema on this path, from the root to the failed keyword, is marked `x-sensitive`."""
    part: Any = root
    for step in path:
        # jsonschema leaves $ref out of its paths.
        while isinstance(part, dict) and step not in part and "$ref" in part and not part.get("x-sensitive"):
            part = resolve_definition(root, part["$ref"])
        if isinstance(part, dict) and (part.get("x-sensitive") or step not in part):
            # A path without a schema counts as sensitive.
            return True
        part = part[step]
    return False


def _mask_free_keys(root: dict[str, Any], at: Pointer) -> Pointer:
    """Return the pointer with `*` for each possible secret: a key neither in the contract nor a short word."""
    names = _collect_property_names(root)
    return tuple(step if isinstance(step, int) or step in names or is_word(step) else "*" for step in at)


def _collect_property_names(schema: Json) -> frozenset[str]:
    """Return the names of all properties in a schema of the contract."""
    if isinstance(schema, list):
        return frozenset().union(*map(_collect_property_names, schema))
    if not isinstance(schema, dict):
        return frozenset()
    properties = schema.get("properties")
    own = frozenset(properties) if isinstance(properties, dict) else frozenset()
    return own.union(*map(_collect_property_names, schema.values()))


def explain(schema: dict[str, Any], value: Json, spell: Spell = spell_nothing) -> Iterator[Flaw]:
    """Yield at most 100 violations; for a very large value, until the step limit."""
    if complexity.measure_size(value) > _MOST_SIZE_UNCOUNTED:
        errors = _take_until_enough(_make_counting_validator()(schema).iter_errors(value))
    else:
        errors = _make_linear_validator()(schema).iter_errors(value)
    return islice(
        chain.from_iterable(_explain_violation(_Violation.of(error, schema, spell)) for error in errors), _MOST
    )


class _EnoughError(Exception):
    """The step limit is exceeded."""


def _take_until_enough(errors: Iterator[ValidationError]) -> Iterator[ValidationError]:
    try:
        yield from errors
    except _EnoughError:
        return


@cache
def _make_linear_validator() -> type[Draft202012Validator]:
    """Return a validator with linear time and memory for each keyword.

    jsonschema compares each item with each for uniqueItems, and Python's patterns remember each repetition of a group.
    """
    return _extend_validator({"uniqueItems": _check_unique, "pattern": _check_pattern})


def _make_counting_validator() -> type[Draft202012Validator]:
    """Return a validator that raises _EnoughError above the step limit: a step for a keyword, more for a long value."""
    steps = 0

    def counted(check: _Check) -> _Check:
        def counting(validator: Any, limit: Any, instance: Any, schema: Any) -> Any:  # noqa: ANN401  As it is called.
            nonlocal steps
            steps += 1 + (len(instance) // _LENGTH_OF_A_STEP if isinstance(instance, str | list | dict) else 0)
            if steps > _MOST_STEPS:
                raise _EnoughError
            return check(validator, limit, instance, schema)

        return counting

    return _extend_validator({name: counted(check) for name, check in _make_linear_validator().VALIDATORS.items()})


def _extend_validator(keywords: dict[str, _Check]) -> type[Draft202012Validator]:
    return cast("type[Draft202012Validator]", extend(Draft202012Validator, keywords))  # type: ignore[no-untyped-call]


def _check_unique(_validator: object, wanted: object, instance: Json, _schema: object) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list) and next(_find_repeated(instance), None) is not None:
        yield ValidationError("some items are equal")


def _check_pattern(_validator: object, pattern: str, instance: Json, _schema: object) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _compile_pattern(pattern).is_valid(instance):
        yield ValidationError(f"does not match {pattern}")


@cache
def _compile_pattern(pattern: str) -> jsonschema_rs.Draft202012Validator:
    """Return a validator for a pattern of the contract: in linear time, with the engine of `Kind.validator`."""
    return jsonschema_rs.Draft202012Validator({"pattern": pattern})


def _explain_violation(error: _Violation) -> Iterator[Flaw]:
    if error.is_about_key:
        key = f"a key that {_NOT_SHOWN}" if error.is_sensitive else f"the key {quoted(str(error.instance))}"
        message = f"{error.shown} has {key}; expected {_describe_expected(error)}"
        yield Flaw((*error.at, error.instance), "property-name", message)
    elif error.keyword == "additionalProperties":
        yield from _explain_unknown(error)
    elif error.keyword == "required":
        yield from _explain_missing(error)
    elif error.keyword == "uniqueItems":
        for index in _find_repeated(error.instance):
            at = (*error.at, index)
            again = "repeats an item" if error.is_sensitive else f"is {_format_value(error.instance[index])} again"
            yield Flaw(at, "schema", f"{error.shown}[{index}] {again}; remove it")
    elif error.keyword == "enum":
        hint = did_you_mean(str(error.instance), map(str, error.limit))
        yield Flaw(error.at, "schema", f"{error.shown} {_describe_actual(error)}; {hint}")
    else:
        message = f"{error.shown} {_describe_actual(error)}; expected {_describe_expected(error)}"
        yield Flaw(error.at, "schema", message)


def _explain_unknown(error: _Violation) -> Iterator[Flaw]:
    known = list(error.schema.get("properties", ()))
    for key in error.instance:
        if key not in known:
            unknown = (
                f"has a property that {_NOT_SHOWN}"
                if error.is_sensitive and not is_word(key)
                else f"has no property {quoted(str(key))}"
            )
            message = f"{error.shown} {unknown}; {did_you_mean(str(key), known)}"
            yield Flaw((*error.at, key), "unknown-property", message)


def _explain_missing(error: _Violation) -> Iterator[Flaw]:
    for key in error.limit:
        # jsonschema reports each missing property separately; the message begins with the property.
        if error.message.startswith(f"{key!r} is"):
            message = f"{error.shown} lacks {key}{_describe_property(error, key)}"
            yield Flaw(error.at, "missing-property", message)


def _describe_property(error: _Violation, key: str) -> str:
    """Return the description of a missing property, and the line or the values to write."""
    schema = resolve_schema(error.root, error.schema.get("properties", {}).get(key, {}))
    description = schema.get("description", "")
    said = f" ({description[0].lower()}{description[1:].rstrip('.')})" if description else ""
    if "const" in schema:
        return f"{said}; write {key}: {schema['const']}"
    return f"{said}; write one of {', '.join(map(str, schema['enum']))}" if "enum" in schema else said


def _describe_actual(error: _Violation) -> str:
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
            # A string in place of a mapping or list may hold a secret.
            return "is a string"
        case _:
            return f"is {error.spelling or _format_value(error.instance)}"


def _describe_expected(error: _Violation) -> str:
    return f"{_describe_limit(error)}{_advise_quotes(error)}"


def _advise_quotes(error: _Violation) -> str:
    """Return advice to add or remove quotes, if the value would then be right; empty otherwise."""
    value, wanted = error.instance, error.limit if error.keyword == "type" else None
    if wanted == "string" and isinstance(value, int | float):
        pattern = error.schema.get("pattern")
        is_right = pattern is None or _compile_pattern(pattern).is_valid(json.dumps(value))
        return "; put it in quotes" if is_right else ""
    if wanted in _UNQUOTED and isinstance(value, str) and _UNQUOTED[wanted].fullmatch(value):
        return "; remove the quotes"
    return ""


def _describe_limit(error: _Violation) -> str:
    limit = error.limit
    match error.keyword:
        case _ if "x-expected" in error.schema and error.keyword in ("pattern", "format", "type"):
            return str(error.schema["x-expected"])
        case "type":
            return " or ".join(_NOUNS[name] for name in ([limit] if isinstance(limit, str) else limit))
        case "const":
            return _format_value(limit)
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


def _find_repeated(items: Iterable[Json]) -> Iterator[int]:
    """Yield the index of each item equal to an earlier item; 1 and 1.0 are equal (JSON Schema, core, 4.2.2)."""
    seen: set[str] = set()
    for index, item in enumerate(items):
        text = json.dumps(_normalize_numbers(item), sort_keys=True)
        if text in seen:
            yield index
        seen.add(text)


def _normalize_numbers(value: Json) -> Json:
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_normalize_numbers(item) for item in value]
        case dict():
            return {key: _normalize_numbers(item) for key, item in value.items()}
        case _:
            return value


def _format_value(value: Json) -> str:
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
