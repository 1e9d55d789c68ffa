"""YAML and JSON as they are written: every reader gets back what was there, and a terminal nothing that it obeys."""

import json

import pytest
import yaml as pyyaml
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.core.json_text import to_json_text
from reconciler.core.pointer import Json
from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.render import json_document, yaml

# What YAML readers take for something else, hide, or trip over.
ODD = [
    *("", "~", "no", "No", "y", "off", "null", "NULL", "true", "010", "0o10", "0x1F", "0b1", "1e3", "1.5e3", "1_000"),
    *(
        "1,000",
        "12:30:45",
        "2026-11-22",
        "2026-11-22T10:00:00Z",
        ".inf",
        "-.inf",
        ".nan",
        "1.",
        ".5",
        "+1",
        "-",
        "=",
        "<<",
    ),
    *("- a", "-a", "? a", ": a", "a: b", "a:", "a #b", "#a", "&a", "*a", "!a", "|", ">", "'", '"', "%a", "@a", "`a"),
    *(
        "[a]",
        "{a}",
        "a, b",
        "---",
        "...",
        "--- a",
        " a",
        "a ",
        "\ta",
        "a\t",
        "\n",
        "\n\n",
        "a\n",
        "a\n\n",
        "\na",
        " a\nb",
    ),
    *(
        "a\nb",
        "a\n b",
        "a \nb",
        "a\n\n\nb\n",
        "a\n---\nb",
        "a\r\nb",
        "\r",
        "\x85",
        "a\u2028b",
        "\u2029",
        "\ufeff",
        "\xa0",
    ),
    *("\x1b[31m", "\x9b31m", "\u202egpj", "\x7f", "\\", "\\n", "'\\'", 'say "hi"', "it's", "\u2603", "\U0001f600"),
    *("\U000e0001", "e\u0301", "x" * 5000, "a\n" * 500),
]
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
texts = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
values: st.SearchStrategy[Json] = st.recursive(
    scalars | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=25
)


@given(values)
@example([[[[]], {"a": [[{"b": {}}, []]]}], {}])
@example({"x" * 2000: {"y" * 2000: ["z" * 2000, {"\n" * 1500: 1}]}})
def test_what_is_written_parses_to_the_same(value: Json) -> None:
    """Types and the order of keys included: as text, 1 and 1.0 differ, and so do two orders."""
    read = parse_yaml(yaml.render_yaml(value).encode())

    assert isinstance(read, Document), read
    assert to_json_text(read.value) == to_json_text(value)


@given(values)
def test_a_reader_of_yaml_1_1_gets_the_same(value: Json) -> None:
    """PyYAML reads `no`, 010 and 12:30 as YAML 1.1 does; quoted, they are what they are."""
    assert to_json_text(pyyaml.safe_load(yaml.render_yaml(value))) == to_json_text(value)


@given(values)
def test_nothing_written_is_obeyed_by_a_terminal(value: Json) -> None:
    for written in (yaml.render_yaml(value), json_document.format_json(value)):
        assert written.replace("\n", "").replace("\t", "").isprintable()


@given(values)
def test_json_parses_to_the_same(value: Json) -> None:
    assert to_json_text(json.loads(json_document.format_json(value))) == to_json_text(value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("no", '"no"'),
        ("2.1.0", "2.1.0"),
        ("2026-11-22", '"2026-11-22"'),
        ("^[a-z]+$", "^[a-z]+$"),
        (r"[a-z]\d", r"'[a-z]\d'"),
        (1e16, "1.0e+16"),
        (1.0, "1.0"),
        ("a\nb\n", "|\n  a\n  b"),
        ("a\nb", "|-\n  a\n  b"),
        ("a\nb\n\n", "|+\n  a\n  b\n"),
        ("a \nb", r'"a \nb"'),
        ("\x1b[31mred", r'"\u001b[31mred"'),
        ("\x9b31m", r'"\u009b31m"'),
        ("\u202egpj", r'"\u202egpj"'),
        ("na\xefve \U0001f600", "na\xefve \U0001f600"),
        ({"a": [{"b": 1, "c": [2, [3]]}], "d": {}}, "a:\n  - b: 1\n    c:\n      - 2\n      - - 3\nd: {}"),
    ],
)
def test_text_is_quoted_only_where_it_must_be(value: Json, written: str) -> None:
    assert yaml.render_yaml(value) == f"{written}\n"


@pytest.mark.parametrize(("character", "written"), [("\x1b", "u001b"), ("\x9b", "u009b"), ("\u202e", "u202e")])
def test_json_escapes_what_a_terminal_would_obey(character: str, written: str) -> None:
    assert json_document.format_json([f"\xe9{character}"]) == f'[\n  "\xe9\\{written}"\n]'


def test_documents_are_separated() -> None:
    assert yaml.render_yaml_documents([{"a": 1}, {"b": "x\n"}, {"c": []}]) == "a: 1\n---\nb: |\n  x\n---\nc: []\n"


def test_a_manifest_as_deep_as_one_may_be_is_written() -> None:
    value: Json = "bottom"
    for _ in range(49):
        value = [{"deeper": value}]

    read = parse_yaml(yaml.render_yaml(value).encode())

    assert isinstance(read, Document)
    assert read.value == value
