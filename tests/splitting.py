"""Remembers the statements of migrations: to split all files takes 0.1 s of the processor, a fifth of a migrate."""

from collections.abc import Callable
from functools import cache

import sqlparse

Split = Callable[..., list[str]]


def split_once() -> Split:
    """Have yoyo split each text once in this process; return the function that splits."""
    sqlparse.split = _copying(cache(sqlparse.split))
    return sqlparse.split


def _copying(split: Split) -> Split:
    # yoyo writes into the list that it gets.
    return lambda *text: [*split(*text)]
