"""Hides secrets in values that are shown. Pure."""

from dataclasses import replace
from typing import Final

from reconciler.core.difference import Absent, Difference
from reconciler.core.entropy import find_random
from reconciler.core.json_text import to_json_text
from reconciler.core.pointer import Json, Pointer
from reconciler.core.secrets import mask, may_hold_secret

KEYWORDS_WITH_SAMPLES: Final = frozenset({"default", "const", "examples", "enum"})
"""Keywords of JSON Schema, and the property of a tool, with values that somebody may have copied from real calls."""

SAMPLE: Final[Pointer] = ("examples",)
"""The pointer of a value of unknown origin, which is masked as a sample."""

_RANDOM: Final = "[random text]"


def mask_value(value: Json, pointer: Pointer = ()) -> Json:
    """Return a value, found at a pointer, with each secret replaced by its kind; the same object without a secret."""
    is_sample = not KEYWORDS_WITH_SAMPLES.isdisjoint(pointer)
    if isinstance(value, str):
        return _mask_text(value, is_sample=is_sample)
    if not isinstance(value, dict | list):
        return value
    text = to_json_text(value)
    return _mask_parts(value, is_sample=is_sample) if may_hold_secret(text) or any(find_random(text)) else value


def mask_difference(difference: Difference) -> Difference:
    """Return a difference with both sides masked; the same object without a secret."""
    before, after = (
        side if isinstance(side, Absent) else mask_value(side, difference.pointer)
        for side in (difference.before, difference.after)
    )
    if before is difference.before and after is difference.after:
        return difference
    return replace(difference, before=before, after=after)


def _mask_parts(value: Json, *, is_sample: bool) -> Json:
    if isinstance(value, str):
        return _mask_text(value, is_sample=is_sample)
    if isinstance(value, list):
        return [_mask_parts(item, is_sample=is_sample) for item in value]
    if isinstance(value, dict):
        return {
            mask(key): _mask_parts(part, is_sample=is_sample or key in KEYWORDS_WITH_SAMPLES)
            for key, part in value.items()
        }
    return value


def _mask_text(text: str, *, is_sample: bool) -> str:
    text = mask(text)
    if not is_sample:
        return text
    at, pieces = 0, []
    for begin, end in find_random(text):
        pieces += [text[at:begin], _RANDOM]
        at = end
    return "".join([*pieces, text[at:]])
