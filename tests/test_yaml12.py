"""Manifests are YAML 1.2 less what JSON cannot say; everything else is a located problem, and nothing crashes."""

import json
import subprocess
import sys

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.core.pointer import Json, Pointer
from reconciler.core.yaml.document import Document, YamlProblem, parse_yaml

# A slow machine is no defect.
unhurried = settings(deadline=None)

MANIFEST = """\
# A tool.
apiVersion: toolreg/v1
kind: Tool
metadata:
  name: process_payment
  title: 'Process payment'
  description: >-
    Charge a customer's
    payment method.
  tags: [payments, "check\\u006fut"]
  labels: {tier: critical}
spec:
  version: 2.1.0
  inputSchema:
    type: object
    properties:
      amount: {type: number, minimum: 0.5}
      currency:
        enum: [EUR, "no", on]
    required:
    - amount
  errors:
    - code: E1
      retryable: false
    - code: E2
      retryable: ~
  examples: |
    text
"""


def document(text: str) -> Document:
    result = parse_yaml(text.encode())
    assert isinstance(result, Document), result
    return result


def problems(text: str | bytes) -> list[YamlProblem]:
    result = parse_yaml(text.encode() if isinstance(text, str) else text)
    assert isinstance(result, list), result.value
    return result


def found(text: str | bytes) -> list[str]:
    return [f"{problem.line}:{problem.column} {problem.rule}" for problem in problems(text)]


def exactly(value: object) -> str:
    """Tell 1, 1.0, True and "1" apart, and one order of keys from another."""
    return repr(value)


# ---- Values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("tRue", "tRue"),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("0", 0),
        ("-0", 0),
        ("12", 12),
        ("+12", 12),
        ("-12", -12),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("0x1g", "0x1g"),
        ("0o8", "0o8"),
        ("-0x1F", "-0x1F"),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-07-28", "2026-07-28"),
        ("2026-07-28T10:00:00Z", "2026-07-28T10:00:00Z"),
        ("2.1.0", "2.1.0"),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("+1.5e3", 1500.0),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        ("-0.0", -0.0),
        ("1e", "1e"),
        (".", "."),
        ("+", "+"),
        ("--1", "--1"),
        ("1 2", "1 2"),
        ("\u0661", "\u0661"),
        ("=", "="),
        ("<<", "<<"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("'null'", "null"),
        ('""', ""),
        ('"a\\x07\\t\\/\\u00e9\\U0001f600"', "a\x07\t/é😀"),
        ("|\n  a\n  b\n", "a\nb\n"),
        (">-\n  a\n  b\n", "a b"),
        ("|\n  12\n", "12\n"),
        ("9" * 300, int("9" * 300)),
        ("-" + "9" * 300, -int("9" * 300)),
        ("'\\ud800 \\0'", "\\ud800 \\0"),
        ("'\ufffd'", "\ufffd"),
        ('"\ufffd \\\\ud800 \\\\0"', "\ufffd \\ud800 \\0"),
    ],
)
def test_a_scalar_has_its_yaml_1_2_core_value(text: str, value: Json) -> None:
    assert exactly(document(f"a: {text}\n").value) == exactly({"a": value})


def test_a_manifest_keeps_its_values_and_the_order_of_its_keys() -> None:
    value = document(MANIFEST).value

    assert isinstance(value, dict)
    assert list(value) == ["apiVersion", "kind", "metadata", "spec"]
    assert exactly(value["spec"]) == exactly(
        {
            "version": "2.1.0",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "amount": {"type": "number", "minimum": 0.5},
                    "currency": {"enum": ["EUR", "no", "on"]},
                },
                "required": ["amount"],
            },
            "errors": [{"code": "E1", "retryable": False}, {"code": "E2", "retryable": None}],
            "examples": "text\n",
        }
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("%YAML 1.2\n---\na: 1\n", {"a": 1}),
        ("---\na: 1\n...\n# end\n", {"a": 1}),
        ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("'<<': 1\n'<': 2", {"<<": 1, "<": 2}),
        ("'1': a\n'': b\n'null': c", {"1": "a", "": "b", "null": "c"}),
        ("a: {}\nb: []", {"a": {}, "b": []}),
        ("[\n\ta,\n]", ["a"]),
        ("a: 'x\n\ty'", {"a": "x y"}),
        ("text", "text"),
        ("~", None),
        ("- -\n", [[None]]),
        ("? a\n? b", {"a": None, "b": None}),
    ],
)
def test_what_yaml_allows_and_json_can_say_is_read(text: str, value: Json) -> None:
    assert exactly(document(text).value) == exactly(value)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
