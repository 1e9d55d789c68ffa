"""Formatting: one order of keys, comments kept, and no change to a plan."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.assets import load_contract
from reconciler.core.json_text import to_json_text
from reconciler.core.manifest.key_order import arrange
from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.formatting.canonical import Unformatted, format_manifest
from tests.builders import Repository, node, run, service, tool
from tests.conftest import Toolreg

VALID = sorted((Path(__file__).parent / "schemas").glob("*/valid/*.yaml"))
SHIPPED = sorted((Path(__file__).parents[1] / "registry").rglob("*.yaml"))
TOOL = load_contract().kinds["Tool"].key_order

MESSY = """\
# yaml-language-server: $schema=../../schemas/tool.schema.json

kind:   Tool
# the contract
apiVersion: toolreg/v1
metadata:
    # about the owner
    owner: team   # beside the owner
    name: 'messy'


    # before the description
    description: >
       folded
       text

    tags:
    - a   # first
    # between
    - b
    labels: {b: "1",   a: "2"}
    # after all of metadata
# before spec
spec:
  service: api
  version: 1.0.0
  category: TEST
  lifecycle: active
  errors:
  - retryable: true
    # about the text
    description: |-
      #  no comment
         - - text
    # about the code
    code: X   # beside the code
    # after the error
  -
    # inside
    description: e
    retryable: false
    code: Z
  - {retryable: true, description: x, code: Q}
  outputSchema:
    title: Z
    default: ~
    "examples": [1,
      2]
    type: object
    enum:
    -   - 1
        - - x
          - y
  inputSchema: {type: object, description: "a\\
     b"}
# the end
"""

NEAT = """\
# yaml-language-server: $schema=../../schemas/tool.schema.json

# the contract
apiVersion: toolreg/v1
kind: Tool
metadata:
  name: 'messy'

  # before the description
  description: >
    folded
    text
  # about the owner
  owner: team  # beside the owner

  tags:
    - a  # first
    # between
    - b
  labels: {b: "1", a: "2"}
  # after all of metadata
# before spec
spec:
  version: 1.0.0
  category: TEST
  lifecycle: active
  service: api
  inputSchema: {type: object, description: "ab"}
  outputSchema:
    title: Z
    default: null
    "examples": [1, 2]
    type: object
    enum:
      - - 1
        - - x
          - y
  errors:
    # about the code
    - code: X  # beside the code
      # about the text
      description: |-
        #  no comment
           - - text
      retryable: true
      # after the error
    - code: Z
      # inside
      description: e
      retryable: false
    - {code: Q, description: x, retryable: true}
# the end
"""


def value_of(text: str | bytes) -> Any:
    document = parse_yaml(text.encode() if isinstance(text, str) else text)
    assert isinstance(document, Document), document
    return document.value


def test_keys_take_the_order_of_the_schema_and_comments_move_with_them() -> None:
    assert format_manifest(MESSY.encode(), TOOL) == NEAT
    assert format_manifest(MESSY.replace("\n", "\r\n").encode(), TOOL) == NEAT


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_registry_is_formatted(path: Path) -> None:
    assert run("fmt", "--check", path, cwd=SHIPPED[0].parents[2]).code == 0


@pytest.mark.parametrize("path", VALID, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_a_formatted_manifest_has_the_same_value_and_is_formatted(path: Path) -> None:
    kinds = {kind.name.lower(): kind for kind in load_contract().kinds.values()}
    order = kinds[path.parts[-3]].key_order
    data = path.read_bytes()

    result = format_manifest(data, order)

    assert isinstance(result, str), result
    assert to_json_text(value_of(result)) == to_json_text(arrange(value_of(data), order))
    assert format_manifest(result.encode(), order) == result


@pytest.mark.parametrize("key", ["inputSchema", "outputSchema", "annotations", "meta"])
def test_the_order_that_a_publisher_chose_stays(key: str) -> None:
    given: dict[str, Any] = {"type": "object", "description": "x"} if "Schema" in key else {"readOnlyHint": True}
    given |= {"title": "z"} | ({"b": 1, "a": 2} if key == "meta" else {})
    text = json.dumps(tool() | {"spec": tool()["spec"] | {key: given}})

    result = format_manifest(text.encode(), TOOL)

    assert isinstance(result, str), result
    assert [*value_of(result)["spec"][key]] == [*given]


def test_formatting_is_no_change_to_a_plan(repository: Repository, toolreg: Toolreg) -> None:
    repository.write("tools/messy.yaml", MESSY)
    repository.commit()
    assert toolreg("apply").code == 0

    result = toolreg.offline("fmt")
    repository.commit()

    assert (result.code, result.out) == (0, "registry/tools/messy.yaml\n")
    assert (repository.top / "registry/tools/messy.yaml").read_text() == NEAT
    assert toolreg("plan").out == "Nothing to do: the database matches.\n"
    assert "Nothing to do" in toolreg("plan", "--ref", "HEAD").out
    assert toolreg("apply").code == 0
    assert toolreg("drift").out == "No drift: everything is as it was applied.\n"
    again = toolreg.offline("fmt")
    assert (again.out, again.err) == ("", "3 files, 0 formatted\n")


def test_a_change_beside_formatting_is_planned(repository: Repository, toolreg: Toolreg) -> None:
    repository.write("tools/messy.yaml", MESSY)
    repository.commit()
    assert toolreg("apply").code == 0

    repository.write("tools/messy.yaml", NEAT.replace("code: Z", "code: Y"))

    assert "1 to update" in toolreg("plan").out
    repository.write("tools/messy.yaml", NEAT.replace("title: Z\n    default: null", "default: null\n    title: Z"))
    assert "spec.outputSchema: the order of its keys" in toolreg("plan").out


def test_check_writes_nothing_and_lists_the_files(repository: Repository) -> None:
    path = repository.write("tools/messy.yaml", MESSY)
    repository.write("tools/README.md", "# Ours\n")

    result = run("fmt", "--check", "registry/tools", cwd=repository.top)

    assert (result.code, result.out) == (1, "registry/tools/messy.yaml\n")
    assert "1 file, 1 would be formatted: toolreg fmt" in result.err
    assert path.read_text() == MESSY
    assert run("fmt", ".", cwd=path.parent).out == "messy.yaml\n"
    assert run("fmt", "--check", "registry/tools", cwd=repository.top).code == 0
    assert run("fmt", "nowhere", cwd=repository.top).code == 64


def test_the_permissions_of_a_file_stay(repository: Repository) -> None:
    path = repository.write("tools/messy.yaml", MESSY)
    path.chmod(0o640)

    assert run("fmt", cwd=repository.top).code == 0

    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in path.parent.iterdir()] == ["messy.yaml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x\n", "[anchor]"),
        ("[" * 20_000, "[too-deep]"),
        ("a: [" + "1," * 200_000 + "]\n", "[too-many-values]"),
        ("a: 1\na: 2\n", "[duplicate-key]"),
        ("a: \x1b[31m\n", "[control-character]"),
        ("", "[empty]"),
    ],
)
def test_what_the_reader_refuses_is_left_as_it_is(repository: Repository, text: str, message: str) -> None:
    path = repository.write("tools/hostile.yaml", text)

    result = run("fmt", "registry/tools", cwd=repository.top)

    assert (result.code, result.out) == (1, "")
    assert message in result.err
    assert path.read_text() == text


def test_a_file_whose_comments_would_be_lost_is_left_as_it_is() -> None:
    result = format_manifest(b"a: [1, # one\n  2]\nb: {c: 1, # two\n  d: 2}\n", None)

    assert isinstance(result, Unformatted) or {"# one", "# two"} <= {*re.findall("# .*", result)}


KEYS = st.sampled_from(["name", "title", "description", "owner", "tags", "labels"])
LINES = st.lists(st.sampled_from(["# {n}", "    # {n}", "        # {n}", ""]), max_size=2)
BODIES = {
    "name": " a",
    "title": ' "t: # no comment"  # {n}',
    "description": " |  \n{i}  text\n\n{i}  # no comment\n{i}    more",
    "owner": "   team",
    "tags": "\n{i}- a # {n}\n{i}- b",
    "labels": "\n{i}  z: '1'\n{i}  # {n}\n{i}  b: x",
}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(KEYS, LINES), min_size=1, max_size=6, unique_by=lambda pair: pair[0]), st.sampled_from("24"))
def test_comments_and_values_survive_in_any_order(entries: list[tuple[str, list[str]]], width: str) -> None:
    indent = " " * int(width)
    lines = ["metadata:"]
    for key, above in entries:
        lines += [*above, f"{indent}{key}:{BODIES[key]}".replace("{i}", indent)]
    text = "\n".join(line.replace("{n}", f"{number} #") for number, line in enumerate(lines)) + "\nspec: {}\n"

    result = format_manifest(text.encode(), TOOL)

    assert isinstance(result, str), (text, result)
    assert [*value_of(result)["metadata"]] == [key for key in BODIES if key in dict(entries)]
    assert value_of(result) == value_of(text)
    assert format_manifest(result.encode(), TOOL) == result
    assert sorted(re.findall(r"# \d+ #", result)) == sorted(re.findall(r"# \d+ #", text))


def test_files_of_every_kind_are_formatted(repository: Repository) -> None:
    repository.add(tool(), node(), service("shop"))

    assert run("fmt", cwd=repository.top).code == 0
    assert run("validate", cwd=repository.top).code == 0
    assert run("fmt", "--check", cwd=repository.top).code == 0
