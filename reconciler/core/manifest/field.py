"""A field of a manifest as the schema of its kind describes it."""

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.core.manifest.contract import Kind
from reconciler.core.manifest.definitions import Schema, resolve_schema
from reconciler.core.pointer import Json


class Field(NamedTuple):
    """A field: its path such as `tool.spec.limits`, its type in words, and its schema with references resolved."""

    path: str
    type: str
    schema: Schema
    is_required: bool

    @property
    def description(self) -> str:
        """The description of the field."""
        return str(self.schema.get("description", ""))

    @property
    def values(self) -> tuple[Json, ...]:
        """The allowed values, empty without an enumeration."""
        return (self.schema["const"],) if "const" in self.schema else tuple(self.schema.get("enum", ()))


class UnknownField(Exception):
    """No field has this path. `step` is the unknown word, `known` the words expected in its place."""

    def __init__(self, step: str, known: tuple[str, ...]) -> None:
        super().__init__(step)
        self.step = step
        self.known = known


def find_field(kind: Kind, steps: tuple[str, ...]) -> Field:
    """Return the field at a path below a kind. Lists are passed through. Raises UnknownField for an unknown step."""
    field = Field(kind.name.lower(), "object", kind.schema, is_required=True)
    for step in steps:
        children = {child.path.rpartition(".")[2]: child for child in list_fields(kind, field)}
        if step not in children:
            raise UnknownField(step, tuple(children))
        field = children[step]
    return field


def list_fields(kind: Kind, field: Field) -> Iterator[Field]:
    """Yield the fields of a mapping, or of the items of a list, in the order of the schema."""
    holder = field.schema
    while "items" in holder:
        holder = resolve_schema(kind.schema, holder["items"])
    required = holder.get("required", ())
    for name, part in holder.get("properties", {}).items():
        schema = resolve_schema(kind.schema, part)
        yield Field(f"{field.path}.{name}", _name_type(kind, schema), schema, name in required)


def _name_type(kind: Kind, schema: Schema) -> str:
    """Return a word for the type of a value, such as `string`, `list of objects` or `JSON Schema`."""
    if schema.get("x-json-schema"):
        return "JSON Schema"
    if "x-references" in schema:
        return f"name of a {schema['x-references']}"
    if "items" in schema:
        return f"list of {_name_type(kind, resolve_schema(kind.schema, schema['items']))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map of {_name_type(kind, resolve_schema(kind.schema, schema['additionalProperties']))}"
    named = schema.get("type", "string" if "enum" in schema or "const" in schema else "any value")
    return " or ".join(named) if isinstance(named, list) else str(named)