def test_a_hundred_levels_are_read(opening: str, closing: str) -> None:
    document(opening * 100 + closing * 100)

    assert [problem.rule for problem in problems(opening * 101 + closing * 101)] == ["too-deep"]


# ---- Problems, each at its place


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3", ["3:1 duplicate-key"]),
        ("é: {ü: [{x: 1, 'x': 2}]}", ["1:16 duplicate-key"]),
        ("a: 1\na: 2\na: 3\nb: {c: 1, c: 2}", ["2:1 duplicate-key", "3:1 duplicate-key", "4:11 duplicate-key"]),
        ("a: 1\na: 2\nb: [1", ["2:1 duplicate-key", "3:4 syntax"]),
        ("a: &x 1\nb: &y [1]\nc: &z {a: 1}", ["1:4 anchor", "2:4 anchor", "3:4 anchor"]),
        ("a: &x\n  !t b: 1", ["1:4 anchor", "2:3 tag"]),
        ("a: *x\nb: [*y, *x]", ["1:4 alias", "2:5 alias", "2:9 alias"]),
        ("*a : 1", ["1:1 alias"]),
        ("a: *bold* text", ["1:4 alias"]),
        ("a: & b", ["1:4 anchor"]),
        ("a: {<<: {b: 1}}\n<<: 2", ["1:5 merge-key", "2:1 merge-key"]),
        ("a: !!str 1\nb: ! x\n!foo c: !<x> [1]", ["1:4 tag", "2:4 tag", "3:1 tag", "3:9 tag"]),
        ("a: !x &y b\nc: &y !x b", ["1:4 tag", "1:7 anchor", "2:4 anchor", "2:7 tag"]),
        ("a: !x!y z", ["1:4 tag"]),
        ("%YAML 1.1\n---\na: 1", ["1:1 directive"]),
        ("%YAML 3.0\n---\na: 1", ["1:1 directive"]),
        ("# é\n%TAG !e! tag:x,2000:\n%TAG !f! !\n---\na: 1", ["2:1 directive", "3:1 directive"]),
        ("%FOO\n---\na: 1", ["1:1 directive"]),
        (
            "a: .inf\nb: -.INF\nc: [.nan, .NaN]",
            [f"{place} non-finite-number" for place in ("1:4", "2:4", "3:5", "3:11")],
        ),
        ("a: 1e999\nb: -1.0E+400", ["1:4 non-finite-number", "2:4 non-finite-number"]),
        ("a: " + "1" * 301, ["1:4 huge-number"]),
        ("a: 0x" + "f" * 301, ["1:4 huge-number"]),
        ("a: 0." + "1" * 5000, ["1:4 huge-number"]),
        ("1: a\n1.5: b\nnull: c\ntrue: d\n~: e", [f"{line}:1 non-string-key" for line in range(1, 6)]),
        ("? \n: c", ["1:2 non-string-key"]),
        (": x", ["1:1 syntax"]),
        ("? [a]\n: 1", ["1:3 non-string-key"]),
        ("a: {{b}}", ["1:5 non-string-key"]),
        ("a: x\0y", ["1:5 nul"]),
        ('a: "é\\0\\\\0\\x00\\u0000\\U00000000"', ["1:6 nul", "1:11 nul", "1:15 nul", "1:21 nul"]),
        ("a: x\x07\nb: \x7f\nc: \x9f", ["1:5 control-character", "2:4 control-character", "3:4 control-character"]),
        ("a: \x07\na: 1", ["1:4 control-character", "2:1 duplicate-key"]),
        ("a: b\u2028\nb: \x85", ["1:5 line-separator", "2:4 line-separator"]),
        ("a: \ufffe", ["1:4 control-character"]),
        ("a: b\ufeffc", ["1:5 byte-order-mark"]),
        ("\ufeffa: 1\na: 2", ["1:1 byte-order-mark", "2:1 duplicate-key"]),
        ('a: "\\ud800"\nb: "\\\\ud800"\nc: ["\\uDFFF", \'\\ud800\']', ["1:5 lone-surrogate", "3:6 lone-surrogate"]),
        ('a: "\\U0000d800 \\ud83d\\ude00"', ["1:5 lone-surrogate"]),
        ('a: "\\ud83d\\ude00"\nb: "\\ude00\\ud83d"', ["2:5 lone-surrogate", "2:11 lone-surrogate"]),
        ("{ ?foo: bar }", ["1:3 syntax"]),
        ("[?x]", ["1:2 syntax"]),
        ('[a, ?"b": c]', ["1:5 syntax"]),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> topic\n", ["2:1 merge-conflict", "6:1 merge-conflict"]),
        ('a: "text\n<<<<<<< HEAD\nmore"', ["2:1 merge-conflict"]),
        ('a: "\\ud800"\na: "\\0"', ["1:5 lone-surrogate", "2:1 duplicate-key", "2:5 nul"]),
        ("a:\n\tb: 1", ["2:1 tab"]),
        ("a:\n  b: 1\n\tc: 2", ["3:1 tab"]),
        ("a: |\n b\n\tc", ["3:1 tab"]),
        ("-\tb: c", ["1:2 tab"]),
        ("a: 1\n---\nb: 1\n---\nc: 1", ["2:1 multiple-documents"]),
        ("a: 1\n---\n", ["2:1 multiple-documents"]),
        ("", ["1:1 empty"]),
        ("\n \n# nothing\n", ["1:1 empty"]),
        ("---\n# nothing\n", ["1:1 empty"]),
        ("[" * 200, ["1:101 too-deep"]),
        # libyaml scans ahead of its events, and from 0.2.6 on only to level 1,000: which is there must not show.
        ("[" * 30_000, ["1:101 too-deep"]),
        ("{" * 1_100 + "@", ["1:101 too-deep"]),
        ("- " * 1_100 + "[", ["1:201 too-deep"]),
        ("[{a: " * 600, ["1:251 too-deep"]),
        ("- " * 60 + "[" * 1_010, ["1:161 too-deep"]),
        ("[" * 500 + "@", ["1:101 too-deep"]),
        ("[" * 1_010 + "@", ["1:101 too-deep"]),
        ("- !t a\n- " + "{" * 1_010, ["1:3 tag", "2:102 too-deep"]),
        ('["\\ud800", ' + "[" * 1_001, ["1:3 lone-surrogate", "1:111 too-deep"]),
        ("[," + "[" * 1_001, ["1:2 syntax"]),
        ("a: 1\n" + "[" * 1_001, ["2:1 syntax"]),
        ("a: 1\n" + "[" * 1_001 + "@", ["2:1 syntax"]),
        ("a: [? ]", ["1:7 non-string-key"]),
        ("a: [b, ?\n ]\nc: 1", ["2:2 non-string-key"]),
        ("a: 'x\nb: 1", ["1:4 syntax"]),
        ('é: "x', ["1:4 syntax"]),
        ("a: [1, 2", ["1:4 syntax"]),
        ("a: [1, {b: 2", ["1:8 syntax"]),
        ("a: [b: c d: e]", ["1:11 syntax"]),
        ("a: b: c", ["1:5 syntax"]),
        ("a: - b", ["1:4 syntax"]),
        ("a:\n  b: 1\n c: 2", ["3:2 syntax"]),
        ("- a\nb: 1", ["2:1 syntax"]),
        ("a: 1\nfoo\nb: 1", ["2:1 syntax"]),
        ("a: @x", ["1:4 syntax"]),
        ("a: `x`", ["1:4 syntax"]),
        ("a: %x", ["1:4 syntax"]),
        ("a: ]", ["1:4 syntax"]),
        ("[a] b", ["1:5 syntax"]),
        ("a: |x\n b", ["1:5 syntax"]),
        ('a: "\\q"', ["1:5 syntax"]),
        ('a: "\\xg0"', ["1:7 syntax"]),
        ('a: "\\U00110000"', ["1:7 syntax"]),
        ('a: "x\n---\n"', ["2:1 syntax"]),
    ],
)
def test_a_problem_has_its_rule_and_its_place(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", 'the key "a" is already on line 1; remove or rename one of them'),
        ("a: &x 1", 'the anchor "&x" is not read here; remove it, or quote it if it is text'),
        ("a: &sk-42 1", "this anchor is not read here; remove it, or quote it if it is text"),
        ("a: *sk-42", "this alias is not read here; write the value out, or quote it if it is text"),
        ("sk-42: 1\nsk-42: 2", "this key is already on line 1; remove or rename one of them"),
        ("1234567890: x", "this key is a number, and keys are strings; put it in quotes"),
        (
            "123456789e999",
            (
                "this number is beyond the largest number, about 1.8e308; write a smaller one, or quote it if text is"
                " meant"
            ),
        ),
        ("a: [b, }sk-42]", 'expected a value here, but found "}"; write one'),
        ("a: [-]", '"-" by itself is not text in YAML 1.2; put it in quotes'),
        ("{a: -, b: c}", '"-" by itself is not text in YAML 1.2; put it in quotes'),
        ("[:x]", 'expected a value here, but found ":"; write one, or put the text in quotes'),
        ("[a,#b]", '[ opens here and is never closed; close it ("#" begins a comment: quote text with it)'),
        ("x: [", "[ opens here and is never closed; close it"),
        ("x: {a: [1, 2], b: {", "{ opens here and is never closed; close it"),
        ("x: [a,\n", "[ opens here and is never closed; close it"),
        ("k" * 1025 + ": x", 'the key before this ":" has more than 1,024 characters; shorten it'),
        ("a: 1\n" + "k" * 1025 + ": x", 'the key before this ":" has more than 1,024 characters; shorten it'),
        ("{'" + "k" * 1025 + "': x}", 'the key before this ":" has more than 1,024 characters; shorten it'),
        (
            "a: 1\n=======\nb: 2",
            "======= is the marker of a merge conflict; keep one side of it, and remove the markers",
        ),
        (
            "a: 1\n||||||| 1a2b3c4\nb: 2",
            "||||||| is the marker of a merge conflict; keep one side of it, and remove the markers",
        ),
        ("a: !!str 1", 'the tag "!!str" is not read here; remove it, or quote it if it is text'),
        ("010: x", 'the key 010 is a number, and keys are strings; write "010"'),
        (": x", 'there is no key before this ":"; write one'),
        ("? \n: x", 'there is no key here; write one before the ":"'),
        ("a: {{b}}", "a mapping cannot be a key; put text that begins with { in quotes"),
        ("{a: ?x}", 'expected a value here, but found "?"; write one, or put the text in quotes'),
        ("[?x y]", 'text that begins with "?" is read in several ways without quotes; put it in quotes'),
        ("<<<<<<< HEAD", "<<<<<<< is the marker of a merge conflict; keep one side of it, and remove the markers"),
        ("a: [1, 2", "[ opens here and is never closed; close it"),
        ("a: {b: 1 c: 2}", 'expected "," or "}" in the mapping that opens on line 1; write one'),
        ("a: @x", 'text cannot begin with "@"; put it in quotes'),
        ('a: "\\q"', r'\q has no meaning in double quotes; write "\\" for a backslash, or use single quotes'),
        ("\x1b", r'the control character U+001B; remove it, or write "\x1b" in double quotes'),
    ],
)
def test_a_message_says_what_was_found_and_what_to_do(text: str, message: str) -> None:
    assert [problem.message for problem in problems(text)] == [message]


