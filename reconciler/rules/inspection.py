"""Validates and lints a registry in one reading of its files. Needs no database."""

from functools import partial
from typing import NamedTuple

from reconciler.core.errors import InvalidRegistry
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import Entry
from reconciler.core.rule import Level
from reconciler.desired.load import Loaded, Progress, load_manifests, locate_problems, pause_gc
from reconciler.desired.source import GitTree, Source
from reconciler.rules.changed_files import validate_changes
from reconciler.rules.lint.between import compare_tools
from reconciler.rules.lint.file import inspect_file, warm_up
from reconciler.rules.lint.ignores import apply_ignores
from reconciler.rules.lint.settings import Settings, read_settings
from reconciler.rules.validation import find_problems


class Inspection(NamedTuple):
    """The files of a registry, its problems, its findings of lint, both sorted, and a path for each ignored one.

    `entries` are all files, `read` those that were read.
    """

    entries: list[Entry]
    read: list[Entry]
    problems: list[Diagnostic]
    findings: list[Diagnostic]
    ignored: list[str]


def inspect_registry(
    source: Source, contract: Contract, progress: Progress = lambda _: None, policy: Source | None = None
) -> Inspection:
    """Return the problems and findings of a registry, by the settings of lint in `policy`, or of its own.

    Raises InvalidRegistry if the settings in `policy` are invalid.
    """
    entries = source.list_entries()
    settings, problems = _choose_settings(source, entries, contract, policy)
    warm_up()
    with pause_gc():
        loaded = load_manifests(source, entries, contract, progress, partial(inspect_file, settings, contract))
        findings, ignored = _lint(source, loaded, settings)
        problems += find_problems(source, entries, loaded, contract)
    return Inspection(entries, entries, sorted({*problems}), findings, ignored)


def inspect_changes(
    source: Source,
    base: GitTree,
    contract: Contract,
    progress: Progress = lambda _: None,
    policy: Source | None = None,
) -> Inspection:
    """Return the problems and findings of the files changed since a commit, and new problems of other files.

    Rules of lint between tools compare the changed tools alone.
    """
    settings, wrong = _choose_settings(source, source.list_entries(), contract, policy)
    changed = validate_changes(source, base, contract, progress, partial(inspect_file, settings, contract))
    findings, ignored = _lint(source, changed.after.loaded, settings)
    problems = {*changed.problems, *(problem for problem in wrong if problem.path in changed.delta.paths)}
    return Inspection(changed.entries, changed.read, sorted(problems), findings, ignored)


def _choose_settings(
    source: Source, entries: list[Entry], contract: Contract, policy: Source | None
) -> tuple[Settings, list[Diagnostic]]:
    """Return the settings in force, and the problems of a registry's own settings."""
    settings, problems = read_settings(source, entries, contract)
    if policy is not None:
        settings, wrong = read_settings(policy, policy.list_entries(), contract)
        if wrong:
            raise InvalidRegistry(tuple(wrong))
    return settings, problems


def _lint(source: Source, loaded: Loaded, settings: Settings) -> tuple[list[Diagnostic], list[str]]:
    tools = (inspected.facts for inspected in loaded.inspected)
    between = [
        problem
        for problem in compare_tools(facts for facts in tools if facts is not None)
        if settings.level_of(problem.rule) is not Level.OFF
    ]
    inside = [finding for inspected in loaded.inspected for finding in inspected.findings]
    ignores = [ignore for inspected in loaded.inspected for ignore in inspected.ignores]
    outcome = apply_ignores([*inside, *locate_problems(source, between)], ignores, settings)
    useless = outcome.problems if settings.level_of("useless-ignore") is not Level.OFF else []
    graded = (
        finding._replace(graded=settings.level_of(finding.rule))
        for finding in (*outcome.findings, *locate_problems(source, useless))
    )
    return sorted(graded, key=_sort_key), outcome.ignored


def _sort_key(finding: Diagnostic) -> tuple[str, int, int, str, str]:
    return finding[:5]
