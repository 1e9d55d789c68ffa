"""Renders a field of a manifest: what it means, which values it takes, and the fields below."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.core.json_text import to_json_text
from reconciler.core.manifest.field import Field
from reconciler.core.pointer import Json
from reconciler.render import json_document

_WIDTH: Final = 120
_LEAST: Final = 30
_BOUNDS: Final = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} items",
    "maxProperties": "at most {} keys",
}


def render_field(field: Field, below: Sequence[Field], width: int | None) -> str:
    """Return the explanation of a field."""
    lines = [f"{field.path} <{field.type}>{', required' if field.is_required else ''}", *_wrap(field, width)]
    lines += [f"  {name:8}  {value}" for name, value in _list_facts(field.schema) if value]
    if below:
        lines += ["", "Fields (* is required):", *_format_children(below, width)]
    return "\n".join(lines)


def _wrap(field: Field, width: int | None) -> list[str]:
    indent = "  "
    return textwrap.wrap(field.description, width or _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _list_facts(schema: dict[str, Json]) -> Iterator[tuple[str, str]]:
    yield "expected", str(schema.get("x-expected", ""))
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(values, list):
        yield "values", ", ".join(_format_value(value) for value in values)
    yield "bounds", ", ".join(text.format(schema[word]) for word, text in _BOUNDS.items() if word in schema)


def _format_children(below: Sequence[Field], width: int | None) -> Iterator[str]:
    """Yield one line for each field, cut to the width of a terminal."""
    names = [f"{child.path.rpartition('.')[2]}{'*' if child.is_required else ''}" for child in below]
    columns = max(map(len, names)), max(len(child.type) for child in below)
    for name, child in zip(names, below, strict=True):
        values = f" One of {', '.join(map(_format_value, child.values))}." if child.values else ""
        begin = f"  {name:{columns[0]}}  {child.type:{columns[1]}}  "
        text = f"{child.description}{values}"
        room = max(_LEAST, width - len(begin)) if width else len(text)
        yield begin + textwrap.shorten(text, room, placeholder=" ...")


def _format_value(value: Json) -> str:
    return value if isinstance(value, str) else to_json_text(value)


def render_field_json(field: Field, below: Sequence[Field]) -> str:
    """Return a field as JSON, with the fields below as items."""
    return json_document.render_json({**_make_entry(field), "items": [_make_entry(child) for child in below]})


def _make_entry(field: Field) -> dict[str, Json]:
    entry: dict[str, Json] = {
        "field": field.path,
        "type": field.type,
        "required": field.is_required,
        "description": field.description,
    }
    if field.values:
        entry["values"] = [*field.values]
    if expected := field.schema.get("x-expected"):
        entry["expected"] = expected
    return entry
