"""JSON Schemas that were written to take all time and memory: refused by number, before anything is checked."""

from typing import Any

import pytest

from reconciler.core.pointer import format_pointer
from reconciler.core.schema.untrusted import compile_schema
from tests.bounded import Bounded
from tests.builders import Repository, run, tool

Schema = dict[str, Any]


def doubling(levels: int, keyword: str) -> Schema:
    """Return a schema that refers twice to one that refers twice to one, and so on."""
    twice = {f"a{n}": {keyword: [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(levels)}
    return {"$ref": "#/$defs/a0", "$defs": twice | {f"a{levels}": {"type": "string"}}}


def doubling_anchors(levels: int) -> Schema:
    twice: list[Schema] = [{"$anchor": f"a{n}", "anyOf": [{"$ref": f"#a{n + 1}"}] * 2} for n in range(levels)]
    return {"$ref": "#a0", "$defs": {part["$anchor"]: part for part in (*twice, {"$anchor": f"a{levels}"})}}


def nested(levels: int, **around: Any) -> Schema:
    """Return a schema that stands in an allOf that stands in an allOf, and so on, each with these keywords."""
    schema: Schema = {"properties": {"a": True}}
    for _ in range(levels):
        schema = {"allOf": [schema]} | around
    return schema


def chain(links: int) -> Schema:
    return {
        "$ref": "#/$defs/a0",
        "$defs": {f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(links)} | {f"a{links}": True},
    }


def tree() -> Schema:
    """Return what strangers do write: a schema that holds itself."""
    return {"$defs": {"node": {"properties": {"of": {"items": {"$ref": "#/$defs/node"}}}}}, "$ref": "#/$defs/node"}


def in_a_tree(levels: int) -> dict[str, Any]:
    return {"of": [in_a_tree(levels - 1)] * 2} if levels else {}


CASES = {
    "anyOf that doubles": (doubling(26, "anyOf"), 1, "too-complex"),
    "oneOf that doubles": (doubling(26, "oneOf"), 1, "too-complex"),
    "allOf that doubles": (doubling(26, "allOf"), 1, "too-complex"),
    "more patterns than are compiled": ({"patternProperties": {f"a{n}": {} for n in range(5001)}}, {}, "too-complex"),
    "a doubling of anchors": (doubling_anchors(26), 1, "too-complex"),
    "unevaluatedProperties in each other": (nested(30, unevaluatedProperties=False), {"a": 1}, "too-complex"),
    "allOf in each other": (nested(30), {"a": 1}, "valid"),
    "a long enum for many items": (
        {"items": {"enum": [f"this-{n}" for n in range(2000)]}}, [f"that-{n}" for n in range(2000)], "too-complex"
    ),
    "an enum of objects for many items": (
        {"items": {"enum": [{"a": n} for n in range(2000)]}}, [{"b": n} for n in range(2000)], "too-complex"
    ),
    "many constants for many items": (
        {"items": {"oneOf": [{"const": n} for n in range(1000)]}}, [-1] * 1000, "too-complex"
    ),
    "many demands on many properties": (
        {"additionalProperties": {"allOf": [{"type": "string"}] * 200}},
        {f"k{n}": n for n in range(3000)},
        "too-complex",
    ),
    "many demands on many names": (
        {"propertyNames": {"allOf": [{"maxLength": 1}] * 200}}, {f"key{n}": n for n in range(2000)}, "too-complex"
    ),
    "many copies of a long list": ({"anyOf": [{"type": "string"}] * 1000}, [{"a": 1}] * 1000, "too-complex"),
    "a large automaton and a long text": ({"pattern": "^[ab]*a[ab]{900}c$"}, "ab" * 20_000, "too-complex"),
    "a long chain of references": (chain(3000), 1, "too-complex"),
    "a reference to itself": ({"$ref": "#"}, 1, "valid"),
    "a reference that comes round": (
        {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}] * 2}}}, 1, "valid"
    ),
    "a tree": (tree(), in_a_tree(6), "valid"),
    "a long enum": ({"enum": [f"this-{n}" for n in range(5000)]}, "that", "example-rejected"),
    "many items": ({"items": {"type": "integer"}}, list(range(5000)), "valid"),
    "many items, all wrong": ({"items": {"type": "string"}}, list(range(5000)), "example-rejected"),
    "patterns that are large together": (
        {"properties": {f"a{n}": {"pattern": rf"\p{{L}}{{1,90}}{n}"} for n in range(300)}}, {}, "json-schema"
    ),
    "thousands of references": (
        {"properties": {f"a{n}": {"$ref": "#/$defs/a"} for n in range(5000)}, "$defs": {"a": True}}, {}, "valid"
    ),
}  # fmt: skip


