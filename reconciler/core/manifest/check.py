"""Reads one file of the registry: bytes in, a manifest or its problems out."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import Any, Final

from reconciler.core.flaw import Flaw
from reconciler.core.json_text import to_json_text
from reconciler.core.manifest.contract import EACH, Contract, Kind, Steps
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import describe_beginning, find_file_kind
from reconciler.core.manifest.resource import Manifest, Range, Ref, Reference, digest_of
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import Json, Pointer, format_pointer, to_json_pointer
from reconciler.core.quote import quoted
from reconciler.core.schema import untrusted
from reconciler.core.spelling import Spell, spell_nothing
from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.core.yaml.problem import MAX_PROBLEMS, YamlProblem


def read_manifest(path: str, inside: str, data: bytes, blob: str, contract: Contract) -> Manifest | list[Diagnostic]:
    """Return the manifest in a file, or at most 100 problems, sorted.

    `path` is for display; `inside` is the path below the registry's folder, which determines kind and name.
    """
    return check_document(parse_yaml(data), path, inside, len(data), blob, contract)


def check_document(
    document: Document | list[YamlProblem], path: str, inside: str, length: int, blob: str, contract: Contract
) -> Manifest | list[Diagnostic]:
    """Return the manifest of a parsed file of `length` bytes, or at most 100 problems, sorted."""
    if not isinstance(document, Document):
        return [_complete(Diagnostic(path, *problem), inside, contract) for problem in document]
    value = document.value
    if not isinstance(value, dict):
        begin = describe_beginning(find_file_kind(inside, contract))
        message = f"a manifest is a mapping; this is {describe_value(value)}. {begin}"
        return [Diagnostic(path, *document.find_position(()), "not-a-mapping", message)]
    kind, flaws = find_kind(inside, value, contract, document.find_spelling)
    if kind is not None:
        flaws += list_flaws(kind, inside, value, length, document.find_spelling)
    if kind is None or flaws:
        return sorted({locate_flaw(path, document, flaw) for flaw in flaws})
    return make_manifest(kind, path, blob, value)


def list_flaws(kind: Kind, inside: str, value: dict[str, Any], length: int, spell: Spell) -> list[Flaw]:
    """Return at most 100 flaws of a manifest of a kind. `length` is the length of its text in bytes."""
    wrong = chain(
        check_name(kind, inside, value),
        _check_envelope(kind, value, spell),
        _check_ranges(kind, value),
        _check_embedded_schemas(kind, value, length, spell),
    )
    return [*islice(wrong, MAX_PROBLEMS)]


def _complete(problem: Diagnostic, inside: str, contract: Contract) -> Diagnostic:
    """Return the problem of an empty file with the lines to begin with."""
    if problem.rule != "empty":
        return problem
    begin = describe_beginning(find_file_kind(inside, contract))
    return problem._replace(message=f"{problem.message}. {begin}")


def add_references(manifest: Manifest, contract: Contract) -> Manifest:
    """Return the manifest with its references, read from its text."""
    kind = contract.kinds.get(manifest.ref.kind)
    return replace(manifest, references=_find_references(kind, manifest.value)) if kind else manifest


def _find_references(kind: Kind, value: dict[str, Any]) -> tuple[Reference, ...]:
    return tuple(
        Reference(pointer, Ref(target, name), _find_range(value, pointer, kind.ranges.get(steps)))
        for steps, target in kind.references.items()
        for pointer, name in find_values(value, steps)
        if isinstance(name, str)
    )


def _find_range(value: dict[str, Any], pointer: Pointer, steps: Steps | None) -> Range | None:
    """Return the range beside a reference, None without one."""
    if steps is None:
        return None
    beside: Any = value
    for step in pointer[:-1]:
        beside = beside[step]
    text = beside.get(steps[-1])
    return Range((*pointer[:-1], steps[-1]), text) if isinstance(text, str) else None


def read_outline(path: str, inside: str, data: bytes, blob: str, contract: Contract) -> Manifest | None:
    """Return the name and references of an invalid manifest, for checks of other files; None without kind or name."""
    document = parse_yaml(data)
    value = document.value if isinstance(document, Document) else None
    if not isinstance(value, dict):
        return None
    kind, _ = find_kind(inside, value, contract)
    metadata = value.get("metadata")
    is_named = isinstance(metadata, dict) and isinstance(metadata.get("name"), str)
    return make_manifest(kind, path, blob, value) if kind and kind.plural and is_named else None


def read_former_name(data: bytes) -> str | None:
    """Return `metadata.movedFrom` of a file, valid or not; None if absent."""
    # Without these letters, the key can only be spelt with a backslash escape (YAML 1.2.2, 5.7).
    if b"movedFrom" not in data and b"\\" not in data:
        return None
    document = parse_yaml(data)
    value = document.value if isinstance(document, Document) else None
    metadata = value.get("metadata") if isinstance(value, dict) else None
    name = metadata.get("movedFrom") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else None


_ABOUT_KEYS: Final = frozenset({"unknown-property", "property-name", "patch-field"})


def locate_flaw(path: str, document: Document, flaw: Flaw) -> Diagnostic:
    """Return a flaw with its line in the document: that of the key for a flaw of a key."""
    place = document.find_key_position if flaw.rule in _ABOUT_KEYS else document.find_position
    return Diagnostic(path, *place(flaw.pointer), flaw.rule, flaw.message)


def make_manifest(kind: Kind, path: str, blob: str, value: dict[str, Any]) -> Manifest:
    """Return the manifest with this content, valid or an outline, in a file."""
    metadata = value.get("metadata", {})
    # movedFrom is an instruction for one revision, not part of the stored content.
    lasting = {key: part for key, part in metadata.items() if key != "movedFrom"}
    text = to_json_text({**value, "metadata": lasting} if metadata else value)
    return Manifest(
        Ref(kind.name, metadata.get("name", "")),
        digest_of(text),
        text,
        path,
        blob,
        metadata.get("movedFrom"),
        _find_references(kind, value),
    )


def find_kind(
    inside: str, value: dict[str, Json], contract: Contract, spell: Spell = spell_nothing
) -> tuple[Kind | None, list[Flaw]]:
    """Return the kind of the file's folder; None and a problem if the manifest names another kind."""
    named = value.get("kind")
    by_folder = find_file_kind(inside, contract)
    if "kind" not in value or by_folder is None:
        return by_folder, []
    if named == by_folder.name:
        return by_folder, []
    if not isinstance(named, str) or named not in contract.kinds:
        known = sorted(contract.kinds)
        shown = spell(("kind",)) if named is not None else None
        what = f"kind is {shown or describe_value(named)}"
        if isinstance(named, str):
            what = f"there is no kind {quoted(named)}"
        message = f"{what}; {did_you_mean(str(named), known)}"
        return None, [Flaw(("kind",), "unknown-kind", message)]
    kind = contract.kinds[named]
    place = f"its file belongs into {kind.plural}/" if kind.plural else f"only {kind.file} is one"
    message = f"kind is {named}, but this is the place of {'a ' if by_folder.plural else ''}{by_folder.name}; {place}"
    return None, [Flaw(("kind",), "kind-folder", message)]


