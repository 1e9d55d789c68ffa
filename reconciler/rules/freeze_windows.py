"""The windows of registry.yaml in which nothing is applied (`spec.freeze`), and when they are open.

A time zone knows hours that happen twice and hours that never do. A window begins at the earliest and ends at the
latest moment that its time of day may mean on that day.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.policy import FreezeEntry, policy_of
from reconciler.core.manifest.resource import Manifest
from reconciler.core.nearest import did_you_mean
from reconciler.core.pointer import show
from reconciler.core.quote import quoted
from reconciler.core.state.freeze import Window
from reconciler.core.times import moment, time_of_day

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = timedelta(days=1)
_RULE: Final = "freeze-window"
# What an operating system keeps beside the zones, and may be another thing on the next machine.
_NO_ZONES: Final = ("posix", "right", "posixrules", "localtime", "Factory")


class UnknownTimeZone(ToolregError):
    """A window is in a time zone that this machine does not know."""


def windows(registry: Manifest | None, now: datetime, ahead: timedelta = timedelta(0)) -> list[Window]:
    """Return the windows of a registry that are open now or begin within some time, by when they begin.

    Raises UnknownTimeZone.
    """
    found = (_occurrences(number, entry, now, now + ahead) for number, entry in enumerate(policy_of(registry).freeze))
    return sorted(window for some in found for window in some if window.begins <= now + ahead and window.ends > now)


def problems(registry: Manifest | None) -> Iterator[Problem]:
    """Yield what no JSON Schema can tell to be wrong with the windows of a registry."""
    for number, entry in enumerate(policy_of(registry).freeze):
        for name, message in _wrong(entry):
            pointer = ("spec", "freeze", number, name)
            yield Problem(registry.path or "" if registry else "", pointer, _RULE, f"{show(pointer)} {message}")


def _wrong(entry: FreezeEntry) -> Iterator[tuple[str, str]]:
    first, last = entry.begins, entry.ends
    if (time_of_day(first) is None) != (time_of_day(last) is None):
        yield "until", f"is {quoted(last)} and from is {quoted(first)}; expected two dates, or two times of day"
    elif time_of_day(first) is None:
        yield from _wrong_dates(entry)
    else:
        if entry.days == ():
            yield "days", "is empty; name the days, or remove it for every day"
        if entry.time_zone is not None and _zone(entry.time_zone) is None:
            yield "timeZone", f"is {quoted(entry.time_zone)}, which is no time zone; {_nearest(entry.time_zone)}"


def _wrong_dates(entry: FreezeEntry) -> Iterator[tuple[str, str]]:
    for name, value in (("days", entry.days), ("timeZone", entry.time_zone)):
        if value is not None:
            yield name, "belongs to times of day such as 18:00; remove it from a window with dates"
    begins, ends = moment(entry.begins), moment(entry.ends)
    for name, written, known in (("from", entry.begins, begins), ("until", entry.ends, ends)):
        if known is None:
            yield name, f"is {quoted(written)}; there is no such time"
    if begins and ends and begins >= ends:
        yield "until", f"is {quoted(entry.ends)}, which is not after from, {quoted(entry.begins)}"


def _occurrences(number: int, entry: FreezeEntry, now: datetime, until: datetime) -> Iterator[Window]:
    first, last = time_of_day(entry.begins), time_of_day(entry.ends)
    if first is None or last is None:
        begins, ends = moment(entry.begins), moment(entry.ends)
        if begins and ends:
            yield Window(begins, ends, number, entry.reason)
        return
    zone = _zone(entry.time_zone or "UTC")
    if zone is None:
        raise UnknownTimeZone(
            f"{show(('spec', 'freeze', number))} is in the time zone {quoted(entry.time_zone or '')}, which this"
            " machine does not know, so nobody can tell when nothing is to be applied; install the newest tzdata"
        )
    # A window lasts a day at most; one day more on either side, for hours that do not happen.
    day = now.astimezone(zone).date() - 2 * _DAY
    while day <= until.astimezone(zone).date() + _DAY:
        if _DAYS[day.weekday()] in (_DAYS if entry.days is None else entry.days):
            end = day if first < last else day + _DAY
            begins = min(_meanings(datetime.combine(day, first), zone))
            yield Window(begins, max(_meanings(datetime.combine(end, last), zone)), number, entry.reason)
        day += _DAY


def _meanings(local: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield what a time may mean: two moments where clocks are turned back, or forward over it (PEP 495)."""
    for fold in (0, 1):
        yield local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _zone(name: str) -> tzinfo | None:
    # Most registries have no windows, and no command has to look for time zones then.
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    if name == "UTC":
        return UTC
    try:
        return None if name.partition("/")[0] in _NO_ZONES else ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return None


def _nearest(name: str) -> str:
    from zoneinfo import available_timezones  # noqa: PLC0415

    return did_you_mean(name, available_timezones())
