"""Due times around changes of the clock, against tables in UTC that were worked out by hand.

crontab(5) and cron(8) of Debian: "If the time has moved forwards, those jobs which would have run in the time that was
skipped will be run soon after the change. Conversely, if the time has moved backwards […], those jobs that fall into the
repeated time will not be re-run. Only jobs that run at a particular time (not specified as @hourly, nor with '*' in the
hour or minute specifier) are affected. Jobs which are specified with wildcards are run based on the new time immediately."
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from jupyter_runt.schedules.calendar import Calendar
from tests.schedules.clocks import MINUTE, shown, utc

PARIS, NEW_YORK, LORD_HOWE = "Europe/Paris", "America/New_York", "Australia/Lord_Howe"
CASABLANCA, TOKYO, SANTIAGO = "Africa/Casablanca", "Asia/Tokyo", "America/Santiago"

# Where, after which instant, the expression, and the next due times.
TABLE = [
    # Paris, 31 March 2024: 02:00 becomes 03:00 at 01:00 UTC.
    (PARIS, "2024-03-30 00:00", "30 2 * * *", ["2024-03-30 01:30", "2024-03-31 01:00", "2024-04-01 00:30"]),
    (PARIS, "2024-03-30 00:00", "0 2 * * *", ["2024-03-30 01:00", "2024-03-31 01:00", "2024-04-01 00:00"]),
    (PARIS, "2024-03-30 12:00", "0,30 2 * * *", ["2024-03-31 01:00", "2024-04-01 00:00", "2024-04-01 00:30"]),
    (PARIS, "2024-03-30 12:00", "30 1,2,3 * * *", ["2024-03-31 00:30", "2024-03-31 01:00", "2024-03-31 01:30"]),
    (PARIS, "2024-03-30 12:00", "0 2,3 * * *", ["2024-03-31 01:00", "2024-04-01 00:00", "2024-04-01 01:00"]),
    (PARIS, "2024-03-30 12:00", "0 3 * * *", ["2024-03-31 01:00", "2024-04-01 01:00"]),
    (PARIS, "2024-03-31 00:59", "*/15 * * * *", ["2024-03-31 01:00", "2024-03-31 01:15", "2024-03-31 01:30"]),
    (PARIS, "2024-03-30 23:30", "@hourly", ["2024-03-31 00:00", "2024-03-31 01:00", "2024-03-31 02:00"]),
    (PARIS, "2024-03-30 23:30", "17 * * * *", ["2024-03-31 00:17", "2024-03-31 01:17", "2024-03-31 02:17"]),
    (PARIS, "2024-03-30 12:00", "*/30 2 * * *", ["2024-04-01 00:00", "2024-04-01 00:30"]),
    (PARIS, "2024-03-30 22:30", "0 */2 * * *", ["2024-03-30 23:00", "2024-03-31 02:00", "2024-03-31 04:00"]),
    # Paris, 27 October 2024: 03:00 becomes 02:00 at 01:00 UTC.
    (PARIS, "2024-10-26 00:00", "30 2 * * *", ["2024-10-26 00:30", "2024-10-27 00:30", "2024-10-28 01:30"]),
    (PARIS, "2024-10-26 00:00", "0 3 * * *", ["2024-10-26 01:00", "2024-10-27 02:00", "2024-10-28 02:00"]),
    (PARIS, "2024-10-26 12:00", "59 1,2 * * *", ["2024-10-26 23:59", "2024-10-27 00:59", "2024-10-28 00:59"]),
    (PARIS, "2024-10-27 00:40", "45,50 2 * * *", ["2024-10-27 00:45", "2024-10-27 00:50", "2024-10-28 01:45"]),
    (PARIS, "2024-10-27 01:10", "45 2 * * *", ["2024-10-28 01:45"]),  # asked in the hour that comes again
    (PARIS, "2024-10-26 22:30", "0 0-23 * * *", ["2024-10-26 23:00", "2024-10-27 00:00", "2024-10-27 02:00"]),
    (PARIS, "2024-10-27 00:40", "*/15 * * * *", ["2024-10-27 00:45", "2024-10-27 01:00", "2024-10-27 01:15"]),
    (PARIS, "2024-10-26 23:30", "@hourly", ["2024-10-27 00:00", "2024-10-27 01:00", "2024-10-27 02:00"]),
    (PARIS, "2024-10-26 12:00", "*/30 2 * * *",
     ["2024-10-27 00:00", "2024-10-27 00:30", "2024-10-27 01:00", "2024-10-27 01:30", "2024-10-28 01:00"]),
    (PARIS, "2024-10-26 21:30", "0 */2 * * *",
     ["2024-10-26 22:00", "2024-10-27 00:00", "2024-10-27 01:00", "2024-10-27 03:00"]),
    (PARIS, "2024-10-27 00:55", "*/5 2 27 10 *", ["2024-10-27 01:00", "2024-10-27 01:05"]),
    # New York, 10 March 2024: 02:00 becomes 03:00 at 07:00 UTC. 3 November 2024: 02:00 becomes 01:00 at 06:00 UTC.
    (NEW_YORK, "2024-03-09 00:00", "30 2 * * *", ["2024-03-09 07:30", "2024-03-10 07:00", "2024-03-11 06:30"]),
    (NEW_YORK, "2024-03-10 05:30", "0 * * * *", ["2024-03-10 06:00", "2024-03-10 07:00", "2024-03-10 08:00"]),
    (NEW_YORK, "2024-03-09 12:00", "*/20 2 * * *", ["2024-03-11 06:00", "2024-03-11 06:20"]),
    (NEW_YORK, "2024-11-02 00:00", "30 1 * * *", ["2024-11-02 05:30", "2024-11-03 05:30", "2024-11-04 06:30"]),
    (NEW_YORK, "2024-11-03 04:30", "0 * * * *", ["2024-11-03 05:00", "2024-11-03 06:00", "2024-11-03 07:00"]),
    (NEW_YORK, "2024-11-03 00:00", "*/30 1 * * *",
     ["2024-11-03 05:00", "2024-11-03 05:30", "2024-11-03 06:00", "2024-11-03 06:30", "2024-11-04 06:00"]),
    # Lord Howe, 6 October 2024: 02:00 becomes 02:30 at 15:30 UTC of the day before.
    (LORD_HOWE, "2024-10-04 00:00", "15 2 * * *", ["2024-10-04 15:45", "2024-10-05 15:30", "2024-10-06 15:15"]),
    (LORD_HOWE, "2024-10-05 00:00", "10,30 2 * * *", ["2024-10-05 15:30", "2024-10-06 15:10", "2024-10-06 15:30"]),
    (LORD_HOWE, "2024-10-05 15:10", "*/15 * * * *", ["2024-10-05 15:15", "2024-10-05 15:30", "2024-10-05 15:45"]),
    (LORD_HOWE, "2024-10-05 15:10", "*/15 3 * * *", ["2024-10-05 16:00", "2024-10-05 16:15", "2024-10-05 16:30"]),
    (LORD_HOWE, "2024-10-05 00:00", "*/15 2 * * *", ["2024-10-05 15:30", "2024-10-05 15:45", "2024-10-06 15:00"]),
    # Lord Howe, 7 April 2024: 02:00 becomes 01:30 at 15:00 UTC of the day before.
    (LORD_HOWE, "2024-04-05 00:00", "45 1 * * *", ["2024-04-05 14:45", "2024-04-06 14:45", "2024-04-07 15:15"]),
    (LORD_HOWE, "2024-04-06 14:40", "*/15 * * * *", ["2024-04-06 14:45", "2024-04-06 15:00", "2024-04-06 15:15"]),
    (LORD_HOWE, "2024-04-06 14:10", "*/15 3 * * *", ["2024-04-06 16:30", "2024-04-06 16:45", "2024-04-06 17:00"]),
    # An hour and a half, as the clock shows no full hour in between.
    (LORD_HOWE, "2024-04-06 13:30", "0 * * * *", ["2024-04-06 14:00", "2024-04-06 15:30", "2024-04-06 16:30"]),
    # Casablanca for Ramadan, 10 March 2024: 03:00 becomes 02:00 at 02:00 UTC; 14 April: 02:00 becomes 03:00 at 02:00 UTC.
    (CASABLANCA, "2024-03-09 00:00", "30 2 * * *", ["2024-03-09 01:30", "2024-03-10 01:30", "2024-03-11 02:30"]),
    (CASABLANCA, "2024-03-10 01:10", "*/30 * * * *", ["2024-03-10 01:30", "2024-03-10 02:00", "2024-03-10 02:30"]),
    (CASABLANCA, "2024-04-13 00:00", "30 2 * * *", ["2024-04-13 02:30", "2024-04-14 02:00", "2024-04-15 01:30"]),
    (CASABLANCA, "2024-04-14 01:10", "*/30 * * * *", ["2024-04-14 01:30", "2024-04-14 02:00", "2024-04-14 02:30"]),
    # Tokyo and UTC know no change.
    (TOKYO, "2024-03-30 00:00", "30 2 * * *", ["2024-03-30 17:30", "2024-03-31 17:30", "2024-04-01 17:30"]),
    (TOKYO, "2024-10-26 16:45", "*/30 2 * * *", ["2024-10-26 17:00", "2024-10-26 17:30", "2024-10-27 17:00"]),
    ("UTC", "2024-03-31 00:00", "@daily", ["2024-04-01 00:00", "2024-04-02 00:00"]),
    # Santiago changes at midnight: 7 April 2024 00:00 becomes 23:00 at 03:00 UTC; 8 September 01:00 at 04:00 UTC.
    (SANTIAGO, "2024-04-06 00:00", "0 0 * * *", ["2024-04-06 03:00", "2024-04-07 04:00", "2024-04-08 04:00"]),
    (SANTIAGO, "2024-04-07 00:00", "30 23 * * *", ["2024-04-07 02:30", "2024-04-08 03:30"]),
    (SANTIAGO, "2024-04-07 02:20", "*/30 23 * * *", ["2024-04-07 02:30", "2024-04-07 03:00", "2024-04-07 03:30"]),
    (SANTIAGO, "2024-09-07 00:00", "0 0 * * *", ["2024-09-07 04:00", "2024-09-08 04:00", "2024-09-09 03:00"]),
    (SANTIAGO, "2024-09-07 12:00", "*/30 0 * * SUN", ["2024-09-15 03:00", "2024-09-15 03:30"]),
    # St. John's, 7 November 2010: Sunday 00:01 becomes Saturday 23:01 at 02:31 UTC.
    ("America/St_Johns", "2010-11-06 12:00", "*/30 0 * * SUN", ["2010-11-07 02:30", "2010-11-07 03:30", "2010-11-07 04:00"]),
    ("America/St_Johns", "2010-11-06 12:00", "0 0 * * SUN", ["2010-11-07 02:30", "2010-11-14 03:30"]),
    # Samoa left out 30 December 2011, at 10:00 UTC.
    ("Pacific/Apia", "2011-12-29 12:00", "0 7 * * *", ["2011-12-29 17:00", "2011-12-30 10:00", "2011-12-30 17:00"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("tz", "after", "cron", "expected"), TABLE, ids=[f"{row[0]}, {row[2]} after {row[1]}" for row in TABLE]
)
def test_due_times_are_those_of_the_table(tz, after, cron, expected):
    calendar = Calendar(cron, tz)
    found = [utc(after)]
    for _ in expected:
        following = calendar.after(found[-1])
        assert following is not None
        found.append(following)
    assert shown(found[1:]) == expected
    # The same backwards, and counted.
    assert shown(calendar.between(found[0], found[-1], 100)) == expected
    assert shown(calendar.between(0, found[-1], len(expected))) == expected
    assert calendar.count(found[0], found[-1]) == len(expected)
    # Asked a moment before each, as a worker that wakes is.
    assert [calendar.after(at - 0.001) for at in found[1:]] == found[1:]


YEAR = (utc("2024-01-01 00:00"), utc("2025-01-01 00:00"))


@pytest.mark.parametrize("tz", [PARIS, NEW_YORK, LORD_HOWE, CASABLANCA, TOKYO])
@pytest.mark.parametrize(("cron", "minutes"), [("* * * * *", 1), ("*/15 * * * *", 15), ("*/30 * * * *", 30)])
def test_what_is_due_every_few_minutes_has_no_hole_and_no_double_in_a_year(tz, cron, minutes):
    calendar = Calendar(cron, tz)
    assert calendar.count(*YEAR) == 366 * 24 * 60 // minutes
    for change in ("2024-03-10", "2024-03-31", "2024-04-06", "2024-04-14", "2024-10-05", "2024-10-27", "2024-11-03"):
        found = calendar.between(utc(f"{change} 00:00"), utc(f"{change} 23:59"), 2000)
        assert {later - at for at, later in pairwise(found)} == {minutes * MINUTE}


@pytest.mark.parametrize("tz", [PARIS, NEW_YORK, CASABLANCA, TOKYO])
def test_what_is_due_every_hour_has_no_hole_and_no_double_in_a_year(tz):
    found = Calendar("0 * * * *", tz).between(*YEAR, 10_000)
    assert len(found) == 366 * 24
    assert {later - at for at, later in pairwise(found)} == {60 * MINUTE}


@pytest.mark.parametrize("tz", [PARIS, NEW_YORK, LORD_HOWE, CASABLANCA, SANTIAGO, TOKYO])
@pytest.mark.parametrize("time", ["0 0", "30 1", "45 1", "0 2", "15 2", "30 2", "30 23"])
def test_what_is_due_every_day_is_due_once_on_each_day_of_a_year(tz, time):
    assert Calendar(f"{time} * * *", tz).count(*YEAR) == 366
