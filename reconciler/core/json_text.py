"""JSON as it is stored and compared: text, in the order of the file."""

import json

from reconciler.core.pointer import Json


def json_text(value: Json) -> str:
    """Return the JSON text that is stored: compact, in the order of the file."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
