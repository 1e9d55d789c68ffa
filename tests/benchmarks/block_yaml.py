"""Writes manifests as YAML in the style of people: blocks, short lists in brackets, quotes only where needed."""

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from reconciler.core.yaml.number import CONSTANTS

_PLAIN = re.compile(r"[A-Za-z/^][\w ./^$+@=()-]*(?<! )|[A-Za-z][\w ,.;:/'()+-]*[\w.]|\d+\.\d+\.\d+")
_WIDTH = 110


def text(value: dict[str, Any]) -> str:
    """Return a mapping as a YAML document."""
    return "\n".join(_lines(value, "")) + "\n"


def _lines(value: dict[str, Any], indent: str) -> Iterator[str]:
    for key, item in value.items():
        yield from _entry(f"{indent}{_scalar(key)}:", item, f"{indent}  ")


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield head
        yield from _lines(value, indent)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        yield head
        for item in value:
            first, *rest = _lines(item, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
    elif isinstance(value, list):
        yield f"{head} [{', '.join(map(_scalar, value))}]"
    elif isinstance(value, str) and len(value) > _WIDTH:
        yield f"{head} >-"
        yield from textwrap.wrap(value, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    else:
        yield f"{head} {_scalar(value)}"


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = _PLAIN.fullmatch(value) and ": " not in value and value not in CONSTANTS
    return value if is_plain else json.dumps(value, ensure_ascii=False)
