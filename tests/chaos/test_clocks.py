"""Somebody sets the machine's clock by an hour in mid-run: no time limit comes early or late, no lease is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from jupyter_runt.kernel.place import here
from jupyter_runt.store.base import Instant
from jupyter_runt.store.clock import SystemClock
from tests.chaos.scene import Scene
from tests.chaos.watching import PRINTED, Watch
from tests.invariants import check_numbered, numbered
from tests.worker.conftest import built
from tests.worker.house import House, Ran

HOURS = pytest.mark.parametrize("jump", [3600.0, -3600.0], ids=["an hour ahead", "an hour back"])
ASKING = {"metadata": {"input": {"policy": "wait", "deadline": 1.0}}}


class SettableClock(SystemClock):
    """The machine's clock, whose time of day a test sets."""

    ahead = 0.0

    def now(self) -> Instant:
        now = super().now()
        return replace(now, wall=now.wall + self.ahead)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def house(clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr("tests.worker.house.SystemClock", lambda: clock)
    with built() as made:
        yield made


@HOURS
def test_a_cell_has_its_time_and_no_more(house: House, clock: SettableClock, jump):
    async def scenario() -> Ran:
        run_id = house.submit("print('begun'); import time; time.sleep(60)", cell_timeout=1.0)
        async with house.working():
            await house.printed(run_id, "begun")
            clock.ahead = jump
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "cell_timeout")
    (started,), interrupted = ran.of("cell.started"), ran.of("kernel.interrupted")[0]
    assert 1.0 <= interrupted.data["clock"] - started.data["clock"] < 2.0
    assert 1.0 <= (ran.state.cells["c1"].duration or 0) < 2.0


@HOURS
def test_a_question_has_its_time_and_no_more(house: House, clock: SettableClock, jump):
    async def scenario() -> tuple[Ran, float]:
        run_id = house.submit("input('? ')", notebook=ASKING)
        async with house.working():
            await house.seen(run_id, "input.requested")
            asked, clock.ahead = time.monotonic(), jump
            await house.seen(run_id, "kernel.interrupted")
            waited = time.monotonic() - asked
            return await house.end(run_id), waited

    ran, waited = asyncio.run(scenario())
    assert ran.ending == ("failed", "input_unavailable")
    assert 0.9 <= waited < 2.0


@HOURS
def test_a_lease_is_neither_lost_nor_kept_for_an_hour(house: House, clock: SettableClock, jump, monkeypatch):
    monkeypatch.setattr("jupyter_runt.worker.loop.RENEW_SECONDS", 0.1)

    async def scenario() -> Ran:
        run_id = house.submit("import time\nfor n in range(100):\n    print(n)\n    time.sleep(0.01)")
        async with house.working():
            await house.printed(run_id, "10\n")
            clock.ahead = jump
            await house.printed(run_id, "60\n")
            assert house.store.claim("thief", here(), run_id=run_id) is None
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    check_numbered(ran.text(), 100)
    assert len(ran.of("run.claimed")) == 1
    assert not ran.of("run.adopted")


@HOURS
def test_a_run_is_adopted_at_once(house: House, clock: SettableClock, jump):
    async def scenario() -> Ran:
        run_id = house.submit("import time\nfor n in range(200):\n    print(n)\n    time.sleep(0.005)")
        first = house.start_worker()
        await house.printed(run_id, "10\n")
        first.kill()
        await asyncio.to_thread(first.wait)
        clock.ahead = jump
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert (ran.ending, ran.text()) == (("succeeded", None), numbered(200))


@HOURS
def test_all_processes_of_the_machine_see_it(place: Scene, jump):
    setting, coming = place.home / "clock", place.home / "clock.coming"
    setting.write_text("0")
    coming.write_text(str(jump))
    place.env["RUNT_CLOCK"] = str(setting)
    place.start_worker()
    notebook = place.cells(
        "import time\nfor n in range(100):\n    print(n)\n    time.sleep(0.005)",
        "time.sleep(60)",
        metadata={"cell_timeout": 1.5},
    )
    run_id = place.command("submit", notebook, "--no-worker").out.strip()
    with Watch(place.open_store, run_id, time.monotonic() + 30) as watch:
        watch.until(lambda event: event.type in PRINTED, "it printed")
        coming.replace(setting)  # at once: who reads it meanwhile would find it empty
        watch.pause(0.2)
        place.kill("worker", watch.run_id)
        for _ in watch.each():
            pass
        assert (watch.state.status, watch.state.reason) == ("failed", "cell_timeout")
        interrupted, started = watch.of("kernel.interrupted")[0], watch.of("cell.started")[-1]
        assert 1.5 <= interrupted.data["clock"] - started.data["clock"] < 2.5
        assert abs(watch.events[-1].at - watch.events[0].at - jump) < 30, "the clock was not set"
