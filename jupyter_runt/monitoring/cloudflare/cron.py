"""How often a cron trigger had to fire. Cloudflare's dialect: five fields in UTC, Sunday is 1, and L, W and # as in Quartz.

A general cron library would read weekdays as 0 to 6 and be off by one; and what it cannot read must be "unknown" here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

_Day = Callable[[datetime], bool]


class _Unreadable(Exception):
    """The expression is of no form that is known here."""


def due(cron: str, since: datetime, until: datetime) -> int | None:
    """The number of minutes from `since` to before `until` (UTC) at which it fires; None for what cannot be read."""
    try:
        minute, hour, day, month, weekday = cron.lower().split()
        minutes, hours = _numbers(minute, 0, 59), _numbers(hour, 0, 23)
        months = _numbers(month, 1, 12, MONTHS)
        days, weekdays = _month_days(day), _weekdays(weekday)
    except (ValueError, _Unreadable):
        return None
    # As in every cron: of two restricted fields, one that holds is enough.
    either = not _any(day) and not _any(weekday)

    def fires(date: datetime) -> bool:
        if date.month not in months:
            return False
        return days(date) or weekdays(date) if either else days(date) and weekdays(date)

    return sum(
        since <= moment < until
        for date in _dates(since, until)
        if fires(date)
        for moment in (date.replace(hour=hour, minute=minute) for hour in hours for minute in minutes)
    )


def _dates(since: datetime, until: datetime) -> Iterator[datetime]:
    date = since.replace(hour=0, minute=0, second=0, microsecond=0)
    while date < until:
        yield date
        date += DAY


def _any(field: str) -> bool:
    return field in ("*", "?")


def _numbers(field: str, least: int, most: int, names: list[str] | None = None) -> set[int]:
    """`*`, numbers, names, ranges, steps and lists of these."""
    found: set[int] = set()
    for item in field.split(","):
        span, slash, step = item.partition("/")
        if _any(span):
            first, last = least, most
        else:
            begin, dash, end = span.partition("-")
            first = _number(begin, least, names)
            last = _number(end, least, names) if dash else most if slash else first
        width = int(step) if slash else 1
        if not (least <= first <= last <= most and width > 0):
            raise _Unreadable
        found.update(range(first, last + 1, width))
    return found


def _number(text: str, least: int, names: list[str] | None) -> int:
    return least + names.index(text) if names and text in names else int(text)


def _month_days(field: str) -> _Day:
    """Which days of the month: numbers, `l` the last one, `15w` the weekday nearest to the 15th, `lw` the last weekday."""
    if field == "l":
        return lambda date: (date + DAY).day == 1
    if field == "lw":
        return lambda date: date.day == _nearest_weekday(date, _length(date))
    if field.endswith("w"):
        wanted = int(field[:-1])
        if not 1 <= wanted <= 31:
            raise _Unreadable
        return lambda date: wanted <= _length(date) and date.day == _nearest_weekday(date, wanted)
    numbers = _numbers(field, 1, 31)
    return lambda date: date.day in numbers


def _weekdays(field: str) -> _Day:
    """Which weekdays: numbers from Sunday = 1, `6l` the month's last Friday, `6#2` its second one."""
    day, hash_, nth = field.partition("#")
    if hash_:
        wanted, week = _number(day, 1, WEEKDAYS), int(nth)
        if not (1 <= wanted <= 7 and 1 <= week <= 5):
            raise _Unreadable
        return lambda date: _weekday(date) == wanted and (date.day - 1) // 7 == week - 1
    if field.endswith("l") and field != "l":
        wanted = _number(field[:-1], 1, WEEKDAYS)
        if not 1 <= wanted <= 7:
            raise _Unreadable
        return lambda date: _weekday(date) == wanted and date.day + 7 > _length(date)
    numbers = {7} if field == "l" else _numbers(field, 1, 7, WEEKDAYS)
    return lambda date: _weekday(date) in numbers


def _weekday(date: datetime) -> int:
    return date.isoweekday() % 7 + 1


def _length(date: datetime) -> int:
    """The number of days of its month."""
    return ((date.replace(day=28) + 4 * DAY).replace(day=1) - DAY).day


def _nearest_weekday(date: datetime, day: int) -> int:
    """The weekday nearest to that day, in the same month."""
    at = date.replace(day=day)
    if at.isoweekday() == 6:
        return day - 1 if day > 1 else day + 2
    if at.isoweekday() == 7:
        return day + 1 if day < _length(date) else day - 2
    return day
