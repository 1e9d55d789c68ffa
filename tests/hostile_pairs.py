"""Judges schemas that are small and take for ever, and prints the answers, the seconds and the memory as JSON.

Runs as a process of its own: the memory of its children is theirs alone.
"""

import json
import multiprocessing
import os
import resource
import sys
import time
from contextlib import suppress
from typing import Any, Final

from reconciler.core.schema.dialect import DEFAULT
from reconciler.rules.compatibility.judges import Judges

_UNIT: Final = 1 if sys.platform == "darwin" else 1024


def _conditions(bound: str) -> Any:
    """Return eighteen conditions that apply together."""
    return {
        "allOf": [
            {
                "if": {"properties": {f"a{number}": {"const": number}}},
                "then": {"properties": {f"b{number}": {bound: number}}},
                "else": {"properties": {f"c{number}": {"type": "string"}}},
            }
            for number in range(18)
        ]
    }


def _choices(kind: str) -> Any:
    """Return twenty choices of three that apply together."""
    return {
        "allOf": [
            {
                "anyOf": [
                    {"properties": {f"a{number}{one}": {"type": kind}}, "required": [f"a{number}{one}"]}
                    for one in range(3)
                ]
            }
            for number in range(20)
        ]
    }


def _dependent(kind: str) -> Any:
    """Return forty schemas that each depend on a property."""
    return {
        "dependentSchemas": {
            f"d{number}": {"properties": {f"e{number}": {"type": kind}}, "required": [f"f{number}"]}
            for number in range(40)
        }
    }


def _listed(but: int | None = None) -> Any:
    return {"enum": [f"v{number}" for number in range(10_000) if number != but]}


def _paths(kind: str) -> Any:
    """Return forty definitions, each of which names the next one twice: 2^40 paths lead to the last one."""
    definitions: dict[str, Any] = {
        f"n{number}": {"properties": {side: {"$ref": f"#/$defs/n{number + 1}"} for side in ("left", "right")}}
        for number in range(40)
    }
    return {"$ref": "#/$defs/n0", "$defs": {**definitions, "n40": {"type": kind}}}


def _circle(named: str) -> Any:
    """Return two definitions that stand for nothing but each other."""
    return {"$ref": f"#/$defs/{named}", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}


def _levels(kind: str) -> Any:
    """Return ninety properties, each inside another one."""
    schema: Any = {"type": kind}
    for _ in range(90):
        schema = {"properties": {"x": schema}}
    return schema


def _pattern(text: str) -> Any:
    return {"type": "string", "pattern": text}


PAIRS: Final[dict[str, tuple[Any, Any]]] = {
    "eighteen conditions": (_conditions("minimum"), _conditions("maximum")),
    "twenty choices of three": (_choices("string"), _choices("number")),
    "forty dependent schemas": (_dependent("integer"), _dependent("number")),
    "ten thousand values, less one": (_listed(), _listed(7777)),
    "ten thousand values, and one more": (_listed(7777), _listed()),
    "2^40 paths": (_paths("string"), _paths("number")),
    "a circle": (_circle("a"), _circle("b")),
    "ninety levels": (_levels("string"), _levels("number")),
    "catastrophic patterns": (_pattern("^(a+)+$"), _pattern("^(a|a)*b$")),
}


def main() -> None:
    """Print an answer and its seconds for each pair, megabytes of this process and of workers, and workers left."""
    answers = {}
    with Judges() as judges:
        for name, (sent, received) in PAIRS.items():
            began = time.monotonic()
            verdict = judges.judge(sent, DEFAULT, received, DEFAULT)
            answers[name] = [verdict.compatibility.value, verdict.witness is not None, time.monotonic() - began]
    left = len(multiprocessing.active_children())
    with suppress(ChildProcessError):
        # Raises where there is no child, living or dead.
        os.waitpid(-1, os.WNOHANG)
        left += 1
    megabytes = [
        resource.getrusage(who).ru_maxrss * _UNIT >> 20 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    json.dump({"answers": answers, "megabytes": megabytes, "left": left}, sys.stdout)


if __name__ == "__main__":
    main()
