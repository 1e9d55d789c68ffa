"""The schema of a kind as one document, for editors and for validators that read no second file."""

import json
from collections.abc import Iterator
from typing import Final

from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.definitions import Schema
from reconciler.core.pointer import Json

BASE: Final = "https://raw.githubusercontent.com/toolreg/toolreg/main/schemas/"
"""The beginning of `$id` of every schema."""

_DEFS: Final = "#/$defs/"


def name_schema_file(kind: Kind) -> str:
    """Return the name of the file with the schema of a kind."""
    return f"{kind.name.lower()}.schema.json"


def identify_schema(kind: Kind, contract: Contract) -> Schema:
    """Return the schema of a kind as in its file, with `$id`; shared definitions are references to another file."""
    return _identify(json.loads(contract.files[name_schema_file(kind)]), kind)


def bundle_schema(kind: Kind) -> Schema:
    """Return the schema of a kind with `$id` and with all definitions that it refers to."""
    definitions: Schema = kind.schema["$defs"]
    used: dict[str, Json] = {}
    pending = [*_list_references({key: part for key, part in kind.schema.items() if key != "$defs"})]
    while pending:
        name = pending.pop()
        if name not in used:
            used[name] = definitions[name]
            pending += _list_references(definitions[name])
    return _identify(kind.schema | {"$defs": {name: definitions[name] for name in definitions if name in used}}, kind)


def _identify(schema: Schema, kind: Kind) -> Schema:
    dialect = schema.pop("$schema") if "$schema" in schema else None
    return {**({"$schema": dialect} if dialect else {}), "$id": f"{BASE}{name_schema_file(kind)}", **schema}


def _list_references(schema: Json) -> Iterator[str]:
    """Yield the names of the definitions that a schema refers to."""
    if isinstance(schema, list):
        for item in schema:
            yield from _list_references(item)
    elif isinstance(schema, dict):
        target = schema.get("$ref")
        if isinstance(target, str):
            yield target.removeprefix(_DEFS)
        for part in schema.values():
            yield from _list_references(part)
