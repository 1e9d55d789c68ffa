"""Writes the manifest file of a row inserted by hand, for git."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reconciler.core.errors import ToolregError
from reconciler.core.json_text import parse_json_text
from reconciler.core.manifest import check
from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import REGISTRY_FILE
from reconciler.core.manifest.resource import Ref
from reconciler.core.pointer import Json
from reconciler.core.quote import quoted
from reconciler.core.state.drift import Drifted
from reconciler.database.connection import Connection
from reconciler.desired.source import Source
from reconciler.observed import resources, stored
from reconciler.render import yaml
from reconciler.rules.validation import make_missing_registry


class NotAdopted(ToolregError):
    """The file of this resource cannot be written."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """The manifest file of a row. `path` starts at the top of the repository.

    `problems` say why the manifest is invalid; empty for a valid manifest.
    """

    ref: Ref
    path: str
    text: str
    problems: tuple[Diagnostic, ...]


def prepare_adoption(conn: Connection, kind: Kind, name: str, source: Source, contract: Contract) -> Adoption:
    """Return the file of an unmanaged row.

    Raises NotAdopted if the row is owned or declared already, has a name unlike its identity or holds no manifest, or
    if the source has no registry.yaml; NotThereError if the row does not exist.
    """
    if source.find_entry(REGISTRY_FILE) is None:
        problem = make_missing_registry(source)
        raise NotAdopted(f"{problem.path}: {problem.message}")
    row = _find_unmanaged(conn, kind, name)
    value = read_row_value(conn, row)
    if isinstance(value, dict) and isinstance(metadata := value.get("metadata"), dict):
        # movedFrom requests a rename, and this row was never applied.
        metadata.pop("movedFrom", None)
    inside = f"{kind.plural}/{row.ref.name}.yaml"
    _require_new(source, kind, row.ref)
    path = f"{source.folder}/{inside}" if source.folder else inside
    text = f"{_make_schema_line(source, kind, contract)}{yaml.render_yaml(value)}"
    result = check.read_manifest(path, inside, text.encode("utf-8", "surrogatepass"), "", contract)
    return Adoption(row.ref, path, text, tuple(result) if isinstance(result, list) else ())


def write_adopted(adopted: Adoption, folder: Path) -> None:
    """Write a new file to the folder of its kind, below the registry's folder. Symbolic links are not followed there.

    Raises NotAdopted if the file exists or cannot be written.
    """
    name = PurePosixPath(adopted.path)
    try:
        _create_file(folder, name.parent.name, name.name, adopted.text)
    except FileExistsError as error:
        raise NotAdopted(f"{quoted(adopted.path)} is already there; nothing was written") from error
    except OSError as error:
        raise NotAdopted(f"{quoted(adopted.path)} cannot be written: {error.strerror}") from error


def _create_file(folder: Path, plural: str, name: str, text: str) -> None:
    above = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(FileExistsError):
            os.mkdir(plural, dir_fd=above)
        inside = os.open(plural, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
    finally:
        os.close(above)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(name, flags, 0o666, dir_fd=inside)
        try:
            with os.fdopen(file, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
        except BaseException:
            # Half a manifest is worse than no manifest.
            os.unlink(name, dir_fd=inside)
            raise
    finally:
        os.close(inside)


def _find_unmanaged(conn: Connection, kind: Kind, name: str) -> Drifted:
    drift = stored.read_drift(conn)
    for ref in sorted(drift.unmanaged):
        if (ref.kind, ref.name.lower()) == (kind.name, name):
            return drift.found[ref]
    known = drift.found.get(Ref(kind.name, name))
    # Raises NotThereError for a missing row, with the fate of the resource.
    path = known.applied.path if known and known.applied else resources.find_resource(conn, kind, name).path
    raise NotAdopted(f"{kind.name}/{name} is owned already: {path} declares it")


def read_row_value(conn: Connection, row: Drifted) -> Json:
    """Return the manifest of a row. Raises NotAdopted for a row with another name, or without a manifest."""
    if row.is_absent:
        raise NotAdopted(
            f"the row of {row.ref} is called {quoted(row.called or '')}, but its identity is {row.ref};"
            " make them the same, in registry.entities or in the manifest"
        )
    try:
        return parse_json_text(stored.read_texts_of(conn, [row.id])[row.id])
    except ValueError:
        raise NotAdopted(
            f"the row of {row.ref} holds no manifest: it is nested too deeply, or has a number that is too large"
        ) from None


def _require_new(source: Source, kind: Kind, ref: Ref) -> None:
    for entry in source.list_entries():
        place = PurePosixPath(entry.inside)
        is_alike = place.suffix in (".yaml", ".yml") and place.stem.lower() == ref.name.lower()
        if is_alike and place.parts[0] == kind.plural and len(place.parts) > 1:
            raise NotAdopted(f"{quoted(entry.path)} declares {ref} already; commit and apply it, and the row is owned")


def _make_schema_line(source: Source, kind: Kind, contract: Contract) -> str:
    """Return a comment that names the schema to editors, empty without a schema beside the registry's folder."""
    name = f"{kind.name.lower()}.schema.json"
    beside = source.top / PurePosixPath(source.folder).parent / "schemas" / name
    is_there = bool(source.folder) and name in contract.files and beside.is_file()
    return f"# yaml-language-server: $schema=../../schemas/{name}\n" if is_there else ""