@pytest.mark.faults
@pytest.mark.parametrize(("schema", "example", "expected"), CASES.values(), ids=CASES.keys())
def test_no_schema_takes_more_than_its_bound(bounded: Bounded, schema: Schema, example: object, expected: str) -> None:
    inside = {"type": "object", "properties": {"x": {"$id": "https://example.com/x"} | schema}}
    manifest = tool(inputSchema=inside, examples=[{"description": "One.", "input": {"x": example}}])

    assert bounded.read(manifest) == [expected]


def test_the_examples_of_a_file_count_together(repository: Repository) -> None:
    schema = {"type": "object", "additionalProperties": {"anyOf": [{"type": "null"} for _ in range(40)]}}
    examples = [{"description": "One.", "input": {f"k{n}": None for n in range(300)}} for _ in range(20)]
    repository.add(tool(inputSchema=schema, examples=examples))

    diagnostics = run("validate", "-o", "json", cwd=repository.top).json["diagnostics"]

    assert [found["rule"] for found in diagnostics] == ["too-complex"]
    assert (
        "against spec.inputSchema could take the examples of this file beyond 500,000 steps"
        in diagnostics[0]["message"]
    )


@pytest.mark.parametrize(
    ("schema", "rule", "message"),
    [
        ({"pattern": "(a{1,1000}){1,1000}"}, "json-schema", "its repetitions are too large"),
        ({"pattern": r"\p{L}{1,1000}"}, "json-schema", "its repetitions are too large"),
        ({"pattern": "(?=a)"}, "json-schema", "it has the look-around (?="),
        ({"pattern": r"(a)\1{2}"}, "json-schema", r"it has the back-reference \1"),
        *(
            ({"properties": {name: {"$ref": "http://example.com/x"}}}, "remote-ref", "leaves this document")
            for name in ("const", "enum", "default", "examples", "properties")
        ),
        ({"$defs": {"enum": {"$ref": "http://example.com/x"}}}, "remote-ref", "leaves this document"),
    ],
)
def test_what_is_wrong_is_called_by_its_name(repository: Repository, schema: Schema, rule: str, message: str) -> None:
    repository.add(tool(inputSchema={"type": "object"} | schema))

    (found,) = run("validate", "-o", "json", cwd=repository.top).json["diagnostics"]

    assert found["rule"] == rule
    assert message in found["message"]


@pytest.mark.parametrize("keyword", ["const", "default"])
def test_a_value_is_not_a_schema(repository: Repository, keyword: str) -> None:
    repository.add(
        tool(inputSchema={"type": "object", "properties": {"a": {keyword: {"$ref": "http://example.com/x"}}}})
    )

    assert run("validate", cwd=repository.top).code == 0


def test_all_that_is_wrong_with_a_schema_is_told_at_once() -> None:
    """Three patterns and two references took five runs."""
    schema = {
        "type": "objekt",
        "properties": {
            "a": {"pattern": "[a"},
            "b": {"pattern": r"\Z"},
            "c": {"patternProperties": {"(": {}}},
            "d": {"$ref": "#/$defs/missing"},
            "e": {"items": {"$ref": "#nowhere"}},
            "f": {"$ref": "#/$defs/there/items/0"},
            "g": {"$ref": "https://example.com/g"},
            "h": {"$schema": "http://json-schema.org/draft-04/schema#"},
            "pattern": {"minLength": -1},
            "const": {"const": {"pattern": "[", "$ref": "#/nowhere"}},
        },
        "$defs": {"there": {"items": [{}]}},
    }

    problems = compile_schema(schema)

    assert isinstance(problems, list)
    assert {format_pointer(pointer) for pointer, _, _ in problems} >= {
        "type",
        "properties.a.pattern",
        "properties.b.pattern",
        'properties.c.patternProperties["("]',
        "properties.d.$ref",
        "properties.e.items.$ref",
        "properties.pattern.minLength",
        "properties.g.$ref",
        "properties.h.$schema",
    }
    assert not any("const" in pointer[2:] or "f" in pointer for pointer, _, _ in problems)
