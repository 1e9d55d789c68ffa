"""Renders values as indented JSON, readable in every language and safe for a terminal."""

import json
import re
from typing import Final

from reconciler.core.pointer import Json

_TO_CHECK: Final = re.compile(r"[^ -~\n]")


FORMAT_VERSION: Final = 1
"""The version of all printed JSON documents. Rises if a key is removed or changes its meaning."""


def render_json(value: dict[str, Json] | list[Json]) -> str:
    """Return the document for -o json: `formatVersion` first, a list as `items`."""
    content = {"items": value} if isinstance(value, list) else value
    return format_json({"formatVersion": FORMAT_VERSION, **content})


def format_json(value: Json) -> str:
    """Return the value as indented JSON, in its own order.

    Unprintable characters (C0 and C1 controls, bidi overrides, separators) are escaped, in a pipe as on a terminal:
    JSON parsers return the same value, and piped output often ends up on a terminal.
    """
    return _TO_CHECK.sub(_escape, json.dumps(value, indent=2, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return character if character.isprintable() else json.dumps(character)[1:-1]
