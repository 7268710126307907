"""The instants at which a cron expression is due in a time zone.

cronsim reads the expression and finds the times that a clock on the wall shows when it matches. What becomes of them where
that clock is changed is decided here, by the rules that Debian's cron documents:

    minute and hour say a particular time    shown never (the clock went forward): due once, right after the change
                                             shown twice (the clock went back): due the first time only
    one of the two begins with *             due whenever the clock shows it: not at all, or twice. By elapsed time, every
                                             quarter of an hour and every hour go on as if nothing had happened.

cronsim has the same rules, but starts again in the hour that comes twice, leaves out times after a change of half an hour
(Lord Howe), and never ends where the clock goes back over midnight. So it is only given clocks that are never changed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

from jupyter_runt.errors import ScheduleError

NICKNAMES = {
    "hourly": "0 * * * *",
    "daily": "0 0 * * *",
    "midnight": "0 0 * * *",
    "weekly": "0 0 * * 0",
    "monthly": "0 0 1 * *",
    "yearly": "0 0 1 1 *",
    "annually": "0 0 1 1 *",
}
"""With an @ before it or without."""

FIELDS = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day of the month": "1 to 31, or L for the last and LW for the last weekday",
    "month": "1 to 12 or JAN to DEC",
    "day of the week": "0 to 7 (0 and 7 are Sunday) or SUN to SAT, 5L for the last Friday and MON#1 for the first Monday",
}
LONGEST_CRON = 250
"""Characters. All minutes, one by one, need 169."""

HORIZON = timedelta(days=50 * 366)
"""What does not come within it never comes: a leap day on a given weekday comes every 40 years at least."""

DAY = 86400
_START = datetime(2000, 1, 1)  # noqa: DTZ001  a clock on a wall knows no zone
"""Whether an expression is ever due does not hang on the day of asking."""
_SECOND = timedelta(seconds=1)
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
_NO_ZONES = ("posix", "right", "localtime", "posixrules", "Factory")
"""Files beside the zones that are none: the last leap seconds, or whatever this machine is set to."""


@lru_cache(maxsize=1024)
def calendar_of(cron: str, tz: str) -> Calendar:
    """The calendar of a schedule, read once: workers ask for it at every firing. ScheduleError."""
    return Calendar(cron, tz)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When `cron` is due where clocks go by `tz`. Instants are whole seconds since the epoch. ScheduleError when either is wrong."""

    cron: str
    """Five fields, or one of NICKNAMES."""
    tz: str
    """An IANA name."""
    zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _expression: str = field(init=False, repr=False, compare=False)
    _by_elapsed_time: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        expression = _expression(self.cron)
        minute, hour, *_ = expression.split()
        object.__setattr__(self, "zone", _zone(self.tz))
        object.__setattr__(self, "_expression", expression)
        object.__setattr__(self, "_by_elapsed_time", minute.startswith("*") or hour.startswith("*"))
        if self.after(self._instants(_START)[0]) is None:
            raise _never(self.cron)

    def after(self, at: float) -> float | None:
        """The first due time strictly after `at`; None when nothing comes within HORIZON, as where all calendars end."""
        wall, behind, _ = self._wall(at)
        found: list[int] = []
        for shown in self._shown(wall - behind):
            found += [moment for moment in self._moments(shown) if moment > at]
            if found and shown > wall:
                return float(min(found))
            if shown - wall > HORIZON:
                break
        return None

    def between(self, after: float, until: float, most: int) -> list[float]:
        """The newest `most` due times in (after, until], oldest first. It takes as long as there are results."""
        if most <= 0 or until <= after:
            return []
        found: set[int] = set()
        begin, behind, _ = self._wall(after)
        end, _, ahead = self._wall(until)
        for shown in self._shown(end + ahead + _SECOND, reverse=True):
            if shown <= begin - behind:
                break
            moments = self._moments(shown)
            found.update(moment for moment in moments if after < moment <= until)
            # Of what is shown twice the second times of earlier ones lie between the two: go on to what is shown once.
            if len(found) >= most and len(moments) == 1:
                break
        return [float(moment) for moment in sorted(found)[-most:]]

    def count(self, after: float, until: float) -> int:
        """How many due times there are in (after, until]. Days on which the clock is not changed are not walked through."""
        matcher = self._matcher(_START)
        a_day = len(matcher.minutes) * len(matcher.hours)
        total, at, end = 0, math.floor(after), math.floor(until)
        while at < end:
            wall, _, _ = self._wall(at + 1)
            today = wall.replace(hour=0, minute=0, second=0)
            tomorrow = self._instants(today + timedelta(days=1))
            begun = wall == today and self._instants(today) == (at + 1, at + 1)
            if begun and tomorrow == (at + 1 + DAY, at + 1 + DAY) and at + DAY <= end:
                total += a_day if today.month in matcher.months and matcher.match_day(today.date()) else 0
                at += DAY
            else:
                part = min(max(tomorrow) - 1, end)
                total += self._walked(at, part)
                at = part
        return total

    def words(self) -> str:
        """The expression as a sentence without its full stop, as `At 07:00 every day`."""
        return self._matcher(_START).explain()

    def _walked(self, after: int, until: int) -> int:
        """As `count`, for a part of a day."""
        begin, behind, _ = self._wall(after)
        end, _, ahead = self._wall(until)
        found: set[int] = set()
        for shown in self._shown(begin - behind):
            if shown > end + ahead:
                break
            found.update(moment for moment in self._moments(shown) if after < moment <= until)
        return len(found)

    # -- clocks on walls -------------------------------------------------------------------------------------------------

    def _matcher(self, start: datetime, *, reverse: bool = False) -> CronSim:
        return CronSim(self._expression, start, reverse=reverse)

    def _shown(self, start: datetime, *, reverse: bool = False) -> Iterator[datetime]:
        """What a clock that is never changed shows when the expression matches, from `start` on, without it."""
        matcher = self._matcher(start, reverse=reverse)
        while True:
            try:
                yield next(matcher)
            except (StopIteration, OverflowError, ValueError):  # the latter two: the end of all that datetime knows
                return

    def _wall(self, at: float) -> tuple[datetime, timedelta, timedelta]:
        """What the clock shows at an instant, by how much it is about to be put back if it shows this again, and by how
        much it was put back if it shows this for the second time."""
        # Due times are whole seconds, and datetime would round a hair's breadth before one up to it.
        shown = datetime.fromtimestamp(math.floor(at), self.zone)
        wall = shown.replace(tzinfo=None, fold=0)
        first, second = self._instants(wall)
        width = timedelta(seconds=max(0, second - first))
        return (wall, timedelta(), width) if shown.fold else (wall, width, timedelta())

    def _instants(self, wall: datetime) -> tuple[int, int]:
        """The instants at which the clock shows this. They are one, unless it is shown twice; when it is never shown, the
        first lies behind the change and the second before it (PEP 495)."""
        first, second = (int(wall.replace(tzinfo=self.zone, fold=fold).timestamp()) for fold in (0, 1))
        return first, second

    def _moments(self, wall: datetime) -> tuple[int, ...]:
        """When it is due for a time that the clock would show if it were never changed, in order. Both the first and the
        last never lie earlier than those of an earlier time."""
        first, second = self._instants(wall)
        if first < second and self._by_elapsed_time:
            return first, second
        if first > second:
            return () if self._by_elapsed_time else (self._change(second, first),)
        return (first,)

    def _change(self, before: int, behind: int) -> int:
        """The first second of the new time, when the clock is changed in (before, behind]."""
        old = self._offset(before)
        while behind - before > 1:
            middle = (before + behind) // 2
            if self._offset(middle) == old:
                before = middle
            else:
                behind = middle
        return behind

    def _offset(self, at: int) -> timedelta | None:
        return datetime.fromtimestamp(at, self.zone).utcoffset()


