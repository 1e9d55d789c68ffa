"""Reads a YAML text as a sequence of libyaml events."""

from collections.abc import Iterator

import yaml
from yaml import error
from yaml.events import Event

if not yaml.__with_libyaml__:
    raise ImportError("this PyYAML was built without libyaml; install one of its wheels from PyPI")

from yaml import _yaml

# libyaml always gives a mark; only the type annotations of PyYAML allow None.
Mark = _yaml.Mark | error.Mark | None


def read_events(data: bytes) -> Iterator[Event]:
    """Yield the events of the text, each as soon as libyaml has read it.

    Raises yaml.error.YAMLError if the text is not YAML.
    """
    return iter(_yaml.CParser(data).get_event, None)


def index_of(mark: Mark) -> int:
    """Return the index of the mark in the text, in characters."""
    return mark.index if mark else 0


def place_of(mark: Mark) -> tuple[int, int]:
    """Return line and column of the mark, from 1, in characters."""
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