def test_what_a_message_takes_from_the_file_is_short_and_printable() -> None:
    key = '"\\e[31m\\u202e' + "k" * 500 + '"'

    [problem] = problems(f"? {key}\n: 1\n? {key}\n: 2")

    assert problem.message.isprintable()
    assert len(problem.message) < 150


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_a_wide_encoding_is_named(encoding: str) -> None:
    [problem] = problems("kind: Tool\n".encode(encoding))

    assert problem.rule == "encoding"
    assert encoding[:6].upper() in problem.message


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [("a: 1\nb: é".encode("latin-1"), 2, 4), ("é: ".encode() + b"\xff", 1, 4), (b"\xed\xa0\x80", 1, 1)],
)
def test_a_byte_that_is_not_utf_8_is_found_where_it_is(data: bytes, line: int, column: int) -> None:
    [problem] = problems(data)

    assert (problem.rule, problem.line, problem.column) == ("encoding", line, column)


def test_a_mebibyte_is_read_and_one_more_byte_is_not() -> None:
    text = "a: " + "x" * (2**20 - 3)

    assert document(text).value == {"a": text[3:]}
    assert found(text + "x") == ["1:1 too-large"]


def test_at_most_a_hundred_problems_are_reported() -> None:
    assert len(problems("a: 1\n" * 500)) == 100
    assert len(problems("\x07" * 500)) == 100
    assert len(problems("x: \x07\n" + "a: *b\n" * 500)) == 100


