"""Lists the differences of two schemas, and whether each admits more or fewer values at its place."""

from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple

from reconciler.core.compatibility.keywords import Part, get_mapping, read_types, select_texts
from reconciler.core.compatibility.references import expand_in_place, follow_reference
from reconciler.core.compatibility.structure import is_equal
from reconciler.core.difference import ABSENT, Absent
from reconciler.core.pointer import Json, Pointer

_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")
_PATTERNS: Final = ("pattern", "multipleOf")
_TEXTS: Final = (*_PATTERNS, "format", "contentEncoding", "contentMediaType")
_COMBINING: Final = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies")
_OTHERS: Final = ("additionalProperties", "unevaluatedProperties", "propertyNames", "patternProperties")
_MOST: Final = 200
_DEEPEST: Final = 60


class Effect(Enum):
    """The effect of a difference on the values admitted at its place."""

    FEWER = "fewer"
    MORE = "more"
    OTHERS = "others"


class SchemaChange(NamedTuple):
    """A difference of two schemas. `rule` is its id in the catalogue, `pointer` its place below the schema."""

    rule: str
    effect: Effect
    pointer: Pointer
    before: Json | Absent
    after: Json | Absent


def find_schema_changes(before: Json, after: Json) -> list[SchemaChange]:
    """Return the first 200 differences of two schemas, in the order of the newer schema."""
    walk = _Walk(before, after)
    differences: list[SchemaChange] = []
    for change in walk.compare(before, after, (), 0):
        differences.append(change)
        if len(differences) >= _MOST:
            break
    return differences


class _Walk:
    def __init__(self, before: Json, after: Json) -> None:
        self._before = before
        self._after = after
        self._seen: set[tuple[int, int]] = set()

    def compare(self, before: Json, after: Json, at: Pointer, depth: int) -> Iterator[SchemaChange]:
        before, after = _follow(before, self._before), _follow(after, self._after)
        if is_equal(before, after) and not (isinstance(before, dict) and _has_reference(before)):
            return
        if not isinstance(before, dict) or not isinstance(after, dict) or depth > _DEEPEST:
            yield from _compare_whole(before, after, at)
            return
        pair = (id(before), id(after))
        if pair in self._seen:
            return
        self._seen.add(pair)
        yield from _compare_types(before, after, at)
        yield from _compare_values(before, after, at)
        yield from _compare_bounds(before, after, at)
        yield from self._compare_properties(before, after, at, depth)
        yield from self._compare_items(before, after, at, depth)
        for key in _COMBINING:
            if not is_equal(*_get_sides(key, before, after)):
                yield SchemaChange(
                    "contract-combination",
                    _judge_presence(key, before, after),
                    (*at, key),
                    *_get_sides(key, before, after),
                )

    def _compare_properties(self, before: Part, after: Part, at: Pointer, depth: int) -> Iterator[SchemaChange]:
        old, new = self._collect_declared(before, self._before), self._collect_declared(after, self._after)
        for name, schema in old.items():
            if name not in new:
                yield SchemaChange(
                    "contract-property-removed", Effect.OTHERS, (*at, "properties", name), schema, ABSENT
                )
        for name, schema in new.items():
            if name in old:
                yield from self.compare(old[name], schema, (*at, "properties", name), depth + 1)
            else:
                yield SchemaChange("contract-property-added", Effect.OTHERS, (*at, "properties", name), ABSENT, schema)
        yield from _compare_required(before, after, at)
        yield from self._compare_others(before, after, at, depth)

    def _collect_declared(self, schema: Part, root: Json) -> dict[str, Json]:
        """Return the properties declared at a place, in branches and through references, too."""
        declared: dict[str, Json] = {}
        try:
            for part in expand_in_place([schema], root, siblings_count=True):
                for name, declaration in get_mapping(part, "properties"):
                    declared.setdefault(name, declaration)
        except LookupError:
            return dict(get_mapping(schema, "properties"))
        return declared

    def _compare_others(self, before: Part, after: Part, at: Pointer, depth: int) -> Iterator[SchemaChange]:
        for key in _OTHERS:
            one, other = before.get(key, True), after.get(key, True)
            if isinstance(one, dict) and isinstance(other, dict) and key in ("additionalProperties", "propertyNames"):
                yield from self.compare(one, other, (*at, key), depth + 1)
            elif not is_equal(one, other):
                yield SchemaChange(
                    "contract-additional-properties",
                    _judge_openness(one, other),
                    (*at, key),
                    *_get_sides(key, before, after),
                )

    def _compare_items(self, before: Part, after: Part, at: Pointer, depth: int) -> Iterator[SchemaChange]:
        for key in ("items", "prefixItems", "additionalItems", "unevaluatedItems", "contains"):
            one, other = before.get(key, True), after.get(key, True)
            if isinstance(one, dict) and isinstance(other, dict):
                yield from self.compare(one, other, (*at, key), depth + 1)
            elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
                for index, (was, now) in enumerate(zip(one, other, strict=True)):
                    yield from self.compare(was, now, (*at, key, index), depth + 1)
            elif not is_equal(one, other):
                yield SchemaChange(
                    "contract-items", _judge_openness(one, other), (*at, key), *_get_sides(key, before, after)
                )
        if bool(before.get("uniqueItems")) != bool(after.get("uniqueItems")):
            effect = Effect.FEWER if after.get("uniqueItems") else Effect.MORE
            yield SchemaChange(
                "contract-items", effect, (*at, "uniqueItems"), *_get_sides("uniqueItems", before, after)
            )


