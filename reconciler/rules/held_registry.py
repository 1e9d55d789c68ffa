"""Judges a registry again and again while its files change: a save costs the reading of the changed files.

The results of single files stay in memory. The rules between files run over these results, and only if a changed file
has other facts for these rules. The verdict equals that of `inspect_registry`; a property test compares both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic, Problem
from reconciler.core.manifest.inspected import Inspected, ToolFacts
from reconciler.core.manifest.layout import REGISTRY_FILE, FileKey, parse_file_key, split_environment
from reconciler.core.rule import Level
from reconciler.desired.held_worktree import HeldWorktree
from reconciler.desired.load import FilePlace, Loaded, Progress, find_positions, pause_gc
from reconciler.desired.source import strip_folder
from reconciler.desired.worktree_files import Worktree
from reconciler.rules.environments import find_environment_problems, inspect_patches
from reconciler.rules.held_files import HeldFile, HeldFiles
from reconciler.rules.lint.between import compare_tools
from reconciler.rules.lint.ignores import apply_ignores
from reconciler.rules.lint.settings import Settings
from reconciler.rules.validation import (
    drop_dangling_elsewhere,
    find_missing_registry,
    find_problems_between,
    find_registry_problems,
)

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


class _Patches(NamedTuple):
    """The patched manifests, by the ends of their paths, and the results of all environments."""

    keys: frozenset[FileKey]
    problems: list[Diagnostic]
    inspected: tuple[Inspected, ...]


class HeldRegistry:
    """A registry in memory. Each call of `judge` reads the files changed since the call before."""

    def __init__(self, source: Worktree, contract: Contract) -> None:
        self._files = HeldFiles(source, contract)
        self._contract = contract
        self._between: list[Problem] | None = None
        self._alike: list[Problem] | None = None
        self._as_compared: dict[str, tuple[ToolFacts, ...]] = {}
        self._patches: _Patches | None = None
        self._places: dict[FilePlace, tuple[int, int]] = {}

    @property
    def source(self) -> HeldWorktree:
        """The work tree, with the files of the last verdict; git is asked for its commit anew."""
        return self._files.source

    @property
    def loaded(self) -> Loaded:
        """The manifests of the last verdict, in the order of reading all files."""
        return self._files.loaded

    def move_to(self, source: Worktree) -> None:
        """Read from another view of the same folder from now on, such as that of a repository made anew."""
        self._files.move_to(source)

    def judge(self, paths: AbstractSet[str] | None, progress: Progress = lambda _: None) -> RegistryVerdict:
        """Return the verdict after changes of these paths, which start at the top; None compares all files.

        Raises Unreadable or GitError if files cannot be read; the paths are then to be given again.
        """
        with pause_gc():
            update = self._files.update(paths, progress)
            self._forget(update.before)
            return self._conclude(update.changed)

    def _forget(self, before: Mapping[str, HeldFile | None]) -> None:
        """Drop the results of rules between files that the changed files can affect."""
        self._places = {place: position for place, position in self._places.items() if place[0] not in before}
        after = {path: self._files.find(path) for path in before}
        if any(_tell_between(before[path]) != _tell_between(after[path]) for path in before):
            self._between = None
        # An edit often breaks a file and mends it again: then the results of the last comparison count again.
        known = {path: _tell_tools(before[path]) for path in before} | self._as_compared
        self._as_compared = {
            path: facts for path, facts in known.items() if facts != _tell_tools(self._files.find(path))
        }
        if self._patches and (self._between is None or self._are_patched(before)):
            self._patches = None

    def _are_patched(self, paths: Iterable[str]) -> bool:
        """Whether a patch, a patched manifest or registry.yaml is among these files."""
        keys = self._patches.keys if self._patches else frozenset()
        for path in paths:
            inside = strip_folder(self._files.folder, path)
            if split_environment(inside) or inside == REGISTRY_FILE or parse_file_key(inside) in keys:
                return True
        return False

    # ---- Rules between files

    def _conclude(self, changed: int) -> RegistryVerdict:
        files, loaded, source = self._files.list_all(), self.loaded, self.source
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
            *self._files.wrong_settings,
            *self._judge_patches(source).problems,
        }
        findings, ignored = self._lint(self._files.settings, is_whole=not problems)
        shown = [finding for finding in findings if not problems or finding.level is Level.ERROR]
        counted = sum(not file.is_aside for file in files)
        return RegistryVerdict(sorted(problems), shown, ignored, counted, changed, len(shown) < len(findings))

    def _judge_patches(self, source: HeldWorktree) -> "_Patches":
        """Return the results of the patches of all environments, which are kept until a change can affect them."""
        if self._patches is None:
            entries = source.list_entries()
            patches = [split for entry in entries if (split := split_environment(entry.inside))]
            self._patches = _Patches(
                frozenset(parse_file_key(inside) for _, inside in patches),
                find_environment_problems(source, entries, self._contract) if patches else [],
                inspect_patches(source, entries, self._contract, self._files.inspect) if patches else (),
            )
        return self._patches

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
        inspected = [one for file in self._files.list_all() for one in file.inspected]
        inspected += self._patches.inspected if self._patches else ()
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


def _tell_between(file: HeldFile | None) -> tuple[object, ...]:
    return file.facts_between if file else ()


def _tell_tools(file: HeldFile | None) -> tuple[ToolFacts, ...]:
    return file.tool_facts if file else ()
