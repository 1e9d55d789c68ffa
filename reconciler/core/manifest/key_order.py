"""The canonical order of a manifest's keys: the order of the properties in the schema of its kind.

Order means nothing in the envelope. Inside a tool's JSON Schemas, in maps of free keys, and in a provider's own values
the order is part of the content: models read properties in order.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from reconciler.core.manifest.definitions import Schema, resolve_schema
from reconciler.core.pointer import Json

_KEPT: Final = ("x-json-schema", "x-instance-of", "x-verbatim", "x-key-order")
"""Annotations of values whose publisher chose the order."""


class KeyOrder(NamedTuple):
    """The order of one mapping, and of the values below.

    `properties` has every known key in order, with the order of its value, None for a value without one. `each` is the
    order of the items of a list, or of the values of a map of free keys.
    """

    properties: Mapping[str, "KeyOrder | None"]
    each: "KeyOrder | None" = None


def make_key_order(schema: Schema, root: Schema) -> KeyOrder | None:
    """Return the order that a schema of the contract gives to keys, None for a schema without one."""
    whole = resolve_schema(root, schema)
    if any(annotation in whole for annotation in _KEPT):
        return None
    properties = {name: make_key_order(part, root) for name, part in whole.get("properties", {}).items()}
    below = [part for word in ("items", "additionalProperties") if isinstance(part := whole.get(word), dict)]
    each = make_key_order(below[0], root) if below else None
    return KeyOrder(properties, each) if properties or each else None


def arrange(value: Json, order: KeyOrder | None) -> Json:
    """Return the value with its keys in canonical order; unknown keys come last, in the order of the file."""
    if order is None:
        return value
    if isinstance(value, list):
        return [arrange(item, order.each) for item in value] if order.each else value
    if not isinstance(value, dict):
        return value
    known = order.properties
    keys = [*(key for key in known if key in value), *(key for key in value if key not in known)]
    return {key: arrange(value[key], known.get(key, order.each)) for key in keys}
