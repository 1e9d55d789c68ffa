"""Reads keywords of JSON Schemas that may hold anything."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from jsonschema_rs import Draft202012Validator, ValidationError

from reconciler.core.pointer import Json
from reconciler.core.schema.automaton import MOST_BYTES, make_options

Part = dict[str, Any]
"""A schema that is an object."""

ABOUT_OTHERS: Final = ("additionalProperties", "unevaluatedProperties")
"""Keywords about properties that a schema does not declare."""


def get_mapping(part: Part, key: str) -> Iterable[tuple[str, Json]]:
    """Return the schemas under a keyword by name, none for a value of another type."""
    value = part.get(key)
    return value.items() if isinstance(value, dict) else ()


def select_texts(value: object) -> list[str]:
    """Return the strings of a list, none for a value of another type."""
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def read_types(value: object) -> frozenset[str] | None:
    """Return the types named by `type`, with integer for number; None without such a keyword."""
    if value is None:
        return None
    names = {value} if isinstance(value, str) else {*select_texts(value)}
    return frozenset(names | ({"integer"} if "number" in names else set()))


def list_required(part: Part) -> set[str]:
    """Return the names that a schema requires, always or beside another name."""
    lists = [part.get("required")]
    for key in ("dependentRequired", "dependencies"):
        for name, names in get_mapping(part, key):
            lists += [[name], names] if isinstance(names, list) else []
    return {name for names in lists if isinstance(names, list) for name in names if isinstance(name, str)}


def may_match(pattern: str, name: str) -> bool:
    """Whether a pattern may match a name. True for a pattern without a linear-time engine."""
    compiled = _compile(pattern)
    return compiled is None or compiled.is_valid(name)


@lru_cache(maxsize=1000)
def _compile(pattern: str) -> Draft202012Validator | None:
    try:
        return Draft202012Validator({"pattern": pattern}, pattern_options=make_options(MOST_BYTES))
    except ValidationError:
        return None
