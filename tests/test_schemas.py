"""Each schema of the contract is valid, explained, closed and bounded, and its examples show all of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012, SchemaRegistry

Schema: TypeAlias = dict[str, Any]
Place: TypeAlias = tuple[str, ...]  # The file's name, then the keys down to a subschema.

FOLDER = Path(__file__).parents[1] / "schemas"
SCHEMAS: dict[str, Schema] = {path.name: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json")}
MANIFESTS = sorted(SCHEMAS.keys() - {"common.schema.json"})
KINDS = {SCHEMAS[file]["properties"]["kind"]["const"]: file for file in MANIFESTS}
EXAMPLES = [(file, number) for file in MANIFESTS for number in range(len(SCHEMAS[file]["examples"]))]

KEYWORDS = {
    *("$schema", "$ref", "$defs", "$comment", "title", "description", "examples", "deprecated"),
    *("type", "const", "enum", "minLength", "maxLength", "pattern"),
    *("minimum", "exclusiveMinimum", "maximum"),
    *("items", "maxItems", "uniqueItems"),
    *("properties", "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties"),
    *("allOf", "if", "then"),
    *("x-plural", "x-file", "x-references", "x-json-schema", "x-instance-of", "x-expected"),
    *("x-sensitive", "x-verbatim", "x-list-type", "x-list-map-keys", "x-versions-of", "x-key-order", "x-new"),
    "x-environment",
}

each_schema = pytest.mark.parametrize("file", sorted(SCHEMAS))
each_manifest_schema = pytest.mark.parametrize("file", MANIFESTS)
each_example = pytest.mark.parametrize(("file", "number"), EXAMPLES)


def children(place: Place, schema: Schema) -> Iterator[tuple[Place, Schema]]:
    """Yield the subschemas that describe or assert something; the conditions of `if` only ask."""
    for keyword in ("properties", "$defs"):
        for name, child in schema.get(keyword, {}).items():
            yield (*place, keyword, name), child
    for keyword in ("items", "additionalProperties", "propertyNames", "then"):
        if isinstance(schema.get(keyword), dict):
            yield (*place, keyword), schema[keyword]
    for number, child in enumerate(schema.get("allOf", [])):
        yield (*place, "allOf", str(number)), child


def subschemas(place: Place, schema: Schema) -> Iterator[tuple[Place, Schema]]:
    yield place, schema
    for below, child in children(place, schema):
        yield from subschemas(below, child)


def every_subschema(file: str) -> Iterator[tuple[Place, Schema]]:
    yield from subschemas((file,), SCHEMAS[file])


def every_property(file: str) -> Iterator[tuple[Place, Schema]]:
    yield from ((place, schema) for place, schema in every_subschema(file) if place[-2:-1] == ("properties",))


def target(place: Place, reference: str) -> tuple[Place, Schema]:
    """Return where a `$ref` such as `common.schema.json#/$defs/name` leads, and what stands there."""
    file, _, pointer = reference.partition("#/")
    there: Place = (file or place[0], *pointer.split("/"))
    schema = SCHEMAS[there[0]]
    for key in there[1:]:
        schema = schema[key]
    return there, schema


def reachable(place: Place, schema: Schema) -> Iterator[Place]:
    """Yield the place of each property that a manifest of this schema can have."""
    for below, child in subschemas(place, schema):
        if below[-2:-1] == ("properties",):
            yield below
        if "$ref" in child:
            yield from reachable(*target(below, child["$ref"]))


def used(place: Place, schema: Schema, value: object) -> Iterator[Place]:
    """Yield the place of each property that this value has."""
    if "$ref" in schema:
        yield from used(*target(place, schema["$ref"]), value)
    if isinstance(value, dict):
        for name in value.keys() & schema.get("properties", {}).keys():
            below = (*place, "properties", name)
            yield below
            yield from used(below, schema["properties"][name], value[name])
    if isinstance(value, list) and "items" in schema:
        for item in value:
            yield from used((*place, "items"), schema["items"], item)


def is_closed(schema: Schema) -> bool:
    """Tell whether an object rejects unknown keys, or is a map of bounded size or a stranger's own document."""
    if schema.keys() & {"x-json-schema", "x-instance-of", "x-verbatim"}:
        return "maxProperties" in schema
    if isinstance(schema.get("additionalProperties"), dict):
        return "maxProperties" in schema and "propertyNames" in schema
    return schema.get("additionalProperties") is False