def test_every_character_is_either_read_as_it_is_or_refused() -> None:
    """Whatever passes our check is printable for libyaml too, and a line break for neither or both."""
    everything = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x30000), 0x10FFFF]))
    refused = "".join(c for c in everything if not c.isascii() and isinstance(parse_yaml(f'"{c}"'.encode()), list))
    text = "".join(c for c in everything if c not in refused and c >= "\xa0")

    assert len(refused) == 32 + 2 + 1 + 2
    assert document(f'"{text}"').value == text


# ---- Places


@pytest.mark.parametrize(
    ("pointer", "value", "key"),
    [
        ((), (2, 1), (2, 1)),
        (("apiVersion",), (2, 13), (2, 1)),
        (("metadata",), (5, 3), (4, 1)),
        (("metadata", "title"), (6, 10), (6, 3)),
        (("metadata", "tags"), (10, 9), (10, 3)),
        (("metadata", "tags", 1), (10, 20), (10, 20)),
        (("metadata", "labels", "tier"), (11, 18), (11, 12)),
        (("spec", "inputSchema", "properties", "amount", "minimum"), (17, 39), (17, 30)),
        (("spec", "inputSchema", "required", 0), (21, 7), (21, 7)),
        (("spec", "errors", 1, "retryable"), (26, 18), (26, 7)),
        (("spec", "errors", 1), (25, 7), (25, 7)),
        (("spec", "examples"), (27, 13), (27, 3)),
        (("spec", "errors", 1, "absent"), (25, 7), (25, 7)),
        (("spec", "errors", 9, "code"), (23, 5), (23, 5)),
        (("spec", "absent", "version"), (13, 3), (13, 3)),
        (("spec", "version", "absent"), (13, 12), (13, 12)),
        (("absent",), (2, 1), (2, 1)),
    ],
)
def test_a_pointer_leads_to_its_value_and_its_key_or_to_what_is_above(
    pointer: Pointer, value: tuple[int, int], key: tuple[int, int]
) -> None:
    manifest = document(MANIFEST)

    assert manifest.find_position(pointer) == value
    assert manifest.find_key_position(pointer) == key


