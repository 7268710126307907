"""What becomes of due times: each policy, with and without a run that goes on, on time, late and after the end."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_runt.schedules.definition import Definition
from jupyter_runt.schedules.plan import MOST, ON_TIME_SECONDS, Firing, Plan, plan
from tests.schedules.clocks import DAY, utc

HOUR = 3600
NOON = utc("2026-03-10 12:00")


def hourly(cron: str = "0 * * * *", tz: str = "UTC", **policies: Any) -> Definition:
    return Definition(schedule_id="s", cron=cron, tz=tz, notebook="n.yml", **policies)


def fired(at: float, *, waits: bool = False) -> Firing:
    return Firing(at, "fired", at, waits=waits)


def test_a_due_time_fires_and_the_next_one_is_named():
    assert plan(hourly(), NOON, NOON + 0.05, False) == Plan((fired(NOON),), NOON + HOUR)


def test_before_the_due_time_nothing_happens():
    assert plan(hourly(), NOON, NOON - 0.001, False) == Plan((), NOON)


@pytest.mark.parametrize("misfire", ["skip", "once", "all"])
@pytest.mark.parametrize("window", [0.0, 86400.0])
def test_a_due_time_of_the_last_minute_has_not_been_missed(misfire, window):
    definition = hourly(misfire=misfire, window=window)
    now = NOON + ON_TIME_SECONDS - 0.001
    assert plan(definition, NOON, now, False).fired == (fired(NOON),)


def test_a_minute_late_it_is_missed():
    now = NOON + ON_TIME_SECONDS
    assert plan(hourly(misfire="skip"), NOON, now, False) == Plan((Firing(NOON, "missed", NOON),), NOON + HOUR)


# Nobody was there from 9:00 on; it is 12:20.
LATE: dict[str, Any] = {"next_at": NOON - 3 * HOUR, "now": NOON + 1200, "running": False}
NEXT = NOON + HOUR


def test_misfire_skip_passes_over_all_that_was_missed():
    assert plan(hourly(misfire="skip"), **LATE) == Plan((Firing(NOON - 3 * HOUR, "missed", NOON, 4),), NEXT)


def test_misfire_once_makes_up_for_the_newest():
    missed = Firing(NOON - 3 * HOUR, "missed", NOON - HOUR, 3)
    assert plan(hourly(misfire="once"), **LATE) == Plan((missed, fired(NOON)), NEXT)


def test_misfire_all_makes_up_for_each_one_after_the_other():
    expected = (fired(NOON - 3 * HOUR), *(fired(NOON - back * HOUR, waits=True) for back in (2, 1, 0)))
    assert plan(hourly(misfire="all"), **LATE) == Plan(expected, NEXT)


def test_what_was_missed_for_longer_than_the_window_is_not_made_up_for():
    missed = Firing(NOON - 3 * HOUR, "missed", NOON - 2 * HOUR, 2)
    expected = (missed, fired(NOON - HOUR), fired(NOON, waits=True))
    assert plan(hourly(misfire="all", window=1200.0 + HOUR), **LATE) == Plan(expected, NEXT)
    all_missed = Firing(NOON - 3 * HOUR, "missed", NOON, 4)
    for misfire in ("once", "all"):
        assert plan(hourly(misfire=misfire, window=1199.0), **LATE) == Plan((all_missed,), NEXT)


def test_misfire_once_with_one_on_time_fires_that_one_alone():
    missed = Firing(NOON - 3 * HOUR, "missed", NOON - HOUR, 3)
    assert plan(hourly(), NOON - 3 * HOUR, NOON + 1, False) == Plan((missed, fired(NOON)), NEXT)


def test_a_year_of_minutes_is_one_line():
    found = plan(hourly("* * * * *"), NOON - 365 * DAY, NOON + 1, False)
    assert found.firings == (Firing(NOON - 365 * DAY, "missed", NOON - 60, 365 * 1440), fired(NOON))


def test_misfire_all_makes_up_for_the_newest_when_there_are_very_many():
    found = plan(hourly("* * * * *", misfire="all"), NOON - DAY, NOON + 1, False)
    assert [each.due_at for each in found.fired] == [NOON - 60 * back for back in range(MOST - 1, -1, -1)]
    assert found.firings[0] == Firing(NOON - DAY, "missed", NOON - 60 * MOST, 1441 - MOST)


def test_overlap_skip_passes_while_the_run_before_goes_on():
    assert plan(hourly(), NOON, NOON, True) == Plan((Firing(NOON, "overlap", NOON),), NEXT)
    found = plan(hourly(misfire="all"), **{**LATE, "running": True})
    assert found == Plan((Firing(NOON - 3 * HOUR, "overlap", NOON, 4),), NEXT)
    found = plan(hourly(), **{**LATE, "running": True})
    assert found.firings == (Firing(NOON - 3 * HOUR, "missed", NOON - HOUR, 3), Firing(NOON, "overlap", NOON))


def test_overlap_queue_waits_for_the_run_before():
    definition = hourly(overlap="queue")
    assert plan(definition, NOON, NOON, True) == Plan((fired(NOON, waits=True),), NEXT)
    assert plan(definition, NOON, NOON, False) == Plan((fired(NOON),), NEXT)
    found = plan(hourly(overlap="queue", misfire="all"), **{**LATE, "running": True})
    assert [each.waits for each in found.fired] == [True] * 4


def test_overlap_cancel_running_ends_the_run_before():
    definition = hourly(overlap="cancel_running")
    assert plan(definition, NOON, NOON, True) == Plan((fired(NOON),), NEXT, cancel_running=True)
    assert plan(definition, NOON, NOON, False) == Plan((fired(NOON),), NEXT)
    assert not plan(definition, NOON, NOON - 1, True).cancel_running


def test_with_cancel_running_none_is_started_only_to_be_cancelled():
    found = plan(hourly(overlap="cancel_running", misfire="all"), **{**LATE, "running": True})
    overlap = Firing(NOON - 3 * HOUR, "overlap", NOON - HOUR, 3)
    assert found == Plan((overlap, fired(NOON)), NEXT, cancel_running=True)


def test_a_run_that_goes_on_is_not_cancelled_for_what_nobody_makes_up_for():
    found = plan(hourly(overlap="cancel_running", misfire="skip"), **{**LATE, "running": True})
    assert not found.cancel_running
    assert found.firings == (Firing(NOON - 3 * HOUR, "missed", NOON, 4),)


def test_a_schedule_is_due_at_its_end_for_the_last_time():
    assert plan(hourly(ends_at=NOON), NOON, NOON, False) == Plan((fired(NOON),), None)
    assert plan(hourly(ends_at=NOON + HOUR - 1), NOON, NOON, False).next_at is None
    assert plan(hourly(ends_at=NOON + HOUR), NOON, NOON, False).next_at == NOON + HOUR


def test_beyond_the_end_nothing_fires_and_nothing_is_passed_over():
    assert plan(hourly(ends_at=NOON - 1), NOON, NOON, False) == Plan((), None)
    found = plan(hourly(ends_at=NOON - 2 * HOUR, misfire="all"), **LATE)
    assert found == Plan((fired(NOON - 3 * HOUR), fired(NOON - 2 * HOUR, waits=True)), None)


def test_a_clock_that_was_put_back_fires_nothing_again():
    first = plan(hourly(), NOON, NOON, False)
    assert first.next_at == NEXT
    assert plan(hourly(), NEXT, NOON - HOUR, False) == Plan((), NEXT)


def test_rules_of_a_zone_that_changed_since_are_those_of_now():
    """The next time was worked out when Paris still had summer time, say."""
    seven = hourly("0 7 * * *", tz="Europe/Paris")
    due = utc("2026-03-10 06:00")
    assert plan(seven, due - HOUR, due - HOUR, False) == Plan((), due)


def test_a_night_with_a_change_of_the_clock_fires_once():
    definition = hourly("30 2 * * *", tz="Europe/Paris")
    spring, autumn = utc("2024-03-31 01:00"), utc("2024-10-27 00:30")
    assert plan(definition, spring, spring, False) == Plan((fired(spring),), utc("2024-04-01 00:30"))
    assert plan(definition, autumn, autumn, False) == Plan((fired(autumn),), utc("2024-10-28 01:30"))
    # Started anew in the hour that comes again.
    later = plan(definition, utc("2024-10-28 01:30"), autumn + HOUR, False)
    assert later == Plan((), utc("2024-10-28 01:30"))
