"""The contract: all kinds, read from their JSON Schemas. No other Python code knows a kind."""

# jsonschema-rs imports decimal itself, and panics if a signal arrives during the import.
import decimal  # noqa: F401
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

from reconciler.core.difference import SEQUENCE, SET, Difference, ListType, find_differences
from reconciler.core.manifest.definitions import Schema, resolve_definition
from reconciler.core.manifest.key_order import KeyOrder, make_key_order
from reconciler.core.pointer import Json, Pointer

Steps = tuple[str, ...]
"""A path through a manifest: names of properties, and EACH for every item of a list or every value of a map."""

EACH: Final = "*"
COMMON: Final = "common.schema.json"

_SETS: Final = frozenset(("required", "enum", "type"))
"""Keywords of JSON Schema whose lists have no order (2020-12, validation, 6.1 and 6.5)."""

# To be changed when toolreg judges or stores the same file, under the same schemas, differently than before.
_LOADER: Final = "2"


@dataclass(frozen=True)
class Kind:
    """One kind of resource, as its JSON Schema describes it.

    `plural` names its folder and its table; None for a file about the registry itself, which has the name `file`.
    `references` maps paths of references to the kind of their targets, `schemas` are the paths of untrusted JSON
    Schemas, `instances` maps paths of values to the JSON Pointer of their schema in the same manifest, and `lists` maps
    paths of lists to their type. `ranges` maps paths of references to the paths of the ranges of
    versions beside them. `environmental` are the paths of values that an environment may change.
    """

    name: str
    plural: str | None
    file: str | None
    schema: Schema
    references: Mapping[Steps, str]
    schemas: tuple[Steps, ...]
    instances: Mapping[Steps, str]
    lists: Mapping[Steps, ListType]
    ranges: Mapping[Steps, Steps]
    environmental: frozenset[Steps]

    @cached_property
    def validator(self) -> Draft202012Validator:
        """The schema, compiled when first used: most commands meet manifests of one or two kinds."""
        return Draft202012Validator(self.schema)

    @cached_property
    def key_order(self) -> KeyOrder | None:
        """The canonical order of the keys of a manifest."""
        return make_key_order(self.schema, self.schema)

    def list_type(self, pointer: Pointer) -> ListType:
        """Return the type of the list at a pointer; in a JSON Schema of a tool, of the keywords that are sets."""
        steps = tuple(EACH if isinstance(step, int) else step for step in pointer)
        if any(steps[: len(schema)] == schema for schema in self.schemas):
            return SET if steps[-1] in _SETS or steps[-2] == "dependentRequired" else SEQUENCE
        return self.lists.get(steps, SEQUENCE)

    @cached_property
    def ranged(self) -> frozenset[str]:
        """The kinds whose versions a range of this kind concerns."""
        return frozenset(self.references[steps] for steps in self.ranges)


@dataclass(frozen=True)
class Contract:
    """All kinds. `digest` changes whenever files must be validated again."""

    kinds: Mapping[str, Kind]
    digest: str
    files: Mapping[str, str] = field(repr=False)

    def __reduce__(self) -> tuple[Callable[..., "Contract"], tuple[Mapping[str, str]]]:
        # A compiled validator cannot be pickled for another process; its source text can.
        return Contract.of, (self.files,)

    @classmethod
    def of(cls, files: Mapping[str, str]) -> "Contract":
        """Return the contract of schema texts by file name. Raises ValueError for a text that is no JSON."""
        return _compile_contract(_LOADER, tuple(sorted(files.items())))

    def by_plural(self, plural: str) -> Kind | None:
        """Return the kind of the manifests in this folder."""
        return self._by_plural.get(plural)

    def compare(self, before: Json, after: Json) -> Iterator[Difference]:
        """Yield each changed field of two manifests of a kind; an absent manifest is an empty mapping."""
        named = after if isinstance(after, dict) and "kind" in after else before
        kind = self.kinds.get(str(named.get("kind"))) if isinstance(named, dict) else None
        return find_differences(before, after, list_types=kind.list_type) if kind else find_differences(before, after)

    def by_file(self, name: str) -> Kind | None:
        """Return the kind of the file with this name, directly in the registry's folder."""
        return self._by_file.get(name)

    @cached_property
    def single_files(self) -> tuple[str, ...]:
        """The files about the registry itself, sorted."""
        return tuple(sorted(self._by_file))

    @cached_property
    def plurals(self) -> tuple[str, ...]:
        """The folders of a registry, sorted."""
        return tuple(sorted(self._by_plural))

    @cached_property
    def ranged(self) -> frozenset[str]:
        """The kinds whose versions the ranges of any kind concern."""
        return frozenset(target for kind in self.kinds.values() for target in kind.ranged)

    @cached_property
    def _by_plural(self) -> dict[str, Kind]:
        return {kind.plural: kind for kind in self.kinds.values() if kind.plural}

    @cached_property
    def _by_file(self) -> dict[str, Kind]:
        return {kind.file: kind for kind in self.kinds.values() if kind.file}


@lru_cache(maxsize=2)
def _compile_contract(loader: str, files: tuple[tuple[str, str], ...]) -> Contract:
    """Return the contract of these schemas. Reading them takes 2 ms, and a process may ask more than once."""
    documents: dict[str, Schema] = {name: json.loads(text) for name, text in files}
    definitions = documents.pop(COMMON, {}).get("$defs", {})
    kinds = [_make_kind(_bundle(document, definitions)) for document in documents.values()]
    digest = hashlib.sha256(json.dumps([loader, files]).encode()).hexdigest()
    return Contract({kind.name: kind for kind in kinds}, digest, dict(files))


def _bundle(document: Schema, definitions: Mapping[str, Json]) -> Schema:
    """Copy the shared definitions into the document, to make every `$ref` local."""
    text = json.dumps(document).replace(f'"{COMMON}#/', '"#/')
    bundle_schema: Schema = json.loads(text)
    bundle_schema["$defs"] = {**definitions, **bundle_schema.get("$defs", {})}
    return bundle_schema


def _make_kind(schema: Schema) -> Kind:
    parts = [*_walk_parts(schema, schema, ())]
    return Kind(
        name=schema["properties"]["kind"]["const"],
        plural=schema.get("x-plural"),
        file=schema.get("x-file"),
        schema=schema,
        references=_find_annotations(parts, "x-references"),
        schemas=tuple(_find_annotations(parts, "x-json-schema")),
        instances=_find_annotations(parts, "x-instance-of"),
        lists={
            steps: tuple(part.get("x-list-map-keys", SET))
            for steps, part in parts
            if part.get("x-list-type", "atomic") != "atomic"
        },
        ranges={(*at[:-1], name): at for at, name in _find_annotations(parts, "x-versions-of").items()},
        environmental=frozenset(_find_annotations(parts, "x-environment")),
    )


def _find_annotations(parts: Sequence[tuple[Steps, Schema]], keyword: str) -> dict[Steps, Any]:
    return {steps: part[keyword] for steps, part in parts if keyword in part}


def _walk_parts(schema: Schema, root: Schema, steps: Steps) -> Iterator[tuple[Steps, Schema]]:
    """Yield each part of a schema with the path to its values."""
    yield steps, schema
    if "$ref" in schema:
        yield from _walk_parts(resolve_definition(root, schema["$ref"]), root, steps)
    for name, part in schema.get("properties", {}).items():
        yield from _walk_parts(part, root, (*steps, name))
    for keyword in ("items", "additionalProperties"):
        if isinstance(part := schema.get(keyword), dict):
            yield from _walk_parts(part, root, (*steps, EACH))
