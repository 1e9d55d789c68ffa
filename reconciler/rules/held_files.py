"""Holds the files of a registry in memory, each with the results of its last reading.

A change reads the changed files alone, or all of them after a change of the settings that judge each file.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Final, NamedTuple, TypeVar

from reconciler.core.manifest.consistency import versions_of
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.inspected import Inspected, ToolFacts
from reconciler.core.manifest.layout import (
    EXCEPTIONS_FILE,
    POLICY_FOLDER,
    REGISTRY_FILE,
    Entry,
    FileType,
    is_ignored,
    parse_ref,
)
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.desired.held_worktree import HeldWorktree
from reconciler.desired.load import Inspect, Loaded, Progress, load_manifests
from reconciler.desired.source import join_folder
from reconciler.desired.worktree_files import Worktree
from reconciler.rules.lint.file import inspect_file, warm_up
from reconciler.rules.lint.settings import Settings, read_settings
from reconciler.rules.validation import read_outlines

_Item = TypeVar("_Item")

_FEW: Final = 20
"""The number of changed paths up to which git is asked about each new one; above, all files are listed again."""
_WORTH_WARMING: Final = 200

_Stamped = tuple[Entry, str]
"""A file, and a stamp that changes with its content; empty if unknown."""


class HeldFile(NamedTuple):
    """A file with the results of its last reading. `outline` is that of an invalid manifest."""

    entry: Entry
    stamp: str
    ref: Ref | None
    is_aside: bool
    manifest: Manifest | None = None
    outline: Manifest | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    inspected: tuple[Inspected, ...] = ()

    @property
    def facts_between(self) -> tuple[object, ...]:
        """All that a rule between manifests reads of this file."""
        manifest = self.manifest or self.outline
        if manifest is None:
            return (self.ref,)
        version = versions_of([manifest]).get(manifest.ref)
        owner = manifest.value.get("metadata", {}).get("owner")
        return (self.ref, bool(self.manifest), manifest.ref, manifest.moved_from, manifest.references, version, owner)

    @property
    def tool_facts(self) -> tuple[ToolFacts, ...]:
        """All that a rule of lint between tools reads of this file."""
        return tuple(one.facts for one in self.inspected if one.facts)


class Update(NamedTuple):
    """The files judged anew, as they were before, None for a new file; `changed` counts the files that changed."""

    before: Mapping[str, HeldFile | None]
    changed: int


class HeldFiles:
    """The files of a registry. `settings` are those that judge each file, `wrong_settings` their own problems."""

    def __init__(self, source: Worktree, contract: Contract) -> None:
        self._source = HeldWorktree(source.top, source.folder, source.repository, [])
        self._contract = contract
        self._files: dict[str, HeldFile] = {}
        self._settings: Settings | None = None
        self.wrong_settings: list[Diagnostic] = []

    @property
    def settings(self) -> Settings:
        """The settings that judge each file."""
        return self._settings or Settings()

    @property
    def inspect(self) -> Inspect:
        """The inspection of a file by these settings."""
        return partial(inspect_file, self.settings, self._contract)

    @property
    def folder(self) -> str:
        """The registry's folder."""
        return self._source.folder

    @property
    def source(self) -> HeldWorktree:
        """The work tree, with the files of the last update; git is asked for its commit anew."""
        return self._renew([file.entry for file in self._files.values()])

    @property
    def loaded(self) -> Loaded:
        """The manifests of the last update, in the order of reading all files."""
        files = self._files.values()
        manifests = tuple(file.manifest for file in files if file.manifest and self._is_resource(file.manifest))
        diagnostics = tuple(sorted(diagnostic for file in files for diagnostic in file.diagnostics))
        return Loaded(manifests, self._find_single(REGISTRY_FILE), diagnostics, self._find_single(EXCEPTIONS_FILE))

    def find(self, path: str) -> HeldFile | None:
        """Return a file, None if absent."""
        return self._files.get(path)

    def list_all(self) -> list[HeldFile]:
        """Return all files, sorted by path."""
        return list(self._files.values())

    def move_to(self, source: Worktree) -> None:
        """Read from another view of the same folder from now on, such as that of a repository made anew."""
        self._source = HeldWorktree(source.top, source.folder, source.repository, [])

    def update(self, paths: AbstractSet[str] | None, progress: Progress) -> Update:
        """Read the files at changed paths, which start at the top; None compares all files.

        Raises Unreadable or GitError if files cannot be read; the results of the files then stay as they were.
        """
        found = self._list_changed() if paths is None or len(paths) > _FEW else self._list_few(paths)
        return Update(self._replace(found, progress), len(found))

    def _list_changed(self) -> dict[str, _Stamped | None]:
        """Return all files with another stamp, and None for each path without a file."""
        source = self._source = self._renew([])
        listed = {entry.path: (entry, stamp) for entry, stamp in source.list_settled()}
        changed: dict[str, _Stamped | None] = {path: pair for path, pair in listed.items() if not self._is_held(*pair)}
        return changed | dict.fromkeys(path for path in self._files if path not in listed)

    def _is_held(self, entry: Entry, stamp: str) -> bool:
        file = self._files.get(entry.path)
        return file is not None and stamp != "" and file.stamp == stamp and file.entry.type is entry.type

    def _list_few(self, paths: Iterable[str]) -> dict[str, _Stamped | None]:
        found = {path: self._source.find_settled(path) for path in paths}
        return {
            path: pair
            for path, pair in found.items()
            if path in self._files or (pair is not None and not self._is_unwanted(pair[0]))
        }

    def _is_unwanted(self, entry: Entry) -> bool:
        """Whether git ignores a new file."""
        repository = self._source.repository
        return repository is not None and entry.path in repository.list_ignored(entry.path, None)

    def _replace(self, found: Mapping[str, _Stamped | None], progress: Progress) -> Mapping[str, HeldFile | None]:
        """Read the changed files; return the files judged anew, as they were before."""
        before = {path: self._files.get(path) for path in found}
        pairs = [pair for pair in found.values() if pair]
        if self._settings is None or any(self._is_about_rules(path) for path in found):
            settings, self.wrong_settings = self._read_settings(found)
            if settings != self._settings and self._files:
                # Other levels, rules or teams judge each file anew.
                others = [(file.entry, file.stamp) for path, file in self._files.items() if path not in found]
                before |= {entry.path: self._files[entry.path] for entry, _ in others}
                pairs += others
            self._settings = settings
        fresh = self._read_files(sorted(pairs), progress)
        for path in found:
            if path not in fresh:
                self._files.pop(path, None)
        is_new = any(path not in self._files for path in fresh)
        self._files |= fresh
        if is_new:
            self._files = dict(sorted(self._files.items()))
        return before

    def _is_about_rules(self, path: str) -> bool:
        folder = self._source.folder
        return path == join_folder(folder, REGISTRY_FILE) or path.startswith(f"{join_folder(folder, POLICY_FOLDER)}/")

    def _read_settings(self, found: Mapping[str, _Stamped | None]) -> tuple[Settings, list[Diagnostic]]:
        held = {path: file.entry for path, file in self._files.items()}
        held |= {path: pair[0] for path, pair in found.items() if pair}
        entries = [entry for path, entry in sorted(held.items()) if found.get(path, True)]
        return read_settings(self._renew(entries), entries, self._contract)

    def _read_files(self, pairs: list[_Stamped], progress: Progress) -> dict[str, HeldFile]:
        if len(pairs) >= _WORTH_WARMING:
            warm_up()
        source, contract = self._source, self._contract
        entries = [entry for entry, _ in pairs if entry.type is not FileType.FILE or source.is_readable(entry.path)]
        readable = {entry.path for entry in entries}
        loaded = load_manifests(source, entries, contract, progress, self.inspect)
        singles = [manifest for manifest in (loaded.registry, loaded.exceptions) if manifest]
        manifests = {manifest.path: manifest for manifest in (*loaded.manifests, *singles)}
        outlines = {outline.path: outline for outline in read_outlines(source, entries, loaded, contract)}
        diagnostics = _group(loaded.diagnostics, lambda diagnostic: diagnostic.path)
        inspected = _group(loaded.inspected, _get_path)
        fresh = {}
        for entry, stamp in pairs:
            path, manifest = entry.path, manifests.get(entry.path)
            told = entry._replace(blob=manifest.blob) if manifest else entry._replace(blob=None)
            fresh[path] = HeldFile(
                told,
                stamp,
                parse_ref(entry.inside, contract),
                is_ignored(entry),
                manifest,
                outlines.get(path),
                tuple(diagnostics.get(path, ())) if path in readable else _tell_unreadable(entry),
                tuple(inspected.get(path, ())),
            )
        return fresh

    def _renew(self, entries: Sequence[Entry]) -> HeldWorktree:
        """Return the work tree anew: what git said before about commit and ignored files is forgotten."""
        return HeldWorktree(self._source.top, self._source.folder, self._source.repository, entries)

    def _find_single(self, inside: str) -> Manifest | None:
        file = self._files.get(join_folder(self._source.folder, inside))
        return file.manifest if file else None

    def _is_resource(self, manifest: Manifest) -> bool:
        return self._contract.kinds[manifest.ref.kind].plural is not None


def _tell_unreadable(entry: Entry) -> tuple[Diagnostic, ...]:
    if is_ignored(entry):
        return ()
    message = "this file cannot be read, or not by this user; chmod u+r, or remove the file"
    return (Diagnostic(entry.path, 1, 1, "not-a-file", message),)


def _get_path(inspected: Inspected) -> str:
    places = (*([inspected.facts] if inspected.facts else ()), *inspected.findings, *inspected.ignores)
    return places[0].path if places else ""


def _group(items: Iterable[_Item], key: Callable[[_Item], str]) -> dict[str, list[_Item]]:
    groups: dict[str, list[_Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups
