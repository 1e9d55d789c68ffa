"""Times and durations as people write them: with an offset from UTC, as a time of day, as a number and a unit."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

# RFC 3339, 5.6. The year leaves room for the time zone of who reads it.
_MOMENT: Final = re.compile(r"(?!0000|0001|9999)\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)")
_LOCAL: Final = re.compile(r"(?!0000|0001|9999)\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")
_DURATION: Final = re.compile(r"([1-9]\d{0,5})(ms|s|m|h|d)")
_TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_UNITS: Final = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> datetime | None:
    """Return the time that a text such as 2026-12-20T18:00:00+01:00 names, in UTC, or None where it names none."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError:
        return None


def local(text: str) -> str | None:
    """Return a text that is a date, or a time without an offset such as 2026-12-20 18:00, or None where it is none."""
    if not _LOCAL.fullmatch(text):
        return None
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return text


def when(moment: datetime) -> str:
    """Return a time as ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def duration(text: str) -> timedelta | None:
    """Return how long a text such as 30m lasts, or None where it is no duration (common.schema.json)."""
    found = _DURATION.fullmatch(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def time_of_day(text: str) -> time | None:
    """Return the time that a text such as 18:00 names, or None where it names none."""
    return time.fromisoformat(text) if _TIME_OF_DAY.fullmatch(text) else None
