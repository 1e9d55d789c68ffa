"""JSON as it is stored and compared: text, in the order of the file."""

import json
import math
from typing import Final

from reconciler.core.pointer import Json

# Deeper than any manifest, and not so deep that anything of ours that follows a value down would fail.
_MOST_LEVELS: Final = 200


def json_text(value: Json) -> str:
    """Return the JSON text that is stored: compact, in the order of the file."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def json_value(text: str) -> Json:
    """Return the value of JSON text that anybody may have written.

    Raises ValueError for what PostgreSQL's json takes and no manifest can hold: deeper nesting and larger numbers.
    """
    try:
        value: Json = json.loads(text, parse_float=_finite)
    except RecursionError:
        raise ValueError(text) from None
    level = [value]
    for _ in range(_MOST_LEVELS):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _items(outer)]
        if not level:
            return value
    raise ValueError(text)


def _items(value: dict[str, Json] | list[Json]) -> list[Json]:
    return [*value.values()] if isinstance(value, dict) else value


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value