def _check_envelope(kind: Kind, value: dict[str, Json], spell: Spell) -> Iterator[Flaw]:
    if kind.validator.is_valid(value):
        return
    # Imported after a failure only: importing jsonschema takes longer than checking a thousand manifests.
    from reconciler.core.manifest.explain import explain  # noqa: PLC0415

    flaws = list(explain(kind.schema, value, spell))
    yield from flaws or [Flaw((), "schema", f"this is not what {kind.name.lower()}.schema.json describes")]


def check_name(kind: Kind, inside: str, value: dict[str, Any]) -> Iterator[Flaw]:
    """Yield a flaw if the name differs from the name of the file."""
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    stem = PurePosixPath(inside).stem
    if kind.plural is not None and isinstance(name, str) and name != stem:
        message = f"metadata.name is {quoted(name)}, but the file is called {quoted(stem)}; make them the same"
        yield Flaw(("metadata", "name"), "name-file", message)


def _check_ranges(kind: Kind, value: dict[str, Any]) -> Iterator[Flaw]:
    """Yield a flaw for each range of versions that breaks the grammar. The schema tells wrong characters."""
    ranges = [reference.range for reference in _find_references(kind, value) if reference.range] if kind.ranges else []
    if not ranges:
        return
    # Compiling its patterns takes 3 ms, and few manifests have ranges.
    from reconciler.core.manifest.version_range import SPELLING, InvalidRange, VersionRange  # noqa: PLC0415

    for allowed in ranges:
        if SPELLING.fullmatch(allowed.text):
            try:
                VersionRange.parse(allowed.text)
            except InvalidRange as error:
                message = (
                    f"{format_pointer(allowed.pointer)} is {quoted(allowed.text)}, and {error}; expected a range of"
                    " versions such as ^2.1.0, ~2.1, >=2 <3 or 1.x || 2.x"
                )
                yield Flaw(allowed.pointer, "version-range", message)


