"""JSON text for storage and comparison, in the order of the file."""

import json
import math
from typing import Final

from reconciler.core.pointer import Json

# Deeper than any manifest, and shallow enough for every recursive function of toolreg.
_MOST_LEVELS: Final = 200


def to_json_text(value: Json) -> str:
    """Return the JSON text for storage: compact, in the order of the file."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def parse_json_text(text: str) -> Json:
    """Return the value of untrusted JSON text.

    Raises ValueError for deeper nesting and larger numbers than a manifest can hold; PostgreSQL's json accepts both.
    """
    try:
        value: Json = json.loads(text, parse_float=_parse_finite)
    except RecursionError:
        raise ValueError(text) from None
    level = [value]
    for _ in range(_MOST_LEVELS):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _list_items(outer)]
        if not level:
            return value
    raise ValueError(text)


def _list_items(value: dict[str, Json] | list[Json]) -> list[Json]:
    return [*value.values()] if isinstance(value, dict) else value


def _parse_finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value
