"""Values as JSON for people and programs alike: indented, readable in every language, and safe for a terminal."""

import json
import re
from typing import Final

from reconciler.core.pointer import Json

_TO_CHECK: Final = re.compile(r"[^ -~\n]")


FORMAT_VERSION: Final = 1
"""Of every JSON document that a command prints: another number where keys go or mean something else."""


def document(value: dict[str, Json] | list[Json]) -> str:
    """Return what a command prints with -o json: `formatVersion` first, and a list as `items`."""
    content = {"items": value} if isinstance(value, list) else value
    return text({"formatVersion": FORMAT_VERSION, **content})


def text(value: Json) -> str:
    """Return the value as indented JSON, in its own order.

    Whatever is not printable (control characters, also those of C1, bidi overrides, separators) is escaped, in a pipe
    as on a terminal: JSON reads it back the same, and what is in a pipe often ends on a terminal after all.
    """
    return _TO_CHECK.sub(_escaped, json.dumps(value, indent=2, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return character if character.isprintable() else json.dumps(character)[1:-1]
