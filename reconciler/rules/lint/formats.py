"""Examples that a validator rejects once it asserts `format`, which is an option of most validators."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

from reconciler.core.manifest.check import find_values
from reconciler.core.pointer import Json, Pointer, format_pointer
from reconciler.core.quote import quoted
from reconciler.core.schema.complexity import ReferenceNames
from reconciler.core.schema.parts import format_short
from reconciler.rules.lint.content import ManifestContent
from reconciler.rules.lint.remark import LintRemark

# Without any of these, no format applies to a value or its parts.
_LEADING: Final = frozenset({"format", "properties", "items", "allOf", "$ref"})
_MENTION: Final = '"format":"'
# Pairs of a subschema and a value, in all examples of a tool.
_MOST_STEPS: Final = 20_000


def is_of_format(name: str, value: Json) -> bool:
    """Whether a value conforms to a format; an unknown format allows any value."""
    return not isinstance(value, str) or _validator(name).is_valid(value)


def check_examples(content: ManifestContent) -> Iterator[LintRemark]:
    """Yield a remark for each text in the examples of a valid tool that fails the format of its schema.

    Follows properties, items, `allOf` and `$ref`; alternatives and conditions may not apply to the value.
    """
    if _MENTION not in content.text:
        return
    pending: list[tuple[Json, Json, Pointer]] = []
    for steps, against in content.kind.instances.items():
        schema = _find_part(content.value, against)
        if isinstance(schema, dict):
            names = ReferenceNames(schema)
            pending = [(schema, instance, pointer) for pointer, instance in find_values(content.value, steps)]
            yield from _check(pending, names)


def _check(pending: list[tuple[Json, Json, Pointer]], names: ReferenceNames) -> Iterator[LintRemark]:
    for _ in range(_MOST_STEPS):
        if not pending:
            return
        schema, value, pointer = pending.pop()
        if not isinstance(schema, dict):
            continue
        name = schema.get("format")
        if isinstance(value, str) and isinstance(name, str) and not is_of_format(name, value):
            shown = f"{format_pointer(pointer)} is {format_short(value)}"
            message = f"{shown}, which is no {quoted(name)} where format is asserted"
            yield LintRemark(pointer, "example-format", message)
        pending += _pair_parts(schema, value, pointer)
        listed, reference = schema.get("allOf"), schema.get("$ref")
        here = [*(listed if isinstance(listed, list) else ())]
        here += names.find_targets(reference) if isinstance(reference, str) else ()
        pending += [(inner, value, pointer) for inner in here]


def _pair_parts(schema: dict[str, Any], value: Json, pointer: Pointer) -> Iterator[tuple[Json, Json, Pointer]]:
    properties, items = schema.get("properties"), schema.get("items")
    if isinstance(value, dict) and isinstance(properties, dict):
        for key, part in value.items():
            inner = properties.get(key)
            if isinstance(inner, dict) and not _LEADING.isdisjoint(inner):
                yield inner, part, (*pointer, key)
    elif isinstance(value, list) and isinstance(items, dict):
        for index, part in enumerate(value):
            yield items, part, (*pointer, index)


def _find_part(value: Json, against: str) -> Json:
    """Return the part of a manifest at a JSON Pointer of the contract, None if absent."""
    for step in against.split("/")[1:]:
        value = value.get(step) if isinstance(value, dict) else None
    return value


@lru_cache(maxsize=64)
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"format": name}, validate_formats=True)
