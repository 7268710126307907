"""Due times: fired once, in time or made up for, whoever lives, dies or comes back."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from jupyter_runt.client import schedules
from jupyter_runt.client.base import Order
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.schedules import SchedulesDesk, Wanted
from jupyter_runt.errors import StoreBusy, StoreError
from jupyter_runt.schedules.definition import Definition
from jupyter_runt.store.base import RunFilter, Submission
from jupyter_runt.store.schedules import ScheduleRow
from jupyter_runt.store.sqlite import SqliteStore
from jupyter_runt.worker.firing import LEAD_SECONDS, Firing
from tests.manual_clock import ManualClock
from tests.worker.house import House, until

MINUTE = 60.0
EVERY_MINUTE = "* * * * *"


class Watch:
    """A house whose schedules go by a clock that the test moves. No worker takes the runs."""

    def __init__(self, house: House) -> None:
        self.house, self.clock = house, ManualClock()
        self.store = SqliteStore(house.folder / "watched.sqlite", self.clock)
        self.client = LocalClient(self.store, self.clock, "tester")
        self.client.start_workers = False
        self.firings = [Firing(self.store, self.clock, SchedulesDesk(self.client))]

    def add(self, notebook: str = "a.yml", **wanted: Any) -> ScheduleRow:
        path = self.house.folder / notebook
        if not path.exists():
            path.write_text("cells: [{id: c1, source: print('fired')}]")
        asked = {"cron": EVERY_MINUTE, "tz": "UTC", **wanted}
        found = self.client.add_schedule(Wanted(order=Order(notebook=str(path)), **asked))
        return self.store.schedule(found["schedule_id"])

    def due(self, row: ScheduleRow) -> float:
        """Moves the clock to its next due time."""
        at = self.store.schedule(row.schedule_id).next_at
        assert at is not None
        self.clock.advance(at - self.clock.now().wall)
        return at

    def outcomes(self, name: str = "a") -> list[tuple[float, str, int]]:
        """Due times, what came of them and how many they were, the earliest first."""
        found = [each.firing for each in self.store.firings(name, limit=1000)]
        return [(each.due_at, each.outcome, each.count) for each in reversed(found)]

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(each.run()) for each in self.firings]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def settled(self, done: Callable[[], bool], what: str) -> None:
        def looked() -> bool:
            for each in self.firings:
                each.ring()
            return done()

        await until(looked, what)


@pytest.fixture
def watch(house: House) -> Iterator[Watch]:
    made = Watch(house)
    yield made
    made.store.close()


def fire(watch: Watch, *names: str) -> None:
    """Lets everything fire that is due."""

    async def scenario() -> None:
        async with watch.working():
            await watch.settled(lambda: not watch.store.due(watch.clock.now().wall), "nothing is due any more")

    asyncio.run(scenario())


def test_a_due_time_makes_a_run_as_a_submission_does(watch: Watch):
    row = watch.add()
    at = watch.due(row)
    fire(watch)
    (found,) = watch.store.firings("a")
    assert (found.firing.due_at, found.firing.outcome, found.status) == (at, "fired", "queued")
    run = watch.store.run(found.firing.run_id or "")
    assert (run.name, run.labels, run.requested_by) == ("a.yml", {"schedule": "a"}, "tester")
    assert watch.store.schedule("a").next_at == at + MINUTE


def test_before_its_time_nothing_fires_but_the_notebook_is_read(watch: Watch):
    """Reading it takes longer than a due time may wait."""
    row = watch.add()
    watch.due(row)
    watch.clock.advance(-LEAD_SECONDS / 2)
    path = watch.house.folder / "a.yml"

    async def scenario() -> None:
        async with watch.working():
            await watch.settled(lambda: bool(watch.firings[0]._prepared), "the run is prepared")
            assert watch.outcomes() == []
            path.unlink()
            watch.clock.advance(LEAD_SECONDS / 2)
            await watch.settled(lambda: bool(watch.outcomes()), "it fires")

    asyncio.run(scenario())
    assert [outcome for _, outcome, _ in watch.outcomes()] == ["fired"]


def test_a_notebook_that_is_being_saved_when_it_is_read_is_read_again_when_it_is_due(watch: Watch):
    row = watch.add()
    path = watch.house.folder / "a.yml"
    whole = path.read_text()
    path.write_text(whole[:20])
    watch.due(row)
    watch.clock.advance(-LEAD_SECONDS / 2)

    async def scenario() -> None:
        async with watch.working():
            await watch.settled(lambda: bool(watch.firings[0]._prepared), "the run is prepared")
            path.write_text(whole)
            watch.clock.advance(LEAD_SECONDS / 2)
            await watch.settled(lambda: bool(watch.outcomes()), "it fires")

    asyncio.run(scenario())
    assert [outcome for _, outcome, _ in watch.outcomes()] == ["fired"]


def test_of_several_who_are_there_one_fires(watch: Watch):
    row = watch.add()
    stores = [SqliteStore(watch.store.path, watch.clock) for _ in range(3)]
    watch.firings = [Firing(each, watch.clock, SchedulesDesk(watch.client)) for each in stores]
    for number in range(10):
        watch.due(row)
        fire(watch)
        assert len(watch.outcomes()) == number + 1
    assert len(watch.store.match("", limit=100)) == 1, "the others overlap: nobody takes the run"
    assert {outcome for _, outcome, _ in watch.outcomes()[1:]} == {"overlap"}
    for each in stores:
        each.close()


@pytest.mark.parametrize(
    ("misfire", "outcomes"),
    [
        ("skip", [("missed", 180), ("fired", 1)]),
        ("once", [("missed", 180), ("fired", 1)]),
        ("all", [("missed", 121), *[("fired", 1)] * 60]),
    ],
)
def test_what_was_missed_is_made_up_for_as_the_schedule_says(watch: Watch, misfire, outcomes):
    row = watch.add(misfire=misfire, window=3600.0)
    watch.due(row)
    watch.clock.advance(180 * MINUTE + 1)
    fire(watch)
    assert [(outcome, count) for _, outcome, count in watch.outcomes()] == outcomes


def test_a_due_time_of_a_day_ago_is_made_up_for_unless_it_is_to_be_passed_over(watch: Watch):
    for misfire in ("skip", "once"):
        watch.add(schedule_id=misfire, cron="0 7 * * *", misfire=misfire)
    watch.due(watch.store.schedule("once"))
    watch.clock.advance(3 * 3600)
    fire(watch)
    assert [outcome for _, outcome, _ in watch.outcomes("skip")] == ["missed"]
    assert [outcome for _, outcome, _ in watch.outcomes("once")] == ["fired"]


def test_a_run_may_wait_for_the_one_before_it_or_take_its_place(watch: Watch):
    waits, takes = (
        watch.add(schedule_id="waits", overlap="queue"),
        watch.add(schedule_id="takes", overlap="cancel_running"),
    )
    for _ in range(2):
        watch.due(waits)
        fire(watch)
    first, second = watch.store.open_runs()["waits"]
    assert watch.store.run(second).after_run == first
    rows = [watch.store.run(each.firing.run_id or "") for each in watch.store.firings(takes.schedule_id)]
    assert [row.status for row in rows] == ["queued", "cancelled"]


def test_a_run_that_makes_room_is_cancelled_although_its_worker_dies_at_that_moment(watch: Watch, monkeypatch):
    """The old run goes on, driven by somebody, so that nobody but the store is left to tell it."""
    row = watch.add(overlap="cancel_running")
    watch.due(row)
    fire(watch)
    (first,) = watch.store.open_runs()["a"]
    assert watch.store.claim("somebody", "", run_id=first) is not None

    def dies(self: SchedulesDesk, run_id: str) -> None:
        raise StoreError("the worker is killed here")

    monkeypatch.setattr(SchedulesDesk, "end", dies)
    watch.due(row)
    fire(watch)
    assert [each.kind for each in watch.store.signals(first)] == ["cancel"]


def test_for_a_notebook_that_cannot_be_run_nothing_is_cancelled(watch: Watch):
    row = watch.add(overlap="cancel_running")
    watch.due(row)
    fire(watch)
    (watch.house.folder / "a.yml").unlink()
    watch.due(row)
    fire(watch)
    assert [outcome for _, outcome, _ in watch.outcomes()] == ["fired", "failed"]
    first, _ = watch.store.open_runs()["a"]
    assert watch.store.signals(first) == []


def test_a_waiting_run_can_be_cancelled_before_its_turn(watch: Watch):
    row = watch.add(overlap="queue")
    for _ in range(2):
        watch.due(row)
        fire(watch)
    _, second = watch.store.open_runs()["a"]
    watch.client.signal(second, "cancel")
    assert watch.store.run(second).status == "cancelled"


def test_one_that_the_store_cannot_take_keeps_no_other_from_firing(watch: Watch, monkeypatch):
    watch.add(schedule_id="odd"), watch.add(schedule_id="good")
    prepare = SchedulesDesk.prepare

    def odd(self: SchedulesDesk, definition: Definition, due_at: float) -> Submission:
        made = prepare(self, definition, due_at)
        return replace(made, priority=10**30) if definition.schedule_id == "odd" else made

    monkeypatch.setattr(SchedulesDesk, "prepare", odd)
    for _ in range(2):
        watch.due(watch.store.schedule("good"))
        fire(watch)
    assert [outcome for _, outcome, _ in watch.outcomes("odd")] == ["failed", "failed"]
    assert [outcome for _, outcome, _ in watch.outcomes("good")] == ["fired", "overlap"]


def test_a_store_that_cannot_be_asked_for_a_moment_fails_no_due_time(watch: Watch, monkeypatch):
    row = watch.add()
    prepare, times = SchedulesDesk.prepare, iter(range(9))

    def busy(self: SchedulesDesk, definition: Definition, due_at: float) -> Submission:
        if next(times) == 0:
            raise StoreBusy("locked")
        return prepare(self, definition, due_at)

    monkeypatch.setattr(SchedulesDesk, "prepare", busy)
    watch.due(row)
    fire(watch)
    assert [outcome for _, outcome, _ in watch.outcomes()] == ["fired"]


def test_a_notebook_that_cannot_be_run_is_told_and_the_schedule_goes_on(watch: Watch):
    row = watch.add(overlap="queue")
    (watch.house.folder / "a.yml").write_text("cells: 7")
    watch.due(row)
    fire(watch)
    (found,) = watch.store.firings("a")
    assert found.firing.outcome == "failed"
    assert "cells" in found.firing.message
    assert found.status == "queued", "a run that fails with it"
    (watch.house.folder / "a.yml").write_text("cells: [{source: print()}]")
    watch.due(row)
    fire(watch)
    assert [outcome for _, outcome, _ in watch.outcomes()] == ["failed", "fired"]


def test_a_pinned_notebook_is_what_it_was_and_another_one_what_it_is(watch: Watch):
    for name, pinned in (("pinned", True), ("fresh", False)):
        watch.add(schedule_id=name, pinned=pinned)
    (watch.house.folder / "a.yml").write_text("cells: [{id: c1, source: print('changed')}]")
    watch.due(watch.store.schedule("fresh"))
    fire(watch)
    told = {}
    for name in ("pinned", "fresh"):
        (found,) = watch.store.firings(name)
        told[name] = watch.client.cell(found.firing.run_id or "", "c1")["source"]
    assert told == {"pinned": "print('fired')", "fresh": "print('changed')"}


def test_a_schedule_that_was_changed_paused_or_removed_in_the_last_moment_does_not_fire_as_it_was(watch: Watch):
    row = watch.add()
    at = watch.due(row)
    watch.clock.advance(-1.0)

    async def scenario() -> None:
        async with watch.working():
            await watch.settled(lambda: bool(watch.firings[0]._prepared), "the run is prepared")
            schedules.pause(watch.client, "a", True)
            watch.clock.advance(2.0)
            await watch.settled(lambda: not watch.firings[0]._prepared, "it is not wanted any more")

    asyncio.run(scenario())
    assert watch.outcomes() == []
    schedules.pause(watch.client, "a", False)
    assert watch.store.schedule("a").next_at == at + MINUTE, "what came while it was paused is not made up for"


def test_after_its_end_a_schedule_is_never_due(watch: Watch):
    now = watch.clock.now().wall
    row = watch.add(ends_at=now + 2 * MINUTE)
    for _ in range(2):
        watch.due(row)
        fire(watch)
    assert watch.store.schedule("a").next_at is None
    assert watch.store.next_due() is None


def test_a_worker_that_does_not_know_the_zone_leaves_the_due_time_to_others(watch: Watch):
    row, known = watch.add(schedule_id="far"), watch.add(schedule_id="near")
    at = watch.due(row)
    watch.store.change_schedule(replace(row, definition={**row.definition, "tz": "Mars/Olympus"}, next_at=at))

    async def scenario() -> None:
        async with watch.working():
            await watch.settled(lambda: bool(watch.outcomes("near")), "the other one fires")
            watch.due(known)
            await watch.settled(lambda: len(watch.outcomes("near")) == 2, "and goes on")

    asyncio.run(scenario())
    assert watch.outcomes("far") == []
    assert watch.store.schedule("far").next_at == at
    shown = watch.client.schedule("far")
    assert "Mars/Olympus" in shown["fault"]


def test_a_clock_that_is_put_back_fires_nothing_again(watch: Watch):
    row = watch.add()
    watch.due(row)
    fire(watch)
    watch.clock.advance(-3 * MINUTE)
    fire(watch)
    assert len(watch.outcomes()) == 1


def test_two_hundred_that_are_due_at_once_fire_at_once(watch: Watch):
    for number in range(200):
        watch.add(schedule_id=f"s{number}")
    at = watch.due(watch.store.schedule("s0"))
    fire(watch)
    assert all(watch.outcomes(f"s{number}") == [(at, "fired", 1)] for number in range(200))


def test_killed_workers_fire_each_due_time_once(house: House):
    """Real workers, killed for real while thirty schedules are due."""
    chance = random.Random(7)
    (house.folder / "a.yml").write_text("cells: [{source: 1 + 1}]")
    last = time.time() // MINUTE * MINUTE
    house.client.start_workers = False
    for number in range(30):
        wanted = Wanted(
            order=Order(notebook=str(house.folder / "a.yml")),
            cron="0 * * * *",
            tz="UTC",
            schedule_id=f"s{number}",
            misfire="all",
        )
        schedules.add(house.client, wanted, ())
        row = house.store.schedule(f"s{number}")
        assert house.store.change_schedule(replace(row, next_at=last // 3600 * 3600 - 2 * 3600))

    async def scenario() -> None:
        for _ in range(6):
            workers = [house.start_worker("--no-supervisor") for _ in range(2)]
            await until(lambda: len(house.store.workers()) >= 1, "a worker is there")
            await asyncio.sleep(chance.uniform(0.0, 0.3))
            for each in workers:
                each.send_signal(signal.SIGKILL)
                each.wait()
        last = house.start_worker("--no-supervisor", "--concurrency", "1")
        await until(lambda: not house.store.due(time.time()), "nothing is due any more")
        last.terminate()
        last.wait()

    asyncio.run(scenario())
    for number in range(30):
        found = house.store.firings(f"s{number}")
        assert len(found) == len({each.firing.due_at for each in found}) == 3
        assert all(each.status is not None for each in found)
    assert len(house.store.runs(RunFilter(limit=1000))) == 90
