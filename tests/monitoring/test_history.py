"""How a monitor is and was, from the reports in a store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jupyter_runt.client import monitors
from jupyter_runt.errors import NotFound
from jupyter_runt.events import Draft, codec
from jupyter_runt.store.memory import MemoryStore
from tests.invariants import check_store
from tests.manual_clock import ManualClock
from tests.store.making import FINISHED, SUCCEEDED, driven, report

MINUTE = 60.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> Iterator[MemoryStore]:
    made = MemoryStore(clock)
    yield made
    check_store(made)
    made.close()


def runs(store: MemoryStore, clock: ManualClock, *scores: int, **named: str) -> None:
    """One run a minute, each with a report of that score."""
    for score in scores:
        recorded(store, f"r{sum(store.counts().values())}", report(score, **named))
        clock.advance(MINUTE)


def recorded(store: MemoryStore, run_id: str, *facts: Draft) -> None:
    epoch = driven(store, run_id)
    store.append(run_id, epoch, [*facts, FINISHED], summary=SUCCEEDED)


def failing(*checks: tuple[str, str, str]) -> Draft:
    """A report with these checks: status, group, name."""
    draft = report(50)
    told = [{"status": status, "group": group, "name": name, "message": ""} for status, group, name in checks]
    return Draft(draft.type, {**draft.data, "health": {**draft.data["health"], "failing": told}}, draft.cell_id, 1)


def disk(store: MemoryStore, **asked: Any) -> dict[str, Any]:
    (found,) = monitors.history(store, "disk", **asked)["subjects"]
    return dict(found)


def ago(clock: ManualClock, minutes: float) -> str:
    return codec.iso(clock.now().wall - minutes * MINUTE)


def test_it_says_how_things_are_since_when_and_when_they_were_well(store, clock):
    runs(store, clock, 50, 100, 80, 70)
    found = disk(store)
    assert (found["status"], found["score"], found["run_id"], found["result"]) == ("WARNING", 70, "r3", "health")
    assert (found["at"], found["since"], found["began"]) == (ago(clock, 1), ago(clock, 2), True)
    assert found["healthy_at"] == ago(clock, 3)
    assert (found["reports"], found["notebook"]) == (4, "notebooks/n.yml")
    assert [each["message"] for each in found["failing"]] == ["70 %"]


def test_what_was_never_otherwise_did_not_begin_at_the_first_report(store, clock):
    runs(store, clock, 80, 70)
    found = disk(store)
    assert (found["since"], found["began"], found["healthy_at"]) == (ago(clock, 2), False, None)
    runs(store, clock, 100)
    found = disk(store)
    assert (found["since"], found["began"], found["healthy_at"]) == (ago(clock, 1), True, ago(clock, 1))
    assert found["failing"] == []


def test_points_are_the_newest_the_oldest_of_them_first(store, clock):
    runs(store, clock, *range(70))
    assert [each["score"] for each in disk(store, limit=3)["points"]] == [67, 68, 69]
    assert [each["score"] for each in disk(store)["recent"]] == list(range(10, 70))
    (point,) = disk(store, limit=1)["points"]
    assert point == {"at": ago(clock, 1), "status": "WARNING", "score": 69, "run_id": "r69"}


def test_a_time_is_chosen_and_the_present_stays_what_it_is(store, clock):
    runs(store, clock, 50, 60, 100)
    now = clock.now().wall
    found = disk(store, since=now - 3 * MINUTE, until=now - MINUTE)
    assert [each["score"] for each in found["points"]] == [50, 60]
    assert (found["status"], [each["message"] for each in found["failed"]]) == ("HEALTHY", ["60 %"])


def test_checks_that_failed_are_told_as_they_last_were(store, clock):
    recorded(store, "r0", failing(("CRITICAL", "db", "locks"), ("WARNING", "", "disk")))
    clock.advance(MINUTE)
    recorded(store, "r1", failing(("WARNING", "", "disk"), ("NO DATA", "web", "locks")))
    clock.advance(MINUTE)
    told = [
        (each["group"], each["name"], each["status"], each["run_id"], each["times"], each["now"])
        for each in disk(store)["failed"]
    ]
    assert told == [
        ("", "disk", "WARNING", "r1", 2, True),
        ("web", "locks", "NO DATA", "r1", 1, True),
        ("db", "locks", "CRITICAL", "r0", 1, False),
    ]
    runs(store, clock, 100)
    assert [each["now"] for each in disk(store)["failed"]] == [False] * 3


def test_of_two_reports_in_one_run_each_has_its_own_failing_checks(store, clock):
    recorded(store, "r0", report(50), report(100, result="other"))
    found = disk(store)
    assert (found["result"], found["status"], found["failing"]) == ("other", "HEALTHY", [])
    assert [each["now"] for each in found["failed"]] == [False]


def test_the_worst_come_first(store, clock):
    runs(store, clock, 100, subject="a")
    runs(store, clock, 50, subject="b")
    runs(store, clock, 50, monitor="site")
    assert [(each["monitor"], each["subject"]) for each in monitors.listed(store)] == [
        ("disk", "b"), ("site", "here"), ("disk", "a"),
    ]  # fmt: skip
    assert [each["subject"] for each in monitors.history(store, "disk")["subjects"]] == ["b", "a"]


def test_who_is_unknown_hears_who_is_known(store, clock):
    with pytest.raises(NotFound) as caught:
        monitors.history(store, "disk")
    assert "No run has recorded health yet" in caught.value.remedy
    runs(store, clock, 100)
    with pytest.raises(NotFound) as caught:
        monitors.history(store, "dsk")
    assert caught.value.remedy == "Known monitors: disk."
    with pytest.raises(NotFound) as caught:
        monitors.history(store, "disk", subject="there")
    assert caught.value.remedy == "It watches 'here'."


def test_a_monitor_whose_runs_have_just_been_removed_is_left_out(store, clock, monkeypatch):
    runs(store, clock, 100)
    known = store.monitors()
    store.delete("r0")
    monkeypatch.setattr(store, "monitors", lambda name=None: known)
    assert monitors.listed(store) == []
    with pytest.raises(NotFound):
        monitors.history(store, "disk")
