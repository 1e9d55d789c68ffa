"""Follows references inside a JSON Schema, and finds the schemas that apply to the same place."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from reconciler.core.compatibility.keywords import Part
from reconciler.core.pointer import Json, decode_fragment

ANNOTATIONS: Final = frozenset(
    {
        *("title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly", "$comment"),
        *(
            "contentEncoding",
            "contentMediaType",
            "contentSchema",
            "$defs",
            "definitions",
            "$schema",
            "$id",
            "id",
            "$anchor",
        ),
    }
)
"""Keywords without an effect on validation."""

_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_CONDITION: Final = ("if", "then", "else")
DYNAMIC: Final = ("$dynamicRef", "$recursiveRef")
_LONGEST_CHAIN: Final = 100


def resolve_reference(root: Json, reference: str) -> Json:
    """Return the target of a reference inside a document. Raises LookupError if the reference is no pointer."""
    if reference == "#":
        return root
    if not reference.startswith("#/"):
        raise LookupError(reference)
    part = root
    for step in decode_fragment(reference[2:]).split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        try:
            part = part[int(key)] if isinstance(part, list) else part[key]  # type: ignore[index]
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise LookupError(reference) from error
    return part


def follow_reference(schema: Json, root: Json, *, siblings_count: bool = True) -> Json:
    """Return the target of a mere reference. Raises LookupError for a circle, or without a target."""
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(schema, dict) or not isinstance(reference := schema.get("$ref"), str):
            return schema
        if siblings_count and schema.keys() - ANNOTATIONS != {"$ref"}:
            return schema
        schema = resolve_reference(root, reference)
    raise LookupError(schema)


def expand_in_place(parts: Iterable[Json], root: Json, *, siblings_count: bool) -> Iterator[Part]:
    """Yield all schemas that apply to the same place. Raises LookupError for a reference without a target."""
    seen: set[int] = set()
    stack = [*parts][::-1]
    while stack:
        part: Any = stack.pop()
        if not isinstance(part, dict) or id(part) in seen:
            continue
        seen.add(id(part))
        reference = part.get("$ref")
        if isinstance(reference, str):
            stack.append(resolve_reference(root, reference))
            if not siblings_count:
                continue
        yield part
        stack += [resolve_reference(root, name) for key in DYNAMIC if isinstance(name := part.get(key), str)]
        stack += [branch for key in _BRANCHES if isinstance(part.get(key), list) for branch in part[key]]
        stack += [part[key] for key in _CONDITION if key in part]
        for key in ("dependentSchemas", "dependencies"):
            if isinstance(part.get(key), dict):
                stack += part[key].values()


def list_references(value: Json) -> Iterator[str]:
    """Yield the references of a schema, and other texts under the same keys."""
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            for key in ("$ref", *DYNAMIC):
                if isinstance(reference := part.get(key), str):
                    yield reference
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)


def has_embedded_resource(schema: Json) -> bool:
    """Whether a schema below the root has an `$id`: references inside start there (JSON Schema core, 8.2.1)."""
    stack: list[Any] = [*schema.values()] if isinstance(schema, dict) else []
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            if isinstance(part.get("$id"), str):
                return True
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)
    return False
