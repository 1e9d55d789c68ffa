"""The settings of lint: the levels, the vocabulary of tags and the rules of a registry, from its own files."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from reconciler.core.catalogue import CATALOGUE
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic, Problem
from reconciler.core.manifest.layout import Entry, is_policy
from reconciler.core.manifest.policy import Team, read_policy
from reconciler.core.manifest.resource import Manifest
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.core.rule import Level, Subject
from reconciler.desired.load import load_registry_file, locate_problems
from reconciler.desired.source import Source
from reconciler.rules.lint.policy import OwnRule, read_policies


class Settings(NamedTuple):
    """The levels of rules as far as the registry gives them, its tags (None for any), its own rules, and its teams."""

    given: Mapping[str, str] = MappingProxyType({})
    tags: frozenset[str] | None = None
    own: tuple[OwnRule, ...] = ()
    teams: tuple[Team, ...] = ()

    def level_of(self, rule: str) -> Level:
        """Return the level of a rule; a rule of the registry is an error unless its registry says otherwise."""
        if rule in self.given:
            return Level(self.given[rule])
        return CATALOGUE[rule].level if rule in CATALOGUE else Level.ERROR

    def is_rule(self, name: str) -> bool:
        """Whether a name is a rule of lint, or of this registry."""
        return name in LINT or any(rule.id == name for rule in self.own)

    @property
    def names(self) -> list[str]:
        """The names of all rules of lint, and of this registry."""
        return sorted({*LINT, *(rule.id for rule in self.own)})


LINT: Mapping[str, Level] = MappingProxyType(
    {rule.id: rule.level for rule in CATALOGUE.values() if rule.subject is Subject.CONTENT}
)
"""The rules of lint with their levels."""


def read_settings(source: Source, entries: Iterable[Entry], contract: Contract) -> tuple[Settings, list[Diagnostic]]:
    """Return the settings in the files of a source, and the problems of these files.

    An invalid registry.yaml counts as absent; `validate` tells its problems.
    """
    entries = list(entries)
    files = [entry for entry in entries if is_policy(entry, contract)]
    own, problems = read_policies([(entry, data) for entry, (_, data) in _read(source, files)], contract)
    registry = load_registry_file(source, contract)
    policy = read_policy(registry)
    settings = Settings(dict(policy.lint), policy.tags, own, policy.teams)
    return settings, [*problems, *locate_problems(source, _find_unknown(registry, settings))]


def _read(source: Source, entries: list[Entry]) -> list[tuple[Entry, tuple[str, bytes]]]:
    # Read to the end: an abandoned reader would end the git process that the next reader asks.
    return [*zip(entries, source.read(entries), strict=True)]


def _find_unknown(registry: Manifest | None, settings: Settings) -> Iterator[Problem]:
    """Yield a problem for each name in spec.lint that is no rule of lint."""
    for name in settings.given if registry else ():
        if not settings.is_rule(name):
            fixed = name in CATALOGUE
            why = "its level is fixed" if fixed else did_you_mean(name, settings.names)
            what = "is no rule of lint" if fixed else "is no rule"
            message = f"{quoted(name)} {what}; {why}"
            yield Problem(registry.path or "" if registry else "", ("spec", "lint", name), "lint-rule", message)
