"""Whatever is in a file, only a manifest or diagnostics come out: in time, in bounds, in the process that survives."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.schema.dialect import DIALECTS
from tests.builders import tool
from tests.faults.loading import TOKENS, WORST_FIRST, sound, valid

pytestmark = pytest.mark.faults


def damaged(data: bytes, how: str, where: int, much: int, token: str) -> bytes:
    """Return a file after one accident."""
    lines = data.splitlines(keepends=True) or [b""]
    here, line = where % (len(data) + 1), where % len(lines)
    match how:
        case "insert":
            return data[:here] + token.encode("utf-8", "surrogatepass") + data[here:]
        case "delete":
            return data[:here] + data[here + 1 + much :]
        case "repeat":
            return b"".join([*lines[:line], *[lines[line]] * (1 + much), *lines[line + 1 :]])
        case "flip":
            return data[:here] + bytes(byte ^ (1 << much % 8) for byte in data[here : here + 1]) + data[here + 1 :]
        case "move":
            return b"".join([*lines[:line], *lines[line + 1 :], lines[line]])
        case "crlf":
            return data.replace(b"\n", b"\r\n")
        case _:
            return b"\xef\xbb\xbf" + data


accidents = st.lists(
    st.tuples(
        st.sampled_from(["insert", "insert", "insert", "delete", "repeat", "flip", "flip", "move", "crlf", "bom"]),
        st.integers(0, 20_000),
        st.integers(0, 40),
        st.sampled_from(TOKENS),
    ),
    min_size=1,
    max_size=6,
)

# ---- Schemas that somebody might write

NAMES = st.sampled_from(["a", "b", "$defs", "$ref", "type", "", "\u0000", "\U0001f600"])
PATTERNS = st.sampled_from(["a", "^a{2,9}$", "(a|b)*c", "(?<=a)", "\\1", "[", "a{99999}", "\\p{L}+", "x" * 300])
LEAVES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return schemas made of these: mostly right, sometimes not."""
    some, named = st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)
    right: dict[str, st.SearchStrategy[Any]] = {
        "type": st.sampled_from(["object", "array", "string", "integer", ["null", "number"]]),
        **dict.fromkeys(("properties", "$defs", "definitions", "dependentSchemas", "dependencies"), named),
        "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
        **dict.fromkeys(("anyOf", "oneOf", "allOf", "prefixItems", "items"), some | inner),
        **dict.fromkeys(("not", "if", "then", "else", "additionalItems", "contains", "propertyNames"), inner),
        **dict.fromkeys(("additionalProperties", "unevaluatedProperties", "unevaluatedItems"), inner),
        "$ref": st.sampled_from(
            ["#", "#/$defs/a", "#/$defs/b", "#a", "other.json", "#/properties/~1", "http://[", "%"]
        ),
        **dict.fromkeys(("$dynamicRef", "$recursiveRef"), st.sampled_from(["#", "#a", "#/$defs/a", "#/definitions/a"])),
        "$recursiveAnchor": st.booleans(),
        **dict.fromkeys(
            ("$anchor", "$dynamicAnchor", "$id"), st.sampled_from(["a", "#a", "b", "http://x/", "a b", ""])
        ),
        "$schema": st.sampled_from([*(dialect.uri for dialect in DIALECTS), "http://json-schema.org/schema#"]),
        "pattern": PATTERNS,
        "format": st.sampled_from(["date", "email", "regex", "thing"]),
        **dict.fromkeys(("enum", "examples"), st.lists(VALUES, max_size=3)),
        **dict.fromkeys(("const", "default"), VALUES),
        **dict.fromkeys(("minimum", "maximum", "multipleOf", "minLength", "maxItems"), st.integers(-2, 2**70) | LEAVES),
        "required": st.lists(NAMES, max_size=3),
    }
    chosen = st.sets(st.sampled_from(sorted(right)), max_size=4)
    made = chosen.flatmap(lambda names: st.fixed_dictionaries({name: right[name] for name in sorted(names)}))
    return made | st.dictionaries(st.sampled_from(sorted(right)), VALUES, max_size=2)


SCHEMAS = st.recursive(st.booleans() | VALUES, keywords, max_leaves=12)


def often(examples: int, *, long: bool) -> settings:
    """Return how often a test is tried: a hundred times as often in its long form."""
    return settings(
        max_examples=examples * (100 if long else 1),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def test_any_bytes(long: bool) -> None:  # noqa: FBT001  A fixture.
    @often(200, long=long)
    @given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
    def check(data: bytes) -> None:
        sound(data)

    check()


def test_any_damage_to_a_valid_file(long: bool) -> None:  # noqa: FBT001  A fixture.
    assert all(sound(data) for data in valid())

    @often(300, long=long)
    @given(st.sampled_from(valid()), accidents)
    def check(data: bytes, accidents: list[tuple[str, int, int, str]]) -> None:
        for how, where, much, token in accidents:
            data = damaged(data, how, where, much, token)
        sound(data)

    check()


def test_any_schema_and_any_example_of_it(long: bool) -> None:  # noqa: FBT001  A fixture.
    @often(300, long=long)
    @given(SCHEMAS, SCHEMAS, VALUES)
    def check(inner: Any, output: Any, value: Any) -> None:
        examples = [{"description": "One.", "input": {"a": value}, "output": value}]
        schema = {"type": "object", "properties": {"a": inner}, "$defs": {"a": inner}}
        sound(json.dumps(tool(inputSchema=schema, outputSchema=output, examples=examples)).encode())

    check()


# Memory beyond what the process has anyway, and processor time per file: beyond either, the process ends.
BOUNDED = """
import re, resource, signal, sys
from pathlib import Path
from tests.faults.loading import sound, valid, worst
seconds, number = float(sys.argv[1]), int(sys.argv[2])
for data in valid():
    sound(data)
used = int(re.search(r"VmSize:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (used + 200 * 2**20, resource.RLIM_INFINITY))
for _, (name, data) in zip(range(number), worst()):
    print(name, flush=True)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    sound(data)
    signal.setitimer(signal.ITIMER_PROF, 0)
print("alive")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="how much memory a process has is read from /proc")
def test_the_worst_files_that_are_known_stay_within_bounds(long: bool) -> None:  # noqa: FBT001  A fixture.
    """A second and 200 MB each. SIGPROF ends a process that takes more; the short form allows for a slow machine."""
    seconds, number = (1, 1000) if long else (3, WORST_FIRST)
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED, str(seconds), str(number)], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.stdout.endswith("\nalive\n"), (done.returncode, done.stdout)
