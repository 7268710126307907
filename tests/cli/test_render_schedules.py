"""How schedules read: states, outcomes and times in their own zones."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_runt.cli.render import schedules
from jupyter_runt.events.codec import seconds

NOW = seconds("2027-03-27T12:00:00Z")
FIRING = {
    "due_at": "2027-03-27T06:00:00.000Z", "last_at": "2027-03-27T06:00:00.000Z", "count": 1, "outcome": "fired", "run_id": "r1",
    "message": "", "status": "succeeded", "health": None, "score": None,
}  # fmt: skip


def found(**more: Any) -> dict[str, Any]:
    return {
        "schedule_id": "daily", "cron": "0 7 * * *", "tz": "Europe/Paris", "words": "At 07:00 every day", "notebook": "/n/daily.yml",
        "pinned": False, "created_at": "2027-01-01T00:00:00.000Z", "misfire": "once", "window": 86400, "overlap": "skip",
        "ends_at": None, "program": None, "parameters": {}, "paused": False, "fault": "", "firings": [],
        "next": ["2027-03-28T05:00:00.000Z", "2027-03-29T05:00:00.000Z"], **more,
    }  # fmt: skip


def state(**more: Any) -> str:
    return schedules.line(found(**more), NOW)[3]


def test_the_state_is_when_it_is_due_or_why_it_is_not():
    assert state() == "in 17 h 00 min"
    assert state(paused=True, next=[]) == "paused"
    assert state(next=[]) == "over"
    assert state(next=[], fault="There is no time zone 'Mars'.") == "cannot fire"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "succeeded"),
        ({"health": "WARNING", "score": 87.5}, "succeeded, WARNING, score 87.5"),
        ({"health": "NO DATA"}, "succeeded, NO DATA, no score"),
        ({"outcome": "by hand", "status": "failed"}, "failed, by hand"),
        ({"status": None}, "removed"),
        ({"run_id": None, "outcome": "overlap"}, "overlap"),
        ({"run_id": None, "outcome": "missed", "count": 3}, "missed (3 times)"),
    ],
)
def test_an_outcome_is_its_runs_status_or_why_there_is_no_run(more: dict[str, Any], words: str):
    assert schedules.outcome({**FIRING, **more}) == words


def test_times_are_those_of_the_schedules_zone_over_a_change_of_its_clocks():
    told = schedules.told(found(firings=[FIRING]), NOW)
    assert "2027-03-28 07:00 CEST  in 17 h 00 min" in told
    assert "2027-03-27 07:00 CET  succeeded        r1" in told


def test_several_missed_times_are_one_line_and_a_failure_says_why():
    missed = {**FIRING, "run_id": None, "outcome": "missed", "count": 3, "due_at": "2027-03-25T06:00:00.000Z"}
    failed = {**FIRING, "run_id": None, "outcome": "failed", "message": "/n/daily.yml: no such file\n  did you mean …"}
    lines = schedules.told(found(firings=[failed, missed]), NOW).splitlines()[-2:]
    assert lines[0].endswith("failed            /n/daily.yml: no such file did you mean …")
    assert lines[1].startswith("2027-03-25 07:00 CET … 2027-03-27 07:00 CET  missed (3 times)")


def test_everything_that_was_asked_for_is_told_first():
    told = schedules.told(
        found(pinned=True, ends_at="2027-12-31T22:59:59.000Z", parameters={"day": {"$date": "2027-01-01"}}, fault="It is broken."), NOW
    )  # fmt: skip
    assert told.splitlines()[:5] == [
        "daily: /n/daily.yml, as it was at 2027-01-01 01:00 CET",
        "0 7 * * * in Europe/Paris: At 07:00 every day",
        "misfire once within 24 h 00 min; overlap skip; ends 2027-12-31 23:59:59 CET",
        "parameters: day=2027-01-01",
        "It is broken.",
    ]


def test_a_zone_that_this_machine_does_not_know_is_told_in_utc():
    assert schedules.when("2027-03-27T06:00:00.000Z", "Mars/Olympus") == "2027-03-27 06:00 UTC"
