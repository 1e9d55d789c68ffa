"""A rule: what a diagnostic or a refusal breaks. `core/catalogue/` lists all rules."""

from enum import Enum
from typing import NamedTuple


class Level(Enum):
    """The severity of a broken rule."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OFF = "off"


class Subject(Enum):
    """The subject of a rule."""

    FILE = "a file"
    REGISTRY = "the registry"
    CONTENT = "the content of a manifest"
    CONTRACT = "a contract"
    PLAN = "a plan"


class Rule(NamedTuple):
    """A rule. `since` is the first version with the rule."""

    id: str
    subject: Subject
    title: str
    meaning: str
    remedy: str
    level: Level = Level.ERROR
    since: str = "0.1.0"


def make_rules(subject: Subject, *rules: tuple[str, str, str, str], level: Level = Level.ERROR) -> tuple[Rule, ...]:
    """Return the rules of a subject, all of a level: id, title, meaning and remedy of each."""
    return tuple(Rule(name, subject, title, meaning, remedy, level) for name, title, meaning, remedy in rules)
