"""The layout of a registry: registry.yaml, exceptions.yaml, and a folder per kind."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.definitions import resolve_schema
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.resource import Ref
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted

REGISTRY_FILE: Final = "registry.yaml"
EXCEPTIONS_FILE: Final = "exceptions.yaml"
REGISTRY_FOLDER: Final = "registry"
"""The usual folder of a registry, at the top of its repository."""
POLICY_FOLDER: Final = "policy"
"""The folder with the rules of a registry's own, in a folder per kind."""
ENVIRONMENTS_FOLDER: Final = "environments"
"""The folder with the patches of each environment, in a folder per environment, and a folder per kind in it."""

_POLICY_SUFFIX: Final = ".schema.json"
_POLICY_STEPS: Final = 3
_PATCH_STEPS: Final = 4
# As the name of a resource: the name of an environment is an argument of commands, and a value in the database.
_ENVIRONMENT: Final = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,61}[a-z0-9])?")
# In bytes: short enough for an index of PostgreSQL.
_LONGEST_PATH: Final = 1024
# Copies, locks and drafts of Emacs, of vim and its relatives, of patch and merges, of JetBrains, of the desktop.
_EDITORS: Final = re.compile(
    r".*~|\.#.*|#.*#|\..*\.sw[a-z]|4913|.*\.(orig|rej|bak)|.*___jb_(tmp|old|bak)___|\.DS_Store|Thumbs\.db|desktop\.ini",
    re.DOTALL,
)
# Documents, and the owners of a folder, by file names known to forges.
_DOCUMENT: Final = re.compile(
    r".+\.(md|markdown|rst|adoc|txt)|(README|OWNERS|OWNERS_ALIASES|CODEOWNERS|MAINTAINERS|LICENSE|NOTICE|CHANGELOG)",
    re.IGNORECASE | re.DOTALL,
)
# A name such as tool.yaml.txt is a misnamed manifest, and its author needs a problem to see.
_LIKE_A_MANIFEST: Final = re.compile(r"\.(ya?ml|json)(\.|$)", re.IGNORECASE)


class FileType(StrEnum):
    """The type of an entry of a tree."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    OTHER = "special file"


FileKey = tuple[str, str]
"""The folder of a kind, and the stem of a file in it: the same for a manifest and its patches."""


class Entry(NamedTuple):
    """A file below the registry's folder.

    `inside` is the path below that folder, `path` the path from the top of the repository. `blob` is the id of the
    content as a git object, in git or not; None if the content has not been read yet.
    """

    path: str
    inside: str
    type: FileType = FileType.FILE
    blob: str | None = None


def parse_plural(inside: str) -> str | None:
    """Return the folder that determines the kind of a file; None for a file outside of folders."""
    folder, separator, _ = inside.partition("/")
    return folder if separator else None


def find_file_kind(inside: str, contract: Contract) -> Kind | None:
    """Return the kind of the manifest at a path below the registry's folder; None if the folder is none of a kind."""
    plural = parse_plural(inside)
    return contract.by_plural(plural) if plural else contract.by_file(inside)


def describe_beginning(kind: Kind | None) -> str:
    """Return advice on the first lines of a manifest, for the kind of its folder."""
    if kind is None:
        return "Start with apiVersion, kind, metadata and spec"
    version = resolve_schema(kind.schema, kind.schema["properties"]["apiVersion"])["const"]
    rest = " and ".join(name for name in ("metadata", "spec") if name in kind.schema["properties"])
    first = f"Start with apiVersion: {version}, kind: {kind.name}, {rest}"
    if kind.plural is None and kind.file != REGISTRY_FILE:
        return first
    command = f"toolreg new {kind.name.lower()} NAME" if kind.plural else "toolreg init"
    return f"{first}; or remove the file, and {command} writes it"


def parse_ref(inside: str, contract: Contract) -> Ref | None:
    """Return the resource of a file, from the path below the registry's folder; None if the file is no manifest."""
    folder, _, rest = inside.partition("/")
    kind = contract.by_plural(folder)
    if kind is None or not rest.endswith(".yaml"):
        return None
    name = rest.rpartition("/")[2].removesuffix(".yaml")
    return Ref(kind.name, name) if name else None


def parse_file_key(inside: str) -> FileKey:
    """Return the place of a manifest, from the path below the registry's folder."""
    folder, _, rest = inside.partition("/")
    return folder, rest.rpartition("/")[2].removesuffix(".yaml")


def split_environment(inside: str) -> tuple[str, str] | None:
    """Return the environment of a patch, and the path below its folder; None for a file of no environment."""
    if not inside.startswith(f"{ENVIRONMENTS_FOLDER}/"):
        return None
    environment, separator, rest = inside[len(ENVIRONMENTS_FOLDER) + 1 :].partition("/")
    return (environment, rest) if separator else None


def is_environment(name: str) -> bool:
    """Whether a folder of environments/ has the name of an environment."""
    return bool(_ENVIRONMENT.fullmatch(name))


def is_patch(entry: Entry, contract: Contract) -> bool:
    """Whether to read a file as the patch of an environment."""
    is_there = split_environment(entry.inside) is not None
    return is_there and _find_misplacement(entry, contract) is None and not is_ignored(entry)


def is_manifest(entry: Entry, contract: Contract) -> bool:
    """Whether to read a file as a manifest."""
    return (
        not entry.inside.startswith((f"{POLICY_FOLDER}/", f"{ENVIRONMENTS_FOLDER}/"))
        and _find_misplacement(entry, contract) is None
        and not is_ignored(entry)
    )


