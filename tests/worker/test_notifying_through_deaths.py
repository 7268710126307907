"""Notifications when the worker that was to send them is killed: none is lost, and which may come twice is known."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from subprocess import Popen

import pytest

from jupyter_runt.client.notifications import listed
from tests.receiving import Receiver, receiving
from tests.worker.house import ROOT, House, until

SITE = ROOT / "tests" / "chaos" / "site"
NOTIFY = {"metadata": {"notify": {"on": ["ended"], "to": ["${HOOK}"]}}}


class Pair:
    """Two workers in processes of their own: the first drives the run, which waits for `go`, and may be killed at a point of it."""

    def __init__(self, house: House, receiver: Receiver, order: str = "") -> None:
        self.house, self.receiver, self._go = house, receiver, house.folder / "go"
        self._order = house.folder / "order"
        self._env = {"HOOK": receiver.url}
        self._crash = {"PYTHONPATH": f"{SITE}:{ROOT}", "RUNT_CRASH": str(self._order)}
        self._asked = order

    async def begun(self) -> tuple[str, Popen[bytes]]:
        """The run and the worker that drives it; the other one lives by then."""
        wait = f"import os, time\nprint('begun')\nwhile not os.path.exists({str(self._go)!r}): time.sleep(0.01)"
        run_id = self.house.submit(wait, notebook=NOTIFY)
        first = self.house.start_worker(env={**self._env, **self._crash})
        await self.house.printed(run_id, "begun")
        self.house.start_worker(env=self._env)
        await until(lambda: len(self.house.store.workers()) == 2, "both workers live")
        if self._asked:
            self._order.write_text(self._asked)
        return run_id, first

    def go(self) -> None:
        self._go.touch()

    async def sent(self, run_id: str) -> dict[str, object]:
        """The run's notification once it was sent."""
        await until(lambda: [each["status"] for each in listed(self.house.store, run_id)] == ["sent"], "it was sent")
        (note,) = listed(self.house.store, run_id)
        return note


@pytest.mark.parametrize("point", ["end-before", "end-after"])
def test_a_worker_that_is_killed_around_the_terminal_event_has_its_message_sent_by_the_other_once(
    house: House, point: str
):
    async def scenario(receiver: Receiver) -> None:
        pair = Pair(house, receiver, f"{point} 1 worker 1")
        run_id, first = await pair.begun()
        pair.go()
        assert await asyncio.to_thread(first.wait, 20) == -9
        assert receiver.messages == []
        ran = await house.end(run_id)
        assert ran.ending == ("succeeded", None)
        note = await pair.sent(run_id)
        assert note["attempts"] == 1
        assert receiver.titles == ["succeeded: n.yml"]

    with receiving() as receiver:
        asyncio.run(scenario(receiver))
        assert len(receiver.messages) == 1


def test_a_worker_that_is_killed_while_the_receiver_keeps_it_waiting_has_it_sent_a_second_time_and_no_third(
    house: House,
):
    """The documented window: the receiver has it, and nobody could note that."""

    async def scenario(receiver: Receiver) -> None:
        pair = Pair(house, receiver)
        run_id, _ = await pair.begun()
        pair.go()
        await asyncio.to_thread(receiver.received, 1)
        (note,) = listed(house.store, run_id)
        assert note["status"] == "pending"
        killed = _claimant(house, run_id)
        victim = next(each for each in house.workers if each.pid == killed)
        sender = _children(victim.pid)
        assert sender, "a process sends it"
        victim.kill()
        victim.wait()
        await until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in sender), "what sent for it has ended too")
        await asyncio.to_thread(receiver.received, 2)
        receiver.released.set()
        note = await pair.sent(run_id)
        assert note["attempts"] == 2

    with receiving("block") as receiver:
        asyncio.run(scenario(receiver))
        assert receiver.titles == ["succeeded: n.yml"] * 2


def test_a_worker_that_is_asked_to_end_finishes_what_it_sends(house: House):
    async def scenario(receiver: Receiver) -> None:
        run_id = house.submit("1", notebook=NOTIFY)
        worker = house.start_worker(env={"HOOK": receiver.url})
        await asyncio.to_thread(receiver.received, 1)
        worker.terminate()
        receiver.released.set()
        assert await asyncio.to_thread(worker.wait, 20) == 0
        (note,) = listed(house.store, run_id)
        assert (note["status"], note["attempts"]) == ("sent", 1)

    with receiving("block") as receiver:
        asyncio.run(scenario(receiver))
        assert len(receiver.messages) == 1


def test_one_that_cannot_finish_leaves_it_to_the_next_one(house: House):
    async def scenario(receiver: Receiver) -> None:
        run_id = house.submit("1", notebook=NOTIFY)
        worker = house.start_worker(env={"HOOK": receiver.url})
        await asyncio.to_thread(receiver.received, 1)
        worker.terminate()
        assert await asyncio.to_thread(worker.wait, 20) == 0
        (note,) = listed(house.store, run_id)
        assert (note["status"], note["error"]) == ("pending", "its worker ended before it was sent")
        house.start_worker(env={"HOOK": receiver.url})
        await asyncio.to_thread(receiver.received, 2)
        await until(lambda: listed(house.store, run_id)[0]["status"] == "sent", "it was sent")

    with receiving("hang") as receiver:
        asyncio.run(scenario(receiver))


def test_of_many_runs_and_workers_each_message_is_sent_once(house: House):
    async def scenario(receiver: Receiver) -> list[str]:
        for _ in range(3):
            house.start_worker(env={"HOOK": receiver.url})
        runs = [house.submit("1", notebook={"metadata": {"title": str(n), **NOTIFY["metadata"]}}) for n in range(8)]
        for run_id in runs:
            await house.end(run_id)
        await until(
            lambda: all(each["status"] == "sent" for run_id in runs for each in listed(house.store, run_id)),
            "all were sent",
        )
        return runs

    with receiving() as receiver:
        runs = asyncio.run(scenario(receiver))
        assert sorted(receiver.titles) == sorted(f"succeeded: {n}" for n in range(len(runs)))


def test_what_one_worker_lacks_another_one_sends(house: House):
    async def scenario(receiver: Receiver) -> None:
        house.start_worker()
        await until(lambda: len(house.store.workers()) == 1, "the first worker lives")
        run_id = house.submit("import time; time.sleep(1)", notebook=NOTIFY)
        await house.seen(run_id, "run.claimed")
        house.start_worker(env={"HOOK": receiver.url})
        await until(lambda: len(house.store.workers()) == 2, "the second worker lives")
        await until(lambda: [each["status"] for each in listed(house.store, run_id)] == ["sent"], "it was sent")

    with receiving() as receiver:
        asyncio.run(scenario(receiver))
        assert len(receiver.messages) == 1


def _claimant(house: House, run_id: str) -> int:
    """The pid of the worker that is at the run's notification."""
    database = house.store._database
    with database.read() as db:
        (pid,) = db.execute(
            "SELECT pid FROM workers JOIN notifications ON notifications.lease_worker = worker_id JOIN runs USING (run) WHERE run_id = ?",
            (run_id,),
        ).fetchone()
    return int(pid)


def _children(parent: int) -> list[int]:
    """Processes that send for this worker."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path(f"/proc/{name}/stat").read_text()
            command = Path(f"/proc/{name}/cmdline").read_bytes()
        except OSError:
            continue
        if int(stat.rpartition(") ")[2].split()[1]) == parent and b"jupyter_runt.worker.delivery" in command:
            found.append(int(name))
    return found
