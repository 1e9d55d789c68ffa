"""Makes a registry repository from the files in template/, and adds missing files to one. Replaces no file."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.layout import REGISTRY_FILE, REGISTRY_FOLDER, find_file_kind
from reconciler.core.pointer import Json
from reconciler.exchange import editor_schemas
from reconciler.exchange.placing import create_file
from reconciler.render import json_document

CI: Final[Mapping[str, str]] = {
    "github": ".github/workflows/toolreg.yaml",
    "gitlab": ".gitlab-ci.yml",
    "generic": ".ci/toolreg.sh",
}
"""The file of each CI."""

_TEMPLATE: Final = Path(__file__).parent / "template"
_LONGEST: Final = 128


class FileState(StrEnum):
    """What became of a file."""

    CREATED = "created"
    EXISTS = "exists"
    LEFT_OUT = "left out"


class Placed(NamedTuple):
    """A file of a new registry, by its path from the top, and what became of the file."""

    path: str
    state: FileState


class Words(NamedTuple):
    """The words that replace those of the template."""

    name: str
    owner: str
    version: str

    def fill(self, text: str) -> str:
        """Return a text of the template with its words replaced."""
        return re.sub("@(NAME|OWNER|VERSION)@", lambda match: str(getattr(self, match[1].lower())), text)


def derive_name(folder: Path) -> str:
    """Return the name of a registry in a folder: that of the folder, as far as a name may hold it."""
    word = re.sub(r"[^a-z0-9_.-]+", "-", folder.resolve().name.lower()).strip("-_.")[:_LONGEST].strip("-_.")
    return word or REGISTRY_FOLDER


def initialize(top: Path, words: Words, wanted_ci: frozenset[str], contract: Contract) -> Iterator[Placed]:
    """Create the missing files below a folder, and yield each file.

    A registry in use gets no examples. Raises NotPlaced if a file cannot be created.
    """
    is_new = not (top / REGISTRY_FOLDER / REGISTRY_FILE).exists()
    for path, text in _list_files(words, wanted_ci, contract):
        if not is_new and _is_example(path, contract) and not (top / path).exists():
            yield Placed(path, FileState.LEFT_OUT)
        else:
            yield Placed(path, FileState.CREATED if create_file(top, path, text) else FileState.EXISTS)


def _list_files(words: Words, wanted_ci: frozenset[str], contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield path and content of each file, registry.yaml first."""
    unwanted = {CI[name] for name in CI.keys() - wanted_ci}
    first = f"{REGISTRY_FOLDER}/{REGISTRY_FILE}"
    paths = [path.relative_to(_TEMPLATE).as_posix() for path in _TEMPLATE.rglob("*") if path.is_file()]
    for path in sorted(paths, key=lambda path: (path != first, not path.startswith(REGISTRY_FOLDER), path)):
        if path not in unwanted:
            text = words.fill((_TEMPLATE / path).read_text("utf-8"))
            yield path, f"{_make_schema_line(path, contract)}{text}"
    for name, text in editor_schemas.render_schemas(contract):
        yield f"{editor_schemas.SCHEMAS_FOLDER}/{name}", text
    yield ".vscode/settings.json", f"{json_document.format_json(_make_settings(contract))}\n"


def _make_schema_line(path: str, contract: Contract) -> str:
    inside = PurePosixPath(path)
    if inside.parts[0] != REGISTRY_FOLDER or inside.suffix != ".yaml":
        return ""
    kind = find_file_kind(str(inside.relative_to(REGISTRY_FOLDER)), contract)
    return editor_schemas.make_schema_line(kind, path, REGISTRY_FOLDER) if kind else ""


def _is_example(path: str, contract: Contract) -> bool:
    """Whether a file declares a resource."""
    inside = PurePosixPath(path)
    return inside.parts[0] == REGISTRY_FOLDER and inside.parts[1] in contract.plurals


def _make_settings(contract: Contract) -> Json:
    """Return the settings of an editor that know the schema of each file, also without its first line."""
    globs: dict[str, Json] = {
        f"{editor_schemas.SCHEMAS_FOLDER}/{name}": f"{REGISTRY_FOLDER}/{kind.plural}/**/*.yaml"
        if kind.plural
        else f"{REGISTRY_FOLDER}/{kind.file}"
        for kind, (name, _) in zip(contract.kinds.values(), editor_schemas.render_schemas(contract), strict=True)
    }
    return {"yaml.schemas": globs, "files.insertFinalNewline": True, "files.trimTrailingWhitespace": True}
