"""Any times, in any zone, around any change of the clock: the calendar says what looking at the clock every minute says."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from jupyter_runt.errors import UsageError
from jupyter_runt.schedules.calendar import Calendar
from tests.schedules.clocks import DAY, MINUTE, Times, due, utc

CHANGES = {
    "Europe/Paris": ("2024-03-31 01:00", "2024-10-27 01:00"),
    "America/New_York": ("2024-03-10 07:00", "2024-11-03 06:00"),
    "Australia/Lord_Howe": ("2024-04-06 15:00", "2024-10-05 15:30"),
    "Africa/Casablanca": ("2024-03-10 02:00", "2024-04-14 02:00"),
    "America/Santiago": ("2024-04-07 03:00", "2024-09-08 04:00"),
    "America/Havana": ("2024-03-10 05:00", "2024-11-03 05:00"),
    "America/St_Johns": ("2010-03-14 03:31", "2010-11-07 02:31"),
    "Antarctica/Troll": ("2024-03-31 01:00", "2024-10-27 01:00"),
    "Pacific/Apia": ("2011-12-30 10:00",),
    "Asia/Kolkata": ("2024-03-31 01:00",),
    "UTC": ("2024-10-27 01:00",),
}


Field = tuple[str, frozenset[int]]


def one_field(most: int) -> st.SearchStrategy[Field]:
    """A field as it is written, and what it means. About the small hours, where clocks are changed."""
    every = st.just(("*", frozenset(range(most + 1))))
    step = st.integers(1, most).map(lambda by: (f"*/{by}", frozenset(range(0, most + 1, by))))
    some = st.sets(st.integers(0, most) | st.integers(0, min(most, 3)), min_size=1, max_size=4).map(
        lambda chosen: (",".join(map(str, sorted(chosen))), frozenset(chosen))
    )
    span = st.tuples(st.integers(0, most), st.integers(0, most)).map(
        lambda ends: (f"{min(ends)}-{max(ends)}", frozenset(range(min(ends), max(ends) + 1)))
    )
    return every | step | some | some | span


DAYS, MONTHS = frozenset(range(7)), frozenset(range(1, 13))
weekdays = st.just(("*", DAYS)) | st.sets(st.integers(0, 6), min_size=1, max_size=3).map(
    lambda chosen: (",".join("MON TUE WED THU FRI SAT SUN".split()[day] for day in sorted(chosen)), frozenset(chosen))
)
# The clock is changed in some of these, and at the turn of a month.
month_sets = st.just(("*", MONTHS)) | st.sets(st.sampled_from([3, 4, 10, 11, 12]), min_size=1, max_size=3).map(
    lambda chosen: (",".join(map(str, sorted(chosen))), frozenset(chosen))
)


def _times(minute: Field, hour: Field, month: Field, weekday: Field) -> Times:
    return Times(f"{minute[0]} {hour[0]} * {month[0]} {weekday[0]}", minute[1], hour[1], month[1], weekday[1])


times = st.builds(_times, one_field(59), one_field(23), month_sets, weekdays)
zones_and_changes = st.sampled_from([(tz, utc(change)) for tz, changes in CHANGES.items() for change in changes])
seconds = st.integers(-3 * 3600, 3 * 3600) | st.integers(-2 * DAY, 2 * DAY)
PARIS_BACK = ("Europe/Paris", utc("2024-10-27 01:00"))
FULL = frozenset(range(60))


@given(zones_and_changes, times, seconds, st.integers(0, DAY))
@example(PARIS_BACK, Times("* 2 * * *", FULL, frozenset({2}), MONTHS, DAYS), -600, DAY)
@example(PARIS_BACK, Times("0-59 2 * * *", FULL, frozenset({2}), MONTHS, DAYS), 600, DAY)
@settings(deadline=None, max_examples=120)
def test_due_times_are_those_that_a_clock_shows(where, times, shift, length):
    tz, change = where
    since = change + shift
    until = since + length
    calendar = Calendar(times.cron, tz)
    expected = due(times, tz, since, until)
    assert calendar.between(since, until, 2000) == expected
    assert calendar.between(since, until, 3) == expected[-3:]
    assert calendar.count(since, until) == len(expected)
    walked: list[float] = []
    at = float(since)
    while len(walked) < 40 and (following := calendar.after(at)) is not None and following <= until:
        walked.append(following)
        at = following
    assert walked == expected[: len(walked)]
    assert len(walked) == min(len(expected), 40)


@given(zones_and_changes, times, st.floats(-40 * DAY, 40 * DAY))
@settings(deadline=None)
def test_after_is_strictly_later_due_and_the_first(where, times, shift):
    tz, change = where
    at = change + shift
    calendar = Calendar(times.cron, tz)
    following = calendar.after(at)
    assert following is not None
    assert following > at
    assert following % MINUTE == 0
    assert due(times, tz, following - 1, following) == [following]
    assert calendar.between(at, following, 5) == [following]
    assert calendar.count(at, following) == 1


@given(zones_and_changes, times, seconds, st.lists(st.integers(0, 20 * DAY), min_size=1, max_size=3))
@settings(deadline=None, max_examples=60)
def test_parts_count_what_the_whole_counts(where, times, shift, lengths):
    tz, change = where
    calendar, begin = Calendar(times.cron, tz), change + shift - 10 * DAY
    places = [begin]
    for length in lengths:
        places.append(places[-1] + length)
    parts = sum(calendar.count(since, until) for since, until in pairwise(places))
    assert calendar.count(begin, places[-1]) == parts


odd_days = st.sampled_from(["*", "L", "LW", "1", "31", "29", "*/5", "L,15", "10-20/3"])
odd_months = st.sampled_from(["*", "2", "JAN", "JUN-AUG", "*/3", "1,12"])
odd_weekdays = st.sampled_from(["MON", "TUE", "5L", "MON#1", "7", "0", "*", "*/2", "1-5", "0L,3"])


@given(one_field(59), one_field(23), odd_days, odd_months, odd_weekdays)
@settings(deadline=None)
def test_an_expression_is_refused_or_due_and_said_in_words(minute, hour, day, month, weekday):
    refused = ""
    try:
        calendar = Calendar(f"{minute[0]} {hour[0]} {day} {month} {weekday}", "Europe/Paris")
        assert len(calendar.words().split()) >= 2
        assert calendar.after(utc("2026-01-01 00:00")) is not None
    except UsageError as error:
        refused = error.message
    assert refused == "" or (refused.endswith("as it says.") and day != "*")
