"""How often a trigger had to fire, in Cloudflare's dialect of cron. Times are UTC; the 1st of March 2026 is a Sunday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_runt.monitoring.cloudflare.cron import due

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH = MARCH + 31 * DAY
MOMENTS = st.integers(0, 3 * 365 * 86_400).map(lambda seconds: MARCH + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("cron", "times"),
    [
        ("* * * * *", 31 * 1440),
        ("*/30 * * * *", 31 * 48),
        ("5/20 * * * *", 31 * 24 * 3),
        ("0 0 1 * *", 1),
        ("0 0 31 * *", 1),
        ("0 0 1 jan,jul *", 0),
        ("0 0 * 3 *", 31),
        ("15,45 8-10 * * *", 31 * 6),
        ("0 17 * * 1", 5),
        ("0 17 * * SUN", 5),
        ("10 7 * * mon-fri", 22),
        ("0 0 * * 7", 4),
        ("0 0 * * l", 4),
        ("0 0 l * *", 1),
        ("59 23 LW * *", 1),
        ("0 0 1W * *", 1),
        ("0 0 15w * *", 1),
        ("0 0 * * 6L", 1),
        ("0 0 * * fri#5", 0),
        ("0 0 * * 1#5", 1),
        ("0 0 13 * fri", 4),
        ("0 0 ? * 2", 5),
    ],
)
def test_an_expression_fires_as_often_in_march_2026(cron, times):
    assert due(cron, MARCH, MONTH) == times


@pytest.mark.parametrize(
    ("cron", "day"),
    [
        ("0 0 l * *", 31),
        ("0 0 1w * *", 2),
        ("0 0 15w * *", 16),
        ("0 0 14w * *", 13),
        ("0 0 * * 6l", 27),
        ("0 0 * * 1#5", 29),
        ("0 0 * * 2#1", 2),
    ],
)
def test_special_days_are_the_right_ones(cron, day):
    at = MARCH + (day - 1) * DAY
    assert due(cron, MARCH, MONTH) == 1
    assert due(cron, at, at + DAY) == 1


@pytest.mark.parametrize(
    "cron",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 0", "* * * * 8", "@daily",
     "0 0 * * fri#6", "0 0 32w * *", "*/0 * * * *", "9-5 * * * *", "a * * * *", "0 0 xw * *", "0 0 * * 9l"],
)  # fmt: skip
def test_what_cannot_be_read_is_not_known(cron):
    assert due(cron, MARCH, MONTH) is None


def test_only_moments_inside_of_the_window_count():
    noon = MARCH + timedelta(hours=12)
    assert due("0 12 * * *", noon, noon + timedelta(minutes=1)) == 1
    assert due("0 12 * * *", noon + timedelta(seconds=1), noon + timedelta(hours=23)) == 0
    assert due("0 12 * * *", noon - timedelta(hours=1), noon) == 0
    assert due("* * * * *", noon, noon - timedelta(hours=1)) == 0


@given(step=st.integers(1, 59), since=MOMENTS, minutes=st.integers(0, 1500))
def test_minutes_are_counted_as_one_by_one(step, since, minutes):
    until = since + timedelta(minutes=minutes)
    first = since.replace(second=0, microsecond=0)
    moments = [first + timedelta(minutes=each) for each in range(minutes + 2)]
    assert due(f"*/{step} * * * *", since, until) == sum(
        since <= each < until and each.minute % step == 0 for each in moments
    )


@given(at=MOMENTS)
def test_each_day_has_exactly_one_weekday(at):
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    assert [due(f"0 0 * * {number}", day, day + DAY) for number in range(1, 8)].count(1) == 1
    assert due(f"0 0 * * {day:%a}", day, day + DAY) == 1
