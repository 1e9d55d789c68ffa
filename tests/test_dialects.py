"""Schemas of draft-07 and 2019-09: checked by their own rules, and as bounded and closed as those of 2020-12."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.assets import load_contract
from reconciler.core.manifest.check import read_manifest
from reconciler.core.pointer import Json
from reconciler.core.schema.dialect import DIALECTS, find_dialect, read_dialect
from reconciler.core.schema.untrusted import Compiled, compile_schema
from tests.bounded import Bounded
from tests.builders import tool

Schema = dict[str, Any]

DRAFT_07 = "http://json-schema.org/draft-07/schema#"
DRAFT_2019_09 = "https://json-schema.org/draft/2019-09/schema"
DRAFT_2020_12 = "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        (DRAFT_07, "draft-07"),
        ("http://json-schema.org/draft-07/schema", "draft-07"),
        ("https://json-schema.org/draft-07/schema#", "draft-07"),
        ("https://json-schema.org/draft-07/schema", "draft-07"),
        (DRAFT_2019_09, "2019-09"),
        (f"{DRAFT_2019_09}#", "2019-09"),
        ("http://json-schema.org/draft/2019-09/schema#", "2019-09"),
        (DRAFT_2020_12, "2020-12"),
        (f"{DRAFT_2020_12}#", "2020-12"),
        ("http://json-schema.org/draft/2020-12/schema", "2020-12"),
        ("http://json-schema.org/draft-04/schema#", None),
        ("http://json-schema.org/draft-06/schema#", None),
        ("http://json-schema.org/schema#", None),
        ("https://json-schema.org/draft/next/schema", None),
        ("http://https://json-schema.org/draft-07/schema", None),
        (f"{DRAFT_07}#", None),
        ("HTTP://json-schema.org/draft-07/schema#", None),
        ("json-schema.org/draft-07/schema", None),
        ("", None),
    ],
)
def test_three_dialects_are_known_however_their_uri_is_written(uri: str, name: str | None) -> None:
    found = find_dialect(uri)

    assert (found and found.name) == name
    result = compile_schema({"$schema": uri, "type": "object"})
    assert isinstance(result, Compiled) == (name is not None)
    if isinstance(result, list):
        ((pointer, rule, message),) = result
        assert (pointer, rule) == (("$schema",), "schema-dialect")
        assert all(dialect.name in message for dialect in DIALECTS)


def test_a_schema_that_names_no_dialect_is_of_2020_12() -> None:
    assert read_dialect({}).name == "2020-12"


# What one dialect says of a value, and another one does not.
RULES = [
    (DRAFT_07, {"items": [{"type": "string"}], "additionalItems": False}, ["a"], True),
    (DRAFT_07, {"items": [{"type": "string"}], "additionalItems": False}, [1], False),
    (DRAFT_07, {"items": [{"type": "string"}], "additionalItems": False}, ["a", 1], False),
    (DRAFT_07, {"prefixItems": [{"type": "string"}]}, [1], True),
    (DRAFT_2020_12, {"prefixItems": [{"type": "string"}]}, [1], False),
    (DRAFT_07, {"dependencies": {"a": ["b"]}}, {"a": 1}, False),
    (DRAFT_07, {"dependencies": {"a": {"required": ["b"]}}}, {"a": 1}, False),
    (DRAFT_07, {"dependentRequired": {"a": ["b"]}}, {"a": 1}, True),
    (DRAFT_2019_09, {"dependentRequired": {"a": ["b"]}}, {"a": 1}, False),
    (DRAFT_07, {"$ref": "#/definitions/n", "maximum": 1, "definitions": {"n": {"type": "number"}}}, 5, True),
    (DRAFT_2019_09, {"$ref": "#/definitions/n", "maximum": 1, "definitions": {"n": {"type": "number"}}}, 5, False),
    (DRAFT_2020_12, {"$ref": "#/definitions/n", "maximum": 1, "definitions": {"n": {"type": "number"}}}, 5, False),
    (DRAFT_07, {"allOf": [{"$ref": "#n"}], "definitions": {"n": {"$id": "#n", "type": "number"}}}, "x", False),
    (DRAFT_07, {"properties": {"a": True}, "unevaluatedProperties": False}, {"b": 1}, True),
    (DRAFT_2019_09, {"properties": {"a": True}, "unevaluatedProperties": False}, {"b": 1}, False),
    (DRAFT_2019_09, {"items": [True], "unevaluatedItems": False}, [1, 2], False),
    (DRAFT_2019_09, {"items": [{"type": "string"}]}, [1], False),
    (
        DRAFT_2019_09,
        {"$recursiveAnchor": True, "properties": {"a": {"$recursiveRef": "#"}}, "additionalProperties": False},
        {"a": {"a": {"b": 1}}},
        False,
    ),
    *((dialect.uri, {"format": "date"}, "some day", True) for dialect in DIALECTS),
]


@pytest.mark.parametrize(("dialect", "schema", "value", "accepted"), RULES)
def test_a_schema_is_checked_by_the_rules_of_its_dialect(
    dialect: str, schema: Schema, value: Json, *, accepted: bool
) -> None:
    result = compile_schema({"$schema": dialect} | schema)

    assert isinstance(result, Compiled), result
    assert (list(result.explain_rejections(value)) == []) == accepted


@pytest.mark.parametrize(
    ("dialect", "schema"),
    [
        (DRAFT_2020_12, {"items": [{}]}),
        (DRAFT_2020_12, {"$defs": {"a": {"$id": "#a"}}}),
        (DRAFT_2019_09, {"$defs": {"a": {"$id": "#a"}}}),
        (DRAFT_07, {"definitions": {"a": {"$anchor": "a"}}, "allOf": [{"$ref": "#a"}]}),
        *((dialect.uri, {"properties": {"a": {"type": "strng"}}}) for dialect in DIALECTS),
        *((dialect.uri, {"properties": {"a": {"pattern": "(?=a)"}}}) for dialect in DIALECTS),
    ],
)
def test_what_a_dialect_does_not_allow_is_a_problem(dialect: str, schema: Schema) -> None:
    assert isinstance(compile_schema({"$schema": dialect} | schema), list)


@pytest.mark.parametrize("around", [None, *(dialect.uri for dialect in DIALECTS)])
@pytest.mark.parametrize("inside", [dialect.uri for dialect in DIALECTS])
@pytest.mark.parametrize("identifier", [{}, {"$id": "https://example.com/part"}], ids=["part", "document"])
def test_a_part_may_repeat_the_dialect_and_not_name_another(
    around: str | None, inside: str, identifier: Schema
) -> None:
    part = {"$schema": inside.replace("https", "http"), "type": "string"} | identifier
    schema = ({"$schema": around} if around else {}) | {"properties": {"a": part}}

    result = compile_schema(schema)

    if find_dialect(inside) == read_dialect(schema):
        assert isinstance(result, Compiled)
        assert not result.validator.is_valid({"a": 1})
    else:
        assert isinstance(result, list)
        assert [(pointer, rule) for pointer, rule, _ in result] == [(("properties", "a", "$schema"), "schema-dialect")]


MAPS = ("properties", "patternProperties", "definitions", "$defs", "dependencies", "dependentSchemas")


@pytest.mark.parametrize("dialect", [dialect.uri for dialect in DIALECTS])
@pytest.mark.parametrize(
    "schema",
    [
        *({keyword: {name: {"$ref": "http://example.com/x"}}} for keyword in MAPS for name in ("a", "const", "enum")),
        {"items": [{"$ref": "http://example.com/x"}]},
        {"items": [], "additionalItems": {"$ref": "file:///etc/passwd"}},
        {"items": [], "additionalItems": {"$recursiveRef": "http://example.com/x"}},
        {"allOf": [{"$id": "http://example.com/"}, {"$ref": "x"}]},
        {"contains": {"$dynamicRef": "//example.com/x"}},
    ],
)
def test_no_reference_leaves_the_document(dialect: str, schema: Schema) -> None:
    result = compile_schema({"$schema": dialect} | schema)

    assert isinstance(result, list)
    assert "remote-ref" in {rule for _, rule, _ in result}
    # Lists of items are not of every dialect, which is told in the same run.
    assert {pointer for pointer, rule, _ in result if rule != "remote-ref"} <= {("items",)}


def doubling(levels: int, twice: Callable[[Schema], Schema], anchor: str = "") -> Schema:
    """Return definitions of which each refers twice to the next one, by pointers or by names of this form."""
    keyword, _, form = anchor.partition(" ")

    def part(level: int, schema: Schema) -> Schema:
        return ({keyword: form.format(level)} if anchor else {}) | schema

    def reference(level: int) -> Schema:
        return {"$ref": f"#a{level}" if anchor else f"#/definitions/a{level}"}

    parts = {f"a{level}": part(level, twice(reference(level + 1))) for level in range(levels)}
    last = {f"a{levels}": part(levels, {"type": "string"})}
    return {"properties": {"x": reference(0)}, "definitions": parts | last}


def deep(levels: int) -> dict[str, Any]:
    return {"x": deep(levels - 1)} if levels else {}


def nested(levels: int, **around: Any) -> Schema:
    return {"allOf": [nested(levels - 1, **around)]} | around if levels else {"properties": {"a": True}}


COSTLY = {
    "definitions": (DRAFT_07, doubling(26, lambda to: {"anyOf": [to] * 2}), {"x": 1}),
    "anchors of draft-07": (DRAFT_07, doubling(26, lambda to: {"anyOf": [to] * 2}, "$id #a{}"), {"x": 1}),
    "anchors of 2019-09": (DRAFT_2019_09, doubling(26, lambda to: {"anyOf": [to] * 2}, "$anchor a{}"), {"x": 1}),
    "dependencies": (DRAFT_07, doubling(26, lambda to: {"dependencies": {"k": to, "l": to}}), {"x": {"k": 1, "l": 1}}),
    "a long list in dependencies": (
        DRAFT_07,
        {"properties": {"x": {"items": {"dependencies": {"k": [f"z{n}" for n in range(20_000)]}}}}},
        {"x": [{"k": 1}] * 10_000},
    ),
    "lists of items": (
        DRAFT_07, doubling(26, lambda to: {"items": [to], "anyOf": [to] * 2}), {"x": [[]]},
    ),
    "what is inside a list of items": (
        DRAFT_2019_09,
        {"properties": {"x": {"items": [{"items": {"enum": [f"this{n}" for n in range(2000)]}}]}}},
        {"x": [["that"] * 2000]},
    ),
    "additionalItems": (
        DRAFT_07,
        {"properties": {"x": {"items": [True], "additionalItems": {"enum": [f"this{n}" for n in range(2000)]}}}},
        {"x": [f"that{n}" for n in range(2000)]},
    ),
    "if, then and else": (DRAFT_07, doubling(20, lambda to: {"if": to, "then": to, "else": to}), {"x": 1}),
    "unevaluatedProperties of 2019-09": (
        DRAFT_2019_09, {"properties": {"x": nested(30, unevaluatedProperties=False)}}, {"x": {"a": 1}},
    ),
    "unevaluatedItems of 2019-09": (
        DRAFT_2019_09, {"properties": {"x": nested(30, unevaluatedItems=False)}}, {"x": [1]},
    ),
    "recursive references": (
        DRAFT_2019_09,
        {"$recursiveAnchor": True, "properties": {"x": {"anyOf": [{"$recursiveRef": "#"}] * 2}}},
        deep(40),
    ),
    "recursive references from another document": (
        DRAFT_2019_09,
        {
            "$recursiveAnchor": True,
            "properties": {"x": {"anyOf": [{"$ref": "#/$defs/a"}] * 2}},
            "$defs": {
                "a": {
                    "$id": "https://example.com/a",
                    "$recursiveAnchor": True,
                    "properties": {"x": {"anyOf": [{"$recursiveRef": "#"}] * 2}},
                }
            },
        },
        deep(40),
    ),
}  # fmt: skip


@pytest.mark.faults
@pytest.mark.parametrize(("dialect", "schema", "example"), COSTLY.values(), ids=COSTLY.keys())
def test_no_schema_of_another_dialect_takes_more_than_its_bound(
    bounded: Bounded, dialect: str, schema: Schema, example: object
) -> None:
    manifest = tool(
        inputSchema={"$schema": dialect, "type": "object"} | schema,
        examples=[{"description": "One.", "input": example}],
    )

    assert bounded.read(manifest) == ["too-complex"]


@pytest.mark.parametrize(
    "schema",
    [
        {"$schema": DRAFT_07, "allOf": [{"$ref": "#"}] * 2},
        {"$schema": DRAFT_2019_09, "$recursiveRef": "#"},
        {"$schema": DRAFT_2019_09, "$recursiveAnchor": True, "allOf": [{"$recursiveRef": "#"}] * 2},
        {
            "$schema": DRAFT_07,
            "allOf": [{"$ref": "#/definitions/a"}],
            "definitions": {"a": {"$ref": "#/definitions/a"}},
        },
    ],
)
def test_a_schema_that_comes_round_ends(schema: Schema) -> None:
    manifest = tool(inputSchema={"type": "object"} | schema, examples=[{"description": "One.", "input": {"x": 1}}])

    assert not isinstance(
        read_manifest("x", "tools/lookup.yaml", json.dumps(manifest).encode(), "", load_contract()), list
    )
