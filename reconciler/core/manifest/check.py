"""One file of the registry: from its bytes to a manifest, or to everything that is wrong with it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import Any, Final

from reconciler.core.json_text import json_text
from reconciler.core.manifest.contract import EACH, Contract, Kind, Steps
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import REGISTRY_FILE, plural_of
from reconciler.core.manifest.resource import Manifest, Ref, Reference, digest_of
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import Json, Pointer, show, to_json_pointer
from reconciler.core.quote import quoted
from reconciler.core.schema import untrusted
from reconciler.core.yaml.document import Document, parse
from reconciler.core.yaml.problem import MAX_PROBLEMS


def read(path: str, inside: str, data: bytes, blob: str, contract: Contract) -> Manifest | list[Diagnostic]:
    """Return the manifest in a file, or the problems of it, sorted, at most 100 of them.

    `path` is what people are shown; `inside` is the path below the registry's folder, which gives kind and name.
    """
    document = parse(data)
    if not isinstance(document, Document):
        return [Diagnostic(path, found.line, found.column, found.rule, found.message) for found in document]
    value = document.value
    if not isinstance(value, dict):
        message = f"a manifest is a mapping; this is {_what(value)}. Start with apiVersion, kind, metadata and spec"
        return [Diagnostic(path, *document.position(()), "not-a-mapping", message)]
    kind, problems = _kind_of(inside, value, contract)
    if kind is not None:
        wrong = chain(_name(kind, inside, value), _envelope(kind, value), _strangers_schemas(kind, value, len(data)))
        problems += islice(wrong, MAX_PROBLEMS)
    if kind is None or problems:
        return sorted({_located(path, document, *problem) for problem in problems})
    return _manifest(kind, path, blob, value)


def with_references(manifest: Manifest, contract: Contract) -> Manifest:
    """Return a manifest of which only the text was known, with whom it names."""
    kind = contract.kinds.get(manifest.ref.kind)
    return replace(manifest, references=_references(kind, manifest.value)) if kind else manifest


def _references(kind: Kind, value: dict[str, Any]) -> tuple[Reference, ...]:
    return tuple(
        Reference(pointer, Ref(target, name))
        for steps, target in kind.references.items()
        for pointer, name in found(value, steps)
        if isinstance(name, str)
    )


def outline(path: str, inside: str, data: bytes, blob: str, contract: Contract) -> Manifest | None:
    """Return as much of a manifest that is not valid as others depend on: its name, and whom it names."""
    document = parse(data)
    value = document.value if isinstance(document, Document) else None
    if not isinstance(value, dict):
        return None
    kind, _ = _kind_of(inside, value, contract)
    metadata = value.get("metadata")
    is_named = isinstance(metadata, dict) and isinstance(metadata.get("name"), str)
    return _manifest(kind, path, blob, value) if kind and kind.plural and is_named else None


def former_name(data: bytes) -> str | None:
    """Return the name that a file says its resource had, valid or not; None where it says none."""
    # The key can be written without its letters only with a backslash (YAML 1.2.2, 5.7).
    if b"movedFrom" not in data and b"\\" not in data:
        return None
    document = parse(data)
    value = document.value if isinstance(document, Document) else None
    metadata = value.get("metadata") if isinstance(value, dict) else None
    name = metadata.get("movedFrom") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else None


Problem = tuple[Pointer, str, str]
"""Where, the rule, and the message."""

_ABOUT_KEYS: Final = frozenset({"unknown-property", "property-name"})
_ABOUT_VALUES: Final = frozenset({"schema", "unknown-kind", "json-schema", "example-rejected"})


def _located(path: str, document: Document, pointer: Pointer, rule: str, message: str) -> Diagnostic:
    place = document.key_position(pointer) if rule in _ABOUT_KEYS else document.position(pointer)
    if rule in _ABOUT_VALUES:
        message = _as_written(message, document.written(pointer))
    return Diagnostic(path, *place, rule, message)


def _as_written(message: str, written: tuple[Json, str] | None) -> str:
    """Return a message about a number or null with its value as the file has it: `0012` and `1.10` are read otherwise.

    Where a string is expected, say how to make it one.
    """
    if written is None:
        return message
    value, text = written
    read = json_text(value)
    shown = read if text == read or value is None else f"{text}, which is read as {read},"
    if " is empty;" in message and text:
        return message.replace(" is empty;", f" is {quoted(text)[1:-1]};", 1)
    if f": {read} is not of type" in message:
        advice = "; put it in quotes" if 'of type "string"' in message and value is not None else ""
        return message.replace(f": {read} is", f": {shown} is", 1) + advice
    return message.replace(f" is {read};", f" is {shown.rstrip(',')};", 1)


def _manifest(kind: Kind, path: str, blob: str, value: dict[str, Any]) -> Manifest:
    metadata = value["metadata"]
    # What a resource was called says what to do once, and is no part of what it is.
    lasting = {key: part for key, part in metadata.items() if key != "movedFrom"}
    text = json_text({**value, "metadata": lasting})
    return Manifest(
        Ref(kind.name, metadata["name"]),
        digest_of(text),
        text,
        path,
        blob,
        metadata.get("movedFrom"),
        _references(kind, value),
    )


def _kind_of(inside: str, value: dict[str, Json], contract: Contract) -> tuple[Kind | None, list[Problem]]:
    """Return the kind that a manifest has to be checked as: the one it names, else the one of its folder."""
    named = value.get("kind")
    plural = plural_of(inside)
    by_folder = contract.by_plural(plural) if plural else None
    if inside == REGISTRY_FILE:
        by_folder = next((kind for kind in contract.kinds.values() if kind.plural is None), None)
    if "kind" not in value or by_folder is None:
        return by_folder, []
    if named == by_folder.name:
        return by_folder, []
    if not isinstance(named, str) or named not in contract.kinds:
        known = sorted(contract.kinds)
        what = f"there is no kind {quoted(named)}" if isinstance(named, str) else f"kind is {_what(named)}"
        message = f"{what}; {did_you_mean(str(named), known)}"
        return None, [(("kind",), "unknown-kind", message)]
    folder = contract.kinds[named].plural
    place = f"its file belongs into {folder}/" if folder else f"only {REGISTRY_FILE} is one"
    message = f"kind is {named}, but this is the place of a {by_folder.name}; {place}"
    return None, [(("kind",), "kind-folder", message)]


def _envelope(kind: Kind, value: dict[str, Json]) -> Iterator[Problem]:
    if kind.validator.is_valid(value):
        return
    # Only what failed is explained: importing jsonschema takes longer than checking a thousand manifests.
    from reconciler.core.manifest.explain import explain  # noqa: PLC0415

    found = list(explain(kind.schema, value))
    yield from found or [((), "schema", f"this is not what {kind.name.lower()}.schema.json describes")]


def _name(kind: Kind, inside: str, value: dict[str, Any]) -> Iterator[Problem]:
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    stem = PurePosixPath(inside).stem
    if kind.plural is not None and isinstance(name, str) and name != stem:
        message = f"metadata.name is {quoted(name)}, but the file is called {quoted(stem)}; make them the same"
        yield ("metadata", "name"), "name-file", message


def _strangers_schemas(kind: Kind, value: dict[str, Json], length: int) -> Iterator[Problem]:
    """Yield what is wrong with the JSON Schemas that a manifest brings along, and with its instances of them.

    `length` is that of the file, in bytes.
    """
    compiled: dict[str, untrusted.Compiled] = {}
    for steps in kind.schemas:
        for pointer, schema in found(value, steps):
            if isinstance(schema, dict):
                result = untrusted.compiled(schema)
                if isinstance(result, list):
                    yield from ((pointer + inner, rule, f"{show(pointer)}: {text}") for inner, rule, text in result)
                else:
                    compiled[to_json_pointer(pointer)] = result
    examples = [
        (pointer, compiled[schema_pointer], instance, schema_pointer.replace("/", ".")[1:])
        for steps, schema_pointer in kind.instances.items()
        if schema_pointer in compiled
        for pointer, instance in found(value, steps)
    ]
    left = untrusted.MOST_STEPS
    is_simple = all(validator.is_simple(length) for validator in compiled.values())
    for pointer, validator, instance, against in examples:
        if not is_simple:
            left -= validator.steps(instance, left)
        if left < 0:
            yield pointer, "too-complex", _too_complex(pointer, against)
            return
        for inner, message in validator.rejections(instance):
            text = f"{show(pointer + inner)} is rejected by {against}: {message}"
            yield pointer + inner, "example-rejected", text


def _too_complex(pointer: Pointer, against: str) -> str:
    return (
        f"checking {show(pointer)} against {against} could take the examples of this file beyond "
        f"{untrusted.MOST_STEPS:,} steps, which is the most that is allowed; "
        "use fewer alternatives and references, or smaller examples"
    )


def found(value: Json, steps: Steps, at: Pointer = ()) -> Iterator[tuple[Pointer, Json]]:
    """Yield each value that a way through a manifest leads to, with its pointer."""
    if not steps:
        yield at, value
        return
    step, rest = steps[0], steps[1:]
    if step != EACH:
        if isinstance(value, dict) and step in value:
            yield from found(value[step], rest, (*at, step))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from found(item, rest, (*at, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from found(item, rest, (*at, key))


def _what(value: Json) -> str:
    match value:
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case str():
            return quoted(value)
        case _:
            return json_text(value)
