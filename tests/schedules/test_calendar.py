"""Expressions and zones as people write them, right and wrong, and how long an answer takes."""

from __future__ import annotations

import sys
from time import process_time
from zoneinfo import ZoneInfo, reset_tzpath

import pytest

from jupyter_runt.errors import UsageError
from jupyter_runt.schedules.calendar import LONGEST_CRON, NICKNAMES, Calendar, calendar_of
from tests.schedules.clocks import DAY, shown, utc

NEW_YEAR = utc("2026-01-01 00:00")  # a Thursday


def next_times(cron: str, tz: str = "UTC", since: float = NEW_YEAR, count: int = 3) -> list[str]:
    calendar, found = Calendar(cron, tz), [since]
    for _ in range(count):
        following = calendar.after(found[-1])
        assert following is not None
        found.append(following)
    return shown(found[1:])


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("*/15 * * * *", ["2026-01-01 00:15", "2026-01-01 00:30", "2026-01-01 00:45"]),
        ("0 7 * * MON-FRI", ["2026-01-01 07:00", "2026-01-02 07:00", "2026-01-05 07:00"]),
        ("0 7 * * mon,wed", ["2026-01-05 07:00", "2026-01-07 07:00", "2026-01-12 07:00"]),
        ("30 6,18 1 JAN-MAR *", ["2026-01-01 06:30", "2026-01-01 18:30", "2026-02-01 06:30"]),
        ("0 0 L * *", ["2026-01-31 00:00", "2026-02-28 00:00", "2026-03-31 00:00"]),
        ("0 0 LW * *", ["2026-01-30 00:00", "2026-02-27 00:00", "2026-03-31 00:00"]),
        ("0 0 * * 5L", ["2026-01-30 00:00", "2026-02-27 00:00", "2026-03-27 00:00"]),
        ("0 0 * * MON#1", ["2026-01-05 00:00", "2026-02-02 00:00", "2026-03-02 00:00"]),
        ("0 0 * * 7", ["2026-01-04 00:00", "2026-01-11 00:00", "2026-01-18 00:00"]),
        ("0 0 29 2 *", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        # Of day and weekday one is enough, unless one of them begins with *.
        ("0 0 6 * MON", ["2026-01-05 00:00", "2026-01-06 00:00", "2026-01-12 00:00"]),
        ("0 0 30 2 MON", ["2026-02-02 00:00", "2026-02-09 00:00", "2026-02-16 00:00"]),
        ("0 0 */2 * MON", ["2026-01-05 00:00", "2026-01-19 00:00", "2026-02-09 00:00"]),
        ("@hourly", ["2026-01-01 01:00", "2026-01-01 02:00", "2026-01-01 03:00"]),
        ("daily", ["2026-01-02 00:00", "2026-01-03 00:00", "2026-01-04 00:00"]),
        ("@Weekly", ["2026-01-04 00:00", "2026-01-11 00:00", "2026-01-18 00:00"]),
        (" monthly ", ["2026-02-01 00:00", "2026-03-01 00:00", "2026-04-01 00:00"]),
        ("@annually", ["2027-01-01 00:00", "2028-01-01 00:00", "2029-01-01 00:00"]),
    ],
)
def test_an_expression_is_due_when_it_says(cron, expected):
    assert next_times(cron) == expected


@pytest.mark.parametrize("name", NICKNAMES)
def test_a_nickname_is_the_same_with_an_at_sign_and_without(name):
    assert next_times(name) == next_times(f"@{name}") == next_times(NICKNAMES[name])


def test_a_rare_day_is_found_however_far_it_is():
    """2072 and 2112: forty years lie between two fifth Mondays of a February where 2100 leaves out its leap day."""
    assert next_times("0 0 * 2 MON#5", count=3) == ["2044-02-29 00:00", "2072-02-29 00:00", "2112-02-29 00:00"]


@pytest.mark.parametrize(
    ("cron", "message", "remedy"),
    [
        ("61 * * * *", "a wrong minute: '61'", "0 to 59"),
        ("0 24 * * *", "a wrong hour: '24'", "0 to 23"),
        ("0 0 32 * *", "a wrong day of the month: '32'", "L for the last"),
        ("0 0 * foo *", "a wrong month: 'foo'", "JAN to DEC"),
        ("0 0 * * ?", "a wrong day of the week: '?'", "SUN to SAT"),
        ("0 0 * * FRI-SUN", "a wrong day of the week: 'FRI-SUN'", "0 and 7 are Sunday"),
        ("*/0 * * * *", "a wrong minute: '*/0'", "steps"),
        ("1,,2 * * * *", "a wrong minute: '1,,2'", "lists (1,5)"),
        ("٣ * * * *", "a wrong minute: '٣'", "0 to 59"),
        ("0 7 * *", "has 4 fields and needs five", "minute, hour, day of the month, month, day of the week"),
        ("0 0 7 * * *", "has 6 fields and needs five", "minute, hour"),
        ("@reboot", "'@reboot' is no cron expression", "@hourly, @daily"),
        ("tomorrow", "'tomorrow' is no cron expression", "Five fields, or one of @hourly"),
        ("", "has 0 fields", "minute, hour"),
        ("9" * 5000, f"{LONGEST_CRON} characters at most; this one has 5000", ""),
        ("0 0 31 2 *", "is never due", "31st of February"),
        ("0 0 31 4,6,9,11 *", "is never due", "the month"),
        ("0 0 */20 * 1L", "is never due", "the day"),
    ],
)
def test_a_wrong_expression_is_told_with_its_field(cron, message, remedy):
    with pytest.raises(UsageError) as refused:
        Calendar(cron, "UTC")
    assert message in refused.value.message
    assert remedy in refused.value.remedy


