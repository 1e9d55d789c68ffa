"""The contract explained and printed: fields on the command line, and schemas as one document."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from reconciler.assets import SCHEMAS, load_contract
from reconciler.core.manifest.bundle import BASE, bundle_schema
from reconciler.core.manifest.field import find_field, list_fields
from tests.builders import Repository, registry, run

KINDS = sorted(kind.name.lower() for kind in load_contract().kinds.values())


def test_a_field_is_explained_with_one_line_for_each_field_below(tmp_path: Path) -> None:
    result = run("explain", "tool.spec.limits", cwd=tmp_path)

    assert result.out == (
        "tool.spec.limits <object>\n"
        "  What a caller must keep to.\n"
        "\n"
        "Fields (* is required):\n"
        "  timeout      string   How long a call may take.\n"
        "  concurrency  integer  How many calls may run at the same time.\n"
        "  rate         object   How many calls may be made in a span of time.\n"
    )


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("tool", ["tool <object>, required", "spec*"]),
        ("tools.spec", ["version*", "One of experimental, active, deprecated, retired."]),
        ("tool.spec.lifecycle", ["<string>, required", "values    experimental, active, deprecated, retired"]),
        ("tool.spec.limits.timeout", ["expected  a duration such as 30s"]),
        ("tool.spec.errors", ["<list of object>", "code*"]),
        ("tool.spec.errors.retryable", ["<boolean>, required"]),
        ("tool.spec.service", ["<name of a Service>"]),
        ("tool.metadata.labels", ["<map of string>"]),
        ("Registry.spec.limits", ["maxResources"]),
        ("service.spec.auth", ["One of none, apiKey, http"]),
    ],
)
def test_a_field_says_what_it_takes(tmp_path: Path, field: str, shown: list[str]) -> None:
    result = run("explain", field, cwd=tmp_path)

    assert result.code == 0
    assert [text for text in shown if text not in result.out] == []


def test_a_field_is_json_too(tmp_path: Path) -> None:
    document = run("explain", "tool.spec.limits", "-o", "json", cwd=tmp_path).json

    assert document["field"] == "tool.spec.limits"
    assert [item["field"] for item in document["items"]] == [
        f"tool.spec.limits.{name}" for name in ("timeout", "concurrency", "rate")
    ]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("tool.spec.limitz", 'tool.spec has no field "limitz"; did you mean limits?'),
        ("tool.metadata.name.x", 'tool.metadata.name has no field "x"; it has no fields of its own'),
        ("tol.spec", 'there is no kind called "tol"; did you mean tool?'),
        ("tol", 'there is no rule "tol"; did you mean tool?'),
        ("duplicate-kay", 'there is no rule "duplicate-kay"; did you mean duplicate-key?'),
    ],
)
def test_an_unknown_field_is_answered_with_a_near_one(tmp_path: Path, asked: str, message: str) -> None:
    result = run("explain", asked, cwd=tmp_path)

    assert (result.code, result.err) == (1, f"error: {message}\n")


def test_every_property_of_every_kind_is_explained() -> None:
    """Each field of the contract has a path, a type and a description."""
    for kind in load_contract().kinds.values():
        pending = [find_field(kind, ())]
        while pending:
            field = pending.pop()
            assert field.description, field.path
            assert field.type, field.path
            pending += list_fields(kind, field)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_is_one_document_and_judges_alike(tmp_path: Path, kind: str) -> None:
    result = run("schema", kind, "--bundle", cwd=tmp_path)
    schema = result.json
    original = json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8"))

    assert schema["$id"] == f"{BASE}{kind}.schema.json"
    assert "common.schema.json" not in result.out
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.Draft202012Validator(schema)
    for example in original["examples"]:
        assert validator.is_valid(example)
        assert not validator.is_valid(example | {"nope": 1})
        assert not validator.is_valid(example | {"metadata": {"name": "No Name"}})


def test_without_bundle_a_schema_refers_to_the_shared_definitions(tmp_path: Path) -> None:
    schema = run("schema", "tool", cwd=tmp_path).json

    assert schema["$id"] == f"{BASE}tool.schema.json"
    assert {key: part for key, part in schema.items() if key != "$id"} == json.loads(
        (SCHEMAS / "tool.schema.json").read_text("utf-8")
    )
    assert "there is no kind called" in run("schema", "took", cwd=tmp_path).err
    assert run("schema", cwd=tmp_path).code == 64


def test_write_places_schemas_beside_the_registry_and_brings_its_own_up_to_date(repository: Repository) -> None:
    here = repository.top / "registry/services"

    first = run("schema", "--write", cwd=here)
    (repository.top / "schemas/tool.schema.json").write_text(json.dumps({"$id": f"{BASE}tool.schema.json"}))
    second = run("schema", "--write", cwd=repository.top)

    assert [line.split() for line in first.out.splitlines()] == [
        ["created", f"../../schemas/{name}.schema.json"] for name in KINDS
    ]
    assert [line.split()[0] for line in second.out.splitlines()] == [
        "updated" if name == "tool" else "current" for name in KINDS
    ]
    for kind in load_contract().kinds.values():
        written: Any = json.loads((repository.top / f"schemas/{kind.name.lower()}.schema.json").read_text("utf-8"))
        assert written == bundle_schema(kind)


@pytest.mark.parametrize("foreign", ["{}", "[", '{"$id": "https://example.com"}'])
def test_a_schema_of_somebody_else_is_left(repository: Repository, foreign: str) -> None:
    path = repository.top / "schemas/tool.schema.json"
    path.parent.mkdir()
    path.write_text(foreign)

    result = run("schema", "--write", cwd=repository.top)

    assert result.code == 1
    assert "was not written by toolreg, and is left" in result.err
    assert path.read_text() == foreign


def test_schemas_are_written_for_a_registry_only(tmp_path: Path) -> None:
    assert "there is no registry.yaml in registry; toolreg init makes it" in run("schema", "--write", cwd=tmp_path).err
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry/registry.yaml").write_text(json.dumps(registry()))
    assert run("schema", "tool", "--write", cwd=tmp_path).code == 64
    assert run("schema", "--write", cwd=tmp_path).code == 0
