"""Proves by structure alone that a schema admits every value of another schema.

Each keyword of the wider schema is implied by the narrower one, coinductively over `$ref`: two places that are being
compared already count as proven. An unproven statement may still hold.
"""

from collections.abc import Mapping
from typing import Any, Final

from reconciler.core.compatibility.keywords import may_match, read_types
from reconciler.core.compatibility.references import ANNOTATIONS, follow_reference, has_embedded_resource
from reconciler.core.pointer import Json
from reconciler.core.schema.dialect import Dialect

_Part = Mapping[str, Any]

_AT_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_AT_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_ONE_SCHEMA: Final = ("propertyNames",)
_EQUAL: Final = ("pattern", "format", "multipleOf", "uniqueItems", "const")
_TYPES: Final = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_MOST_PAIRS: Final = 20_000
_MOST_PARTS: Final = 100


def admits(wider: Json, narrower: Json, dialect: Dialect) -> bool:
    """Whether `wider` provably admits every value of `narrower`. False is no proof of the contrary."""
    if has_embedded_resource(wider) or has_embedded_resource(narrower):
        return False
    try:
        return _Proof(wider, narrower, dialect).holds(wider, narrower)
    except (LookupError, RecursionError, TypeError):
        return False


class _Proof:
    def __init__(self, wider: Json, narrower: Json, dialect: Dialect) -> None:
        self._wider = wider
        self._narrower = narrower
        # Beside a reference, draft-07 ignores every other keyword (core, 8.3).
        self._siblings_count = dialect.name != "draft-07"
        self._assumed: set[tuple[int, int]] = set()

    def holds(self, wider: Any, narrower: Any) -> bool:  # noqa: ANN401  JSON.
        wider = follow_reference(wider, self._wider, siblings_count=self._siblings_count)
        narrower = follow_reference(narrower, self._narrower, siblings_count=self._siblings_count)
        if wider is True or narrower is False or wider == {}:
            return True
        if not isinstance(wider, dict) or not isinstance(narrower, dict):
            return False
        pair = (id(wider), id(narrower))
        if pair in self._assumed:
            return True
        if len(self._assumed) >= _MOST_PAIRS:
            return False
        self._assumed.add(pair)
        return self._is_implied(wider, narrower)

    def _is_implied(self, wider: _Part, narrower: _Part) -> bool:
        if _is_same(wider, narrower) and not _has_reference(wider):
            return True
        # Every part of `allOf` admits at least the values of the whole.
        parts = self._collect_parts(narrower)
        return all(
            any(self._prove_keyword(key, value, wider, part, _get_listed(part)) for part in parts)
            for key, value in wider.items()
            if key not in ANNOTATIONS
        )

    def _collect_parts(self, narrower: _Part) -> list[_Part]:
        parts: list[_Part] = [narrower]
        for part in parts:
            for branch in part.get("allOf", ()):
                target = follow_reference(branch, self._narrower, siblings_count=self._siblings_count)
                if isinstance(target, dict) and not any(target is known for known in parts):
                    parts.append(target)
            if len(parts) > _MOST_PARTS:
                break
        return parts

    def _prove_keyword(self, key: str, value: Any, wider: _Part, narrower: _Part, listed: Any) -> bool:  # noqa: ANN401  JSON.
        own = narrower.get(key)
        if key == "type":
            return (read_types(value) or _TYPES) >= (read_types(narrower.get("type")) or _list_types(listed))
        if key == "enum":
            return listed is not None and _lists_all(value, listed)
        if key in _AT_MOST:
            return own is not None and own <= value
        if key in _AT_LEAST:
            return (own is not None and own >= value) or (key.startswith("min") and key != "minimum" and value == 0)
        if key in _EQUAL:
            return (own is not None and is_equal(own, value)) or (key == "uniqueItems" and value is False)
        if key == "required":
            return set(value) <= set(own or ())
        if key == "dependentRequired":
            return isinstance(own, dict) and all(set(names) <= set(own.get(name, ())) for name, names in value.items())
        if key in _ONE_SCHEMA:
            return own is not None and self.holds(value, own)
        return self._prove_applicator(key, value, wider, narrower)

    def _prove_applicator(self, key: str, value: Any, wider: _Part, narrower: _Part) -> bool:  # noqa: ANN401  JSON.
        if key == "allOf":
            return all(self.holds(branch, narrower) for branch in value)
        if key == "properties":
            return self._prove_properties(value, narrower)
        if key == "patternProperties":
            return all(self._prove_pattern(pattern, schema, narrower) for pattern, schema in value.items())
        if key == "additionalProperties":
            return self._prove_others(value, wider, narrower)
        if key == "items":
            return self._prove_items(value, narrower)
        return False

    def _prove_properties(self, schemas: _Part, narrower: _Part) -> bool:
        own, patterns = narrower.get("properties", {}), narrower.get("patternProperties", {})
        # A pattern may match an undeclared name, so its schema is unknown.
        undeclared = True if patterns else narrower.get("additionalProperties", True)
        return all(self.holds(schema, own.get(name, undeclared)) for name, schema in schemas.items())

    def _prove_pattern(self, pattern: str, schema: Json, narrower: _Part) -> bool:
        own, patterns = narrower.get("properties", {}), narrower.get("patternProperties", {})
        if pattern in patterns:
            return self.holds(schema, patterns[pattern])
        named = [value for name, value in own.items() if may_match(pattern, name)]
        return all(
            self.holds(schema, value)
            for value in (*named, *patterns.values(), narrower.get("additionalProperties", True))
        )

    def _prove_others(self, schema: Json, wider: _Part, narrower: _Part) -> bool:
        declared, patterns = wider.get("properties", {}), wider.get("patternProperties", {})
        own = [(name, value) for name, value in narrower.get("properties", {}).items() if name not in declared]
        if own and patterns:
            return False
        more = [value for name, value in narrower.get("patternProperties", {}).items() if name not in patterns]
        values = [*(value for _, value in own), *more, narrower.get("additionalProperties", True)]
        return all(self.holds(schema, value) for value in values)

    def _prove_items(self, schema: Json, narrower: _Part) -> bool:
        own = narrower.get("items", True)
        if isinstance(schema, list) or isinstance(own, list) or "prefixItems" in narrower:
            return False
        return self.holds(schema, own)


