"""The schema of the patches of a kind, for editors: the fields that an environment may change, optional or null."""

from reconciler.core.manifest.bundle import BASE, bundle_schema
from reconciler.core.manifest.contract import Kind, Steps
from reconciler.core.manifest.definitions import Schema, resolve_definition

_DEMANDS = frozenset({"required", "allOf", "if", "then", "minProperties", "x-new"})
"""Keywords that ask for values which the manifest has already."""


def name_patch_schema_file(kind: Kind) -> str:
    """Return the name of the file with the schema of the patches of a kind."""
    return f"{kind.name.lower()}.patch.schema.json"


def make_patch_schema(kind: Kind) -> Schema:
    """Return the schema of the patches of a kind, as one document with `$id`."""
    whole = bundle_schema(kind)
    own = whole["properties"]
    envelope = {name: own[name] for name in ("apiVersion", "kind")}
    metadata = _resolve(own["metadata"], whole)
    named = {"name": metadata["properties"]["name"]}
    spec = _select(own["spec"], whole, ("spec",), kind)
    return {
        "$schema": whole["$schema"],
        "$id": f"{BASE}{name_patch_schema_file(kind)}",
        "title": f"Patch of a {kind.name}",
        "description": f"What of a {kind.name} differs in an environment; null removes a field.",
        "type": "object",
        "additionalProperties": False,
        "required": [*envelope, "metadata", "spec"],
        "properties": {
            **envelope,
            "metadata": {
                "description": "The resource to patch.",
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": named,
            },
            "spec": spec,
        },
        "$defs": whole["$defs"],
    }


def _select(schema: Schema, root: Schema, at: Steps, kind: Kind) -> Schema:
    """Return a schema with the properties alone that an environment may change, or that hold such properties."""
    schema = _resolve(schema, root)
    selected: Schema = {}
    for name, part in schema.get("properties", {}).items():
        steps = (*at, name)
        if steps in kind.environmental:
            selected[name] = _relax(part)
        elif any(below[: len(steps)] == steps for below in kind.environmental):
            selected[name] = _select(part, root, steps, kind)
    described = {key: schema[key] for key in ("description",) if key in schema}
    return {**described, "type": "object", "additionalProperties": False, "properties": selected}


def _relax(schema: Schema) -> Schema:
    """Return a schema that accepts a part of its values, and null."""
    relaxed = {key: part for key, part in schema.items() if key not in _DEMANDS}
    if isinstance(properties := schema.get("properties"), dict):
        relaxed["properties"] = {name: _relax(part) for name, part in properties.items()}
    if isinstance(schema.get("additionalProperties"), dict):
        relaxed["additionalProperties"] = _relax(schema["additionalProperties"])
    described = {"description": relaxed.pop("description")} if "description" in relaxed else {}
    return {**described, "anyOf": [relaxed, {"type": "null"}]}


def _resolve(schema: Schema, root: Schema) -> Schema:
    """Return a schema with the definition that it refers to, inserted."""
    if "$ref" not in schema:
        return schema
    return {**resolve_definition(root, schema["$ref"]), **{key: part for key, part in schema.items() if key != "$ref"}}
