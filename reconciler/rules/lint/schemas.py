"""Schemas of tools that leave a model or a validator guessing."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from reconciler.core.manifest.check import find_values
from reconciler.core.manifest.definitions import Schema
from reconciler.core.pointer import Json, Pointer, format_pointer
from reconciler.core.quote import quoted
from reconciler.core.schema.complexity import ReferenceNames
from reconciler.core.schema.parts import format_short
from reconciler.rules.lint.content import ManifestContent
from reconciler.rules.lint.formats import is_of_format
from reconciler.rules.lint.keywords import KEYWORDS, find_meant
from reconciler.rules.lint.patterns import find_foreign
from reconciler.rules.lint.remark import LintRemark
from reconciler.rules.lint.subschemas import CHECKED, WITH_SCHEMAS, Role, Subschema, add_subschemas, list_branches

_COMBINATIONS: Final = ("oneOf", "allOf", "anyOf")
# Any of them describes a value without `type`.
_DESCRIBING: Final = frozenset(
    {
        *("type", "$ref", "$dynamicRef", "$recursiveRef", "enum", "const", "anyOf", "oneOf", "allOf", "not", "if"),
    }
)
_OF_ITEMS: Final = _DESCRIBING - {"type"} | {"items", "prefixItems", "contains", "unevaluatedItems"}
_OF_PROPERTIES: Final = _DESCRIBING - {"type"} | {"properties", "patternProperties", "propertyNames", "maxProperties"}
_ABOUT_OTHERS: Final = ("additionalProperties", "unevaluatedProperties")
_TYPES: Final = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value == int(value),
}
_MOST_UNKNOWN: Final = 50
"""The unknown keywords of one subschema that are compared with the known ones."""

_MOST: Final = 100
"""The number of remarks on one schema."""


def check_schemas(content: ManifestContent) -> Iterator[LintRemark]:
    """Yield the remarks on each schema of a tool."""
    for steps in content.kind.schemas:
        for pointer, schema in find_values(content.value, steps):
            if isinstance(schema, dict):
                is_input = steps[-1] == "inputSchema"
                if is_input:
                    yield from islice(_check_root(schema, pointer), _MOST)
                yield from islice(_Check(schema, pointer, is_output=not is_input).remarks(), _MOST)


def _check_root(schema: Schema, at: Pointer) -> Iterator[LintRemark]:
    """Yield the remarks on the arguments of a tool."""
    for keyword in _COMBINATIONS:
        if keyword in schema:
            place = format_pointer(at)
            message = f"{place} has {keyword} at its root, which model APIs refuse; describe the arguments without"
            yield LintRemark((*at, keyword), "root-combination", message, at_key=True)
    properties = schema.get("properties")
    for name, part in properties.items() if isinstance(properties, dict) else ():
        if isinstance(part, dict) and "description" not in part and not _is_described_elsewhere(part, schema):
            message = f"the parameter {quoted(name)} has no description; a model guesses what to send"
            yield LintRemark((*at, "properties", name), "no-parameter-description", message, at_key=True)


def _is_described_elsewhere(part: Schema, root: Schema) -> bool:
    reference = part.get("$ref")
    if not isinstance(reference, str):
        return False
    return any(
        isinstance(target, dict) and "description" in target for target in ReferenceNames(root).find_targets(reference)
    )


class _Check:
    """The check of one schema."""

    def __init__(self, schema: Schema, at: Pointer, *, is_output: bool) -> None:
        self._schema = schema
        self._at = at
        self._is_output = is_output
        self._references: ReferenceNames | None = None
        self._declared: dict[int, set[str] | None] = {}

    def remarks(self) -> Iterator[LintRemark]:
        """Yield the remarks on the schema and on each subschema."""
        pending = [Subschema(self._schema, None, Role.VALUE, None)]
        while pending:
            part = pending.pop()
            schema = part.schema
            if not KEYWORDS.issuperset(schema):
                yield from self._check_keywords(part)
            if "type" in schema:
                if not self._has_simple_type(schema):
                    yield from self._check_type(part)
            elif part.role is Role.VALUE and _DESCRIBING.isdisjoint(schema):
                yield self._remark(part, (), "no-type", "has no type; any value is accepted")
            if not CHECKED.isdisjoint(schema):
                yield from self._check_values(part)
            if not WITH_SCHEMAS.isdisjoint(schema):
                add_subschemas(part, pending)

    def _remark(self, part: Subschema, below: Pointer, rule: str, text: str, *, at_key: bool = True) -> LintRemark:
        place = (*self._at, *part.pointer)
        pointer = (*place, *below)
        return LintRemark(
            pointer, rule, f"{format_pointer(place)} {text}", at_key=at_key and isinstance(pointer[-1], str)
        )

    def _check_keywords(self, part: Subschema) -> Iterator[LintRemark]:
        unknown = (word for word in part.schema if word not in KEYWORDS)
        for word in islice(unknown, _MOST_UNKNOWN):
            meant = find_meant(word)
            if meant is not None and meant not in part.schema:
                yield self._remark(
                    part, (word,), "near-keyword", f"has {quoted(word)}, which validators ignore; did you mean {meant}?"
                )

    def _has_simple_type(self, schema: Schema) -> bool:
        """Whether no rule asks more of a schema with this type."""
        named = schema["type"]
        return isinstance(named, str) and named != "array" and not (self._is_output and named == "object")

    def _check_type(self, part: Subschema) -> Iterator[LintRemark]:
        schema, named = part.schema, part.schema["type"]
        names = named if isinstance(named, list) else [named]
        if "array" in names and _OF_ITEMS.isdisjoint(schema):
            yield self._remark(part, (), "no-items", "is an array without items; say what it holds")
        if self._is_output and "object" in names and part.role is Role.VALUE and _accepts_any_object(schema):
            yield self._remark(part, (), "open-output", "is an object of anything; name the properties that come back")

    def _check_values(self, part: Subschema) -> Iterator[LintRemark]:
        schema = part.schema
        if "enum" in schema:
            yield from self._check_enum(part)
        if "required" in schema:
            yield from self._check_required(part)
        if "examples" in schema and "format" in schema:
            yield from self._check_examples(part)
        if "pattern" in schema or "patternProperties" in schema:
            yield from self._check_patterns(part)

    def _check_enum(self, part: Subschema) -> Iterator[LintRemark]:
        values, named = part.schema["enum"], part.schema.get("type")
        if not isinstance(values, list):
            return
        names = named if isinstance(named, list) else [named] if isinstance(named, str) else []
        if names and all(isinstance(name, str) and name in _TYPES for name in names):
            for index, value in enumerate(values):
                if not any(_TYPES[name](value) for name in names):
                    text = (
                        f"has type {' or '.join(names)}, and its enum holds {format_short(value)}, which never matches"
                    )
                    yield self._remark(part, ("enum", index), "enum-type", text, at_key=False)
        if "default" in part.schema and not _is_among(part.schema["default"], values):
            text = f"has the default {format_short(part.schema['default'])}, which its enum does not list"
            yield self._remark(part, ("default",), "default-outside-enum", text, at_key=False)

    def _check_required(self, part: Subschema) -> Iterator[LintRemark]:
        names, own = part.schema["required"], part.schema.get("properties")
        if not isinstance(names, list):
            return
        declared = own if isinstance(own, dict) else {}
        missing = [name for name in names if isinstance(name, str) and name not in declared]
        if missing and part.role is not Role.OTHER:
            around = self._list_names_around(part)
            for name in missing:
                if around is not None and name not in around:
                    text = f"requires {quoted(name)}, which no property declares"
                    yield self._remark(part, ("required", names.index(name)), "undeclared-required", text, at_key=False)

    def _list_names_around(self, part: Subschema) -> set[str] | None:
        """Return the names declared at the same place; None if patterns or a schema describe further names."""
        while part.around is not None:
            part = part.around
        if id(part.schema) not in self._declared:
            self._declared[id(part.schema)] = self._collect_names(part.schema)
        return self._declared[id(part.schema)]

    def _collect_names(self, top: Schema) -> set[str] | None:
        names: set[str] = set()
        pending: list[Json] = [top]
        seen: set[int] = set()
        while pending:
            schema = pending.pop()
            if not isinstance(schema, dict) or id(schema) in seen:
                continue
            seen.add(id(schema))
            if "patternProperties" in schema or isinstance(schema.get("additionalProperties"), dict):
                return None
            properties = schema.get("properties")
            names.update(properties if isinstance(properties, dict) else ())
            pending += list_branches(schema)
            reference = schema.get("$ref")
            pending += self._follow(reference) if isinstance(reference, str) else ()
        return names

    def _follow(self, reference: str) -> list[Json]:
        if self._references is None:
            self._references = ReferenceNames(self._schema)
        return self._references.find_targets(reference)

    def _check_examples(self, part: Subschema) -> Iterator[LintRemark]:
        name, examples = part.schema["format"], part.schema["examples"]
        if isinstance(name, str) and isinstance(examples, list):
            for index, example in enumerate(examples):
                if not is_of_format(name, example):
                    text = (
                        f"has the example {format_short(example)}, which is no {quoted(name)} where format is asserted"
                    )
                    yield self._remark(part, ("examples", index), "example-format", text, at_key=False)

    def _check_patterns(self, part: Subschema) -> Iterator[LintRemark]:
        pattern, properties = part.schema.get("pattern"), part.schema.get("patternProperties")
        if isinstance(pattern, str) and (foreign := find_foreign(pattern)):
            yield self._remark(part, ("pattern",), "foreign-pattern", _describe_foreign(foreign))
        for key in properties if isinstance(properties, dict) else ():
            if foreign := find_foreign(key):
                yield self._remark(part, ("patternProperties", key), "foreign-pattern", _describe_foreign(foreign))


def _describe_foreign(foreign: str) -> str:
    shown = quoted(foreign, 200)[1:-1].replace("\\\\", "\\").replace('\\"', '"')
    return f"has a pattern of another dialect: {shown}"


def _accepts_any_object(schema: Schema) -> bool:
    is_free = all(schema.get(keyword) in (None, True, {}) for keyword in _ABOUT_OTHERS)
    return is_free and _OF_PROPERTIES.isdisjoint(schema)


def _is_among(value: Json, values: list[Json]) -> bool:
    """Whether a list holds a value, as JSON Schema compares: 1 equals 1.0, and differs from true."""
    return any(value == listed and isinstance(value, bool) == isinstance(listed, bool) for listed in values)
