"""Restricts a schema to the values of a sender of declared properties only.

At each place whose schemas declare properties and say nothing about others, no other property is sent. Declared are the
names in `properties`, `required` and `dependentRequired`, through `$ref`, `allOf`, `anyOf`, `oneOf` and `if`, too. A
place that declares no name stays free.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

from jsonschema_rs import Draft202012Validator, ValidationError

from reconciler.core.pointer import Json
from reconciler.core.schema.automaton import MOST_BYTES, options
from reconciler.core.schema.dialect import DEFAULT, Dialect

_Part = dict[str, Any]
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_CONDITION: Final = ("if", "then", "else")
_DYNAMIC: Final = ("$dynamicRef", "$recursiveRef")
_ABOUT_OTHERS: Final = ("additionalProperties", "unevaluatedProperties")
# A schema with one of these keywords changes its meaning if further keywords are merged in.
_IN_PLACE: Final = {
    *("$ref", *_DYNAMIC, *_BRANCHES, *_CONDITION, "not", "dependentSchemas", "dependencies"),
    *("contains", "unevaluatedProperties", "unevaluatedItems"),
}
_ENCODED: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_MOST_PLACES: Final = 20_000
_DRAFT_07: Final = "draft-07"
_PREFIX: Final = "toolreg-closed-"


class Sender(NamedTuple):
    """The schema of the sent values. If not `exact`, the schema admits more than these."""

    schema: Json
    exact: bool


def sender(schema: Json, dialect: Dialect) -> Sender:
    """Return the schema of the values sent by a sender with this schema."""
    if not isinstance(schema, dict):
        return Sender(schema, exact=True)
    if has_embedded_resource(schema):
        return Sender(schema, exact=False)
    closing = _Closing(schema, dialect)
    top = closing.close([schema])
    if top is True or not closing.exact:
        return Sender(schema, exact=closing.exact)
    restriction, recursive = closing.inlined(top)
    merged = _merged(schema, restriction)
    if merged is None:
        merged = _both(schema, restriction)
    if merged is None:
        return Sender(schema, exact=False)
    if recursive:
        merged = {**merged, "$defs": {**merged.get("$defs", {}), **closing.definitions(recursive)}}
    return Sender(merged, exact=True)


def _both(schema: _Part, restriction: Json) -> _Part | None:
    """Return a schema of the values admitted by both, None if a reference to the whole document would change."""
    if any(reference == "#" for reference in _references(schema)):
        return None
    kept = {key: value for key, value in schema.items() if key in ("$schema", "$id", "$defs", "definitions")}
    rest = {key: value for key, value in schema.items() if key not in kept}
    outside = all(re.match(r"#/(\$defs|definitions)/", reference) for reference in _references(schema))
    return {**kept, "allOf": [rest, restriction]} if outside else None


def _references(value: Json) -> Iterator[str]:
    """Yield the references of a schema, and other texts under the same keys."""
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            for key in ("$ref", *_DYNAMIC):
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


def resolved(root: Json, reference: str) -> Json:
    """Return the target of a reference inside a document. Raises LookupError if the reference is no pointer."""
    if reference == "#":
        return root
    if not reference.startswith("#/"):
        raise LookupError(reference)
    part = root
    for step in _decode(reference[2:]).split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        try:
            part = part[int(key)] if isinstance(part, list) else part[key]  # type: ignore[index]
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise LookupError(reference) from error
    return part


def _decode(fragment: str) -> str:
    """Return a URI fragment with its percent-encoded bytes decoded (RFC 3986, section 2.1)."""
    return _ENCODED.sub(lambda match: bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "replace"), fragment)


def in_place(parts: Iterable[Json], root: Json, *, siblings_count: bool) -> Iterator[_Part]:
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
            stack.append(resolved(root, reference))
            if not siblings_count:
                continue
        yield part
        stack += [resolved(root, name) for key in _DYNAMIC if isinstance(name := part.get(key), str)]
        stack += [branch for key in _BRANCHES if isinstance(part.get(key), list) for branch in part[key]]
        stack += [part[key] for key in _CONDITION if key in part]
        for key in ("dependentSchemas", "dependencies"):
            if isinstance(part.get(key), dict):
                stack += part[key].values()


class _Closing:
    """Restrictions of places, by name. A second visit refers to the place by name."""

    def __init__(self, root: _Part, dialect: Dialect) -> None:
        self.exact = True
        self._root = root
        self._siblings_count = dialect.name != _DRAFT_07
        self._has_prefix_items = dialect is DEFAULT
        self._names: dict[frozenset[int], str] = {}
        self._places: dict[str, Json] = {}
        self._count: Counter[str] = Counter()

    def close(self, schemas: Iterable[Json]) -> Json:
        """Return the restriction of the place of these schemas, true for an unrestricted place."""
        try:
            parts = [*in_place(schemas, self._root, siblings_count=self._siblings_count)]
        except LookupError:
            self.exact = False
            return True
        if not parts:
            return True
        key = frozenset(map(id, parts))
        if key not in self._names:
            if len(self._names) >= _MOST_PLACES:
                self.exact = False
                return True
            name = self._names[key] = f"{_PREFIX}{len(self._names)}"
            self._places[name] = self._properties(parts) | self._items(parts) or True
        name = self._names[key]
        if self._places.get(name) is True:
            return True
        self._count[name] += 1
        return {"$ref": f"#/$defs/{name}"}

    def _properties(self, parts: list[_Part]) -> _Part:
        by_name: dict[str, list[Json]] = defaultdict(list)
        by_pattern: dict[str, list[Json]] = defaultdict(list)
        # The schema of other properties, with the names that it says nothing about.
        about_others: list[tuple[frozenset[str], Json]] = []
        declared: set[str] = set()
        for part in parts:
            for name, schema in mapping(part, "properties"):
                by_name[name].append(schema)
            for pattern, schema in mapping(part, "patternProperties"):
                by_pattern[pattern].append(schema)
            about_others += [(_names(part), part[key]) for key in _ABOUT_OTHERS if key in part]
            declared |= required(part)
        others = [schema for _, schema in about_others]
        # Schemas of several branches may apply to the same name, and patterns may overlap with names and patterns.
        # A place is closed to names that none of its possible schemas declares.
        matches = {pattern: {name for name in by_name if may_match(pattern, name)} for pattern in by_pattern}
        of_patterns = [schema for schemas in by_pattern.values() for schema in schemas]
        properties = {
            name: self.close(
                [
                    *schemas,
                    *(s for p, found in by_pattern.items() if name in matches[p] for s in found),
                    *(schema for names, schema in about_others if name not in names),
                ]
            )
            for name, schemas in by_name.items()
        }
        patterns = {
            pattern: self.close(
                [*of_patterns, *(s for name in sorted(matches[pattern]) for s in by_name[name]), *others]
            )
            for pattern in by_pattern
        }
        closes = bool(by_name or declared) and not others
        beyond = False if closes else self.close(others)
        if closes:
            properties = {**dict.fromkeys(sorted(declared), True), **properties}
        elif all(value is True for value in (beyond, *properties.values(), *patterns.values())):
            return {}
        found: _Part = {"properties": properties, "patternProperties": patterns, "additionalProperties": beyond}
        return {key: value for key, value in found.items() if value not in ({}, True)}

    def _items(self, parts: list[_Part]) -> _Part:
        at: dict[int, list[Json]] = defaultdict(list)
        beyond: list[tuple[int, Json]] = []
        anywhere: list[Json] = []
        for part in parts:
            items = part.get("items")
            first = part.get("prefixItems") if self._has_prefix_items else items
            first = first if isinstance(first, list) else []
            for index, schema in enumerate(first):
                at[index].append(schema)
            rest = part.get("additionalItems") if isinstance(items, list) else items
            beyond += [
                (len(first), schema) for schema in (rest, part.get("unevaluatedItems")) if isinstance(schema, dict)
            ]
            anywhere += [part["contains"]] if isinstance(part.get("contains"), dict) else []
        prefix = [
            self.close([*at[index], *(schema for start, schema in beyond if start <= index), *anywhere])
            for index in range(max(at, default=-1) + 1)
        ]
        rest_restriction = self.close([*(schema for _, schema in beyond), *anywhere])
        has_prefix = any(restriction is not True for restriction in prefix)
        # A free item in front must not be restricted like the items behind it.
        has_prefix = has_prefix or bool(prefix and rest_restriction is not True)
        if self._has_prefix_items:
            restriction = {"prefixItems": prefix if has_prefix else True, "items": rest_restriction}
        elif has_prefix:
            restriction = {"items": prefix, "additionalItems": rest_restriction}
        else:
            restriction = {"items": rest_restriction}
        return {key: value for key, value in restriction.items() if value is not True}

    @cached_property
    def _restricting(self) -> set[str]:
        """Places that are closed, or contain a closed place."""
        names = {name: {*_references(place)} for name, place in self._places.items()}
        restricting = {name for name, place in self._places.items() if isinstance(place, dict) and _is_closed(place)}
        while (
            further := {name for name, held in names.items() if held & {f"#/$defs/{n}" for n in restricting}}
            - restricting
        ):
            restricting |= further
        return restricting

    def inlined(self, value: Json) -> tuple[Json, set[str]]:
        """Return a restriction with inlined places, and the names of places with several references."""
        if isinstance(value, list):
            pairs = [self.inlined(item) for item in value]
            return [item for item, _ in pairs], {name for _, names in pairs for name in names}
        if not isinstance(value, dict):
            return value, set()
        reference = value.get("$ref")
        if isinstance(reference, str):
            name = reference.removeprefix("#/$defs/")
            if name not in self._restricting:
                return True, set()
            if self._count[name] > 1:
                # Inlined at each reference, a place may grow without bounds.
                return value, {name}
            return self.inlined(self._places[name])
        pairs = [self.inlined(item) for item in value.values()]
        return dict(zip(value, (item for item, _ in pairs), strict=True)), {
            name for _, names in pairs for name in names
        }

    def definitions(self, names: Iterable[str]) -> dict[str, Json]:
        """Return the places with these names, and the places named by these."""
        places: dict[str, Json] = {}
        wanted = sorted(names)
        while wanted:
            name = wanted.pop()
            if name not in places:
                places[name], further = self.inlined(self._places[name])
                wanted += sorted(further)
        return places


def _is_closed(place: _Part) -> bool:
    return place.get("additionalProperties") is False


def mapping(part: _Part, key: str) -> Iterable[tuple[str, Json]]:
    """Return the schemas under a keyword by name, none for a value of another type."""
    value = part.get(key)
    return value.items() if isinstance(value, dict) else ()


def _names(part: _Part) -> frozenset[str]:
    return frozenset(name for name, _ in mapping(part, "properties"))


def may_match(pattern: str, name: str) -> bool:
    """Whether a pattern may match a name. True for a pattern without a linear-time engine."""
    compiled = _compiled(pattern)
    return compiled is None or compiled.is_valid(name)


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> Draft202012Validator | None:
    try:
        return Draft202012Validator({"pattern": pattern}, pattern_options=options(MOST_BYTES))
    except ValidationError:
        return None


def required(part: _Part) -> set[str]:
    """Return the names that a schema requires, always or beside another name."""
    lists = [part.get("required")]
    for key in ("dependentRequired", "dependencies"):
        for name, names in mapping(part, key):
            lists += [[name], names] if isinstance(names, list) else []
    return {name for names in lists if isinstance(names, list) for name in names if isinstance(name, str)}


def _merged(schema: Any, restriction: Any) -> Any:  # noqa: ANN401  JSON.
    """Return a schema merged with a restriction, None if only `allOf` can combine the two."""
    if restriction is True or schema is False:
        return schema
    if schema is True:
        return restriction
    if not isinstance(schema, dict) or not isinstance(restriction, dict):
        return None
    if schema.keys() & _IN_PLACE or "$ref" in restriction:
        return None
    merged = dict(schema)
    for key, value in restriction.items():
        if key in ("properties", "patternProperties"):
            own = schema.get(key, {})
            merged[key] = {**own, **{name: _side_by_side(own.get(name, True), part) for name, part in value.items()}}
        elif isinstance(value, list):
            own = schema.get(key, [])
            merged[key] = [*map(_side_by_side, own, value), *own[len(value) :]]
        else:
            merged[key] = _side_by_side(schema.get(key, True), value)
    return merged


def _side_by_side(schema: Json, restriction: Json) -> Json:
    merged = _merged(schema, restriction)
    return {"allOf": [schema, restriction]} if merged is None else merged
