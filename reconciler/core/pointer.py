"""The path to a value inside a JSON document: keys and indexes."""

import re
from typing import Final

from reconciler.core.quote import quoted
from reconciler.core.secrets import mask

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Pointer = tuple[str | int, ...]

_ENCODED: Final = re.compile("(?:%[0-9A-Fa-f]{2})+")
# Short, and without characters that a reader could mistake for another part of the path.
_PLAIN_KEY = re.compile(r"[A-Za-z_$@][A-Za-z0-9_$@-]{0,59}")


def format_pointer(pointer: Pointer) -> str:
    """Return the pointer as people write it: `spec.errors[2].code`, `spec.labels["a b"]`; "the document" if empty.

    A secret among the keys is replaced by its kind.
    """
    return "".join(map(_format_step, pointer)).removeprefix(".") or "the document"


def _format_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{mask(step)}" if _PLAIN_KEY.fullmatch(step) else f"[{quoted(step)}]"


def decode_fragment(fragment: str) -> str:
    """Return a URI fragment with its percent-encoded bytes decoded (RFC 3986, section 2.1)."""
    return _ENCODED.sub(lambda match: bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "replace"), fragment)


def to_json_pointer(pointer: Pointer) -> str:
    """Return the pointer in the syntax of RFC 6901: `/spec/errors/2/code`."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in pointer)
