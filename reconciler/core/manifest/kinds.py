"""Names and columns of kinds, read from their JSON Schemas."""

from typing import Final

from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.definitions import Schema, resolve_schema

_SCALARS: Final = {"string", "integer", "number", "boolean"}


def find_kind(contract: Contract, word: str) -> Kind | None:
    """Return the kind of a word such as `tool`, `tools` or `Tool`; None for an unknown word."""
    wanted = word.lower()
    return next((kind for kind in list_resource_kinds(contract) if wanted in _list_words(kind)), None)


def list_kind_words(contract: Contract) -> list[str]:
    """Return the words for all kinds: name and plural of each."""
    return [word for kind in list_resource_kinds(contract) for word in sorted(_list_words(kind))]


def list_resource_kinds(contract: Contract) -> list[Kind]:
    """Return the kinds of resources, sorted by name: all but the registry itself."""
    return sorted((kind for kind in contract.kinds.values() if kind.plural), key=lambda kind: kind.name)


def has_spec(kind: Kind, name: str) -> bool:
    """Whether `spec` of this kind may hold the property."""
    return name in _read_spec(kind).get("properties", {})


def list_columns(kind: Kind) -> tuple[str, ...]:
    """Return the required scalar properties of `spec`, which fit into a table."""
    spec = _read_spec(kind)
    return tuple(
        name
        for name in spec.get("required", ())
        if _is_scalar(resolve_schema(kind.schema, spec.get("properties", {}).get(name, {})))
    )


def _list_words(kind: Kind) -> set[str]:
    return {kind.name.lower(), (kind.plural or kind.name).lower()}


def _read_spec(kind: Kind) -> Schema:
    return resolve_schema(kind.schema, kind.schema.get("properties", {}).get("spec", {}))


def _is_scalar(schema: Schema) -> bool:
    return schema.get("type") in _SCALARS or "enum" in schema or "const" in schema
