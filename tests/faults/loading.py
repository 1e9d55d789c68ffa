"""What reading a file may come to, valid files to damage, and the worst ones that are known."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from reconciler.assets import SCHEMAS, load_contract
from reconciler.core.manifest.check import read_manifest
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.resource import Manifest, digest_of

TOP: Final = Path(__file__).parents[2]
MEBIBYTE: Final = 2**20

_FOLDERS: Final = {b"Tool": "tools/", b"Service": "services/", b"Node": "nodes/"}
_FILES: Final = {b"Registry": "registry.yaml", b"Exceptions": "exceptions.yaml"}
_KIND: Final = re.compile(rb'^ ?"?kind"?: *"?(\w+)', re.MULTILINE)
_NAME: Final = re.compile(rb'^ +"?name"?: *"?([\w.-]+)', re.MULTILINE)


@cache
def schemas() -> Contract:
    """What manifests are checked against."""
    return load_contract()


def sound(data: bytes) -> bool:
    """Read a file, check what holds for whatever comes out, and return whether it is a manifest.

    It is read as what it says that it is, as far as that can be seen, so that most of it is looked at.
    """
    kind, name = _KIND.search(data), _NAME.search(data)
    folder = _FOLDERS.get(kind[1] if kind else b"Tool", "tools/")
    inside = _FILES.get(kind[1] if kind else b"Tool", f"{folder}{name[1].decode() if name else 'lookup'}.yaml")
    found = read_manifest(f"registry/{inside}", inside, data, "0" * 40, schemas())
    if isinstance(found, Manifest):
        assert found.text is not None
        assert found.digest == digest_of(found.text)
        # What PostgreSQL takes as json: no half characters, no NUL, no numbers that are none.
        assert "\\u0000" not in found.text.replace("\\\\", "")
        assert json.dumps(found.value, allow_nan=False).encode()
        return True
    assert 0 < len(found) <= 100
    assert found == sorted(found)
    lines = re.split(rb"\r\n|\r|\n", data)
    for problem in found:
        assert 1 <= problem.line <= len(lines) + 1, problem
        assert problem.column >= 1, problem
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", problem.rule), problem
        assert problem.message.isprintable(), problem
        assert len(problem.message) < 2000, problem
    return False


@cache
def valid() -> tuple[bytes, ...]:
    """Return files as they should be: those of the registry that is shipped, and the examples of the schemas."""
    shipped = [path.read_bytes() for path in sorted((TOP / "registry").rglob("*.yaml"))]
    described = (json.loads(path.read_bytes()).get("examples", ()) for path in sorted(SCHEMAS.glob("*.json")))
    return (*shipped, *(json.dumps(example, indent=1).encode() for examples in described for example in examples))


TOKENS: Final = [
    *(
        "{",
        "}",
        "[",
        "]",
        "- ",
        "? ",
        ": ",
        ", ",
        "&a ",
        "*a ",
        "!!str ",
        "!t ",
        "<<: ",
        "|\n",
        ">-\n",
        "'",
        '"',
        "#",
        "%",
    ),
    *("\n", "\n  ", "\n\n", "\r\n", "\r", "\t", "---\n", "...\n", "%YAML 1.1\n---\n", "%TAG ! x\n---\n"),
    *("\0", "\x07", "\x1b[31m", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffd", "\U0001f600", "\u202e", "e\u0301"),
    *('"\\0"', '"\\ud83d"', '"\\ud83d\\ude00"', '"\\U00110000"', '"\\x"', "\\"),
    *("9" * 301, "1e999", "-0.0", "0x" + "f" * 40, "0o7", ".nan", "-.inf", "~", "yes", "null", "1_000"),
    *("[" * 120, "{a: " * 120, "a" * 3000, "k" * 1200 + ": 1\n", "x: 1\n" * 120),
    *(
        "$ref: '#'\n",
        "$ref: 'http://x'\n",
        "pattern: '(a+)+$'\n",
        "pattern: '(?=a)'\n",
        "minimum: a\n",
        "type: thing\n",
    ),
]
"""What a file is damaged with."""


# ---- The worst that is known

_ENVELOPE: Final = "apiVersion: toolreg/v1\nkind: Tool\nmetadata: {name: lookup, description: d, owner: o}\nspec:\n"
_SPEC: Final = f"{_ENVELOPE}  version: 1.0.0\n  category: A\n  lifecycle: active\n  service: s\n"
_SCHEMA: Final = f"{_SPEC}  inputSchema: {{type: object, "
_MANY: Final = 99_900


def _filled(unit: str, values: int, head: str = "", tail: str = "", most: int = _MANY) -> bytes:
    """Return a unit of so many values as often as fits, with so many values at most."""
    number = min(most // values, (MEBIBYTE - len(head) - len(tail)) // len(unit.format(0x10000)))
    return f"{head}{''.join(unit.format(n) for n in range(number))}{tail}".encode()


def worst() -> Iterator[tuple[str, bytes]]:
    """Yield files that take long or much memory for their size; the worst ones come first."""
    full = 10**9
    rejected = f"{_SCHEMA}additionalProperties: false}}\n  examples: ["
    yield "examples that are rejected", _filled("{{description: d, input: {{a: 1}}}},", 7, rejected, "]\n")
    one = f"{_SPEC}  examples: [{{description: d, input: {{a: {list(range(-200, 0))}}}}}]\n"
    against = f"{one}  inputSchema: {{type: object, properties: {{a: {{items: {{anyOf: ["
    yield "an example against many alternatives", _filled("{{const: {0}}},", 3, against, "]}}}}\n", 7_000)
    yield "objects that are no errors", _filled("[],", 1, f"{_SPEC}  inputSchema: {{type: object}}\n  errors: [", "]\n")
    yield "references", _filled("{{$ref: '#'}},", 3, f"{_SCHEMA}allOf: [", "]}\n")
    yield "patterns of properties", _filled("k{0:x}: {{}},", 2, f"{_SCHEMA}patternProperties: {{", "}}\n")
    yield "tags", _filled("k{0:x},", 1, "kind: Tool\nmetadata: {name: lookup, tags: [", "]}\n")
    yield "labels", _filled("k{0:x}: x,", 2, "kind: Tool\nmetadata: {name: lookup, labels: {", "}}\n")
    yield "unknown keys", _filled("k{0:x}: x\n  ", 2, f"{_SPEC}  ", "z: 1\n")
    yield "short lists in a schema", _filled("[],", 1, f"{_SCHEMA}anyOf: [", "]}\n")
    yield "small schemas", _filled("{{}},", 1, f"{_SCHEMA}anyOf: [", "]}\n")
    yield "properties", _filled("k{0:x}: {{}},", 2, f"{_SCHEMA}properties: {{", "}}\n")
    yield "large patterns", _filled("{{pattern: 'a{{1000}}'}},", 3, f"{_SCHEMA}allOf: [", "]}\n", 15_000)
    yield "more values than are read", _filled("{{}},", 1, f"{_SCHEMA}examples: [", "]}\n", full)
    yield "the same required again", _filled("a,", 1, f"{_SCHEMA}required: [", "]}\n")
    yield "keys", _filled("k{0:x}: 1\n", 2)
    yield "the same key again", _filled("a: 1\n", 2)
    yield "keys without values", _filled("? a\n", 2)
    yield "pairs in a list", _filled("?,", 3, "[", "]", full)
    yield "half characters", _filled('"\\ud800",', 1, "[", "]", full)
    yield "anchors", _filled("- &a{0} x\n", 1, most=full)
    yield "aliases", _filled("*a,", 1, "[", "]", full)
    yield "directives", _filled("%TAG !{0:x}! b\n", 1, most=full)
    yield "indentation", "\n".join(" " * n + "a:" for n in range(1400)).encode()
    yield "depth", b"[{? - " * (MEBIBYTE // 6)
    yield "digits", b"a: " + b"1" * (MEBIBYTE - 3)
    yield "a long key", b'? "' + b"a" * (MEBIBYTE - 10) + b'"\n: 1'
    yield "a comment after a tag", b"!x " + b"#\n" * (MEBIBYTE // 2 - 2)
    yield "folded lines", b"a: >\n " + b"b\n\n " * (MEBIBYTE // 4 - 2)
    yield "escapes", b'a: "' + b"\\x41" * (MEBIBYTE // 4 - 2) + b'"'
    yield "white space", b"\n\t " * (MEBIBYTE // 3)
    yield "control characters", b"\x07" * MEBIBYTE
    yield "bytes that are no text", b"a: \xff" + b"b" * (MEBIBYTE - 4)
    yield "too large", b" " * (MEBIBYTE + 1)


WORST_FIRST: Final = 6
"""How many of the worst ones stand for the others."""
