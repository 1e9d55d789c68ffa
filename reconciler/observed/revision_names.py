"""Parses and resolves names of points in the history: a revision, an applied commit, or a time."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.times import parse_duration, parse_local, parse_moment
from reconciler.database.connection import Connection
from reconciler.database.rows import read_row, read_rows
from reconciler.observed.history import NotKnown

_MOST_DIGITS: Final = 18
_COMMIT: Final = re.compile("[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True)
class Time:
    """A time: `at` with a time zone, `local` without a time zone, or `ago` before now."""

    at: datetime | None = None
    local: str | None = None
    ago: timedelta | None = None

    @classmethod
    def of(cls, text: str) -> "Time | None":
        """Return the time in a text, None for any other text."""
        time = cls(parse_moment(text), parse_local(text), parse_duration(text))
        return None if time == cls() else time


@dataclass(frozen=True, slots=True)
class Point:
    """An applied revision: by its number, by the beginning of its commit id, or the newest revision at a time."""

    number: int | None = None
    commit: str | None = None
    time: Time | None = None

    @classmethod
    def of(cls, text: str) -> "Point | None":
        """Return the point named by a text, None for any other text. Digits alone are the number of a revision."""
        if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
            return cls(number=int(text))
        if time := Time.of(text):
            return cls(time=time)
        return cls(commit=text.lower()) if _COMMIT.fullmatch(text.lower()) and not text.isdigit() else None


class _MomentRow(NamedTuple):
    moment: datetime
    zone: str


class _CommitRow(NamedTuple):
    commit: str
    number: int


def resolve_time(conn: Connection, time: Time) -> tuple[datetime, str]:
    """Return a time, read in the time zone of the database session if without a zone, and the name of that zone."""
    row = read_row(conn, _MomentRow, load_query("observed/moment"), {"at": time.local or time.at, "ago": time.ago})
    return row.moment, row.zone


def find_revision(conn: Connection, beginning: str) -> int:
    """Return the last revision that applied a commit, by the beginning of the commit id.

    Raises NotKnown unless exactly one applied commit matches.
    """
    rows = read_rows(conn, _CommitRow, load_query("observed/revisions_of_commit"), {"beginning": beginning}).fetchall()
    if not rows:
        raise NotKnown(f"no applied revision comes from a commit {beginning}; toolreg history shows revisions")
    if len(rows) > 1:
        named = ", ".join(row.commit[: len(beginning) + 4] for row in rows[:3])
        raise NotKnown(f"{len(rows)} commits that were applied begin with {beginning}: {named}; say more of it")
    return rows[0].number
