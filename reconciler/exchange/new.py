"""Composes the manifest of a new resource, and checks that it is valid."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from reconciler.core.errors import ToolregError
from reconciler.core.manifest import check
from reconciler.core.manifest.beginning import begin
from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.definitions import resolve_schema
from reconciler.core.manifest.layout import Entry, parse_ref
from reconciler.core.manifest.resource import Ref
from reconciler.core.quote import quoted
from reconciler.desired.source import Source
from reconciler.exchange.editor_schemas import make_schema_line
from reconciler.render import yaml

_MOST_TOLD: Final = 5


class NotNew(ToolregError):
    """The resource exists already, or its manifest would not be valid."""


class New(NamedTuple):
    """A manifest to be written at a path from the top of the repository."""

    path: str
    text: str


def compose(
    source: Source, kind: Kind, folder: str, metadata: Mapping[str, Any], spec: Mapping[str, Any], contract: Contract
) -> New:
    """Return the manifest of a new resource, in a folder below the registry's.

    Raises NotNew for a known name or an invalid manifest, ReferenceNeeded for a missing reference.
    """
    name = str(metadata["name"])
    _require_new(source.list_entries(), Ref(kind.name, name), contract)
    described = {"description": f"TODO: say what {name} is for; a model reads this text."} | dict(metadata)
    value = begin(kind, described, spec)
    inside = f"{folder}/{name}.yaml"
    path = f"{source.folder}/{inside}" if source.folder else inside
    text = f"{make_schema_line(kind, path, source.folder)}{_add_comments(yaml.render_yaml(value), kind, spec)}"
    result = check.read_manifest(path, inside, text.encode("utf-8", "surrogatepass"), "", contract)
    if isinstance(result, list):
        why = "; ".join(problem.message for problem in result[:_MOST_TOLD])
        raise NotNew(f"nothing was written, since the manifest would not be valid: {why}")
    return New(path, text)


def _require_new(entries: Iterable[Entry], ref: Ref, contract: Contract) -> None:
    for entry in entries:
        known = parse_ref(entry.inside, contract)
        if known and (known.kind, known.name.lower()) == (ref.kind, ref.name.lower()):
            raise NotNew(f"{quoted(entry.path, 200)} declares {ref} already; choose another name, or edit this file")


def _add_comments(text: str, kind: Kind, given: Mapping[str, Any]) -> str:
    """Return the text with the description of each field of spec that was filled in, and the names of the others."""
    fields = resolve_schema(kind.schema, kind.schema["properties"]["spec"]).get("properties", {})
    head, _, spec = text.partition("\nspec:\n")
    lines: list[str] = []
    shown: list[str] = []
    for line in spec.splitlines():
        name = line[2:].partition(":")[0] if line[:2] == "  " and line[2:3] not in (" ", "-") else ""
        shown += [name] if name in fields else []
        if name in fields and name not in given:
            lines.append(f"  # {resolve_schema(kind.schema, fields[name]).get('description', '')}".rstrip())
        lines.append(line)
    others = [name for name in fields if name not in shown]
    if others:
        lines.append(f"  # Also: {', '.join(others)}. See: toolreg explain {kind.name.lower()}.spec")
    return "\n".join([f"{head}\nspec:", *lines]) + "\n"