def _compare_required(before: Part, after: Part, at: Pointer) -> Iterator[SchemaChange]:
    were, are = select_texts(before.get("required")), select_texts(after.get("required"))
    for name in are:
        if name not in were:
            yield SchemaChange("contract-required", Effect.FEWER, (*at, "required"), ABSENT, name)
    for name in were:
        if name not in are:
            yield SchemaChange("contract-required", Effect.MORE, (*at, "required"), name, ABSENT)
    if not is_equal(*_get_sides("dependentRequired", before, after)):
        effect = _judge_presence("dependentRequired", before, after)
        yield SchemaChange(
            "contract-required", effect, (*at, "dependentRequired"), *_get_sides("dependentRequired", before, after)
        )


def _compare_whole(before: Json, after: Json, at: Pointer) -> Iterator[SchemaChange]:
    if not is_equal(before, after):
        yield SchemaChange("contract-combination", _judge_openness(before, after), at, before, after)


def _compare_types(before: Part, after: Part, at: Pointer) -> Iterator[SchemaChange]:
    were, are = read_types(before.get("type")), read_types(after.get("type"))
    if were != are:
        yield SchemaChange(
            "contract-type", _judge_inclusion(were, are), (*at, "type"), *_get_sides("type", before, after)
        )


def _compare_values(before: Part, after: Part, at: Pointer) -> Iterator[SchemaChange]:
    const, constant = _get_sides("const", before, after)
    if not is_equal(const, constant):
        yield SchemaChange(
            "contract-enum",
            _judge_presence("const", before, after),
            (*at, "const"),
            *_get_sides("const", before, after),
        )
    if is_equal(*_get_sides("enum", before, after)):
        return
    if not isinstance(before.get("enum"), list) or not isinstance(after.get("enum"), list):
        yield SchemaChange(
            "contract-enum", _judge_presence("enum", before, after), (*at, "enum"), *_get_sides("enum", before, after)
        )
        return
    were, are = {repr(value) for value in before["enum"]}, {repr(value) for value in after["enum"]}
    for value in before["enum"]:
        if repr(value) not in are:
            yield SchemaChange("contract-enum", Effect.FEWER, (*at, "enum"), value, ABSENT)
    for value in after["enum"]:
        if repr(value) not in were:
            yield SchemaChange("contract-enum", Effect.MORE, (*at, "enum"), ABSENT, value)


def _compare_bounds(before: Part, after: Part, at: Pointer) -> Iterator[SchemaChange]:
    for key in (*_LOWER, *_UPPER):
        one, other = before.get(key), after.get(key)
        if one == other:
            continue
        if isinstance(one, (int, float)) and isinstance(other, (int, float)):
            effect = Effect.FEWER if (other > one) == (key in _LOWER) else Effect.MORE
        else:
            effect = _judge_presence(key, before, after)
        yield SchemaChange("contract-bounds", effect, (*at, key), *_get_sides(key, before, after))
    for key in _TEXTS:
        if not is_equal(*_get_sides(key, before, after)):
            effect = _judge_presence(key, before, after)
            yield SchemaChange(
                "contract-pattern" if key in _PATTERNS else "contract-format",
                effect,
                (*at, key),
                *_get_sides(key, before, after),
            )


def find_annotation_changes(before: Json, after: Json, key: str) -> Iterator[SchemaChange]:
    """Yield the differences of an annotation such as `default`, at places of both schemas."""
    stack: list[tuple[Json, Json, Pointer]] = [(before, after, ())]
    while stack:
        one, other, place = stack.pop()
        if not isinstance(one, dict) or not isinstance(other, dict) or len(place) > 2 * _DEEPEST:
            continue
        if not is_equal(*_get_sides(key, one, other)):
            yield SchemaChange(
                "contract-default" if key == "default" else "contract-wording",
                Effect.OTHERS,
                (*place, key),
                *_get_sides(key, one, other),
            )
        for name in ("properties", "$defs", "definitions"):
            old, new = dict(get_mapping(one, name)), dict(get_mapping(other, name))
            stack += [(old[inner], new[inner], (*place, name, inner)) for inner in new if inner in old]
        stack += [
            (one[name], other[name], (*place, name))
            for name in ("items", "additionalProperties")
            if name in one and name in other
        ]


def _follow(schema: Json, root: Json) -> Json:
    """Return the target of a mere reference, the reference itself without a target."""
    try:
        return follow_reference(schema, root)
    except LookupError:
        return schema


def _has_reference(part: Part) -> bool:
    return any(
        "$ref" in value
        for value in (part, *dict(get_mapping(part, "properties")).values(), part.get("items"))
        if isinstance(value, dict)
    )


def _judge_inclusion(were: frozenset[str] | None, are: frozenset[str] | None) -> Effect:
    if are is None or (were is not None and were < are):
        return Effect.MORE
    return Effect.FEWER if were is None or are < were else Effect.OTHERS


def _judge_presence(key: str, before: Part, after: Part) -> Effect:
    """Return the effect of a keyword whose presence constrains."""
    if key in before and key in after:
        return Effect.OTHERS
    return Effect.FEWER if key in after else Effect.MORE


def _judge_openness(before: Json, after: Json) -> Effect:
    if after in (True, {}) or before is False:
        return Effect.MORE
    return Effect.FEWER if before in (True, {}) or after is False else Effect.OTHERS


def _get_sides(key: str, before: Part, after: Part) -> tuple[Json | Absent, Json | Absent]:
    return before.get(key, ABSENT), after.get(key, ABSENT)