def is_policy(entry: Entry, contract: Contract) -> bool:
    """Whether to read a file as a rule of the registry."""
    is_there = entry.inside.startswith(f"{POLICY_FOLDER}/") and entry.inside.endswith(_POLICY_SUFFIX)
    return is_there and not is_ignored(entry) and _find_misplacement(entry, contract) is None


def is_ignored(entry: Entry) -> bool:
    """Whether to ignore a file: a side file of an editor or of git, or a document."""
    name = entry.inside.rpartition("/")[2]
    # Most files: three patterns need not be matched.
    if name.endswith(".yaml") and name[0] != ".":
        return False
    if _check_path(entry.path) is not None:
        return False
    # Emacs locks a file with a dangling symbolic link.
    return bool(_EDITORS.fullmatch(name)) or (entry.type is FileType.FILE and _is_aside(name))


def _is_aside(name: str) -> bool:
    """Whether a name belongs to a hidden file or a document, and not to a misnamed manifest."""
    if name.startswith("."):
        return not name.endswith((".yaml", ".yml"))
    return bool(_DOCUMENT.fullmatch(name)) and not _LIKE_A_MANIFEST.search(name)


def find_misplaced(entries: Iterable[Entry], contract: Contract) -> Iterator[Diagnostic]:
    """Yield a problem for each file in a place without manifests, or with an unfit name or type."""
    for entry in entries:
        problem = _find_misplacement(entry, contract)
        if problem and not is_ignored(entry):
            yield Diagnostic(entry.path, 1, 1, *problem)


def _find_misplacement(entry: Entry, contract: Contract) -> tuple[str, str] | None:
    match entry.type:
        case FileType.FILE:
            return _check_path(entry.path) or _check_place(entry.inside, contract)
        case FileType.SYMLINK:
            return "symlink", "this is a symbolic link, which is not followed; put the file itself here"
        case FileType.SUBMODULE:
            return "submodule", "this is a git submodule, which is not read; put the manifests themselves here"
        case FileType.OTHER:
            return "not-a-file", "this is a special file; a registry holds regular files only"


def _check_path(path: str) -> tuple[str, str] | None:
    if path.isascii() and len(path) <= _LONGEST_PATH:
        return None
    # os.fsdecode turns bytes outside UTF-8 into surrogates.
    if any("\ud800" <= character <= "\udfff" for character in path):
        return "file-name", "the name of this file, or of a folder above it, is not UTF-8; rename it"
    if len(path.encode()) > _LONGEST_PATH:
        return "file-name", f"the path is {len(path.encode()):,} bytes long; expected at most {_LONGEST_PATH:,}"
    return None


def _check_place(inside: str, contract: Contract) -> tuple[str, str] | None:
    plural = parse_plural(inside)
    if plural is None:
        if contract.by_file(inside):
            return None
        files = " and ".join(sorted(contract.single_files, reverse=True))
        verb = "stands" if len(contract.single_files) == 1 else "stand"
        return "not-a-manifest", f"only {files} {verb} here; a resource belongs into {_list_folders(contract)}"
    if plural == POLICY_FOLDER:
        return _check_policy_place(inside, contract)
    if plural == ENVIRONMENTS_FOLDER:
        return _check_patch_place(inside, contract)
    if plural not in contract.plurals:
        hint = did_you_mean(plural, contract.plurals)
        return "unknown-folder", f"no kind of resource stands in {quoted(plural)}; {hint}"
    if inside.endswith(".yml"):
        return "not-a-manifest", "a manifest ends in .yaml; rename the file"
    if not inside.endswith(".yaml"):
        return "not-a-manifest", "this is not a manifest (<name>.yaml); move it out of the registry"
    return None


def _check_policy_place(inside: str, contract: Contract) -> tuple[str, str] | None:
    kinds = sorted(kind.name.lower() for kind in contract.kinds.values())
    steps = inside.split("/")
    if len(steps) != _POLICY_STEPS or not inside.endswith(_POLICY_SUFFIX):
        place = f"{POLICY_FOLDER}/{kinds[-1]}/<name>{_POLICY_SUFFIX}"
        return "not-a-manifest", f"this is no rule of the registry; expected {place}"
    if steps[1] not in kinds:
        return "unknown-folder", f"there is no kind {quoted(steps[1])}; {did_you_mean(steps[1], kinds)}"
    return None


def _check_patch_place(inside: str, contract: Contract) -> tuple[str, str] | None:
    steps = inside.split("/")
    if len(steps) < _PATCH_STEPS:
        place = f"{ENVIRONMENTS_FOLDER}/<environment>/<folder of a kind>/<name>.yaml"
        return "not-a-manifest", f"this is no patch of an environment; expected {place}"
    if not is_environment(steps[1]):
        what = "up to 63 lower-case letters, digits, '_', '.' and '-', a letter or digit first and last"
        return "unknown-folder", f"{quoted(steps[1])} is no name of an environment; expected {what}"
    below = "/".join(steps[2:])
    if steps[2] not in contract.plurals:
        return "unknown-folder", f"no kind of resource stands in {quoted(steps[2])}; " + did_you_mean(
            steps[2], contract.plurals
        )
    return _check_place(below, contract)


def _list_folders(contract: Contract) -> str:
    return ", ".join(f"{plural}/" for plural in contract.plurals)