def test_columns_count_characters() -> None:
    manifest = document("{é😀: 日本, x: y}\r\nz".removesuffix("z"))

    assert manifest.find_position(("é😀",)) == (1, 6)
    assert manifest.find_key_position(("x",)) == (1, 10)
    assert manifest.find_position(("x",)) == (1, 13)


# ---- Properties

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
# What must be escaped in YAML stands in its own test.
readable = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff"))
json_values = st.recursive(
    scalars | readable,
    lambda parts: st.lists(parts, max_size=5) | st.dictionaries(readable, parts, max_size=5),
    max_leaves=30,
)
mappings = st.dictionaries(readable, json_values, min_size=1)


@unhurried
@given(mappings)
@example({"/": "\\", '"': "\t\x07\x1b"})
def test_json_is_yaml_with_the_same_values(value: dict[str, Json]) -> None:
    for indent in (None, 2):
        text = json.dumps(value, ensure_ascii=False, indent=indent)
        assert exactly(document(text).value) == exactly(json.loads(text))


yaml_1_1_and_1_2_agree = (
    st.none() | st.booleans() | st.integers() | st.text("abcxyz 'é\"#:-[]{},&*!|>%@`\n\\", max_size=40)
)


@unhurried
@given(
    st.recursive(
        yaml_1_1_and_1_2_agree,
        lambda parts: st.lists(parts, max_size=5) | st.dictionaries(st.text("abc: -#", max_size=8), parts, max_size=5),
    ),
    st.booleans(),
)
def test_what_pyyaml_writes_is_read_back(value: Json, flow: bool) -> None:  # noqa: FBT001  Hypothesis draws it.
    dumper = yaml.SafeDumper
    dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]  # A value may occur twice.
    text = yaml.dump({"a": value}, Dumper=dumper, sort_keys=False, allow_unicode=True, default_flow_style=flow)

    assert exactly(document(text).value) == exactly({"a": value})


