"""Due times are on the clock on the wall. It is set, and it goes on while a machine sleeps, when no timer of a process does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from jupyter_runt.client.base import Order
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.schedules import SchedulesDesk, Wanted
from jupyter_runt.store.base import Instant
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.sqlite import SqliteStore
from jupyter_runt.worker import loop
from jupyter_runt.worker.firing import LEAD_SECONDS, Firing
from jupyter_runt.worker.loop import Options, Worker
from tests.worker.house import PATIENCE, House, until

HOUR = 3600.0
YEAR_9999 = 253_370_764_800.0
ROUND = 0.2
"""Seconds: a worker looks at the clock as often as it renews its leases."""


class SetClock:
    """The system's, but for what it is `ahead`; `asleep` is what the clock since boot has gone on with it."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self.ahead = self.asleep = 0.0

    def now(self) -> Instant:
        now = self._clock.now()
        return replace(now, wall=now.wall + self.ahead, mono=now.mono + self.asleep)

    def sleep(self, seconds: float) -> None:
        """As a machine does that is suspended: asyncio's timers have stood still."""
        self.ahead += seconds
        self.asleep += seconds


class Place:
    """A worker, its clock, and a schedule that is due at each full hour. Nobody executes its runs."""

    def __init__(self, house: House) -> None:
        self.clock = SetClock()
        self.store = SqliteStore(house.folder / "clock.sqlite", self.clock)
        self.client = LocalClient(self.store, self.clock, "tester")
        self.client.start_workers = False
        self._notebook = house.folder / "a.yml"
        self._notebook.write_text("cells: [{source: 1 + 1}]")
        self.firing = Firing(self.store, self.clock, SchedulesDesk(self.client))
        self.worker = Worker(self.store, self.clock, Options(concurrency=0), self.firing)
        self.due_at = self.add("a")

    def add(self, name: str) -> float:
        """When it is due."""
        order = Order(notebook=str(self._notebook))
        self.client.add_schedule(Wanted(order=order, cron="0 * * * *", tz="UTC", schedule_id=name))
        due_at = self.store.schedule(name).next_at
        assert due_at is not None
        return due_at

    def until_due(self) -> float:
        """Seconds, by its clock."""
        return self.due_at - self.clock.now().wall

    def fired(self) -> list[float]:
        return [each.firing.due_at for each in self.store.firings("a")]

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """From when it sleeps until the first schedule is due."""
        self.worker.register()
        serving = asyncio.create_task(self.worker.serve())
        await until(lambda: self.firing._alarm is not None, "it has looked at the clock")
        try:
            yield
        finally:
            self.worker.drain()
            await asyncio.wait_for(serving, PATIENCE)


@pytest.fixture
def place(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(loop, "RENEW_SECONDS", ROUND)
    made = Place(house)
    yield made
    made.store.close()


def test_a_machine_that_wakes_up_late_makes_up_for_what_was_due_meanwhile(place: Place):
    async def scenario() -> None:
        async with place.working():
            place.clock.sleep(place.until_due() + 10)
            await until(place.fired, "it fires")

    asyncio.run(scenario())
    assert place.fired() == [place.due_at]


def test_a_clock_that_is_set_forward_is_noticed_and_one_that_is_put_back_fires_nothing_too_early(place: Place):
    async def scenario() -> None:
        async with place.working():
            place.clock.ahead += place.until_due() - LEAD_SECONDS / 2
            await until(lambda: place.firing._prepared, "it is about to fire")
            place.clock.ahead -= HOUR
            await until(lambda: not place.firing._prepared, "it has noticed")
            assert place.fired() == []
            place.clock.ahead += HOUR + LEAD_SECONDS
            await until(place.fired, "it fires")

    asyncio.run(scenario())
    assert place.fired() == [place.due_at]


def test_a_worker_can_wait_for_what_is_due_in_thousands_of_years(place: Place):
    place.store.change_schedule(replace(place.store.schedule("a"), next_at=YEAR_9999))

    async def scenario() -> None:
        async with place.working():
            due_at = place.add("b")
            place.clock.sleep(due_at - place.clock.now().wall)
            await until(lambda: place.store.firings("b"), "the other one fires")

    asyncio.run(scenario())
    assert place.store.schedule("a").next_at == YEAR_9999
