"""Follows the local references of a schema of the contract."""

from typing import Any

Schema = dict[str, Any]


def resolve_definition(root: Schema, reference: str) -> Schema:
    """Return the target of a `$ref`. The contract has local references only."""
    part = root
    for step in reference.removeprefix("#/").split("/"):
        part = part[step]
    return part


def resolve_schema(root: Schema, schema: Schema) -> Schema:
    """Return the schema merged with the target of its `$ref`; keywords beside `$ref` win."""
    if "$ref" not in schema:
        return schema
    return {**resolve_schema(root, resolve_definition(root, schema["$ref"])), **schema}
