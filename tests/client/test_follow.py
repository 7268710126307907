"""Following a run whose worker dies: the follower is the one who notices."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

from jupyter_runt.client import follow as following
from jupyter_runt.events import Event
from tests.worker.conftest import house  # noqa: F401 - a fixture
from tests.worker.house import House
from tests.worker.test_adoption import COUNTING, NUMBERS


def test_a_follower_wakes_at_the_death_of_worker_and_supervisor_and_has_another_one_started(house: House, monkeypatch):  # noqa: F811
    monkeypatch.setattr(following, "SWEEP_SECONDS", 600.0)
    monkeypatch.setattr("jupyter_runt.kernel.folder.CALL_AFTER", 600.0)
    followed: list[Event] = []

    async def scenario():
        run_id = house.submit(COUNTING)
        supervisor = house.start_worker("--idle-exit", "2")
        await house.printed(run_id, "\n300\n")
        follower = threading.Thread(target=lambda: followed.extend(house.client.follow(run_id)))
        follower.start()
        supervisor.kill()
        os.kill(house.store.workers()[-1].pid, signal.SIGKILL)
        ran = await house.end(run_id)
        await asyncio.to_thread(follower.join, 20)
        return ran

    ran = asyncio.run(scenario())
    assert ran.text() == NUMBERS
    assert len(ran.of("run.adopted")) == 1
    assert [event.seq for event in followed] == list(range(1, len(ran.events) + 1))
