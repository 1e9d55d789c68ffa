"""Writes a row changed by hand into its manifest file, so that the change can go through a pull request."""

import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import NamedTuple

from reconciler.core.json_text import parse_json_text
from reconciler.core.manifest import check
from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import Entry, FileType, parse_ref
from reconciler.core.manifest.resource import Ref
from reconciler.core.pointer import Json
from reconciler.core.quote import quoted
from reconciler.core.state.drift import Drifted, DriftKind
from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.database.connection import Connection
from reconciler.desired.source import Source
from reconciler.exchange.adopt import NotAdopted, read_row_value
from reconciler.formatting.revising import are_same, revise
from reconciler.observed import resources, stored
from reconciler.observed.history import find_applied, read_texts_at


class Overwriting(NamedTuple):
    """The new content of the manifest file of a row. `path` starts at the top of the repository.

    `before` is the present content. `problems` say why the manifest is invalid. `lost` are comments of deleted values.
    """

    ref: Ref
    path: str
    before: bytes
    text: str
    problems: tuple[Diagnostic, ...]
    lost: Sequence[str] = ()


def prepare_overwriting(conn: Connection, kind: Kind, name: str, source: Source, contract: Contract) -> Overwriting:
    """Return the file of a row that was changed by hand, with the content of the row.

    Raises NotAdopted if the row is as it was applied, or if the file has other changes, which would be lost.
    """
    row = _find_changed(conn, kind, name)
    value = read_row_value(conn, row)
    entry = _find_file(source, row.ref, contract)
    _require_committed(source, entry)
    (_, data), *_ = source.read([entry])
    present = _read_present(conn, row, entry, data)
    if are_same(present, value):
        raise NotAdopted(f"{quoted(entry.path)} has the values of the row already, which differs in the order of keys")
    revised = revise(data.decode(), present, value)
    if revised is None:
        raise NotAdopted(
            f"the row cannot be written into {quoted(entry.path)} as it stands; edit the file by hand:"
            f" toolreg get {row.ref} -o yaml shows the row, toolreg drift the difference"
        )
    result = check.read_manifest(entry.path, entry.inside, revised.text.encode(), "", contract)
    problems = tuple(result) if isinstance(result, list) else ()
    return Overwriting(row.ref, entry.path, data, revised.text, problems, revised.lost)


def _find_changed(conn: Connection, kind: Kind, name: str) -> Drifted:
    for ref, row in stored.read_whole_drift(conn).found.items():
        if (ref.kind, ref.name.lower()) != (kind.name, name):
            continue
        if row.way is DriftKind.UNMANAGED:
            raise NotAdopted(f"{ref} is only in the database, and has no file to overwrite: toolreg adopt {ref}")
        if row.way is DriftKind.MISSING:
            raise NotAdopted(f"the row of {ref} was removed by hand; to keep that, remove the file of {ref}: git rm")
        return row
    known = resources.find_resource(conn, kind, name)
    raise NotAdopted(f"the row of {kind.name}/{name} is as it was applied from {known.path}; nothing is to be written")


def _find_file(source: Source, ref: Ref, contract: Contract) -> Entry:
    for entry in source.list_entries():
        if entry.type is FileType.FILE and parse_ref(entry.inside, contract) == ref:
            return entry
    raise NotAdopted(f"no file here declares {ref}; check out the branch that is applied, and try again")


def _require_committed(source: Source, entry: Entry) -> None:
    if source.repository is None:
        raise NotAdopted(f"{quoted(entry.path)} is in no git repository, which would keep its present content")
    if entry.path in source.repository.list_changes(source.folder).changed:
        raise NotAdopted(
            f"{quoted(entry.path)} has changes that are not committed, and would be lost;"
            " git commit or git stash them, or drop them with git restore, and try again"
        )


def _read_present(conn: Connection, row: Drifted, entry: Entry, data: bytes) -> Json:
    """Return the value of a file. Raises NotAdopted unless it is the applied one: later commits would be undone."""
    document = parse_yaml(data)
    texts = read_texts_at(conn, row.revision, [row.id]) if row.revision is not None else {}
    if not isinstance(document, Document) or row.id not in texts:
        raise NotAdopted(f"{quoted(entry.path)} is not as it was applied; toolreg validate and toolreg plan tell more")
    if not are_same(document.value, parse_json_text(texts[row.id])):
        applied = find_applied(conn, row.revision) if row.revision else None
        head = stored.read_head(conn, applied.registry if applied else None)
        commit = head.base_commit[:12] if head and head.base_commit else "COMMIT"
        raise NotAdopted(
            f"{quoted(entry.path)} is not as it was applied, and its other changes would be undone. Write the row into"
            f" the applied file, and merge: git switch -c hotfix {commit}, and try again"
        )
    return document.value


def write_overwriting(file: Overwriting, top: os.PathLike[str]) -> None:
    """Replace the file atomically; symbolic links are not followed. Raises NotAdopted if the file changed meanwhile."""
    path = PurePosixPath(file.path)
    try:
        folder = _open_folder(top, path.parent.parts)
        try:
            _replace(folder, path.name, file)
        finally:
            os.close(folder)
    except OSError as error:
        raise NotAdopted(f"{quoted(file.path)} cannot be written: {error.strerror}") from error


def _open_folder(top: os.PathLike[str], parts: Sequence[str]) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    folder = os.open(top, flags)
    for part in parts:
        try:
            inner = os.open(part, flags | os.O_NOFOLLOW, dir_fd=folder)
        finally:
            os.close(folder)
        folder = inner
    return folder


def _replace(folder: int, name: str, file: Overwriting) -> None:
    present = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with os.fdopen(present, "rb") as stream:
        mode = stat.S_IMODE(os.fstat(present).st_mode)
        if stream.read(len(file.before) + 1) != file.before:
            raise NotAdopted(f"{quoted(file.path)} was changed meanwhile; try again")
    temporary = f".toolreg-{secrets.token_hex(8)}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, mode, dir_fd=folder), "wb") as stream:
            stream.write(file.text.encode())
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
