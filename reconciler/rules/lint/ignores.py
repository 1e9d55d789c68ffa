"""Entries of metadata.lint: a finding that its author accepts, with a reason."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from reconciler.core.manifest.diagnostic import Diagnostic, Problem
from reconciler.core.manifest.inspected import Ignore
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.core.rule import Level
from reconciler.rules.lint.settings import Settings

_NEVER_IGNORED: Final = frozenset({"secret", "too-complex", "useless-ignore"})
"""A secret in a public file stays known, whatever its author says."""


class AppliedIgnores(NamedTuple):
    """The findings that stand, the paths of the ignored ones, and the problems of the entries themselves."""

    findings: list[Diagnostic]
    ignored: list[str]
    problems: list[Problem]


def apply_ignores(findings: Iterable[Diagnostic], ignores: Iterable[Ignore], settings: Settings) -> AppliedIgnores:
    """Drop the findings that their files ignore."""
    wanted = list(ignores)
    ignored = {(ignore.path, ignore.rule) for ignore in wanted if ignore.rule not in _NEVER_IGNORED}
    standing: list[Diagnostic] = []
    dropped: list[Diagnostic] = []
    for finding in findings:
        (dropped if (finding.path, finding.rule) in ignored else standing).append(finding)
    used = {(finding.path, finding.rule) for finding in dropped}
    useless = [ignore for ignore in wanted if ignore.may_be_useless and (ignore.path, ignore.rule) not in used]
    return AppliedIgnores(standing, [finding.path for finding in dropped], list(_tell_useless(useless, settings)))


def _tell_useless(ignores: Iterable[Ignore], settings: Settings) -> Iterator[Problem]:
    for ignore in ignores:
        if ignore.rule in _NEVER_IGNORED:
            why = f"{ignore.rule} cannot be ignored; correct the manifest, and remove this entry"
        elif not settings.is_rule(ignore.rule):
            why = f"there is no rule of lint called {quoted(ignore.rule)}; {did_you_mean(ignore.rule, settings.names)}"
        elif settings.level_of(ignore.rule) is Level.OFF:
            continue
        else:
            why = f"nothing here breaks {ignore.rule}; remove this entry"
        yield Problem(ignore.path, ("metadata", "lint", ignore.number, "ignore"), "useless-ignore", why)
