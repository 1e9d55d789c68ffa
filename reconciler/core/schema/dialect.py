"""The dialects of JSON Schema that a tool's schemas may be written in, each with the validator of its own rules."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

from jsonschema_rs import Draft7Validator, Draft201909Validator, Draft202012Validator

Validator: TypeAlias = Draft7Validator | Draft201909Validator | Draft202012Validator


class Dialect(NamedTuple):
    """One dialect: its short name, the URI of its metaschema, its validator, and the keyword that holds definitions."""

    name: str
    uri: str
    validator: type[Draft7Validator] | type[Draft201909Validator] | type[Draft202012Validator]
    definitions: str


# What a schema without $schema is (MCP 2025-11-25, schema reference, Tool).
DEFAULT: Final = Dialect("2020-12", "https://json-schema.org/draft/2020-12/schema", Draft202012Validator, "$defs")
DIALECTS: Final = (
    Dialect("draft-07", "http://json-schema.org/draft-07/schema#", Draft7Validator, "definitions"),
    Dialect("2019-09", "https://json-schema.org/draft/2019-09/schema", Draft201909Validator, "$defs"),
    DEFAULT,
)


# Libraries write each of them with http and https, with and without an empty fragment.
_BY_URI: Final[Mapping[str, Dialect]] = {
    f"{scheme}://{dialect.uri.removesuffix('#').partition('://')[2]}{fragment}": dialect
    for dialect in DIALECTS
    for scheme in ("http", "https")
    for fragment in ("", "#")
}


def named(uri: str) -> Dialect | None:
    """Return the dialect that a `$schema` names; None for any other URI."""
    return _BY_URI.get(uri)


def dialect_of(schema: Mapping[str, Any]) -> Dialect:
    """Return the dialect that a schema is written in: the one it names, else the default one."""
    uri = schema.get("$schema")
    return (named(uri) if isinstance(uri, str) else None) or DEFAULT


@cache
def metaschema(dialect: Dialect) -> Validator:
    """Return the validator of schemas of this dialect. Making it takes two milliseconds."""
    return dialect.validator({"$ref": dialect.uri})
