"""Schedules and their firings, as every store keeps them."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from jupyter_runt.errors import NotFound, Refused
from jupyter_runt.store.schedules import KEPT, Fire, FiringRow, ScheduleRow
from jupyter_runt.store.sqlite import SqliteStore
from tests.store.making import FINISHED, SUCCEEDED, driven, ended, fire, report, schedule, submission, submit


def test_a_schedule_is_kept_as_it_was_defined(store):
    made = ScheduleRow("daily", {"cron": "0 7 * * *", "tz": "Europe/Paris", "é": [1, None]}, 10.0)
    store.add_schedule(made)
    assert store.schedule("daily") == made
    assert store.schedules() == [made]
    with pytest.raises(Refused, match="--replace"):
        store.add_schedule(made)


def test_the_next_due_one_is_known(store):
    assert store.next_due() is None
    for name, at in (("c", 30.0), ("a", 20.0), ("b", 10.0), ("d", None)):
        store.add_schedule(schedule(name, next_at=at))
    assert store.next_due() == 10.0
    assert [each.schedule_id for each in store.due(20.0)] == ["b", "a"]
    assert store.due(9.0) == []


def test_who_changes_what_has_changed_since_is_told(store):
    store.add_schedule(schedule())
    read = store.schedule("daily")
    assert store.change_schedule(replace(read, paused=True, next_at=None))
    assert store.schedule("daily") == replace(read, paused=True, next_at=None, revision=2)
    assert not store.change_schedule(replace(read, next_at=99.0))
    assert store.next_due() is None


def test_a_due_time_fires_once(store):
    store.add_schedule(schedule())
    first = fire("daily", 10.0, 1, 20.0, "r1")
    assert store.fire([first]) == [True]
    assert store.fire([first, fire("daily", 10.0, 1, 20.0, "r2")]) == [False, False]
    assert store.schedule("daily").next_at == 20.0
    assert store.match("") == ["r1"]
    (outcome,) = store.firings("daily")
    assert (outcome.firing.due_at, outcome.firing.run_id, outcome.status) == (10.0, "r1", "queued")


def test_a_due_time_that_comes_again_after_the_clock_was_put_back_makes_no_second_run(store):
    store.add_schedule(schedule())
    assert store.fire([fire("daily", 10.0, 1, 20.0, "r1")]) == [True]
    store.change_schedule(schedule(next_at=10.0))
    store.add_schedule(schedule("hourly"))
    assert store.fire([fire("daily", 10.0, 2, 20.0, "r2"), fire("hourly", 10.0, 1, 20.0, "r3")]) == [True, True]
    assert store.schedule("daily").next_at == 20.0
    assert [each.firing.run_id for each in store.firings("daily")] == ["r1"]
    assert sorted(store.match("")) == ["r1", "r3"]


def test_runs_that_make_room_are_asked_to_end_with_the_firing_that_needs_it(store):
    store.add_schedule(schedule())
    driven(store, "r1")
    ended(store, "r2")
    assert store.fire([fire("daily", 99.0, 1, 20.0, "r3", replaces=["r1"])]) == [False]
    assert store.signals("r1") == []
    assert store.fire([fire("daily", 10.0, 1, 20.0, "r3", replaces=["r1", "r2", "gone"])]) == [True]
    (asked,) = store.signals("r1")
    assert (asked.kind, asked.requested_by) == ("cancel", "schedule daily")
    assert store.signals("r2") == []
    again = fire("daily", 20.0, 1, 30.0, replaces=["r3"])
    assert store.fire([again]) == [True]
    assert store.signals("r3") == [], "nothing takes its place"


def test_of_a_schedules_firings_the_latest_are_kept(store):
    for name in ("daily", "hourly"):
        store.add_schedule(schedule(name))
    assert store.fire([fire("hourly", 10.0, 1, 20.0)]) == [True]
    times = [10.0 * (number + 1) for number in range(KEPT + 2)]
    for at in times:
        assert store.fire([fire("daily", at, 1, at + 10.0)]) == [True]
    assert [each.firing.due_at for each in store.firings("daily", limit=2 * KEPT)] == times[:1:-1]
    assert len(store.firings("hourly")) == 1


def test_one_that_was_changed_meanwhile_does_not_fire(store):
    store.add_schedule(schedule())
    prepared = fire("daily", 10.0, 1, 20.0, "r1")
    store.change_schedule(schedule())
    assert store.fire([prepared]) == [False]
    assert store.match("") == []
    store.remove_schedule("daily")
    assert store.fire([prepared]) == [False]


def test_a_firing_that_cannot_submit_changes_nothing(store):
    store.add_schedule(schedule())
    store.add_schedule(schedule("hourly"))
    submit(store, "r1")
    with pytest.raises(Refused):
        store.fire([fire("hourly", 10.0, 1, 20.0, "r2"), fire("daily", 10.0, 1, 20.0, "r1")])
    assert store.schedule("daily").next_at == 10.0
    assert store.firings("daily") == []


def test_what_became_of_the_runs_is_told_with_the_firings(store, clock):
    store.add_schedule(schedule())
    store.fire([fire("daily", 10.0, 1, 20.0, "r1")])
    claim = store.claim("w", "here", run_id="r1")
    assert claim is not None
    assert store.open_runs() == {"daily": ["r1"]}
    store.append("r1", claim.epoch, [report(90), FINISHED], summary=SUCCEEDED)
    missed = FiringRow("daily", 20.0, "missed", message="nobody was there", count=3, last_at=40.0)
    store.fire([Fire(store.schedule("daily"), 50.0, [missed])])
    later, earlier = store.firings("daily")
    assert (later.firing.outcome, later.firing.count, later.firing.last_at, later.status) == ("missed", 3, 40.0, None)
    assert (earlier.status, earlier.health, earlier.score, earlier.finished_at) == ("succeeded", "WARNING", 90, 5.0)
    assert earlier.firing.at == clock.now().wall
    assert store.open_runs() == {}
    store.delete("r1")
    assert [each.status for each in store.firings("daily", limit=5)] == [None, None]
    assert [each.firing.due_at for each in store.firings("daily", limit=1)] == [20.0]


def test_the_last_firings_of_every_schedule_are_had_at_once(store):
    for name in ("hourly", "daily", "new"):
        store.add_schedule(schedule(name))
    for number in range(3):
        at = 10.0 * (number + 1)
        store.fire([fire(name, at, 1, at + 10.0, f"{name}-{number}") for name in ("hourly", "daily")])
    claim = store.claim("w", "here", run_id="daily-2")
    assert claim is not None
    reports = [report(100, result="a"), report(90, result="b"), report(70, result="c")]
    store.append("daily-2", claim.epoch, [*reports, FINISHED], summary=SUCCEEDED)
    found = store.last_firings(limit=2)
    assert list(found) == ["daily", "hourly"]
    assert found == {name: store.firings(name, limit=2) for name in found}
    assert [each.firing.due_at for each in found["hourly"]] == [30.0, 20.0]
    assert [(each.health, each.score) for each in found["daily"]] == [("WARNING", 70), (None, None)]
    assert [len(each) for each in store.last_firings().values()] == [1, 1]


def test_a_removed_schedule_leaves_its_runs_and_nothing_else(store):
    store.add_schedule(schedule())
    store.fire([fire("daily", 10.0, 1, 20.0, "r1")])
    store.remove_schedule("daily")
    assert store.match("") == ["r1"]
    store.add_schedule(schedule())
    assert store.firings("daily") == []


@pytest.mark.parametrize("call", ["schedule", "remove_schedule", "firings"])
def test_an_unknown_schedule_is_said_to_be_none(store, call):
    with pytest.raises(NotFound, match="schedule ls"):
        getattr(store, call)("nope")


def test_a_run_waits_for_the_one_that_it_comes_after(store):
    epoch = driven(store, "r1")
    submit(store, "r2", after_run="r1", priority=9)
    submit(store, "r3", after_run="gone")
    submit(store, "r4", after_run="r1")
    claim = store.claim("w2", "here")
    assert claim is not None
    assert claim.run_id == "r3"
    assert store.claim("w2", "here") is None
    assert store.claim("w2", "here", run_id="r4") is not None, "who ends it by hand need not wait"
    store.append("r1", epoch, [FINISHED], summary=SUCCEEDED)
    claim = store.claim("w2", "here")
    assert claim is not None
    assert claim.run_id == "r2"
    assert store.run("r2").after_run == "r1"


def test_of_many_who_fire_at_once_one_does(path, clock):
    """As many processes as you like: each has a connection of its own."""
    stores = [SqliteStore(path, clock) for _ in range(4)]
    stores[0].add_schedule(schedule(next_at=0.0))
    done: list[tuple[int, int]] = []

    def firing(number: int) -> None:
        for due in range(50):
            made = Fire(
                schedule(next_at=float(due)), due + 1.0, [FiringRow("daily", float(due), "fired", f"r{number}-{due}")],
                [submission(f"r{number}-{due}")],
            )  # fmt: skip
            if stores[number].fire([made]) == [True]:
                done.append((due, number))

    threads = [threading.Thread(target=firing, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(due for due, _ in done) == list(range(50))
    assert len(stores[0].match("", limit=1000)) == len(stores[0].firings("daily", limit=1000)) == 50
    for store in stores:
        store.close()