@unhurried
@given(json_values)
def test_every_value_has_a_place_and_it_is_in_the_text(value: Json) -> None:
    text = json.dumps({"a": value}, ensure_ascii=False, indent=1)
    lines = text.split("\n")
    manifest = document(text)

    def check(pointer: Pointer, part: Json) -> None:
        line, column = manifest.find_position(pointer)
        start = (
            "{" if isinstance(part, dict) else "[" if isinstance(part, list) else json.dumps(part, ensure_ascii=False)
        )
        assert lines[line - 1][column - 1 :].startswith(start)
        if isinstance(part, dict):
            for key, inner in part.items():
                line, column = manifest.find_key_position((*pointer, key))
                assert lines[line - 1][column - 1 :].startswith(json.dumps(key, ensure_ascii=False) + ":")
                check((*pointer, key), inner)
        elif isinstance(part, list):
            for index, inner in enumerate(part):
                check((*pointer, index), inner)

    check((), {"a": value})


def sound(data: bytes) -> None:
    """Check what holds for whatever `parse_yaml` returns."""
    match parse_yaml(data):
        case Document() as result:
            assert result.value == json.loads(json.dumps(result.value, allow_nan=False))
            assert result.find_position(("metadata", "absent", 0)) >= (1, 1)
        case list() as result:
            assert 0 < len(result) <= 100
            assert result == sorted(result)
            assert all(p.line >= 1 and p.column >= 1 and p.message.isprintable() for p in result)


@unhurried
@given(st.binary())
def test_any_bytes_are_a_document_or_problems(data: bytes) -> None:
    sound(data)


indicators = st.lists(
    st.sampled_from(
        [
            *"[]{},:?-&*!|>%@`'\"#~<=ax1.\\\t\n\r \0\x07é",
            "\n  ",
            ": ",
            "- ",
            "? ",
            "\n- ",
            "\na: ",
            "<<: ",
            "---\n",
            "...\n",
            "\\ud800",
            "\\0",
            "&a ",
            "*a ",
            "!t ",
            "%TAG ! x\n",
            "%YAML 1.2\n",
            "\ufeff",
            "\x85",
            "\u2028",
        ]
    )
).map("".join)


@unhurried
@given(indicators)
@example("? [\n? a\n: *x\n[")
@example('{"\\ud800": {? {"\\ud800"')
def test_any_mix_of_indicators_is_a_document_or_problems(text: str) -> None:
    sound(text.encode())


@unhurried
@given(st.integers(0, len(MANIFEST)), st.integers(0, 20), indicators | st.text(max_size=5))
def test_a_damaged_manifest_is_a_document_or_problems(start: int, length: int, put: str) -> None:
    sound((MANIFEST[:start] + put + MANIFEST[start + length :]).encode("utf-8", "surrogatepass"))


# ---- Attacks: in processes of their own, as what they are made for is to crash one

