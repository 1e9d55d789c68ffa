"""Caches the valid files of a registry in the user's state folder, with the facts for rules between files.

A file with any finding is not cached and is judged anew by each run. The cache is a file of its own for each registry:
a line with the key, the listing of the last run and digests; a line with the findings of that listing; and the valid
files as JSON. Another
contract, another code of toolreg, a foreign owner or a wrong digest make the cache count as absent. A writer replaces
the file as a whole; of two writers, the last wins. Without a place to write, no cache is kept.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import jsonschema_rs
from yaml import _yaml

from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.resource import Ref
from reconciler.core.rule import Level

_FORMAT: Final = 2
_PACKAGE: Final = Path(__file__).parent.parent
_CODE: Final = ("core", "core/manifest", "core/schema", "core/yaml", "desired", "rules", "rules/lint")
_MOST_BYTES: Final = 128 << 20
_MOST_OUTCOME: Final = 16 << 20
_MOST_HEAD: Final = 4096
_MOST_FILES: Final = 20
"""The number of registries whose verdicts are kept."""


class ValidFile(NamedTuple):
    """A valid file: its place, content and resource, and its references.

    `stamp` identifies the file in the work tree, by size, times and inode; it is empty if unknown. `version` is None if
    no range asked for it. Each of `ranges` holds kind and name of the target, and the range. `facts` are those of a
    tool for rules of lint between tools, without the path.
    """

    inside: str
    stamp: str
    blob: str
    kind: str
    name: str
    version: str | None
    targets: tuple[Ref, ...]
    ranges: tuple[tuple[str, str, str], ...]
    facts: tuple[Any, ...] | None = None

    @property
    def ref(self) -> Ref:
        """The resource."""
        return Ref(self.kind, self.name)


class CachedFindings(NamedTuple):
    """The findings of lint over a listing without problems, and a path for each ignored one."""

    findings: list[Diagnostic]
    ignored: list[str]


class Cache:
    """The verdicts of a registry. `key` covers everything but the files that a verdict depends on."""

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key
        self._head, self._outcome, self._body = _read_file(path, key)

    def recall(self, listing: str) -> CachedFindings | None:
        """Return the outcome of an earlier run over exactly this listing; None if unknown, or if files had problems."""
        if self._head.get("listing") != listing or _digest(self._outcome) != self._head.get("outcome"):
            return None
        findings, ignored = json.loads(self._outcome)
        told = [Diagnostic._make((*plain, Level(level) if level else None)) for *plain, level in findings]
        return CachedFindings(told, ignored)

    def load(self) -> list[ValidFile]:
        """Return all verdicts, none if the body is damaged."""
        if _digest(self._body) != self._head.get("body"):
            return []
        return [
            ValidFile._make((*plain, tuple(Ref(*target) for target in targets), tuple(map(tuple, ranges)), facts))
            for *plain, targets, ranges, facts in json.loads(self._body)
        ]

    def save(self, valid: Iterable[ValidFile], listing: str | None, outcome: CachedFindings) -> None:
        """Replace the file. `listing` is a listing without problems, and `outcome` its findings; None with problems."""
        body = json.dumps([*valid], separators=(",", ":")).encode()
        findings = [[*one[:5], one.graded.value if one.graded else None] for one in outcome.findings]
        told = json.dumps([findings, outcome.ignored], separators=(",", ":")).encode()
        head = {"key": self._key, "listing": listing, "outcome": _digest(told), "body": _digest(body)}
        if len(body) < _MOST_BYTES and len(told) < _MOST_OUTCOME:
            with suppress(OSError):
                _replace_file(self._path, b"\n".join((json.dumps(head).encode(), told, body)))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def open_cache(path: Path, contract: str, settings: str) -> Cache:
    """Return the cache in a file, empty if absent or not to be trusted.

    `contract` is the digest of the contract, `settings` describes the settings of all rules.
    """
    parts = [_FORMAT, contract, settings, *_describe_code()]
    return Cache(path, hashlib.sha256(json.dumps(parts).encode()).hexdigest())


def _describe_code() -> list[str]:
    """Return the files of the code that judges, with size and time: any change of the code voids all verdicts."""
    folders = [_PACKAGE / folder for folder in _CODE]
    paths = [item.path for folder in folders for item in os.scandir(folder) if item.name.endswith(".py")]
    own = (os.path.relpath(path, _PACKAGE) for path in paths)
    others = (str(jsonschema_rs.__file__), str(_yaml.__file__))
    named = [*zip(own, paths, strict=True), *((path, path) for path in others)]
    return sorted(f"{name}:{status.st_size}:{status.st_mtime_ns}" for name, path in named for status in [os.stat(path)])  # noqa: PTH116


def _read_file(path: Path, key: str) -> tuple[Mapping[str, Any], bytes, bytes]:
    """Return head, outcome and body; all are empty if the file is absent, foreign, damaged, or has another key."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(number, "rb") as file:
            _require_private(os.fstat(number), stat.S_ISREG)
            _require_private(path.parent.lstat(), stat.S_ISDIR)
            head = json.loads(file.readline(_MOST_HEAD))
            if isinstance(head, dict) and head.get("key") == key:
                return head, file.readline(_MOST_OUTCOME).removesuffix(b"\n"), file.read(_MOST_BYTES)
    except (OSError, ValueError, RecursionError):
        pass
    return {}, b"", b""


def _require_private(status: os.stat_result, is_type: Any) -> None:  # noqa: ANN401  A function of module stat.
    """Raise PermissionError for a file or folder that another user owns or can write."""
    if not is_type(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise PermissionError


def _replace_file(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _require_private(path.parent.lstat(), stat.S_ISDIR)
    scratch = path.with_name(f"{path.name}.{os.getpid()}.new")
    scratch.unlink(missing_ok=True)
    number = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    _remove_oldest(path.parent)


def _remove_oldest(folder: Path) -> None:
    """Keep the newest files, of all registries together; the rest of a killed writer is among the others."""
    files = sorted(folder.iterdir(), key=lambda path: path.lstat().st_mtime_ns, reverse=True)
    for path in files[_MOST_FILES:]:
        path.unlink(missing_ok=True)
