"""Places the schemas of all kinds beside a registry, where the first line of a manifest points for editors."""

import json
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.core.manifest.bundle import BASE, bundle_schema, name_schema_file
from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.layout import ENVIRONMENTS_FOLDER
from reconciler.core.manifest.patch_schema import make_patch_schema, name_patch_schema_file
from reconciler.core.quote import quoted
from reconciler.core.yaml.text import MAX_BYTES
from reconciler.exchange.placing import create_file
from reconciler.exchange.rewriting import replace_file
from reconciler.render import json_document

SCHEMAS_FOLDER: Final = "schemas"
"""The folder of the schemas, beside the folder of the registry."""


def make_schema_line(kind: Kind, path: str, registry: str) -> str:
    """Return the first line of the manifest at `path`, which names its schema to editors.

    Both paths start at the top of the repository. A registry at the top has no folder beside it: the line is empty.
    """
    if not registry:
        return ""
    schema = PurePosixPath(registry).parent / SCHEMAS_FOLDER / name_schema_file(kind)
    relative = os.path.relpath(schema, PurePosixPath(path).parent)
    return f"# yaml-language-server: $schema={PurePosixPath(relative)}\n"


def render_schemas(contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield the name and content of the file of each kind."""
    for kind in contract.kinds.values():
        yield name_schema_file(kind), f"{json_document.format_json(bundle_schema(kind))}\n"


def _render_patch_schemas(contract: Contract) -> Iterator[tuple[str, str]]:
    for kind in contract.kinds.values():
        if kind.environmental:
            yield name_patch_schema_file(kind), f"{json_document.format_json(make_patch_schema(kind))}\n"


def write_schemas(registry: Path, contract: Contract) -> Iterator[tuple[Path, str]]:
    """Write the schemas beside a registry's folder, and yield each path with `created`, `updated` or `current`.

    The schemas of patches are written beside a registry with environments. Raises ToolregError for a file that toolreg
    did not write.
    """
    folder = registry.resolve().parent / SCHEMAS_FOLDER
    patches = _render_patch_schemas(contract) if (registry / ENVIRONMENTS_FOLDER).is_dir() else ()
    for name, text in (*render_schemas(contract), *patches):
        path = folder / name
        if create_file(folder.parent, f"{SCHEMAS_FOLDER}/{name}", text):
            yield path, "created"
        elif (before := _read_own(path)) == text.encode():
            yield path, "current"
        else:
            replace_file(path, before, text.encode())
            yield path, "updated"


def _read_own(path: Path) -> bytes:
    """Return the content of a schema written by toolreg."""
    try:
        data = path.read_bytes()[: MAX_BYTES + 1]
        is_own = str(json.loads(data).get("$id", "")).startswith(BASE)
    except (OSError, ValueError, AttributeError, RecursionError):
        is_own = False
    if not is_own:
        raise ToolregError(f"{quoted(str(path), 200)} was not written by toolreg, and is left; move or remove it")
    return data
