"""The supported dialects of JSON Schema for the schemas of tools, each with its own validator."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

from jsonschema_rs import Draft7Validator, Draft201909Validator, Draft202012Validator

from reconciler.core.schema.parts import VALUE

Validator: TypeAlias = Draft7Validator | Draft201909Validator | Draft202012Validator


class Dialect(NamedTuple):
    """One dialect: its short name, the URI of its metaschema, its validator, and its keyword for definitions."""

    name: str
    uri: str
    validator: type[Draft7Validator] | type[Draft201909Validator] | type[Draft202012Validator]
    definitions: str


# The dialect of a schema without $schema (MCP 2025-11-25, schema reference, Tool).
DEFAULT: Final = Dialect("2020-12", "https://json-schema.org/draft/2020-12/schema", Draft202012Validator, "$defs")
DIALECTS: Final = (
    Dialect("draft-07", "http://json-schema.org/draft-07/schema#", Draft7Validator, "definitions"),
    Dialect("2019-09", "https://json-schema.org/draft/2019-09/schema", Draft201909Validator, "$defs"),
    DEFAULT,
)


# Libraries write each URI with http and https, with and without an empty fragment.
_BY_URI: Final[Mapping[str, Dialect]] = {
    f"{scheme}://{dialect.uri.removesuffix('#').partition('://')[2]}{fragment}": dialect
    for dialect in DIALECTS
    for scheme in ("http", "https")
    for fragment in ("", "#")
}


def find_dialect(uri: str) -> Dialect | None:
    """Return the dialect named by a `$schema`, or None for an unknown URI."""
    return _BY_URI.get(uri)


def read_dialect(schema: Mapping[str, Any]) -> Dialect:
    """Return the dialect named by a schema, or the default if `$schema` is absent or unknown."""
    uri = schema.get("$schema")
    return (find_dialect(uri) if isinstance(uri, str) else None) or DEFAULT


@cache
def metaschema(dialect: Dialect) -> Validator:
    """Return the validator for schemas of this dialect. Creating a validator takes 2 ms."""
    return dialect.validator({"$ref": dialect.uri}, mask=VALUE)
