"""The health that runs recorded, as every store tells it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jupyter_runt.store.base import Store
from jupyter_runt.store.reports import MonitorRow, ReportFilter
from tests.store.making import FINISHED, SUCCEEDED, driven, line, report, result, retrying

HERE = ReportFilter("disk", "here")


def recorded(store: Store, run_id: str, *facts: Any) -> int:
    """An ended run that appended these facts; returns its last seq."""
    epoch = driven(store, run_id)
    store.append(run_id, epoch, facts)
    return store.append(run_id, epoch, [FINISHED], summary=SUCCEEDED)


def scores(store: Store, where: ReportFilter = HERE) -> list[float | None]:
    return [each.score for each in store.reports(where)]


def test_a_report_is_there_as_soon_as_it_is_recorded(store, clock):
    epoch = driven(store)
    store.append("r1", epoch, [line(1), report(90)])
    (found,) = store.reports(replace(HERE, failing=True))
    assert (found.run_id, found.result, found.seq, found.at) == ("r1", "health", 3, clock.now().wall)
    assert (found.status, found.score) == ("WARNING", 90)
    assert found.failing == ({"status": "WARNING", "name": "disk", "group": "", "message": "90 %"},)
    assert store.read("r1", found.seq - 1, 1)[0].type == "result.recorded"


def test_the_newest_reports_come_first_and_each_monitor_has_its_own(store, clock):
    for number in range(5):
        recorded(store, f"r{number}", report(number), report(50, result="other", subject="there"))
        clock.advance(60)
    assert scores(store) == [4, 3, 2, 1, 0]
    assert scores(store, replace(HERE, limit=2)) == [4, 3]
    assert scores(store, replace(HERE, limit=2, oldest_first=True)) == [0, 1]
    assert scores(store, ReportFilter("disk", "nowhere")) == []
    assert store.monitors() == [MonitorRow("disk", "here", 5), MonitorRow("disk", "there", 5)]
    assert store.monitors("disk") == store.monitors()
    assert store.monitors("dis") == []


def test_reports_are_found_by_time_status_and_failing_checks(store, clock):
    start = clock.now().wall
    for number, score in enumerate([100, 90, 100, 80]):
        recorded(store, f"r{number}", report(score))
        clock.advance(60)
    assert scores(store, replace(HERE, since=start + 60)) == [80, 100, 90]
    assert scores(store, replace(HERE, until=start + 60)) == [100]
    assert scores(store, replace(HERE, status="HEALTHY")) == [100, 100]
    assert scores(store, replace(HERE, other_than="HEALTHY")) == [80, 90]
    assert scores(store, replace(HERE, failing=True)) == [80, 90]
    assert [each.failing for each in store.reports(HERE)] == [(), (), (), ()]


def test_the_last_result_of_a_name_is_the_report(store):
    epoch = driven(store)
    store.append("r1", epoch, [report(10), report(20), report(30, result="other")])
    store.append("r1", epoch, [report(40)])
    assert set(scores(store)) == {30, 40}
    store.append("r1", epoch, [result()])
    assert scores(store) == [30]


def test_an_attempt_that_is_repeated_has_recorded_nothing(store):
    epoch = driven(store)
    store.append("r1", epoch, [report(10), retrying(), report(20, result="other")])
    assert scores(store) == [20]
    store.append("r1", epoch, [retrying()])
    assert store.monitors() == []


def test_reports_go_with_their_run(store):
    recorded(store, "r1", report(10))
    recorded(store, "r2", report(20))
    store.delete("r1")
    assert scores(store) == [20]
    assert store.monitors() == [MonitorRow("disk", "here", 1)]


def test_names_that_are_no_valid_unicode_are_kept_and_found(store):
    name = "d\udcffsk"
    recorded(store, "r1", report(10, monitor=name, subject=name))
    assert store.monitors(name) == store.monitors() == [MonitorRow("d?sk", "d?sk", 1)]
    assert scores(store, ReportFilter(name, name)) == [10]
    assert scores(store, ReportFilter("d?sk", "d?sk")) == [10]
