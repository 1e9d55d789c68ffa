"""Validates and lints a registry in one reading of its files. Needs no database."""

import json
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from reconciler.core.errors import InvalidRegistry
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.inspected import Inspected
from reconciler.core.manifest.layout import POLICY_FOLDER, Entry, split_environment
from reconciler.core.rule import Level
from reconciler.desired.git_files import GitTree
from reconciler.desired.load import Progress, locate_problems, pause_gc
from reconciler.desired.source import Source
from reconciler.desired.verdicts import CachedFindings, open_cache
from reconciler.rules.cached_validation import judge_files, list_files, validate_registry_files
from reconciler.rules.environments import find_environment_problems, find_new_problems, inspect_patches
from reconciler.rules.lint.between import compare_tools
from reconciler.rules.lint.file import inspect_file, warm_up
from reconciler.rules.lint.ignores import apply_ignores
from reconciler.rules.lint.settings import Settings, read_settings

_WORTH: Final = 200
"""The number of files above which a cache, and patterns compiled for all processes, are worth their cost."""


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
    source: Source,
    contract: Contract,
    progress: Progress = lambda _: None,
    policy: Source | None = None,
    place: Path | None = None,
    *,
    worth: int = _WORTH,
) -> Inspection:
    """Return the problems and findings of a registry, by the settings of lint in `policy`, or of its own.

    `place` is the file of the cache, which registries with fewer files than `worth` do not use. Raises InvalidRegistry
    if the settings in `policy` are invalid.
    """
    listing = list_files(source)
    entries = listing.entries
    settings, problems = _choose_settings(source, entries, contract, policy)
    is_cached = place is not None and len(entries) >= worth
    cache = open_cache(place, contract.digest, _describe(settings)) if place and is_cached else None
    if cache and listing.digest and (known := cache.recall(listing.digest)):
        progress(len(entries))
        problems += validate_registry_files(source, entries, contract)
        return Inspection(entries, entries, sorted({*problems}), *known)
    if len(entries) >= _WORTH:
        warm_up()
    with pause_gc():
        inspect = partial(inspect_file, settings, contract)
        judged = judge_files(source, listing, contract, cache.load() if cache else (), inspect, progress)
        problems += [*judged.problems, *find_environment_problems(source, entries, contract)]
        inspected = (*judged.inspected, *inspect_patches(source, entries, contract, inspect))
        findings, ignored = _lint(source, inspected, settings)
        if cache:
            cache.save(judged.valid, None if problems else listing.digest, CachedFindings(findings, ignored))
    return Inspection(entries, entries, sorted({*problems}), findings, ignored)


def _describe(settings: Settings) -> str:
    """Return all settings that judge a single file as text: other settings void the results of earlier runs."""
    tags = None if settings.tags is None else sorted(settings.tags)
    return json.dumps([sorted(settings.given.items()), tags, settings.own, settings.teams])


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
    # Most validations compare with no commit.
    from reconciler.rules.changed_files import validate_changes  # noqa: PLC0415

    settings, wrong = _choose_settings(source, source.list_entries(POLICY_FOLDER), contract, policy)
    changed = validate_changes(source, base, contract, progress, partial(inspect_file, settings, contract))
    patches = [entry for entry in changed.delta.entries if split_environment(entry.inside)]
    inspected = inspect_patches(source, patches, contract, partial(inspect_file, settings, contract))
    findings, ignored = _lint(source, (*changed.after.loaded.inspected, *inspected), settings)
    problems = {*changed.problems, *find_new_problems(source, base, changed.entries, changed.delta, contract)}
    problems |= {*(problem for problem in wrong if problem.path in changed.delta.paths)}
    return Inspection(changed.entries, changed.read, sorted(problems), findings, ignored)


def _choose_settings(
    source: Source, entries: list[Entry], contract: Contract, policy: Source | None
) -> tuple[Settings, list[Diagnostic]]:
    """Return the settings in force, and the problems of a registry's own settings.

    `entries` include all files of the folder of rules.
    """
    settings, problems = read_settings(source, entries, contract)
    if policy is not None:
        given, wrong = read_settings(policy, policy.list_entries(POLICY_FOLDER), contract)
        if wrong:
            raise InvalidRegistry(tuple(wrong))
        # The teams beside the files judge their owners.
        settings = given._replace(teams=settings.teams)
    return settings, problems


def _lint(source: Source, results: Collection[Inspected], settings: Settings) -> tuple[list[Diagnostic], list[str]]:
    tools = (inspected.facts for inspected in results)
    between = [
        problem
        for problem in compare_tools(facts for facts in tools if facts is not None)
        if settings.level_of(problem.rule) is not Level.OFF
    ]
    inside = [finding for inspected in results for finding in inspected.findings]
    ignores = [ignore for inspected in results for ignore in inspected.ignores]
    outcome = apply_ignores([*inside, *locate_problems(source, between)], ignores, settings)
    useless = outcome.problems if settings.level_of("useless-ignore") is not Level.OFF else []
    graded = (
        finding._replace(graded=settings.level_of(finding.rule))
        for finding in (*outcome.findings, *locate_problems(source, useless))
    )
    return sorted(graded, key=_sort_key), outcome.ignored


def _sort_key(finding: Diagnostic) -> tuple[str, int, int, str, str]:
    return finding[:5]
