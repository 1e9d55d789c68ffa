"""Parses times with an offset from UTC, times of day, and durations of a number and a unit."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

# RFC 3339, 5.6. The range of years leaves room for the reader's time zone.
_MOMENT: Final = re.compile(r"(?!0000|0001|9999)\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)")
_LOCAL: Final = re.compile(r"(?!0000|0001|9999)\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")
_DURATION: Final = re.compile(r"([1-9]\d{0,5})(ms|s|m|h|d)")
_TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_UNITS: Final = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_moment(text: str) -> datetime | None:
    """Parse a time such as 2026-12-20T18:00:00+01:00; return the time in UTC, or None for any other text."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError:
        return None


def parse_local(text: str) -> str | None:
    """Return the text of a date, or of a time without an offset such as 2026-12-20 18:00; None for any other text."""
    if not _LOCAL.fullmatch(text):
        return None
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return text


def format_time(moment: datetime) -> str:
    """Format a time as ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def parse_duration(text: str) -> timedelta | None:
    """Parse a duration such as 30m (common.schema.json); None for any other text."""
    match = _DURATION.fullmatch(text)
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None


def parse_time_of_day(text: str) -> time | None:
    """Parse a time of day such as 18:00; None for any other text."""
    return time.fromisoformat(text) if _TIME_OF_DAY.fullmatch(text) else None
