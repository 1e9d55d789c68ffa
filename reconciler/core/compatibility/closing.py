"""Restricts a schema to the values of a sender of declared properties only.

At each place whose schemas declare properties and say nothing about others, no other property is sent. Declared are the
names in `properties`, `required` and `dependentRequired`, through `$ref`, `allOf`, `anyOf`, `oneOf` and `if`, too. A
place that declares no name stays free.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Final, NamedTuple

from reconciler.core.compatibility.keywords import ABOUT_OTHERS, Part, get_mapping, list_required, may_match
from reconciler.core.compatibility.merging import restrict
from reconciler.core.compatibility.references import expand_in_place, has_embedded_resource, list_references
from reconciler.core.pointer import Json
from reconciler.core.schema.dialect import DEFAULT, Dialect

_MOST_PLACES: Final = 20_000
_DRAFT_07: Final = "draft-07"
_PREFIX: Final = "toolreg-closed-"


class Sender(NamedTuple):
    """The schema of the sent values. If not `exact`, the schema admits more than these."""

    schema: Json
    exact: bool


def make_sender(schema: Json, dialect: Dialect) -> Sender:
    """Return the schema of the values sent by a sender with this schema."""
    if not isinstance(schema, dict):
        return Sender(schema, exact=True)
    if has_embedded_resource(schema):
        return Sender(schema, exact=False)
    closing = _Closing(schema, dialect)
    top = closing.close([schema])
    if top is True or not closing.exact:
        return Sender(schema, exact=closing.exact)
    restriction, recursive = closing.inline(top)
    merged = restrict(schema, restriction)
    if merged is None:
        return Sender(schema, exact=False)
    if recursive:
        merged = {**merged, "$defs": {**merged.get("$defs", {}), **closing.collect_definitions(recursive)}}
    return Sender(merged, exact=True)


class _Closing:
    """Restrictions of places, by name. A second visit refers to the place by name."""

    def __init__(self, root: Part, dialect: Dialect) -> None:
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
            parts = [*expand_in_place(schemas, self._root, siblings_count=self._siblings_count)]
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
            self._places[name] = self._close_properties(parts) | self._close_items(parts) or True
        name = self._names[key]
        if self._places.get(name) is True:
            return True
        self._count[name] += 1
        return {"$ref": f"#/$defs/{name}"}

    def _close_properties(self, parts: list[Part]) -> Part:
        by_name: dict[str, list[Json]] = defaultdict(list)
        by_pattern: dict[str, list[Json]] = defaultdict(list)
        # The schema of other properties, with the names that it says nothing about.
        about_others: list[tuple[frozenset[str], Json]] = []
        declared: set[str] = set()
        for part in parts:
            for name, schema in get_mapping(part, "properties"):
                by_name[name].append(schema)
            for pattern, schema in get_mapping(part, "patternProperties"):
                by_pattern[pattern].append(schema)
            about_others += [(_list_names(part), part[key]) for key in ABOUT_OTHERS if key in part]
            declared |= list_required(part)
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
        found: Part = {"properties": properties, "patternProperties": patterns, "additionalProperties": beyond}
        return {key: value for key, value in found.items() if value not in ({}, True)}

    def _close_items(self, parts: list[Part]) -> Part:
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
        names = {name: {*list_references(place)} for name, place in self._places.items()}
        restricting = {name for name, place in self._places.items() if isinstance(place, dict) and _is_closed(place)}
        while (
            further := {name for name, held in names.items() if held & {f"#/$defs/{n}" for n in restricting}}
            - restricting
        ):
            restricting |= further
        return restricting

    def inline(self, value: Json) -> tuple[Json, set[str]]:
        """Return a restriction with inlined places, and the names of places with several references."""
        if isinstance(value, list):
            pairs = [self.inline(item) for item in value]
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
            return self.inline(self._places[name])
        pairs = [self.inline(item) for item in value.values()]
        return dict(zip(value, (item for item, _ in pairs), strict=True)), {
            name for _, names in pairs for name in names
        }

    def collect_definitions(self, names: Iterable[str]) -> dict[str, Json]:
        """Return the places with these names, and the places named by these."""
        places: dict[str, Json] = {}
        wanted = sorted(names)
        while wanted:
            name = wanted.pop()
            if name not in places:
                places[name], further = self.inline(self._places[name])
                wanted += sorted(further)
        return places


def _is_closed(place: Part) -> bool:
    return place.get("additionalProperties") is False


def _list_names(part: Part) -> frozenset[str]:
    return frozenset(name for name, _ in get_mapping(part, "properties"))
