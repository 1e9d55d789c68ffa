"""Judges a registry again and again while its files change: a save costs the reading of the changed files.

The results of single files stay in memory. The rules between files run over these results, and only if a changed file
has other facts for these rules. The verdict equals that of `inspect_registry`; a property test compares both.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Final, NamedTuple, TypeVar

from reconciler.core.manifest.consistency import versions_of
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic, Problem
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
from reconciler.core.rule import Level
from reconciler.desired.held_worktree import HeldWorktree
from reconciler.desired.load import FilePlace, Loaded, Progress, find_positions, load_manifests, pause_gc
from reconciler.desired.source import join_folder
from reconciler.desired.worktree_files import Worktree
from reconciler.rules.lint.between import compare_tools
from reconciler.rules.lint.file import inspect_file, warm_up
from reconciler.rules.lint.ignores import apply_ignores
from reconciler.rules.lint.settings import Settings, read_settings
from reconciler.rules.validation import (
    drop_dangling_elsewhere,
    find_missing_registry,
    find_problems_between,
    find_registry_problems,
    read_outlines,
)

_Item = TypeVar("_Item")

_FEW: Final = 20
"""The number of changed paths up to which git is asked about each new one; above, all files are listed again."""
_WORTH_WARMING: Final = 200
_WITHIN_SERVICES: Final = frozenset({"same-tool-name", "colliding-name"})
"""The rules between tools that compare the tools of one service."""
_BEYOND_SERVICES: Final = ("same-description", "shadowed-tool", "useless-ignore")


class RegistryVerdict(NamedTuple):
    """The problems and findings of a registry, both sorted, the number of ignored findings, and of its files.

    `changed` counts the files read for this verdict, and the removed files. With problems, the findings are the errors
    alone, as `toolreg validate` prints them, and `is_advice_later` tells whether files have others.
    """

    problems: list[Diagnostic]
    findings: list[Diagnostic]
    ignored: int
    files: int
    changed: int
    is_advice_later: bool = False


_Stamped = tuple[Entry, str]
"""A file, and a stamp that changes with its content; empty if unknown."""


class _HeldFile(NamedTuple):
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


class HeldRegistry:
    """A registry in memory. Each call of `judge` reads the files changed since the call before."""

    def __init__(self, source: Worktree, contract: Contract) -> None:
        self._source = HeldWorktree(source.top, source.folder, source.repository, [])
        self._contract = contract
        self._files: dict[str, _HeldFile] = {}
        self._settings: Settings | None = None
        self._wrong_settings: list[Diagnostic] = []
        self._between: list[Problem] | None = None
        self._alike: list[Problem] | None = None
        self._as_compared: dict[str, tuple[ToolFacts, ...]] = {}
        self._places: dict[FilePlace, tuple[int, int]] = {}

    @property
    def source(self) -> HeldWorktree:
        """The work tree, with the files of the last verdict; git is asked for its commit anew."""
        return self._renew([file.entry for file in self._files.values()])

    @property
    def loaded(self) -> Loaded:
        """The manifests of the last verdict, in the order of reading all files."""
        files = self._files.values()
        manifests = tuple(file.manifest for file in files if file.manifest and self._is_resource(file.manifest))
        diagnostics = tuple(sorted(diagnostic for file in files for diagnostic in file.diagnostics))
        return Loaded(manifests, self._find_single(REGISTRY_FILE), diagnostics, self._find_single(EXCEPTIONS_FILE))

    def move_to(self, source: Worktree) -> None:
        """Read from another view of the same folder from now on, such as that of a repository made anew."""
        self._source = HeldWorktree(source.top, source.folder, source.repository, [])

    def judge(self, paths: AbstractSet[str] | None, progress: Progress = lambda _: None) -> RegistryVerdict:
        """Return the verdict after changes of these paths, which start at the top; None compares all files.

        Raises Unreadable or GitError if files cannot be read; the paths are then to be given again.
        """
        with pause_gc():
            found = self._list_all() if paths is None or len(paths) > _FEW else self._list_few(paths)
            self._update(found, progress)
            return self._conclude(len(found))

    # ---- Files

    def _list_all(self) -> dict[str, _Stamped | None]:
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

    def _update(self, found: Mapping[str, _Stamped | None], progress: Progress) -> None:
        """Read the changed files. A failure to read leaves the results of the files as they were."""
        before = {path: self._files.get(path) for path in found}
        pairs = [pair for pair in found.values() if pair]
        if self._settings is None or any(self._is_about_rules(path) for path in found):
            settings, self._wrong_settings = self._read_settings(found)
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
        self._forget(before)

    def _is_about_rules(self, path: str) -> bool:
        folder = self._source.folder
        return path == join_folder(folder, REGISTRY_FILE) or path.startswith(f"{join_folder(folder, POLICY_FOLDER)}/")

    def _read_settings(self, found: Mapping[str, _Stamped | None]) -> tuple[Settings, list[Diagnostic]]:
        held = {path: file.entry for path, file in self._files.items()}
        held |= {path: pair[0] for path, pair in found.items() if pair}
        entries = [entry for path, entry in sorted(held.items()) if found.get(path, True)]
        return read_settings(self._renew(entries), entries, self._contract)

    def _read_files(self, pairs: list[_Stamped], progress: Progress) -> dict[str, _HeldFile]:
        if len(pairs) >= _WORTH_WARMING:
            warm_up()
        source, contract = self._source, self._contract
        entries = [entry for entry, _ in pairs if entry.type is not FileType.FILE or source.is_readable(entry.path)]
        readable = {entry.path for entry in entries}
        inspect = partial(inspect_file, self._settings or Settings(), contract)
        loaded = load_manifests(source, entries, contract, progress, inspect)
        singles = [manifest for manifest in (loaded.registry, loaded.exceptions) if manifest]
        manifests = {manifest.path: manifest for manifest in (*loaded.manifests, *singles)}
        outlines = {outline.path: outline for outline in read_outlines(source, entries, loaded, contract)}
        diagnostics = _group(loaded.diagnostics, lambda diagnostic: diagnostic.path)
        inspected = _group(loaded.inspected, _get_path)
        fresh = {}
        for entry, stamp in pairs:
            path, manifest = entry.path, manifests.get(entry.path)
            told = entry._replace(blob=manifest.blob) if manifest else entry._replace(blob=None)
            fresh[path] = _HeldFile(
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

    def _forget(self, before: Mapping[str, _HeldFile | None]) -> None:
        """Drop the results of rules between files that the changed files can affect."""
        self._places = {place: position for place, position in self._places.items() if place[0] not in before}
        after = {path: self._files.get(path) for path in before}
        if any(_tell_between(before[path]) != _tell_between(after[path]) for path in before):
            self._between = None
        # An edit often breaks a file and mends it again: then the results of the last comparison count again.
        known = {path: _tell_tools(before[path]) for path in before} | self._as_compared
        self._as_compared = {
            path: facts for path, facts in known.items() if facts != _tell_tools(self._files.get(path))
        }

    def _renew(self, entries: Sequence[Entry]) -> HeldWorktree:
        """Return the work tree anew: what git said before about commit and ignored files is forgotten."""
        return HeldWorktree(self._source.top, self._source.folder, self._source.repository, entries)

    def _find_single(self, inside: str) -> Manifest | None:
        file = self._files.get(join_folder(self._source.folder, inside))
        return file.manifest if file else None

    def _is_resource(self, manifest: Manifest) -> bool:
        return self._contract.kinds[manifest.ref.kind].plural is not None

    # ---- Rules between files

    def _conclude(self, changed: int) -> RegistryVerdict:
        files, loaded, source = self._files.values(), self.loaded, self.source
        if self._between is None:
            outlines = [file.outline for file in files if file.outline]
            names = {file.ref for file in files if file.ref}
            self._between = [*find_problems_between((*loaded.manifests, *outlines), names)]
        between = drop_dangling_elsewhere(self._between, lambda: loaded.registry)
        about = find_registry_problems(source, loaded, self._contract, len(loaded.manifests))
        problems = {
            *loaded.diagnostics,
            *find_missing_registry(source, source.list_entries()),
            *self._locate_further([*between, *about], loaded.diagnostics),
            *self._wrong_settings,
        }
        findings, ignored = self._lint(self._settings or Settings(), is_whole=not problems)
        shown = [finding for finding in findings if not problems or finding.level is Level.ERROR]
        counted = sum(not file.is_aside for file in files)
        return RegistryVerdict(sorted(problems), shown, ignored, counted, changed, len(shown) < len(findings))

    def _locate_further(self, problems: Iterable[Problem], known: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """Yield problems with their lines. An invalid name also dangles; the known report is enough."""
        told = {(diagnostic.path, diagnostic.line, diagnostic.column, "dangling-reference") for diagnostic in known}
        for problem in self._locate(problems):
            if (problem.path, problem.line, problem.column, problem.rule) not in told:
                yield problem

    def _locate(self, problems: Iterable[Problem]) -> Iterator[Diagnostic]:
        """Yield problems with their lines. A file is read for them once, until it changes."""
        told = list(problems)
        places = {(problem.path, problem.pointer) for problem in told}
        if missing := places - self._places.keys():
            self._places |= find_positions(self.source, missing)
        for problem in told:
            place = self._places[problem.path, problem.pointer]
            yield Diagnostic(problem.path, *place, problem.rule, problem.message)

    def _lint(self, settings: Settings, *, is_whole: bool) -> tuple[list[Diagnostic], int]:
        """Return findings and the number of ignored ones; all errors, and all others if `is_whole`."""
        inspected = [one for file in self._files.values() for one in file.inspected]
        compared = self._compare_tools(settings, inspected, is_whole=is_whole)
        alike = [problem for problem in compared if settings.level_of(problem.rule) is not Level.OFF]
        inside = [finding for one in inspected for finding in one.findings]
        ignores = [ignore for one in inspected for ignore in one.ignores]
        outcome = apply_ignores([*inside, *self._locate(alike)], ignores, settings)
        useless = outcome.problems if settings.level_of("useless-ignore") is not Level.OFF else []
        findings = [
            finding._replace(graded=settings.level_of(finding.rule))
            for finding in (*outcome.findings, *self._locate(useless))
        ]
        return sorted(findings, key=lambda finding: finding[:5]), len(outcome.ignored)

    def _compare_tools(
        self, settings: Settings, inspected: Iterable[Inspected], *, is_whole: bool
    ) -> Sequence[Problem]:
        if self._alike is not None and not self._as_compared:
            return self._alike
        tools = [one.facts for one in inspected if one.facts]
        is_advice = all(settings.level_of(rule) is not Level.ERROR for rule in _BEYOND_SERVICES)
        if self._alike is None or is_whole or not is_advice:
            self._alike, self._as_compared = [*compare_tools(tools)], {}
            return self._alike
        stale = [facts for before in self._as_compared.values() for facts in before]
        services = {facts.service for facts in stale}
        services |= {facts.service for facts in tools if facts.path in self._as_compared}
        again = [facts for facts in tools if facts.service in services]
        judged = {facts.path for facts in again} | self._as_compared.keys()
        kept = (problem for problem in self._alike if problem.path not in judged)
        return [problem for problem in (*kept, *compare_tools(again)) if problem.rule in _WITHIN_SERVICES]


def _tell_between(file: _HeldFile | None) -> tuple[object, ...]:
    return file.facts_between if file else ()


def _tell_tools(file: _HeldFile | None) -> tuple[ToolFacts, ...]:
    return file.tool_facts if file else ()


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