def is_bounded(schema: Schema) -> bool:
    match schema.get("type"):
        case "string":
            return "maxLength" in schema
        case "array":
            return "maxItems" in schema and "items" in schema
        case "integer" | "number":
            return "maximum" in schema and ("minimum" in schema or "exclusiveMinimum" in schema)
        case "boolean" | "object":
            return True
        case _:
            return bool(schema.keys() & {"const", "enum", "$ref", "x-instance-of"})


def slow_but_explaining(schema: Schema) -> Draft202012Validator:
    registry: SchemaRegistry = Registry().with_resources(
        (name, DRAFT202012.create_resource(schema)) for name, schema in SCHEMAS.items()
    )
    return Draft202012Validator(schema, registry=registry)


def fast(schema: Schema) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema, registry=jsonschema_rs.Registry(list(SCHEMAS.items())))


def definition(name: str) -> jsonschema_rs.Draft202012Validator:
    file, _, pointer = name.rpartition("#")
    return fast({"$ref": f"{file or 'common.schema.json'}#/$defs/{pointer}"})


@each_schema
def test_a_schema_is_valid_against_the_metaschema_of_2020_12(file: str) -> None:
    schema = SCHEMAS[file]

    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(schema)
    jsonschema_rs.meta.validate(schema)


@each_schema
def test_a_schema_uses_only_known_keywords(file: str) -> None:
    """A validator ignores a misspelt keyword, and what it should forbid is then allowed."""
    assert [
        (place, schema.keys() - KEYWORDS) for place, schema in every_subschema(file) if schema.keys() - KEYWORDS
    ] == []


@each_schema
def test_a_schema_is_found_by_the_name_of_its_file(file: str) -> None:
    """An `$id` would take the place of the file's own address, from which editors resolve `$ref`."""
    assert "$id" not in SCHEMAS[file]


@each_schema
def test_every_property_has_a_description(file: str) -> None:
    assert [place for place, schema in every_property(file) if not schema.get("description", "").endswith(".")] == []


@each_schema
def test_an_editor_shows_the_description_of_a_property_and_not_that_of_its_definition(file: str) -> None:
    """yaml-language-server 1.25 prefers the definition's where a `$ref` has more than a description beside it."""
    crowded = [(place, schema) for place, schema in every_subschema(file) if schema.keys() - {"description"} > {"$ref"}]

    assert [place for place, schema in crowded if "description" in target(place, schema["$ref"])[1]] == []


@each_schema
def test_every_object_rejects_unknown_keys(file: str) -> None:
    objects = [(place, schema) for place, schema in every_subschema(file) if schema.get("type") == "object"]

    assert [place for place, schema in objects if not is_closed(schema)] == []


@each_schema
def test_every_property_and_item_has_a_type_and_a_bound(file: str) -> None:
    values = [
        (place, schema)
        for place, schema in every_subschema(file)
        if place[-2:-1] in {("properties",), ("$defs",)}
        or place[-1] in {"items", "propertyNames", "additionalProperties"}
    ]

    assert [place for place, schema in values if not is_bounded(schema)] == []


@each_schema
def test_every_pattern_covers_the_whole_text_and_says_what_it_expects(file: str) -> None:
    patterns = [(place, schema) for place, schema in every_subschema(file) if "pattern" in schema]

    assert [place for place, schema in patterns if not re.fullmatch(r"\^.*\$", schema["pattern"])] == []
    assert [place for place, schema in patterns if not schema.get("x-expected")] == []


@each_schema
def test_every_x_references_names_a_kind(file: str) -> None:
    marked = {schema["x-references"] for _, schema in every_subschema(file) if "x-references" in schema}
    tables = {kind for kind, home in KINDS.items() if "x-plural" in SCHEMAS[home]}

    assert marked <= tables


@each_manifest_schema
def test_every_x_instance_of_points_to_a_json_schema_of_the_same_manifest(file: str) -> None:
    for _, schema in every_subschema(file):
        if "x-instance-of" in schema:
            keys = (part for name in schema["x-instance-of"].split("/")[1:] for part in ("properties", name))
            _, found = target((file,), f"{file}#/{'/'.join(keys)}")
            assert found["x-json-schema"] is True


def test_every_kind_has_a_folder_of_its_own_and_what_is_about_the_registry_a_file_of_its_own() -> None:
    plurals = {kind: SCHEMAS[file].get("x-plural") for kind, file in KINDS.items()}
    files = {kind: SCHEMAS[file].get("x-file") for kind, file in KINDS.items()}

    assert {kind: name for kind, name in files.items() if name} == {
        "Registry": "registry.yaml",
        "Exceptions": "exceptions.yaml",
    }
    assert {kind for kind, plural in plurals.items() if plural is None} == {"Registry", "Exceptions"}
    assert len(set(plurals.values())) == len(plurals) - 1


@each_manifest_schema
def test_a_schema_is_named_for_its_kind(file: str) -> None:
    assert file == f"{SCHEMAS[file]['properties']['kind']['const'].lower()}.schema.json"


@each_example
def test_an_example_is_valid(file: str, number: int) -> None:
    schema = SCHEMAS[file]
    example = schema["examples"][number]

    assert [error.message for error in slow_but_explaining(schema).iter_errors(example)] == []
    assert [error.message for error in fast(schema).iter_errors(example)] == []


@each_manifest_schema
def test_the_examples_of_a_kind_use_every_property(file: str) -> None:
    """The first example uses all that can stand together; the others show what excludes it, such as another auth."""
    described = set(reachable((file,), SCHEMAS[file]))
    shown = {place for example in SCHEMAS[file]["examples"] for place in used((file,), SCHEMAS[file], example)}

    assert sorted(described - shown) == []


def test_an_example_of_a_call_follows_the_schemas_of_its_tool() -> None:
    for example in SCHEMAS["tool.schema.json"]["examples"]:
        spec = example["spec"]
        for call in spec["examples"]:
            jsonschema_rs.validator_for(spec["inputSchema"]).validate(call["input"])
            jsonschema_rs.validator_for(spec["outputSchema"]).validate(call["output"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "a"),
        ("name", "get_customer.profile-2"),
        ("name", "a" * 128),
        ("semver", "0.0.0"),
        ("semver", "1.0.0-alpha.0valid+build.007"),
        ("semver", "1.0.0--"),
        ("duration", "500ms"),
        ("duration", "7d"),
        ("address", "http://worker-1:8000"),
        ("address", "https://api.example.com/v3/@me"),
        ("address", "grpc://[2001:db8::1]:9000"),
        ("address", "unix:///run/worker.sock"),
        ("url", "https://login.example.com/.well-known/openid-configuration"),
        ("service.schema.json#auth", {"type": "none"}),
        ("service.schema.json#auth", {"type": "mutualTLS", "credentials": {"privateKey": "vault:pki/web#key"}}),
    ],
)
def test_a_definition_accepts(name: str, value: object) -> None:
    definition(name).validate(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", "Process_Payment"),
        ("name", "_hidden"),
        ("name", "../escape"),
        ("name", "a" * 129),
        ("name", "name\n"),
        ("semver", "1.2"),
        ("semver", "v1.2.3"),
        ("semver", "1.02.3"),
        ("semver", "1.2.3-01"),
        ("semver", "1.2.٣"),  # A digit of another script is a digit to some engines.
        ("duration", "30"),
        ("duration", "0s"),
        ("duration", "1h30m"),
        ("duration", "1.5s"),
        ("address", "worker-1:8000"),
        ("address", "http://user:secret@worker-1:8000"),
        ("address", "http://worker-1:80@evil.example"),
        ("address", "https://api.example.com/?token=secret"),
        ("address", "file:///etc/passwd"),
        ("url", "grpc://login.example.com"),
        ("service.schema.json#auth", {"type": "apiKey", "in": "header"}),
        ("service.schema.json#auth", {"type": "http"}),
        ("service.schema.json#auth", {"type": "oauth2"}),
        ("service.schema.json#auth", {"type": "oauth2", "flows": {"clientCredentials": {"scopes": {}}}}),
        ("service.schema.json#auth", {"type": "openIdConnect"}),
        ("service.schema.json#auth", {"type": "none", "credentials": {"apiKey": "sk_live_4eC39HqLyjWDarjtT1"}}),
        ("service.schema.json#auth", {"type": "none", "credentials": {"apiKey": "env:"}}),
    ],
)
def test_a_definition_refuses(name: str, value: object) -> None:
    assert not definition(name).is_valid(value)


def test_versions_are_those_of_a_kind_that_has_them() -> None:
    """Beside a range stands the name of a resource, whose kind requires a version."""
    ranges = [
        (place, schema["x-versions-of"])
        for file in SCHEMAS
        for place, schema in every_subschema(file)
        if "x-versions-of" in schema
    ]
    for place, name in ranges:
        named = SCHEMAS[place[0]]
        for key in (*place[1:-1], name):
            named = named[key]
        spec = SCHEMAS[KINDS[named["x-references"]]]["properties"]["spec"]
        assert spec["properties"]["version"]["$ref"] == "common.schema.json#/$defs/semver"
        assert "version" in spec["required"]
    assert ranges