def test_what_is_due_only_in_the_hour_that_is_always_left_out_is_never_due():
    """On the last Sunday of March, Paris has no time between two and three."""
    assert Calendar("* 2 * 3 7L", "UTC").after(NEW_YEAR)
    with pytest.raises(UsageError, match="is never due"):
        Calendar("* 2 * 3 7L", "Europe/Paris")
    assert next_times("0 2 * 3 7L", "Europe/Paris", count=1) == ["2026-03-29 01:00"]


@pytest.mark.parametrize(
    ("tz", "meant"),
    [
        ("europe/paris", "Europe/Paris"),
        ("Europe/Pariss", "Europe/Paris"),
        ("New York", "America/New_York"),
        ("lord_howe", "Australia/Lord_Howe"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_that_is_almost_right_is_suggested(tz, meant):
    with pytest.raises(UsageError, match="There is no time zone") as refused:
        Calendar("@daily", tz)
    assert f"Did you mean {meant!r}?" in refused.value.remedy


@pytest.mark.parametrize(
    "tz",
    [
        "Mars/Olympus",
        "America",
        "../etc/passwd",
        "/etc/localtime",
        "localtime",
        "right/UTC",
        "posix/UTC",
        "UTC\0",
        "é",
        ".",
    ],
)
def test_what_is_no_zone_is_refused(tz):
    with pytest.raises(UsageError, match="There is no time zone") as refused:
        Calendar("@daily", tz)
    assert "IANA name" in refused.value.remedy


def test_no_zone_at_all_is_refused():
    with pytest.raises(UsageError, match="No time zone is named"):
        Calendar("@daily", "")


@pytest.fixture
def no_zone_database(monkeypatch):
    """As on a system that has none, with the package tzdata gone too."""
    for name in [name for name in sys.modules if name.split(".")[0] == "tzdata"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tzdata", None)
    reset_tzpath(to=())
    ZoneInfo.clear_cache()
    yield
    reset_tzpath()
    ZoneInfo.clear_cache()


@pytest.mark.usefixtures("no_zone_database")
def test_a_missing_zone_database_is_told_as_such():
    with pytest.raises(UsageError, match="no time zone database here") as refused:
        Calendar("@daily", "Europe/Paris")
    assert "pip install tzdata" in refused.value.remedy


def test_the_package_tzdata_stands_in_for_a_system_without_zones():
    reset_tzpath(to=())
    ZoneInfo.clear_cache()
    try:
        assert next_times("30 2 * * *", "Europe/Paris", utc("2024-03-30 12:00"), 1) == ["2024-03-31 01:00"]
    finally:
        reset_tzpath()
        ZoneInfo.clear_cache()


def test_a_calendar_is_read_once():
    assert calendar_of("0 7 * * *", "Europe/Paris") is calendar_of("0 7 * * *", "Europe/Paris")
    assert Calendar("0 7 * * *", "UTC") == Calendar("0 7 * * *", "UTC") != Calendar("0 7 * * *", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 7 * * *", "At 07:00 every day"),
        ("@hourly", "At the start of every hour"),
        ("*/15 9-17 * * MON-FRI", "Every 15th minute from 09:00 through 17:59 on Monday through Friday"),
        ("0 0 LW * *", "At 00:00 on the last weekday of every month"),
    ],
)
def test_an_expression_is_said_in_words(cron, words):
    assert Calendar(cron, "UTC").words() == words


@pytest.mark.parametrize("early", [3e-7, 0.0004, 0.5])
def test_a_hair_before_a_due_time_it_is_still_to_come(early):
    due = utc("2026-01-01 07:00")
    calendar = Calendar("0 7 * * *", "UTC")
    assert calendar.after(due - early) == due
    assert calendar.after(due) == due + DAY
    assert calendar.between(due - early, due, 10) == [due]
    assert calendar.between(due - DAY, due - early, 10) == []
    assert (calendar.count(due - early, due), calendar.count(due - DAY, due - early)) == (1, 0)


def test_between_gives_the_newest_and_nothing_where_nothing_lies():
    calendar = Calendar("@daily", "UTC")
    assert shown(calendar.between(NEW_YEAR, NEW_YEAR + 9 * DAY, 2)) == ["2026-01-09 00:00", "2026-01-10 00:00"]
    assert calendar.between(NEW_YEAR, NEW_YEAR + 9 * DAY, 0) == []
    assert calendar.between(NEW_YEAR, NEW_YEAR, 5) == calendar.between(NEW_YEAR, NEW_YEAR - DAY, 5) == []
    assert calendar.count(NEW_YEAR, NEW_YEAR - DAY) == 0


def test_at_the_end_of_all_calendars_nothing_comes_any_more():
    assert Calendar("@yearly", "Europe/Paris").after(utc("9999-06-01 00:00")) is None


@pytest.mark.parametrize(
    ("cron", "count"), [("* * * * *", 527_040), ("0-59 0-23 * * *", 526_980), ("* * * 1 *", 46_080)]
)
def test_a_year_of_minutes_is_no_work(cron, count):
    """Half a second of work: walking from minute to minute takes five."""
    calendar = Calendar(cron, "Europe/Paris")
    begin = process_time()
    newest = calendar.between(NEW_YEAR, NEW_YEAR + 366 * DAY, 100)
    counted = calendar.count(NEW_YEAR, NEW_YEAR + 366 * DAY)
    assert process_time() - begin < 0.5
    assert len(newest) == 100
    assert counted == count
