"""Tells whether a closed sender sends a value, from the words of schemas/README.md, place by place.

Slower than the product's way, which makes one schema of it, and written without it: the two are compared. Reads
2020-12 with references inside the document.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_CONDITION: Final = ("if", "then", "else")
_ABOUT_OTHERS: Final = ("additionalProperties", "unevaluatedProperties")


def accepts(schema: Any, value: Any) -> bool:
    """Return whether a receiver accepts a value."""
    return bool(Draft202012Validator(schema, validate_formats=True).is_valid(value))


def is_sent(schema: Any, value: Any) -> bool:
    """Return whether a sender that sends only what it declares may send a value."""
    return accepts(schema, value) and _sends_only_declared([schema], value, schema)


def _sends_only_declared(schemas: Iterable[Any], value: Any, root: Any) -> bool:
    parts = [*_at_one_place(schemas, root)]
    if isinstance(value, list):
        return all(_sends_only_declared(_of_item(parts, index), item, root) for index, item in enumerate(value))
    if not isinstance(value, dict):
        return True
    declared = {name for part in parts for name in _declared(part)}
    is_open = not declared or any(key in part for part in parts for key in _ABOUT_OTHERS)
    patterns = [pattern for part in parts for pattern in part.get("patternProperties", {})]
    return all(
        (is_open or name in declared or any(re.search(pattern, name) for pattern in patterns))
        and _sends_only_declared(_of_property(parts, name), item, root)
        for name, item in value.items()
    )


def _at_one_place(schemas: Iterable[Any], root: Any) -> Iterator[dict[str, Any]]:
    waiting = [*schemas]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict) or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        if "$ref" in part:
            waiting.append(_resolved(root, part["$ref"]))
        waiting += [branch for key in _BRANCHES for branch in part.get(key, [])]
        waiting += [part[key] for key in _CONDITION if key in part]
        waiting += part.get("dependentSchemas", {}).values()


def _declared(part: dict[str, Any]) -> Iterator[str]:
    yield from part.get("properties", {})
    yield from part.get("required", [])
    for name, others in part.get("dependentRequired", {}).items():
        yield from (name, *others)


def _of_property(parts: list[dict[str, Any]], name: str) -> Iterator[Any]:
    for part in parts:
        own = [part["properties"][name]] if name in part.get("properties", {}) else []
        own += [schema for pattern, schema in part.get("patternProperties", {}).items() if re.search(pattern, name)]
        yield from own or ([part["additionalProperties"]] if "additionalProperties" in part else [])
        if "unevaluatedProperties" in part:
            yield part["unevaluatedProperties"]


def _of_item(parts: list[dict[str, Any]], index: int) -> Iterator[Any]:
    for part in parts:
        first = part.get("prefixItems", [])
        if index < len(first):
            yield first[index]
        elif "items" in part:
            yield part["items"]
        if "contains" in part:
            yield part["contains"]


def _resolved(root: Any, reference: str) -> Any:
    for step in reference.removeprefix("#").split("/")[1:]:
        root = root[step]
    return root
