"""Instants in UTC as tables have them, and the documented rules once more, as plainly as they can be said: minute by minute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE, DAY = 60, 86400


def utc(text: str) -> float:
    """`2024-03-31 01:00`, also with seconds, as seconds since the epoch."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def shown(instants: list[float]) -> list[str]:
    """As `utc` reads them."""
    return [datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M") for at in instants]


@dataclass(frozen=True)
class Times:
    """Minutes, hours, months and weekdays (0 is Monday) that match, and how that is written."""

    cron: str
    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @property
    def by_elapsed_time(self) -> bool:
        """As crontab(5) has it: "specified with '*' in the hour or minute specifier"."""
        minute, hour, *_ = self.cron.split()
        return "*" in minute or "*" in hour

    def match(self, wall: datetime) -> bool:
        day = wall.month in self.months and wall.weekday() in self.weekdays
        return day and wall.minute in self.minutes and wall.hour in self.hours


def due(times: Times, tz: str, since: float, until: float) -> list[float]:
    """All due times in (since, until]: one looks at the clock every minute, from the day before."""
    begin = since - since % MINUTE - DAY
    walls = [(at, wall) for at, wall in _looks(ZoneInfo(tz), begin, until + DAY)]
    if times.by_elapsed_time:
        return [at for at, wall in walls if times.match(wall) and since < at <= until]
    found: set[float] = set()
    latest = walls[0][1]
    for at, wall in walls[1:]:
        # Everything that the clock has reached, or passed over, for the first time.
        while latest < wall:
            latest += timedelta(minutes=1)
            if times.match(latest):
                found.add(at)
    return sorted(at for at in found if since < at <= until)


def _looks(zone: ZoneInfo, begin: float, until: float) -> Iterator[tuple[float, datetime]]:
    at = begin
    while at <= until:
        yield at, datetime.fromtimestamp(at, zone).replace(tzinfo=None, fold=0)
        at += MINUTE
