"""Computes the freeze windows of registry.yaml (`spec.freeze`), during which no revision is applied.

Time zones have repeated and skipped hours. A window begins at the earliest and ends at the latest possible moment of
its time of day.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.policy import FreezeEntry, read_policy
from reconciler.core.manifest.resource import Manifest
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import format_pointer
from reconciler.core.quote import quoted
from reconciler.core.state.freeze import Window
from reconciler.core.times import parse_moment, parse_time_of_day

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = timedelta(days=1)
_RULE: Final = "freeze-window"
# Entries that an operating system keeps beside the zones, with a meaning that differs between machines.
_NO_ZONES: Final = ("posix", "right", "posixrules", "localtime", "Factory")


class UnknownTimeZone(ToolregError):
    """A window is in a time zone that this machine does not know."""


def list_windows(registry: Manifest | None, now: datetime, ahead: timedelta = timedelta(0)) -> list[Window]:
    """Return the windows of a registry that are open at `now` or begin by `now + ahead`, sorted by beginning.

    Raises UnknownTimeZone.
    """
    occurrences = (
        _list_occurrences(number, entry, now, now + ahead) for number, entry in enumerate(read_policy(registry).freeze)
    )
    return sorted(
        window for group in occurrences for window in group if window.begins <= now + ahead and window.ends > now
    )


def find_window_problems(registry: Manifest | None) -> Iterator[Problem]:
    """Yield the problems of a registry's windows that JSON Schema cannot find."""
    for number, entry in enumerate(read_policy(registry).freeze):
        for name, message in _check_entry(entry):
            pointer = ("spec", "freeze", number, name)
            yield Problem(
                registry.path or "" if registry else "", pointer, _RULE, f"{format_pointer(pointer)} {message}"
            )


def _check_entry(entry: FreezeEntry) -> Iterator[tuple[str, str]]:
    first, last = entry.begins, entry.ends
    if (parse_time_of_day(first) is None) != (parse_time_of_day(last) is None):
        yield "until", f"is {quoted(last)} and from is {quoted(first)}; expected two dates, or two times of day"
    elif parse_time_of_day(first) is None:
        yield from _check_dates(entry)
    else:
        if entry.days == ():
            yield "days", "is empty; name the days, or remove it for every day"
        if entry.time_zone is not None and _find_zone(entry.time_zone) is None:
            yield "timeZone", f"is {quoted(entry.time_zone)}, which is no time zone; {_suggest_zone(entry.time_zone)}"


def _check_dates(entry: FreezeEntry) -> Iterator[tuple[str, str]]:
    for name, value in (("days", entry.days), ("timeZone", entry.time_zone)):
        if value is not None:
            yield name, "belongs to times of day such as 18:00; remove it from a window with dates"
    begins, ends = parse_moment(entry.begins), parse_moment(entry.ends)
    for name, written, known in (("from", entry.begins, begins), ("until", entry.ends, ends)):
        if known is None:
            yield name, f"is {quoted(written)}; there is no such time"
    if begins and ends and begins >= ends:
        yield "until", f"is {quoted(entry.ends)}, which is not after from, {quoted(entry.begins)}"


def _list_occurrences(number: int, entry: FreezeEntry, now: datetime, until: datetime) -> Iterator[Window]:
    first, last = parse_time_of_day(entry.begins), parse_time_of_day(entry.ends)
    if first is None or last is None:
        begins, ends = parse_moment(entry.begins), parse_moment(entry.ends)
        if begins and ends:
            yield Window(begins, ends, number, entry.reason)
        return
    zone = _find_zone(entry.time_zone or "UTC")
    if zone is None:
        raise UnknownTimeZone(
            f"{format_pointer(('spec', 'freeze', number))} is in the time zone {quoted(entry.time_zone or '')}, which"
            " this machine does not know, so nobody can tell when nothing is to be applied; install the newest tzdata"
        )
    # A window lasts a day at most; another day on either side covers skipped hours.
    day = now.astimezone(zone).date() - 2 * _DAY
    while day <= until.astimezone(zone).date() + _DAY:
        if _DAYS[day.weekday()] in (_DAYS if entry.days is None else entry.days):
            end = day if first < last else day + _DAY
            begins = min(_list_moments(datetime.combine(day, first), zone))
            yield Window(begins, max(_list_moments(datetime.combine(end, last), zone)), number, entry.reason)
        day += _DAY


def _list_moments(local: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the possible moments of a local time: two if clocks are turned back, or forward over the time (PEP 495)."""
    for fold in (0, 1):
        yield local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _find_zone(name: str) -> tzinfo | None:
    # Imported late: most registries have no windows and need no time zones.
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    if name == "UTC":
        return UTC
    try:
        return None if name.partition("/")[0] in _NO_ZONES else ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return None


def _suggest_zone(name: str) -> str:
    from zoneinfo import available_timezones  # noqa: PLC0415

    return did_you_mean(name, available_timezones())
