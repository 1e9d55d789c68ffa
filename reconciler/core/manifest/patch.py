"""Applies the patch of an environment to a manifest, and finds the flaws of the patch.

The manifest itself is valid: each flaw of the patched manifest comes from the patch, and is located there.
"""

from collections.abc import Iterator
from itertools import islice

from reconciler.core.flaw import Flaw
from reconciler.core.json_text import to_json_text
from reconciler.core.manifest.check import (
    check_name,
    describe_value,
    find_kind,
    list_flaws,
    locate_flaw,
    make_manifest,
)
from reconciler.core.manifest.contract import EACH, Contract, Kind, Steps
from reconciler.core.manifest.definitions import resolve_schema
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.merge_patch import apply_members, list_leaves
from reconciler.core.manifest.resource import Manifest
from reconciler.core.pointer import Json, Pointer, format_pointer
from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.core.yaml.problem import MAX_PROBLEMS

_ENVELOPE = frozenset({("apiVersion",), ("kind",), ("metadata", "name")})


def apply_patch(
    manifest: Manifest, declared: Document, path: str, below: str, data: bytes, length: int, contract: Contract
) -> Manifest | list[Diagnostic]:
    """Return a valid manifest with a patch applied, or at most 100 problems of the patch, sorted.

    `declared` is the document of the manifest and `length` its length in bytes; `path` and `below` are the paths of the
    patch, from the top of the repository and from the folder of its environment, and `data` is its content.
    """
    patch = parse_yaml(data)
    problems = _check_alone(patch, path, below, contract)
    kind, value = contract.kinds[manifest.ref.kind], declared.value
    if not isinstance(patch, Document) or not isinstance(patch.value, dict) or not isinstance(value, dict):
        return problems
    patched = apply_members(value, _strip_envelope(patch.value))
    if not problems and to_json_text(patched) == to_json_text(value):
        message = f"this patch changes nothing: {manifest.path or manifest.ref} says the same; remove it"
        return [locate_flaw(path, patch, Flaw(("spec",), "patch-without-effect", message))]
    flaws = list_flaws(kind, below, patched, length + len(data), patch.find_spelling)
    if problems or flaws:
        return sorted({*problems, *(locate_flaw(path, patch, flaw) for flaw in flaws)})[:MAX_PROBLEMS]
    return make_manifest(kind, manifest.path or "", manifest.blob or "", patched)


def check_patch(path: str, below: str, data: bytes, contract: Contract) -> list[Diagnostic]:
    """Return the problems of a patch whose manifest is invalid or missing, sorted."""
    return _check_alone(parse_yaml(data), path, below, contract)


def _check_alone(patch: object, path: str, below: str, contract: Contract) -> list[Diagnostic]:
    if not isinstance(patch, Document):
        return [Diagnostic(path, *problem) for problem in patch] if isinstance(patch, list) else []
    value = patch.value
    if not isinstance(value, dict):
        message = f"a patch is a mapping; this is {describe_value(value)}. Start with apiVersion, kind, metadata, spec"
        return [Diagnostic(path, *patch.find_position(()), "not-a-mapping", message)]
    kind, flaws = find_kind(below, value, contract, patch.find_spelling)
    if kind is not None:
        flaws += islice(_find_flaws(kind, below, value), MAX_PROBLEMS)
    return sorted({locate_flaw(path, patch, flaw) for flaw in flaws})


def _find_flaws(kind: Kind, below: str, value: dict[str, Json]) -> Iterator[Flaw]:
    yield from _check_envelope(kind, value)
    yield from check_name(kind, below, value)
    for pointer in list_leaves(value):
        # An empty patch has no effect, and a message of its own.
        is_empty = pointer == () or (pointer == ("spec",) and value["spec"] == {})
        if not is_empty and pointer not in _ENVELOPE and not _is_environmental(kind, pointer):
            yield Flaw(pointer, "patch-field", _describe_foreign(kind, pointer))


def _check_envelope(kind: Kind, value: dict[str, Json]) -> Iterator[Flaw]:
    version = resolve_schema(kind.schema, kind.schema["properties"]["apiVersion"])["const"]
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    begin = f"a patch starts with apiVersion: {version}, kind: {kind.name} and metadata.name, as its manifest does"
    if value.get("apiVersion") != version or "kind" not in value or not isinstance(name, str):
        at = next((key for key in ("apiVersion", "kind", "metadata") if key in value), None)
        at = "apiVersion" if value.get("apiVersion") != version and "apiVersion" in value else at
        yield Flaw((at,) if at else (), "patch-envelope", begin)
    if "spec" not in value:
        yield Flaw((), "patch-without-effect", "this patch has no spec, so it changes nothing; remove it")


def _strip_envelope(value: dict[str, Json]) -> dict[str, Json]:
    """Return the part of a patch that differs from its manifest: the envelope repeats it."""
    return {"spec": value["spec"]} if "spec" in value else {}


def _is_environmental(kind: Kind, pointer: Pointer) -> bool:
    return any(_is_below(pointer, steps) for steps in kind.environmental)


def _is_below(pointer: Pointer, steps: Steps) -> bool:
    return len(pointer) >= len(steps) and all(step in (EACH, part) for step, part in zip(steps, pointer, strict=False))


def _describe_foreign(kind: Kind, pointer: Pointer) -> str:
    fields = sorted({format_pointer(steps) for steps in kind.environmental})
    listed = f"only {', '.join(fields)} of a {kind.name} may differ"
    known = listed if fields else f"nothing of a {kind.name} may differ"
    fact = f"{format_pointer(pointer)} is the same in every environment: {known}"
    return f"{fact}; change the manifest itself, or remove this"
