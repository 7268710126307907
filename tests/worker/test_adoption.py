"""What becomes of a run when its worker does not live: killed at any moment, stopped, or asked to go."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_runt.errors import Refused
from jupyter_runt.events import Draft
from jupyter_runt.kernel.place import here
from jupyter_runt.run import instructions as do
from jupyter_runt.store.life import bury_the_dead
from jupyter_runt.worker.keeper import KernelKeeper
from tests.worker.house import House, Ran, until

LINES = 3000
COUNTING = f"""
import time
for n in range({LINES}):
    print(n)
    if n % 10 == 0: time.sleep(0.003)
"""
NUMBERS = "".join(f"{n}\n" for n in range(LINES))


async def ended(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    process.send_signal(number)
    await asyncio.to_thread(process.wait, 20)


async def across(house: House, moment: Callable[[str], Any], *cells: Any, number: signal.Signals = signal.SIGKILL,
                 meanwhile: Callable[[str], Any] | None = None, **asked: Any) -> Ran:  # fmt: skip
    """Drives a run by a worker that ends at `moment`, and then by another one."""
    run_id = house.submit(*cells, **asked)
    first = house.start_worker()
    await moment(run_id)
    await ended(first, number)
    async with house.working():
        await house.seen(run_id, "run.adopted")
        if meanwhile is not None:
            await meanwhile(run_id)
        return await house.end(run_id)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_each_line_is_there_once_and_in_order_whatever_ended_the_worker(house: House, number, runtime):
    async def moment(run_id: str) -> None:
        await house.printed(run_id, "\n500\n")

    ran = asyncio.run(across(house, moment, COUNTING, "print('next')", number=number, runtime=runtime))
    assert ran.ending == ("succeeded", None)
    assert ran.text() == NUMBERS
    assert ran.text("c2") == "next\n"
    assert len(ran.of("cell.started")) == 2
    assert len(ran.of("kernel.ready")) == 1
    assert bool(ran.of("run.released")) == (number == signal.SIGTERM)


def test_a_worker_killed_while_the_kernel_starts_is_followed_by_one_that_waits_for_the_same_kernel(house: House):
    async def moment(run_id: str) -> None:
        await house.seen(run_id, "kernel.starting")
        await until(lambda: house.processes(run_id), "the kernel's process is there")

    ran = asyncio.run(across(house, moment, "for n in range(9): print(n)"))
    assert ran.ending == ("succeeded", None)
    assert ran.text() == "".join(f"{n}\n" for n in range(9))


def test_a_worker_that_died_before_it_started_the_kernel_leaves_that_to_the_next(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("print('once')")
        claim = house.store.claim("gone", here())
        assert claim is not None
        facts = [
            Draft("run.claimed", {"worker": "gone", "epoch": claim.epoch}),
            Draft("kernel.starting", {"clock": house.clock.now().mono, "attempt": 1}),
        ]
        house.store.append(run_id, claim.epoch, facts)
        house.store.release(run_id, claim.epoch)
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert ran.text() == "once\n"


@pytest.mark.parametrize("sent", [False, True])
def test_a_request_that_may_or_may_not_have_been_sent_runs_once(house: House, monkeypatch, sent):
    """The worker ends after `cell.started` was committed, before or after the request went out."""
    carry_out = KernelKeeper.carry_out

    async def scenario() -> Ran:
        run_id = house.submit("print('once')", "open('ran', 'a').write('x')", "print(open('ran').read())")
        async with house.working() as worker:

            def until_the_second(keeper: KernelKeeper, order: do.Instruction) -> list[do.Stimulus]:
                second = isinstance(order, do.Execute) and order.cell_id == "c2"
                if second:
                    worker.drain()
                return [] if second and not sent else carry_out(keeper, order)

            monkeypatch.setattr(KernelKeeper, "carry_out", until_the_second)
            await house.seen(run_id, "run.released")
        monkeypatch.setattr(KernelKeeper, "carry_out", carry_out)
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert ran.text("c3") == "x\n"
    assert len(ran.of("cell.started")) == 3


def test_a_kill_that_its_worker_did_not_live_to_send_is_sent_by_the_next(house: House, monkeypatch):
    carry_out = KernelKeeper.carry_out

    async def scenario() -> Ran:
        run_id = house.submit("print('begun'); import time; time.sleep(60)")
        async with house.working() as worker:

            def but_for_the_kill(keeper: KernelKeeper, order: do.Instruction) -> list[do.Stimulus]:
                if isinstance(order, do.Stop):
                    worker.drain()
                    return []
                return carry_out(keeper, order)

            monkeypatch.setattr(KernelKeeper, "carry_out", but_for_the_kill)
            await house.printed(run_id, "begun")
            house.client.signal(run_id, "kill")
            await house.seen(run_id, "run.released")
        monkeypatch.setattr(KernelKeeper, "carry_out", carry_out)
        async with house.working():
            return await house.end(run_id)

    assert asyncio.run(scenario()).ending == ("cancelled", "cancelled_by_user")


def test_a_time_limit_counts_on_from_the_cells_beginning(house: House, fast_grace):
    async def moment(run_id: str) -> None:
        await house.printed(run_id, "begun")

    ran = asyncio.run(across(house, moment, "print('begun'); import time; time.sleep(60)", cell_timeout=2.0))
    assert ran.cell("c1") == ("failed", "cell_timeout")
    (started,), (interrupted,) = ran.of("cell.started"), ran.of("kernel.interrupted")
    assert 2.0 <= interrupted.data["clock"] - started.data["clock"] < 3.0


def test_a_question_can_be_answered_to_the_next_worker(house: House, runtime):
    async def moment(run_id: str) -> None:
        await house.seen(run_id, "input.requested")

    async def meanwhile(run_id: str) -> None:
        await asyncio.to_thread(house.client.reply, run_id, "Ada")

    ran = asyncio.run(
        across(house, moment, "print('Hello', input('Name: '))", input="wait", meanwhile=meanwhile, runtime=runtime)
    )
    assert ran.ending == ("succeeded", None)
    assert ran.text() == "Hello Ada\n"
    assert len(ran.of("input.requested")) == 1


def test_an_answer_that_died_with_its_worker_is_asked_for_again(house: House, monkeypatch):
    carry_out = KernelKeeper.carry_out

    async def scenario() -> Ran:
        run_id = house.submit("print('Hello', input('Name: '))", input="wait")
        async with house.working() as worker:

            def lose_the_answer(keeper: KernelKeeper, order: do.Instruction) -> list[do.Stimulus]:
                if not isinstance(order, do.Answer):
                    return carry_out(keeper, order)
                worker.drain()
                return []

            monkeypatch.setattr(KernelKeeper, "carry_out", lose_the_answer)
            first = await house.seen(run_id, "input.requested")
            await asyncio.to_thread(house.client.reply, run_id, "lost")
            await house.seen(run_id, "run.released")
        monkeypatch.setattr(KernelKeeper, "carry_out", carry_out)
        async with house.working():
            await house.seen(run_id, "input.requested", after=first.seq)
            await asyncio.to_thread(house.client.reply, run_id, "Ada")
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.text() == "Hello Ada\n"
    assert [event.data["prompt"] for event in ran.of("input.requested")] == ["Name: ", "Name: "]


def test_a_kernel_that_died_with_its_worker_has_said_everything_and_nobody_guesses_how_it_ended(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("for n in range(1000): print(n)\nprint('begun'); import time; time.sleep(60)")
        first = house.start_worker()
        await house.printed(run_id, "begun")
        kernel = house.kernel(run_id)
        await ended(first, signal.SIGKILL)
        os.kill(kernel, signal.SIGKILL)
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "kernel_died")
    assert ran.text() == "".join(f"{n}\n" for n in range(1000)) + "begun\n"
    (died,) = ran.of("kernel.died")
    assert died.data["status"] is None
    # Without a supervisor it is init's to wait for, which keeps nothing; until it has waited, the zombie tells.
    assert (died.data["signal"], died.data["message"].split(": ")[1]) in (
        (None, "exit status unknown"),
        (9, "killed by signal 9 (SIGKILL)"),
    )


def test_an_adopted_kernel_that_dies_later_is_noticed_at_once(house: House):
    async def moment(run_id: str) -> None:
        await house.printed(run_id, "begun")

    async def meanwhile(run_id: str) -> None:
        os.kill(house.kernel(run_id), signal.SIGKILL)

    ran = asyncio.run(across(house, moment, "print('begun'); import time; time.sleep(60)", meanwhile=meanwhile))
    assert ran.cell("c1") == ("failed", "kernel_died")


def test_a_worker_that_was_stopped_and_replaced_leaves_the_kernel_alone(house: House):
    async def scenario() -> Ran:
        run_id = house.submit(COUNTING, "print('next')", "print(open('n.yml').read()[:1])")
        stale = house.start_worker()
        await house.printed(run_id, "\n200\n")
        stale.send_signal(signal.SIGSTOP)
        (worker,) = house.store.workers()
        house.store.expire(worker.worker_id)
        async with house.working():
            await house.seen(run_id, "run.adopted")
            stale.send_signal(signal.SIGCONT)
            ran = await house.end(run_id)
        assert stale.poll() is None
        await ended(stale, signal.SIGTERM)
        return ran

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert ran.text() == NUMBERS
    assert ran.text("c2") == "next\n"
    assert len(ran.of("cell.started")) == 3
    assert "is driven by another worker now" in (house.folder / "worker.log").read_text()


def test_a_lost_lease_frees_the_place_even_when_the_kernel_is_silent(house: House, monkeypatch):
    monkeypatch.setattr("jupyter_runt.worker.loop.RENEW_SECONDS", 0.1)

    async def scenario() -> Ran:
        run_id = house.submit("print('begun'); import time; time.sleep(1.5)")
        async with house.working(concurrency=1) as first:
            await house.printed(run_id, "begun")
            house.store.release(run_id, house.store.run(run_id).epoch)
            claim = house.store.claim("thief", here(), run_id=run_id)
            assert claim is not None
            await until(lambda: first.performer(run_id) is None, "the first worker has let go")
            house.store.release(run_id, claim.epoch)
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert len(ran.of("cell.started")) == 1


def test_leases_are_renewed_and_a_worker_never_buries_itself(house: House, monkeypatch):
    monkeypatch.setattr("jupyter_runt.worker.loop.RENEW_SECONDS", 0.1)

    async def scenario() -> Ran:
        run_id = house.submit("import time; time.sleep(1)")
        async with house.working():
            await house.seen(run_id, "cell.started")
            (before,) = house.store.workers()
            bury_the_dead(house.store, here())
            await until(lambda: house.store.workers()[0].lease_until > before.lease_until, "the lease is longer")
            assert house.store.claim("thief", here(), run_id=run_id) is None
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert len([event for event in ran.events if event.type in ("run.claimed", "run.adopted")]) == 1


def test_the_dead_leave_no_files(house: House):
    async def scenario() -> None:
        worker = house.start_worker()
        await until(house.store.workers, "it is registered")
        await ended(worker, signal.SIGKILL)
        bury_the_dead(house.store, here())

    asyncio.run(scenario())
    assert house.store.workers() == []
    assert list((house.store.runtime / "w").iterdir()) == []


# -- a kernel without the agent ----------------------------------------------------------------------------------------


def test_without_the_agent_the_reply_still_comes_and_the_gap_is_told(house: House):
    async def moment(run_id: str) -> None:
        await house.printed(run_id, "begun")

    ran = asyncio.run(across(house, moment, "print begun\nsleep 1\nprint end", "print next", runtime="echo"))
    assert ran.ending == ("succeeded", None)
    assert len(ran.of("gap")) == 1
    assert ran.text().startswith("begun\n")
    assert ran.text("c2") == "next\n"
    assert len(ran.of("cell.started")) == 2


def test_without_the_agent_a_reply_that_nobody_heard_is_an_unknown_outcome(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("print begun\nsleep 0.5", "print next", runtime="echo")
        first = house.start_worker()
        await house.printed(run_id, "begun")
        await ended(first, signal.SIGKILL)
        await asyncio.sleep(0.8)  # the cell ends while nobody listens, and leaves no trace that could be waited for
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "unknown_outcome")
    assert ran.cell("c1") == ("failed", "unknown_outcome")
    assert ran.cell("c2")[0] == "cancelled"


def test_between_two_cells_without_the_agent_nothing_is_lost(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("print one", "count 50", runtime="echo")
        house.client.signal(run_id, "pause")
        first = house.start_worker()
        await house.seen(run_id, "kernel.ready")
        await ended(first, signal.SIGKILL)
        house.client.signal(run_id, "resume")
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert ran.text("c1") == "one\n"
    assert ran.text("c2") == "".join(f"{n}\n" for n in range(50))


def test_a_reply_to_a_run_without_a_worker_is_refused(house: House):
    run_id = house.submit("1")
    with pytest.raises(Refused, match="no worker"):
        house.client.reply(run_id, "x")
