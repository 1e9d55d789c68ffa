"""Kinds as people name and list them, all of it read from their JSON Schemas."""

from typing import Final

from reconciler.core.manifest.contract import Contract, Kind, Schema, definition

_SCALARS: Final = {"string", "integer", "number", "boolean"}


def kind_named(contract: Contract, word: str) -> Kind | None:
    """Return the kind of resource that somebody calls `tool`, `tools` or `Tool`; None where there is none."""
    wanted = word.lower()
    return next((kind for kind in resource_kinds(contract) if wanted in _words(kind)), None)


def kind_words(contract: Contract) -> list[str]:
    """Return the words that name a kind: its name and its plural."""
    return [word for kind in resource_kinds(contract) for word in sorted(_words(kind))]


def resource_kinds(contract: Contract) -> list[Kind]:
    """Return the kinds that have resources, by name: all but the registry itself."""
    return sorted((kind for kind in contract.kinds.values() if kind.plural), key=lambda kind: kind.name)


def has_spec(kind: Kind, name: str) -> bool:
    """Whether `spec` of this kind may hold the property."""
    return name in _spec(kind).get("properties", {})


def columns(kind: Kind) -> tuple[str, ...]:
    """Return the properties of `spec` that every resource of this kind has, and that fit into a table: scalars."""
    spec = _spec(kind)
    return tuple(
        name
        for name in spec.get("required", ())
        if _is_scalar(_resolved(kind, spec.get("properties", {}).get(name, {})))
    )


def _words(kind: Kind) -> set[str]:
    return {kind.name.lower(), (kind.plural or kind.name).lower()}


def _spec(kind: Kind) -> Schema:
    return _resolved(kind, kind.schema.get("properties", {}).get("spec", {}))


def _is_scalar(schema: Schema) -> bool:
    return schema.get("type") in _SCALARS or "enum" in schema or "const" in schema


def _resolved(kind: Kind, schema: Schema) -> Schema:
    """Return the schema with what its `$ref` stands for."""
    if "$ref" not in schema:
        return schema
    return {**_resolved(kind, definition(kind.schema, schema["$ref"])), **schema}
