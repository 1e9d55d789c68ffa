"""The first manifest of a new resource: the required fields of its kind."""

from collections.abc import Mapping
from typing import Any

from reconciler.core.manifest.contract import Kind
from reconciler.core.manifest.definitions import Schema, resolve_schema
from reconciler.core.pointer import Json


class ReferenceNeeded(Exception):
    """The kind requires the name of another resource. `field` holds the name of a resource of kind `target`."""

    def __init__(self, field: str, target: str) -> None:
        super().__init__(field)
        self.field = field
        self.target = target


def begin(kind: Kind, metadata: Mapping[str, Json], spec: Mapping[str, Json]) -> dict[str, Any]:
    """Return a manifest with these fields and the required fields. Raises ReferenceNeeded for a missing reference."""
    example = kind.schema["examples"][0] if kind.schema.get("examples") else {}
    given = {"metadata": metadata, "spec": spec}
    value = _fill(kind, kind.schema, given, example)
    return dict(value) if isinstance(value, dict) else {}


def find_reference_field(kind: Kind, target: str) -> str | None:
    """Return the field of `spec` with a reference to one resource of another kind, None without such a field."""
    return next((steps[1] for steps, name in kind.references.items() if name == target and _is_plain(steps)), None)


def _is_plain(steps: tuple[str, ...]) -> bool:
    return len(steps) == 2 and steps[0] == "spec"  # noqa: PLR2004  A field right below spec.


def _fill(kind: Kind, schema: Schema, given: Any, example: Any) -> Json:  # noqa: ANN401  Any value of a manifest.
    properties, required = schema.get("properties", {}), schema.get("required", ())
    values = {}
    for name, part in properties.items():
        inner = given.get(name)
        if inner is not None and not isinstance(inner, Mapping):
            values[name] = inner
        elif isinstance(inner, Mapping) and name not in ("metadata", "spec"):
            values[name] = dict(inner)
        elif name in required:
            known = example.get(name) if isinstance(example, dict) else None
            values[name] = _make_value(kind, name, resolve_schema(kind.schema, part), inner or {}, known)
    return values


def _make_value(kind: Kind, name: str, schema: Schema, given: Any, example: Any) -> Json:  # noqa: ANN401
    if "x-references" in schema:
        raise ReferenceNeeded(name, schema["x-references"])
    if "x-new" in schema or "const" in schema:
        value: Json = schema.get("x-new", schema.get("const"))
        return value
    if "properties" in schema:
        return _fill(kind, schema, given, example)
    if "enum" in schema:
        first: Json = schema["enum"][0]
        return first
    return example if example is not None else ""
