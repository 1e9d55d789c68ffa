"""The schemas inside a schema, each with the part that it plays there."""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final, NamedTuple

from reconciler.core.manifest.definitions import Schema
from reconciler.core.pointer import Json, Pointer
from reconciler.rules.lint.keywords import KEYWORDS
from reconciler.rules.lint.patterns import find_foreign

_Path = tuple["_Path", str | int] | None


class Role(Enum):
    """The part of a subschema: it describes a value, adds to the schema around it, or something else."""

    VALUE = "value"
    BRANCH = "branch"
    OTHER = "other"


_MAPS: Final = {
    "properties": Role.VALUE,
    "patternProperties": Role.VALUE,
    "dependentSchemas": Role.BRANCH,
    "dependencies": Role.BRANCH,
    "$defs": Role.OTHER,
    "definitions": Role.OTHER,
}
_LISTS: Final = {
    "allOf": Role.BRANCH,
    "anyOf": Role.BRANCH,
    "oneOf": Role.BRANCH,
    "prefixItems": Role.VALUE,
    "items": Role.VALUE,
}
_SINGLES: Final = {
    "items": Role.VALUE,
    "additionalItems": Role.VALUE,
    "additionalProperties": Role.VALUE,
    "contains": Role.OTHER,
    "not": Role.BRANCH,
    "if": Role.BRANCH,
    "then": Role.BRANCH,
    "else": Role.BRANCH,
    "propertyNames": Role.OTHER,
    "unevaluatedItems": Role.OTHER,
    "unevaluatedProperties": Role.OTHER,
    "contentSchema": Role.OTHER,
}
WITH_SCHEMAS: Final = frozenset({*_MAPS, *_LISTS, *_SINGLES})
"""The keywords that hold schemas."""

CHECKED: Final = frozenset({"enum", "required", "examples", "pattern", "patternProperties"})
"""The keywords whose values rules ask about."""

_PLAIN: Final = KEYWORDS - WITH_SCHEMAS - (CHECKED - {"pattern"})
_PLAIN_TYPES: Final = frozenset({"string", "integer", "number", "boolean", "null"})
_BRANCHES: Final = tuple(
    keyword for roles in (_MAPS, _LISTS, _SINGLES) for keyword, role in roles.items() if role is Role.BRANCH
)


class Subschema(NamedTuple):
    """A subschema, with its path and, for a branch, the schema around it."""

    schema: Schema
    path: _Path
    role: Role
    around: "Subschema | None"

    @property
    def pointer(self) -> Pointer:
        """The pointer of the subschema, relative to the whole schema."""
        steps: list[str | int] = []
        path = self.path
        while path is not None:
            path, step = path
            steps.append(step)
        return tuple(reversed(steps))


def add_subschemas(part: Subschema, pending: list[Subschema]) -> None:
    """Append the schemas right inside a schema, without `true`, `false` and plain schemas."""
    path = part.path
    for keyword, value in part.schema.items():
        if keyword not in WITH_SCHEMAS:
            continue
        items: Iterable[tuple[str | int, Json]]
        if isinstance(value, dict):
            if keyword in _SINGLES:
                role = _SINGLES[keyword]
                pending.append(Subschema(value, (path, keyword), role, part if role is Role.BRANCH else None))
                continue
            role, items = _MAPS.get(keyword, Role.OTHER), value.items() if keyword in _MAPS else ()
        elif isinstance(value, list) and keyword in _LISTS:
            role, items = _LISTS[keyword], enumerate(value)
        else:
            continue
        below, around = (path, keyword), part if role is Role.BRANCH else None
        pending += [
            Subschema(inner, (below, step), role, around)
            for step, inner in items
            if isinstance(inner, dict) and not _is_plain(inner)
        ]


def _is_plain(schema: Schema) -> bool:
    """Whether a schema has one simple type, and no keyword that a rule asks about: most schemas do."""
    named = schema.get("type")
    if not isinstance(named, str) or named not in _PLAIN_TYPES or not _PLAIN.issuperset(schema):
        return False
    pattern = schema.get("pattern")
    return pattern is None or (isinstance(pattern, str) and find_foreign(pattern) is None)


def list_branches(schema: Schema) -> Iterator[Json]:
    """Yield the subschemas that apply to the same value as the schema."""
    for keyword in _BRANCHES:
        value = schema.get(keyword)
        if isinstance(value, list):
            yield from value
        elif isinstance(value, dict):
            yield from [*value.values()] if keyword in _MAPS else [value]