MEBIBYTE = 2**20
ATTACKS = {
    "brackets": "b'[' * n",
    "braces": "b'{' * n",
    "both": "b'[{' * (n // 2)",
    "mappings in a line": "b'{a: ' * (n // 4)",
    "keys of keys": "b'{? ' * (n // 3)",
    "dashes": "b'- ' * (n // 2)",
    "questions": "b'? ' * (n // 2)",
    "dashes and questions": "b'- ? ' * (n // 4)",
    "colons": "b': ' * (n // 2)",
    "block in flow": "b'- [? ' * (n // 5)",
    "indentation": "b'\\n'.join(b' ' * i + b'a:' for i in range(1400))",
    "indented dashes": "b'\\n'.join(b' ' * i + b'-' for i in range(1400))",
    "runs": "b'-' * (n // 3) + b'?' * (n // 3) + b':' * (n // 3)",
    "newlines": "b'\\n' * n",
    "tabs": "b'\\t' * n",
    "a huge key": "b'? \"' + b'a' * (n - 10) + b'\"\\n: 1'",
    "a long plain scalar": "b'a ' * (n // 2)",
    "anchors": "b''.join(b'- &a%d x\\n' % i for i in range(80000))",
    "aliases": "b'[' + b'*a,' * (n // 3 - 1)",
    "tag directives": "b''.join(b'%%TAG !%x! b\\n' % i for i in range(60000))",
    "tag directives of a second document": "b'a\\n...\\n' + b''.join(b'%%TAG !%x! b\\n' % i for i in range(60000))",
    "surrogates": "b'[' + b'\"\\\\ud800\",' * 90000",
    "comments after a tag": "b'!x ' + b'#\\n' * (n // 2 - 2)",
    "many keys": "b'{' + b'a,' * (n // 2 - 1) + b'}'",
    "a number": "b'1' * n",
    "a float": "b'1.' + b'1' * (n - 2)",
}
SOUND = {"a huge key", "a long plain scalar", "runs"}
RUN_ATTACKS = """
import resource
from reconciler.core.yaml.document import parse_yaml
n = {size}
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
for data in ({attacks},):
    parse_yaml(data)
print("alive")
"""


def test_no_attack_crashes_the_process_or_takes_much_memory() -> None:
    """The composer of libyaml overflows the stack on the first of these; others are quadratic in it."""
    program = RUN_ATTACKS.format(size=MEBIBYTE, limit=200 * MEBIBYTE, attacks=", ".join(ATTACKS.values()))

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.stdout == "alive\n"


@pytest.mark.parametrize("attack", [name for name in ATTACKS if name not in SOUND])
def test_an_attack_is_refused_with_a_problem(attack: str) -> None:
    data = eval(ATTACKS[attack], {"n": 20_000})  # noqa: S307  The expressions are those above.

    result = parse_yaml(data)

    assert isinstance(result, list)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"k{number}: 1\n" for number in range(49_999)),
        "[" + "[]," * 99_999 + "]",
        "[" + "{a}," * 33_333 + "]",
    ],
    ids=["keys", "lists", "mappings"],
)
def test_a_large_but_sound_text_is_read(text: str) -> None:
    value = document(text).value

    assert isinstance(value, dict | list)
    assert len(value) >= 33_333


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[" + "[]," * 100_000 + "]", "1:299999"),
        ("-\n" * 50_000 + "- a\n" * 50_000, "100000:3"),
        ("? a\n" * 50_000, "50001:1"),
    ],
    ids=["lists", "items", "keys"],
)
def test_more_values_than_can_be_read_at_once_are_refused(text: str, place: str) -> None:
    """However short each of them is, it takes a microsecond or more."""
    assert found(text)[-1] == f"{place} too-many-values"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@unhurried
@given(JSON, st.sampled_from([None, 2]))
def test_what_a_writer_of_json_wrote_is_read_as_it_was(value: Json, indent: int | None) -> None:
    """In ASCII, with pairs of surrogates: JSON is YAML 1.2, but for NUL, which no manifest may hold."""
    text = json.dumps({"value": value, "\U0001f600": "\U0001f639?"}, indent=indent)
    result = parse_yaml(text.encode())

    if "\\u0000" in text.replace("\\\\", ""):
        assert isinstance(result, list)
    else:
        assert isinstance(result, Document), result
        assert result.value == json.loads(text)


def test_what_stands_outside_of_double_quotes_is_no_escape() -> None:
    text = "[\"\ufffd\\ufffd\\ud83d\\ude39\\\\ud83d\", '\\ud83d', p\\ud83d\\ufffd]"

    result = parse_yaml(text.encode())

    assert isinstance(result, Document)
    assert result.value == ["\ufffd\ufffd\U0001f639\\ud83d", "\\ud83d", "p\\ud83d\\ufffd"]
    assert result.find_position((1,)) == (1, text.index("'") + 1)
