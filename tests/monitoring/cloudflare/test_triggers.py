"""Cron triggers that never fired are found, and nobody is accused who was not due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jupyter_runt.monitoring.cloudflare.records import Trigger, Window
from jupyter_runt.monitoring.cloudflare.triggers import known_window, triggers

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = Window(NOON - timedelta(days=1), NOON)
LONG_AGO = NOON - timedelta(days=90)
HOUR = timedelta(hours=1)


def firing(script: str, cron: str, at: datetime, status: str = "success") -> dict[str, str]:
    return {"scriptName": script, "cron": cron, "status": status, "datetime": at.isoformat()}


def one(
    cron: str = "0 * * * *",
    rows: tuple[dict[str, str], ...] = (),
    *,
    since: datetime | None = LONG_AGO,
    cut: bool = False,
) -> Trigger:
    found = triggers({"job": [(cron, since)]}, rows, known_window(rows, DAY, cut=cut))
    return next(each for each in found if each.script == "job")


def test_a_trigger_that_had_to_fire_and_did_not_never_fired():
    found = one()
    assert (found.state, found.due, found.fired) == ("never fired", 24, 0)


def test_one_that_fired_is_told_with_its_failures_and_its_last_time():
    rows = (firing("job", "0 * * * *", NOON - HOUR), firing("job", "0 * * * *", NOON - 2 * HOUR, "exceededCpu"))
    found = one(rows=rows)
    assert (found.state, found.fired, found.failed, found.last) == ("fired", 2, 1, NOON - HOUR)


def test_one_that_fires_once_a_month_is_not_due():
    assert one("0 0 20 * *").state == "not due"


def test_a_schedule_that_is_new_has_time_to_settle():
    assert one(since=NOON - timedelta(minutes=50)).state == "not due"
    assert one(since=NOON - timedelta(hours=3)).state == "never fired"


def test_what_just_had_to_fire_may_still_be_on_its_way():
    assert one("55 11 2 3 *").state == "not due"
    assert one("45 11 2 3 *").state == "never fired"


def test_an_expression_that_cannot_be_read_is_unknown():
    assert one("whenever you like").state == "unknown"


def test_a_schedule_without_a_beginning_is_unknown():
    assert one(since=None).state == "unknown"


def test_a_list_that_was_cut_accuses_only_of_the_time_that_it_covers():
    rows = tuple(firing("other", "* * * * *", NOON - timedelta(minutes=each)) for each in range(90))
    assert one("0 2 * * *", rows, cut=True).state == "not due", "2 o'clock is before the oldest row"
    assert one("0 11 * * *", rows, cut=True).state == "never fired"


def test_without_firings_nothing_is_known():
    (found,) = triggers({"job": [("0 * * * *", LONG_AGO)]}, (), None)
    assert found.state == "unknown"


def test_a_trigger_whose_schedule_could_not_be_read_is_known_by_its_firings():
    (found,) = triggers({}, [firing("job", "0 * * * *", NOON - HOUR)], DAY)
    assert (found.script, found.state, found.due) == ("job", "fired", None)


def test_a_trigger_that_was_removed_is_not_told_of():
    rows = [firing("job", "5 * * * *", NOON - HOUR)]
    assert [each.cron for each in triggers({"job": [("0 * * * *", LONG_AGO)]}, rows, DAY)] == ["0 * * * *"]