# -- what people write ---------------------------------------------------------------------------------------------------


def _expression(cron: str) -> str:
    """The five fields in capitals; ScheduleError names the wrong one."""
    text = " ".join(cron.split())
    written = NICKNAMES.get(text.removeprefix("@").lower(), text).upper()
    parts = written.split()
    if len(text) > LONGEST_CRON:
        raise ScheduleError(f"A cron expression has {LONGEST_CRON} characters at most; this one has {len(text)}.")
    if len(parts) != len(FIELDS):
        if text.startswith("@") or len(parts) == 1:
            nicknames = ", ".join(f"@{name}" for name in NICKNAMES)
            raise ScheduleError(f"{text!r} is no cron expression.", remedy=f"Five fields, or one of {nicknames}.")
        raise ScheduleError(
            f"The cron expression {text!r} has {len(parts)} field{'s' if len(parts) != 1 else ''} and needs five.",
            remedy=f'They are {", ".join(FIELDS)}; "0 7 * * MON-FRI" is at 7:00 from Monday to Friday.',
        )
    for place, (name, accepted) in enumerate(FIELDS.items()):
        # Alone, so that what is said is about this field and not about how it goes with the others.
        alone = ["*"] * len(FIELDS)
        alone[place] = parts[place]
        if not _is_read(" ".join(alone)):
            raise ScheduleError(
                f"The cron expression {text!r} has a wrong {name}: {text.split()[place]!r}.",
                remedy=f"It is {accepted}; also *, lists (1,5), ranges (1-5) and steps (*/2).",
            )
    if not _is_read(written):
        raise _never(text)
    return written


def _is_read(expression: str) -> bool:
    try:
        CronSim(expression, _START)
    except CronSimError:
        return False
    return True


def _never(cron: str) -> ScheduleError:
    return ScheduleError(
        f"The cron expression {cron!r} is never due: no day, or no time of day, is as it says.",
        remedy="Look at the day and the month: the 31st of February does not come.",
    )


def _zone(name: str) -> ZoneInfo:
    """The zone's rules, from the system or else from the package tzdata."""
    if _ZONE.fullmatch(name) and name.split("/", maxsplit=1)[0] not in _NO_ZONES:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # not there; no file of rules; a folder
            pass
    known = sorted(each for each in available_timezones() if each.split("/")[0] not in _NO_ZONES)
    if not known:
        raise ScheduleError(
            f"The time zone {name!r} cannot be looked up: there is no time zone database here.",
            remedy="`pip install tzdata` brings one, or the system's package of that name.",
        )
    close = _closest(name, known)
    hint = f"Did you mean {close!r}? " if close else ""
    raise ScheduleError(
        f"There is no time zone {name!r}." if name else "No time zone is named.",
        remedy=f"{hint}An IANA name is asked for, as Europe/Paris or UTC.",
    )


def _closest(name: str, known: list[str]) -> str | None:
    """The zone that is meant: written in other letters, by its city alone, or with a slip of the pen."""
    wanted = re.sub(r"\s+", "_", name.strip()).lower()
    by_name = {each.lower(): each for each in known}
    by_city = {each.lower().rpartition("/")[2]: each for each in known}
    for names in (by_name, by_city):
        close = get_close_matches(wanted, names, 1, cutoff=0.8)
        if close:
            return names[close[0]]
    return None
