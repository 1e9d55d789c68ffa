"""Inspects a registry for validate and lint, and narrows the result to paths."""

import os
from pathlib import Path
from typing import NamedTuple

import click

from reconciler.assets import load_contract
from reconciler.cli.options import make_relative_path
from reconciler.cli.progress import show_count
from reconciler.core.errors import ToolregError
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import ENVIRONMENTS_FOLDER, Entry, is_ignored
from reconciler.desired.environments import list_environments, require_environment
from reconciler.desired.git_files import GitTree
from reconciler.desired.source import Source, join_folder
from reconciler.rules.inspection import inspect_changes, inspect_registry
from reconciler.state_folder import find_user_state, name_registry


class InspectionReport(NamedTuple):
    """The files below some paths, their problems, their findings, and the number of ignored findings."""

    files: frozenset[str]
    problems: list[Diagnostic]
    findings: list[Diagnostic]
    ignored: int


def inspect_paths(
    source: Source,
    paths: tuple[Path, ...],
    registry: Path,
    policy_from: str | None = None,
    against: str | None = None,
    environment: str | None = None,
) -> InspectionReport:
    """Return the result of an inspection below some paths, of everything without a path.

    Levels and rules of lint are those of the commit `policy_from`, or of the files themselves. With
    `against`, only the changes since the merge base are inspected. With `environment`, the patches of other
    environments are not reported. Raises click.UsageError for a path outside the registry, UnknownEnvironment for an
    unknown environment.
    """
    policy = _find_policy(source, policy_from) if policy_from is not None else None
    with show_count("files checked") as advance:
        if against is not None:
            # Most runs compare with no commit.
            from reconciler.cli.comparison import find_merge_base  # noqa: PLC0415

            base = find_merge_base(source, against)
            inspection = inspect_changes(source, base, load_contract(), advance, policy)
        else:
            cache = find_user_state(os.environ) / "verdicts" / name_registry(source.top / source.folder)
            inspection = inspect_registry(source, load_contract(), advance, policy, cache)
    entries, read, problems, findings, ignored = inspection
    if environment is not None:
        require_environment(environment, entries)
    asked = [make_relative_path(source.top, path) for path in paths]
    files = {entry.path for entry in read if not is_ignored(entry) and _is_asked(entry.path, asked)}
    for path, place in zip(paths, asked, strict=True):
        known = (*(entry.path for entry in entries), *(problem.path for problem in problems))
        if not any(_is_asked(file, [place]) for file in known):
            raise click.UsageError(f"{path} is no file or folder of the registry {registry}")
    other = _list_other_environments(source, entries, environment)
    files = {path for path in files if not path.startswith(other)}
    problems = [problem for problem in problems if not problem.path.startswith(other)]
    findings = [finding for finding in findings if not finding.path.startswith(other)]
    reported = [problem for problem in problems if _is_asked(problem.path, asked)]
    # A missing registry.yaml counts as an invalid file, too.
    files |= {problem.path for problem in reported}
    return InspectionReport(
        frozenset(files),
        reported,
        [finding for finding in findings if _is_asked(finding.path, asked)],
        sum(1 for path in ignored if _is_asked(path, asked)),
    )


def _list_other_environments(source: Source, entries: list[Entry], environment: str | None) -> tuple[str, ...]:
    """Return the folders of the environments that are not asked for; none without an environment."""
    others = list_environments(entries) if environment is not None else []
    folder = join_folder(source.folder, ENVIRONMENTS_FOLDER)
    return tuple(f"{folder}/{other}/" for other in others if other != environment)


def _find_policy(source: Source, ref: str) -> Source:
    if source.repository is None:
        raise ToolregError("--policy-from names a commit, and there is no git repository here")
    return GitTree(source.repository, source.folder, ref)


def make_relative(source: Source, diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics with paths relative to the current folder, for editors and clicks in a terminal."""
    if os.path.relpath(source.top) == os.curdir:
        return diagnostics
    return [diagnostic._replace(path=os.path.relpath(source.top / diagnostic.path)) for diagnostic in diagnostics]


def _is_asked(path: str, asked: list[str]) -> bool:
    return not asked or any(place in (".", path) or path.startswith(f"{place}/") for place in asked)
