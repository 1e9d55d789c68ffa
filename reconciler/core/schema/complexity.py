"""Counts the steps of checking a value against an untrusted JSON Schema, before any check. Pure.

The validator visits each subschema with each value that the subschema applies to. For each pair, the validator compares
the value with keywords (`enum`, `required`), runs the pattern, and copies subschema and value into an error if the
value is rejected: a step costs memory as well as time. A pair therefore counts as the size of the subschema's own
keywords, plus the size of the value, plus the states of the pattern times the length of the text. Subschemas that the
validator may skip (an alternative after a match) are counted as well, hence the number is an upper bound.

Keywords that apply to the same value, and keywords that apply to its items and properties: JSON Schema 2020-12, core,
sections 8.2, 10 and 11; 2019-09, core, sections 8.2.4.2, 9.2 and 9.3; draft-07, core, section 8, and validation,
sections 6.4 and 6.5. The keywords of all dialects are counted: keywords that a schema's own dialect ignores make the
number too high, never too low. Growth of patterns with their repetitions: documentation of the Rust crate `regex`,
"Untrusted input".
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Final, cast

from reconciler.core.pointer import Json, decode_fragment

_Pair = tuple[Json, Json, frozenset[int], bool]
"""A subschema, a value to check, the targets of the references followed for this value so far, and True if the
validator only asks for the properties or items that the subschema evaluates."""

UNEVALUATED: Final = frozenset({"unevaluatedProperties", "unevaluatedItems"})
"""The keywords that make the validator check the same value again, and again at each level below."""

CHARACTERS_A_STEP: Final = 8
_MANY: Final = 10**9
_LISTS_HERE: Final = ("allOf", "anyOf", "oneOf")
_PARTS_HERE: Final = ("not", "if", "then", "else")
_MAPS_HERE: Final = ("dependentSchemas", "dependencies")
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_ANCHORS: Final = ("$anchor", "$dynamicAnchor")
_FOR_FIRST_ITEMS: Final = ("prefixItems", "items")
_FOR_ITEMS: Final = ("items", "additionalItems", "contains", "unevaluatedItems")
_FOR_PROPERTIES: Final = ("additionalProperties", "unevaluatedProperties")
_COMPARED: Final = ("enum", "const", "required", "dependentRequired", "type")

# An atom of a pattern, a parenthesis, or a repetition with its numbers.
_TOKEN: Final = re.compile(r"\\[pPxu]\{[^}]*\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()]|\{(\d+)(?:,(\d*))?\}|.", re.DOTALL)
_LONGEST_PARSED: Final = 1000

# RFC 3986, section 2.1.


def measure_size(value: Json) -> int:
    """Return the size of a value: its number of nodes and keys, plus an eighth of their characters."""
    total = 0
    pending = [value]
    while pending:
        part = pending.pop()
        total += 1
        if isinstance(part, str):
            total += len(part) // CHARACTERS_A_STEP
        elif isinstance(part, dict):
            pending += part
            pending += part.values()
        elif isinstance(part, list):
            pending += part
    return total


@lru_cache(maxsize=4096)
def estimate_weight(pattern: str) -> int:
    """Return the approximate number of states of a pattern: its atoms, times their repetitions."""
    if "{" not in pattern:
        return 1 + len(pattern)
    if len(pattern) > _LONGEST_PARSED:
        return _MANY
    groups, last = [0], 0
    for token in _TOKEN.finditer(pattern):
        text = token[0]
        if token[1]:
            times = max(int(token[1]), int(token[2] or 0))
            groups[-1] += last * max(times - 1, 0)
            last *= max(times, 1)
        elif text == "(":
            groups.append(1)
            last = 0
        elif text == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] += last
        else:
            last = 1
            groups[-1] += 1
    return min(sum(groups) + 1, _MANY)


def count_steps(schema: dict[str, Any], value: Json, most: int) -> int:
    """Return an upper bound of the steps of checking a value. Counting stops above `most`.

    The value may be nested a few hundred levels deep at most. References must stay inside the schema.
    """
    names = ReferenceNames(schema)
    sizes: dict[int, int] = {}
    _measure(value, sizes)
    total = 0
    pending: list[_Pair] = [(schema, value, frozenset(), False)]
    while pending and total <= most:
        part, about, through, is_asked = pending.pop()
        total += 1
        if isinstance(part, dict):
            total += (
                names.measure_cost(part) + _measure(about, sizes) + len(through) + _count_pattern_steps(part, about)
            )
            # As measured: nested twelve deep, a subschema with unevaluatedProperties is checked 2.6 ** 12 times.
            again = is_asked + (not UNEVALUATED.isdisjoint(part))
            here = (
                (*pair, number > 0) for number in range(1 + again) for pair in names.find_here(part, about, through)
            )
            # Each pair counts at least one step: pairs beyond the remaining steps need not be listed.
            pending += islice(chain(here, _pair_contents(part, about)), max(most - total, 0) + 1)
    return total


def _measure(value: Json, sizes: dict[int, int]) -> int:
    """Return the size of a value; store the size of each of its lists and mappings in `sizes`."""
    if not isinstance(value, dict | list):
        return measure_size(value)
    if id(value) not in sizes:
        parts = value.values() if isinstance(value, dict) else value
        keys = sum(map(measure_size, value)) if isinstance(value, dict) else 0
        sizes[id(value)] = 1 + keys + sum(_measure(part, sizes) for part in parts)
    return sizes[id(value)]


def _count_pattern_steps(part: dict[str, Json], value: Json) -> int:
    """Return the number of steps for the patterns of a subschema."""
    pattern, patterns = part.get("pattern"), part.get("patternProperties")
    if isinstance(pattern, str) and isinstance(value, str):
        return estimate_weight(pattern) * measure_size(value)
    if isinstance(patterns, dict) and isinstance(value, dict):
        return sum(map(estimate_weight, patterns)) * sum(map(measure_size, value))
    return 0


def _pair_contents(part: dict[str, Json], value: Json) -> Iterator[_Pair]:
    """Yield the pairs of a subschema for the items, properties and keys of a value."""
    fresh: frozenset[int] = frozenset()
    if isinstance(value, list):
        for first in (part[keyword] for keyword in _FOR_FIRST_ITEMS if isinstance(part.get(keyword), list)):
            yield from (
                (schema, item, fresh, False) for schema, item in zip(cast("list[Json]", first), value, strict=False)
            )
        for schema in (part[keyword] for keyword in _FOR_ITEMS if isinstance(part.get(keyword), dict | bool)):
            yield from ((schema, item, fresh, False) for item in value)
    elif isinstance(value, dict):
        properties, patterns = part.get("properties"), part.get("patternProperties")
        named = properties if isinstance(properties, dict) else {}
        yield from ((named[key], item, fresh, False) for key, item in value.items() if key in named)
        everywhere = list(patterns.values()) if isinstance(patterns, dict) else []
        everywhere += [part[keyword] for keyword in _FOR_PROPERTIES if keyword in part]
        for schema in everywhere:
            yield from ((schema, item, fresh, False) for item in value.values())
        if "propertyNames" in part:
            yield from ((part["propertyNames"], key, fresh, False) for key in value)


class ReferenceNames:
    """The targets of references in one schema and the costs of its subschemas, each computed once."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._costs: dict[int, int] = {}
        self._targets: dict[str, list[Json]] = {}
        self._anchors: dict[str, list[Json]] | None = None
        # A subschema with an $id is a document of its own, in which # is the subschema.
        self._documents: list[Json] = [schema]

    def measure_cost(self, part: dict[str, Json]) -> int:
        """Return the size of the values that a subschema compares with, plus its number of keywords and entries."""
        if id(part) not in self._costs:
            compared = sum(measure_size(part[keyword]) for keyword in _COMPARED if keyword in part)
            compared += sum(
                measure_size(names) for names in _list_values(part.get("dependencies")) if isinstance(names, list)
            )
            listed = sum(len(value) for value in part.values() if isinstance(value, dict | list))
            self._costs[id(part)] = len(part) + compared + listed
        return self._costs[id(part)]

    def find_here(
        self, part: dict[str, Json], value: Json, through: frozenset[int]
    ) -> Iterator[tuple[Json, Json, frozenset[int]]]:
        """Yield the subschemas that apply to the same value. A reference already followed for the value is skipped."""
        for keyword in _LISTS_HERE:
            listed = part.get(keyword)
            yield from ((schema, value, through) for schema in (listed if isinstance(listed, list) else ()))
        for keyword in _MAPS_HERE:
            yield from ((schema, value, through) for schema in _list_values(part.get(keyword)))
        yield from ((part[keyword], value, through) for keyword in _PARTS_HERE if keyword in part)
        for keyword in _REFERENCES:
            reference = part.get(keyword)
            # $recursiveRef leads to the root of some document; its value is ignored (2019-09, core, section 8.2.4.2).
            leads = "#" if keyword == "$recursiveRef" else reference
            for target in self.find_targets(leads) if isinstance(leads, str) and keyword in part else ():
                if id(target) not in through:
                    yield target, value, through | {id(target)}

    def find_targets(self, reference: str) -> list[Json]:
        """Return every possible target of a reference, in any document inside the schema."""
        if self._anchors is None:
            self._anchors = self._collect_anchors()
        if reference not in self._targets:
            name = decode_fragment(reference.removeprefix("#"))
            if name.startswith("/") or not name:
                steps = [step.replace("~1", "/").replace("~0", "~") for step in name.split("/")[1:]]
                targets = [target for document in self._documents for target in _resolve_pointer(document, steps)]
            else:
                targets = self._anchors.get(name, [])
            self._targets[reference] = targets
        return self._targets[reference]

    def _collect_anchors(self) -> dict[str, list[Json]]:
        anchors: dict[str, list[Json]] = {}
        pending: list[Json] = [self._schema]
        while pending:
            part = pending.pop()
            if isinstance(part, list):
                pending += part
            elif isinstance(part, dict):
                pending += part.values()
                for name in {part[keyword] for keyword in _ANCHORS if isinstance(part.get(keyword), str)}:
                    anchors.setdefault(str(name), []).append(part)
                if isinstance(identifier := part.get("$id"), str):
                    # In draft-07, a fragment names the subschema (core, section 8.2.3).
                    anchors.setdefault(identifier.partition("#")[2], []).append(part)
                    if part is not self._schema:
                        self._documents.append(part)
        return anchors


def _list_values(mapped: Json) -> Iterator[Json]:
    return iter(mapped.values() if isinstance(mapped, dict) else ())


def _resolve_pointer(part: Json, steps: list[str]) -> Iterator[Json]:
    """Yield the target of a JSON Pointer, if the target exists (RFC 6901)."""
    for step in steps:
        if isinstance(part, dict) and step in part:
            part = part[step]
        elif isinstance(part, list) and step.isdecimal() and len(step) < len(str(_MANY)) and int(step) < len(part):
            part = part[int(step)]
        else:
            return
    yield part