def strip_annotations(schema: Json) -> Json:
    """Return a schema without annotations, for comparison."""
    if isinstance(schema, list):
        return [strip_annotations(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _strip_value(key, value) for key, value in schema.items() if key not in _WORDS}


_WORDS: Final = ANNOTATIONS - {"$defs", "definitions", "$id", "id", "$anchor", "$schema"}
_NAMED: Final = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"}
)
_VALUES: Final = frozenset({"const", "enum", "required", "dependentRequired"})


def _strip_value(key: str, value: Json) -> Json:
    if key in _NAMED and isinstance(value, dict):
        return {name: strip_annotations(schema) for name, schema in value.items()}
    return value if key in _VALUES else strip_annotations(value)


def _get_listed(part: _Part) -> Any:  # noqa: ANN401  JSON.
    return part.get("enum", [part["const"]] if "const" in part else None)


def _has_reference(part: Any) -> bool:  # noqa: ANN401  JSON.
    if isinstance(part, list):
        return any(map(_has_reference, part))
    if not isinstance(part, dict):
        return False
    return any(key.endswith(("ef", "Ref")) and key[:1] == "$" for key in part) or any(
        map(_has_reference, part.values())
    )


def _is_same(one: _Part, other: _Part) -> bool:
    return one is other or is_equal(strip_annotations(dict(one)), strip_annotations(dict(other)))


def is_equal(one: object, other: object) -> bool:
    """Whether two JSON values are equal; true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_equal, one, other))
    return one == other


def _list_types(listed: Any) -> frozenset[str]:  # noqa: ANN401  JSON.
    """Return the types of the listed values, all types without a list."""
    if listed is None:
        return _TYPES
    return frozenset(map(_name_type, listed))


def _name_type(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if float(value).is_integer() else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _lists_all(wider: list[Json], narrower: list[Json]) -> bool:
    """Whether a list holds every value of another list. 1 and 1.0 count as different."""
    known = {(type(value), value) for value in wider if isinstance(value, (str, bool, int))}
    rest = [value for value in wider if not isinstance(value, (str, bool, int))]
    return all(
        (type(value), value) in known
        if isinstance(value, (str, bool, int))
        else any(is_equal(value, own) for own in rest[:100])
        for value in narrower
    )
