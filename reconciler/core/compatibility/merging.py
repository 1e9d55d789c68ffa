"""Merges a schema with a restriction of the values that it admits."""

import re
from typing import Any, Final

from reconciler.core.compatibility.keywords import Part
from reconciler.core.compatibility.references import DYNAMIC, list_references
from reconciler.core.pointer import Json

# A schema with one of these keywords changes its meaning if further keywords are merged in.
_IN_PLACE: Final = {
    *("$ref", *DYNAMIC, "allOf", "anyOf", "oneOf", "if", "then", "else", "not", "dependentSchemas", "dependencies"),
    *("contains", "unevaluatedProperties", "unevaluatedItems"),
}


def restrict(schema: Part, restriction: Json) -> Part | None:
    """Return a schema of the values admitted by both, None if a reference to the whole document would change."""
    merged = _merge(schema, restriction)
    return _apply_both(schema, restriction) if merged is None else merged


def _apply_both(schema: Part, restriction: Json) -> Part | None:
    if any(reference == "#" for reference in list_references(schema)):
        return None
    kept = {key: value for key, value in schema.items() if key in ("$schema", "$id", "$defs", "definitions")}
    rest = {key: value for key, value in schema.items() if key not in kept}
    outside = all(re.match(r"#/(\$defs|definitions)/", reference) for reference in list_references(schema))
    return {**kept, "allOf": [rest, restriction]} if outside else None


def _merge(schema: Any, restriction: Any) -> Any:  # noqa: ANN401  JSON.
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
            merged[key] = {
                **own,
                **{name: _merge_or_combine(own.get(name, True), part) for name, part in value.items()},
            }
        elif isinstance(value, list):
            own = schema.get(key, [])
            merged[key] = [*map(_merge_or_combine, own, value), *own[len(value) :]]
        else:
            merged[key] = _merge_or_combine(schema.get(key, True), value)
    return merged


def _merge_or_combine(schema: Json, restriction: Json) -> Json:
    merged = _merge(schema, restriction)
    return {"allOf": [schema, restriction]} if merged is None else merged
