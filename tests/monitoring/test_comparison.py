"""A report beside earlier ones: since when, how fast, and what is noise."""

from __future__ import annotations

import random
from typing import Any

import pytest

from jupyter_runt.monitoring import check
from jupyter_runt.monitoring.comparison import Comparison, Past, compare, past
from jupyter_runt.monitoring.report import Report
from jupyter_runt.monitoring.sentences import change, earlier

HOUR, DAY = 3600.0, 86400.0
NOW = 1_795_000_000.0
DISK = ("", "disk")


def pasts(*statuses: str, every: float = HOUR, values: list[float] | None = None) -> list[Past]:
    """The newest first, `every` seconds apart."""
    return [
        Past(NOW - (number + 1) * every, status, 50.0, {} if values is None else {DISK: values[number]})
        for number, status in enumerate(statuses)
    ]


def compared(status: str, before: list[Past], row: int = 16, disk: float = 91.0) -> Comparison:
    checks = [check("disk", disk, warn=85, critical=95, unit="%")]
    return compare(status, NOW, checks, before, row)


def told(status: str, before: list[Past], row: int = 16) -> str:
    shown: Any = {"HEALTHY": True, "WARNING": False}.get(status)
    checks = [check("x", shown, severity="warning")]
    return earlier(Report("m", "", NOW, checks, comparison=compare(status, NOW, checks, before, row)))


@pytest.mark.parametrize(
    ("status", "before", "said"),
    [
        ("WARNING", [], "there is no earlier run to compare with"),
        ("WARNING", ["HEALTHY"], "HEALTHY 60 min ago (score 50)"),
        ("WARNING", ["CRITICAL", "HEALTHY"], "CRITICAL 60 min ago (score 50); last HEALTHY 2 h ago"),
        ("WARNING", ["WARNING", "WARNING", "HEALTHY"], "WARNING for 2 h; last HEALTHY 3 h ago"),
        ("WARNING", ["WARNING", "WARNING"], "WARNING for at least 2 h; not HEALTHY in any of 2 earlier runs"),
        ("WARNING", ["PARTIAL"], "PARTIAL 60 min ago (score 50); not HEALTHY before"),
        ("HEALTHY", ["HEALTHY", "HEALTHY", "CRITICAL"], "HEALTHY for 2 h"),
        ("HEALTHY", ["CRITICAL"], "CRITICAL 60 min ago (score 50)"),
    ],
)
def test_how_it_was_is_said_in_a_sentence(status, before, said):
    assert told(status, pasts(*before)) == said


def test_a_value_that_is_one_of_several_wanted_ones_goes_nowhere():
    before = [Past(NOW - HOUR, "HEALTHY", 100.0, {("", "status"): 200.0})]
    checks = [check("status", 503, expected=[200, 204])]
    assert compare("CRITICAL", NOW, checks, before, 1).trends == {}


def test_beyond_the_runs_in_a_row_nobody_knows_what_was_in_between():
    before = pasts("WARNING", "WARNING", "WARNING", "HEALTHY")
    assert told("WARNING", before, row=2) == "WARNING for at least 2 h; last HEALTHY 4 h ago"


def test_reports_of_a_clock_that_was_ahead_are_left_out():
    ahead = Past(NOW + HOUR, "CRITICAL", 0.0, {})
    assert compared("HEALTHY", [ahead, *pasts("HEALTHY")]).looked_at == 1


def test_a_steady_growth_is_told_with_where_it_leads():
    trend = compared(
        "WARNING", pasts(*["WARNING"] * 9, every=8 * HOUR, values=[91 - 0.5 * n for n in range(1, 10)])
    ).trends[DISK]
    assert trend.per_day == pytest.approx(1.5)
    assert trend.to_json()["reaches"] == {"limit": 95, "days": pytest.approx(2.7, abs=0.05)}
    assert change(check("disk", 91, critical=95, unit="%"), trend) == "+0.5 %; +1.5 % a day: 95 % in 2.7 d"


def test_a_limit_that_is_far_away_or_broken_already_is_not_forecast():
    slow = pasts(*["OK"] * 9, every=DAY, values=[91 - 0.01 * n for n in range(1, 10)])
    assert compared("OK", slow).trends[DISK].reaches is None
    beyond = pasts(*["OK"] * 9, every=DAY, values=[97 - n for n in range(1, 10)])
    assert compared("OK", beyond, disk=97).trends[DISK].reaches is None
    falling = pasts(*["OK"] * 9, every=DAY, values=[91 + n for n in range(1, 10)])
    assert compared("OK", falling).trends[DISK].reaches is None


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_growth(seed):
    chance = random.Random(seed)
    noise = pasts(*["OK"] * 20, every=3 * HOUR, values=[chance.uniform(10, 90) for _ in range(20)])
    assert compared("OK", noise, disk=50).trends[DISK].per_day is None


@pytest.mark.parametrize(
    ("count", "every", "values"),
    [
        (3, DAY, [90.0, 89.0, 88.0]),
        (9, 60.0, [91.0 - n for n in range(9)]),
        (9, DAY, [91.0] * 9),
        (9, DAY, [1e300] * 4 + [0.0] * 5),
    ],
)
def test_too_few_too_close_or_equal_values_are_no_growth(count, every, values):
    assert compared("OK", pasts(*["OK"] * count, every=every, values=values)).trends[DISK].per_day is None


def test_a_check_that_was_not_there_before_has_no_trend():
    assert compared("OK", pasts("OK")).trends == {}


def test_a_value_that_stays_is_said_to():
    (trend,) = compared("OK", pasts("OK", values=[91.0])).trends.values()
    assert (change(check("disk", 91.0), trend), change(check("new", 1), None)) == ("unchanged", "")


def test_what_is_read_back_is_what_was_written():
    checks = [
        check("disk", 91, warn=85),
        check("up", True, group="db"),
        check("n", 2.5, group="db"),
        check("gone", None),
    ]
    report = Report("m", "s", NOW, checks)
    found = past(report.to_json(), "r1")
    assert found == Past(NOW, "WARNING", report.score, {DISK: 91, ("db", "n"): 2.5}, "r1")


@pytest.mark.parametrize(
    "report", [{}, [], None, {"status": "FINE"}, {"status": "HEALTHY", "at": "yesterday", "score": 1, "checks": []}]
)
def test_what_is_no_report_is_not_compared(report):
    assert past(report) is None