def _check_embedded_schemas(kind: Kind, value: dict[str, Json], length: int, spell: Spell) -> Iterator[Flaw]:
    """Yield the problems of a manifest's embedded JSON Schemas, and of its instances of these schemas.

    `length` is the length of the file in bytes.
    """
    compiled: dict[str, untrusted.Compiled] = {}
    for steps in kind.schemas:
        for pointer, schema in find_values(value, steps):
            if isinstance(schema, dict):
                result = untrusted.compile_schema(schema, _spell_below(pointer, spell))
                if isinstance(result, list):
                    yield from (
                        Flaw(pointer + inner, rule, f"{format_pointer(pointer)}: {text}")
                        for inner, rule, text in result
                    )
                else:
                    compiled[to_json_pointer(pointer)] = result
    examples = [
        (pointer, compiled[schema_pointer], instance, schema_pointer.replace("/", ".")[1:])
        for steps, schema_pointer in kind.instances.items()
        if schema_pointer in compiled
        for pointer, instance in find_values(value, steps)
    ]
    left = untrusted.MOST_STEPS
    is_simple = all(validator.is_simple(length) for validator in compiled.values())
    for pointer, validator, instance, against in examples:
        if not is_simple:
            left -= validator.count_steps(instance, left)
        if left < 0:
            yield Flaw(pointer, "too-complex", _describe_complexity(pointer, against))
            return
        for inner, message in validator.explain_rejections(instance, _spell_below(pointer, spell)):
            text = f"{format_pointer(pointer + inner)} is rejected by {against}: {message}"
            yield Flaw(pointer + inner, "example-rejected", text)


def _spell_below(pointer: Pointer, spell: Spell) -> Spell:
    """Return the spelling by pointers relative to the value at a pointer."""
    return lambda inner: spell(pointer + inner)


def _describe_complexity(pointer: Pointer, against: str) -> str:
    return (
        f"checking {format_pointer(pointer)} against {against} could take the examples of this file beyond "
        f"{untrusted.MOST_STEPS:,} steps, which is the most that is allowed; "
        "use fewer alternatives and references, or smaller examples"
    )


def find_values(value: Json, steps: Steps, at: Pointer = ()) -> Iterator[tuple[Pointer, Json]]:
    """Yield each value at a path through a manifest, with its pointer."""
    if not steps:
        yield at, value
        return
    step, rest = steps[0], steps[1:]
    if step != EACH:
        if isinstance(value, dict) and step in value:
            yield from find_values(value[step], rest, (*at, step))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from find_values(item, rest, (*at, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from find_values(item, rest, (*at, key))


def describe_value(value: Json) -> str:
    """Return a value as a message quotes it."""
    match value:
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case str():
            return quoted(value)
        case _:
            return to_json_text(value)
