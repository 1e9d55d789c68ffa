"""The source of the desired state: the files below a registry's folder, wherever they lie."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from reconciler.core.errors import ToolregError
from reconciler.core.manifest.layout import Entry, FileKey, FileType
from reconciler.core.plan.origin import Origin
from reconciler.core.yaml.text import MAX_BYTES
from reconciler.desired.git.repository import Repository

if TYPE_CHECKING:
    from reconciler.desired.passage import Passage, Untold

NO_PATCHES: Final[Mapping[FileKey, Entry]] = MappingProxyType({})

# Below this number, each file is looked up by itself; above, all files are listed once.
_FEW: Final = 50


class Unreadable(ToolregError):
    """A file or a folder cannot be read."""


class Delta(NamedTuple):
    """The files that may differ from an earlier state, and the paths of removed files."""

    entries: tuple[Entry, ...]
    gone: frozenset[str]

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all changed and removed files."""
        return self.gone | {entry.path for entry in self.entries}


class Source(Origin, Protocol):
    """The files below a registry's folder, at a commit or in the work tree."""

    @property
    def top(self) -> Path:
        """The folder at which paths start: the top of the repository, or the parent of the registry's folder."""

    @property
    def repository(self) -> Repository | None:
        """The repository of the files; None outside git."""

    @property
    def patches(self) -> Mapping[FileKey, Entry]:
        """The patches of the environment, by the places of their manifests."""

    def has_moved(self) -> bool:
        """Whether the requested source names another commit by now."""

    def list_entries(self, below: str = "") -> list[Entry]:
        """Return all files, or those below a folder of the registry, sorted by path."""

    def find_passage(self, commit: str | None) -> "Passage | Untold | None":
        """Return the way from another commit, or from the beginning, to this source; None without a commit."""

    def find_changes_since(self, commit: str) -> Delta | None:
        """Return the difference from an earlier commit, or None if unknown."""

    def find_entry(self, inside: str) -> Entry | None:
        """Return a file, or None if absent."""

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the blob id and the content of each of these regular files."""

    def read_elsewhere(self, path: str) -> bytes:
        """Return any regular file, by its path from the top. Raises Unreadable if absent or larger than 1 MiB."""


def require_file(where: str, file_type: FileType | None) -> None:
    """Raise Unreadable for anything but a regular file."""
    if file_type is not FileType.FILE:
        raise Unreadable(f"there is no regular file {where}")


def require_bounded(where: str, data: bytes | None) -> bytes:
    """Return the content of a file; None stands for a larger one. Raises Unreadable."""
    if data is None:
        raise Unreadable(f"{where} is larger than {MAX_BYTES >> 20} MiB")
    return data


def join_folder(folder: str, inside: str) -> str:
    """Return the path of a file below the registry's folder."""
    return f"{folder}/{inside}" if folder else inside


def entries_at(source: Source, paths: AbstractSet[str]) -> list[Entry]:
    """Return the files at these paths, sorted by path; absent files are left out."""
    if len(paths) > _FEW:
        return [entry for entry in source.list_entries() if entry.path in paths]
    entries = (source.find_entry(strip_folder(source.folder, path)) for path in sorted(paths))
    return [entry for entry in entries if entry is not None]


def strip_folder(folder: str, path: str) -> str:
    """Return the part of a path below the registry's folder."""
    return path[len(folder) + 1 :] if folder else path
