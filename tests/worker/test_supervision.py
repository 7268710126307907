"""The supervisor: real workers killed for real, as a user's `jupyter runt worker` has them."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3

import pytest

from jupyter_runt.client import spawn
from jupyter_runt.kernel.identity import Identity
from jupyter_runt.store.life import SUPERVISOR_LOCK
from jupyter_runt.store.migrate import VERSION
from tests.worker.house import House, until
from tests.worker.test_adoption import COUNTING, NUMBERS

IGNORING = "trap '' HUP; exec \"$@\""
SUPERVISED = ("--idle-exit", "60")


async def worker_pid(house: House, *, other_than: int = -1) -> int:
    """The pid of the worker that is registered, once there is another one."""
    rows = await until(lambda: [row for row in house.store.workers() if row.pid != other_than], "a worker is there")
    return int(rows[-1].pid)


def test_a_killed_worker_is_replaced_at_once_and_no_line_is_lost(house: House):
    async def scenario():
        run_id = house.submit(COUNTING, "print('next')")
        supervisor = house.start_worker(*SUPERVISED)
        for line in (300, 900, 1500):
            await house.printed(run_id, f"\n{line}\n")
            before = await worker_pid(house)
            assert before != supervisor.pid
            os.kill(before, signal.SIGKILL)
            await worker_pid(house, other_than=before)
        return await house.end(run_id), supervisor

    ran, supervisor = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert (ran.text(), ran.text("c2")) == (NUMBERS, "next\n")
    assert len(ran.of("run.adopted")) == 3
    assert supervisor.poll() is None


def test_the_exit_of_a_kernel_that_outlived_its_worker_is_still_known(house: House):
    async def scenario():
        run_id = house.submit("print('begun'); import time; time.sleep(60)")
        house.start_worker(*SUPERVISED)
        await house.printed(run_id, "begun")
        before = await worker_pid(house)
        os.kill(before, signal.SIGKILL)
        await house.seen(run_id, "run.adopted")
        os.kill(house.kernel(run_id), signal.SIGSEGV)
        return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "kernel_died")
    (died,) = ran.of("kernel.died")
    assert (died.data["status"], died.data["signal"]) == (None, signal.SIGSEGV)


def test_a_kernel_that_died_while_no_worker_lived_is_known_by_its_exit(house: House):
    async def scenario():
        run_id = house.submit("print('begun'); import time; time.sleep(60)")
        supervisor = house.start_worker(*SUPERVISED)
        await house.printed(run_id, "begun")
        worker = await worker_pid(house)
        os.kill(worker, signal.SIGSTOP)  # it sees nothing of what follows
        kernel = house.kernel(run_id)
        os.kill(worker, signal.SIGKILL)
        os.kill(kernel, signal.SIGABRT)
        return supervisor, await house.end(run_id)

    _, ran = asyncio.run(scenario())
    assert ran.of("kernel.died")[0].data["signal"] == signal.SIGABRT


def test_sigterm_ends_both_and_hands_the_run_over_with_its_kernel(house: House):
    async def scenario():
        run_id = house.submit(COUNTING)
        supervisor = house.start_worker(*SUPERVISED)
        await house.printed(run_id, "\n300\n")
        supervisor.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(supervisor.wait, 20) == 0
        assert house.store.workers() == []
        assert len(house.processes(run_id)) == 1
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.text() == NUMBERS
    assert len(ran.of("kernel.ready")) == 1
    assert len(ran.of("run.released")) == 1


def test_sigterm_to_the_worker_alone_is_an_upgrade_and_the_next_one_continues(house: House):
    """The supervisor becomes the program that is installed now, with the same pid and its lock kept."""

    async def scenario():
        run_id = house.submit(COUNTING)
        supervisor = house.start_worker(*SUPERVISED)
        await house.printed(run_id, "\n300\n")
        before = await worker_pid(house)
        os.kill(before, signal.SIGTERM)
        await house.seen(run_id, "run.adopted")
        assert supervisor.poll() is None
        assert spawn.start_worker(house.store, 60) is None
        return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.text() == NUMBERS
    assert len(ran.of("kernel.ready")) == 1


def test_a_worker_that_meets_a_newer_store_hands_over_and_exits(house: House):
    async def scenario():
        run_id = house.submit("import time\nfor n in range(300): print(n); time.sleep(0.01)")
        supervisor = house.start_worker(*SUPERVISED)
        await house.printed(run_id, "\n30\n")
        with sqlite3.connect(house.store.path) as newer:
            newer.execute(f"PRAGMA user_version = {VERSION + 1}")
        status = await asyncio.to_thread(supervisor.wait, 20)
        kernels = house.processes(run_id)
        with sqlite3.connect(house.store.path) as again:
            again.execute(f"PRAGMA user_version = {VERSION}")
        async with house.working():
            return status, kernels, await house.end(run_id)

    status, kernels, ran = asyncio.run(scenario())
    assert status == 5
    assert len(kernels) == 1
    assert ran.ending == ("succeeded", None)
    assert ran.text() == "".join(f"{n}\n" for n in range(300))
    assert "Upgrade it" in (house.folder / "worker.log").read_text()


def test_a_worker_that_cannot_start_is_not_started_again_and_again(house: House):
    house.store.path.chmod(0o400)
    (house.folder / "store.sqlite").rename(house.folder / "kept")
    (house.folder / "store.sqlite").mkdir()
    try:
        supervisor = house.start_worker(*SUPERVISED)
        assert supervisor.wait(20) == 5
    finally:
        (house.folder / "store.sqlite").rmdir()
        (house.folder / "kept").rename(house.folder / "store.sqlite")
        house.store.path.chmod(0o600)


def test_a_worker_whose_supervisor_was_killed_goes_on_and_ends_when_idle(house: House):
    (house.folder / "config").mkdir()
    (house.folder / "config" / "jupyter_runt_config.py").write_text("c.Runt.idle_exit = 0.5")

    async def scenario():
        run_id = house.submit(COUNTING)
        supervisor = house.start_worker("--name", "orphan", env={"JUPYTER_CONFIG_DIR": str(house.folder / "config")})
        await house.printed(run_id, "\n300\n")
        worker = await worker_pid(house)
        supervisor.kill()
        await asyncio.to_thread(supervisor.wait, 20)
        ran = await house.end(run_id)
        await until(lambda: Identity.of(worker) is None, "the worker has ended")
        return ran

    ran = asyncio.run(scenario())
    assert ran.text() == NUMBERS
    assert not ran.of("run.adopted")


def test_one_supervisor_at_a_time_is_started_for_a_store(house: House):
    first = spawn.start_worker(house.store, 1.0)
    assert first is not None
    assert spawn.start_worker(house.store, 1.0) is None
    assert spawn.ensure_worker(house.store, 1.0) is None  # it waits until the first one takes runs
    assert spawn.worker_lives(house.store)

    async def gone() -> None:
        await until(lambda: Identity.of(first) is None, "the supervisor has ended itself")

    asyncio.run(gone())
    assert (house.store.runtime / SUPERVISOR_LOCK).exists()
    assert house.store.workers() == []


def test_whoever_needs_a_worker_while_the_last_one_ends_gets_another(house: House):
    """The supervisor of an idle worker lives a little longer than its worker takes runs."""

    async def scenario():
        supervisor = house.start_worker("--idle-exit", "0.2")
        await until(house.store.workers, "it is registered")
        await until(lambda: not house.store.workers(), "it has ended")
        return supervisor, spawn.ensure_worker(house.store, 1.0)

    supervisor, pid = asyncio.run(scenario())
    assert pid not in (None, supervisor.pid)


def test_a_deadline_holds_while_no_worker_lives(house: House):
    """The run is handed over on purpose, and nobody looks: its kernel calls for a worker when the question's time is over."""

    async def scenario():
        policy = {"metadata": {"input": {"policy": "wait", "deadline": "2s"}}}
        run_id = house.submit("input('well? ')", "print('next')", notebook=policy)
        async with house.working():
            await house.seen(run_id, "input.requested")
        assert house.store.workers() == []
        assert house.read(run_id).state.status == "waiting"
        return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "input_unavailable")
    assert len(ran.of("run.adopted")) == 1


def test_a_kernel_that_was_left_alone_calls_for_a_worker(house: House):
    """Worker and supervisor are killed, and nobody looks at the store."""

    async def scenario():
        run_id = house.submit("print('begun')\nimport time; time.sleep(2)\nprint('end')")
        supervisor = house.start_worker(*SUPERVISED)
        await house.printed(run_id, "begun")
        worker = await worker_pid(house)
        supervisor.kill()
        os.kill(worker, signal.SIGKILL)
        return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.text() == "begun\nend\n"
    assert len(ran.of("run.adopted")) == 1


@pytest.mark.parametrize("ignored", [False, True])
def test_a_hang_up_hands_the_run_to_a_worker_in_the_background_and_nohup_is_heeded(house: House, ignored):
    async def scenario():
        run_id = house.submit(COUNTING)
        supervisor = house.start_worker(*SUPERVISED, before=["sh", "-c", IGNORING if ignored else 'exec "$@"', "sh"])
        await house.printed(run_id, "\n300\n")
        before = await worker_pid(house)
        for pid in (before, supervisor.pid):
            os.kill(pid, signal.SIGHUP)
        ran = await house.end(run_id)
        return ran, supervisor.poll(), [row.pid for row in house.store.workers()], before

    ran, status, workers, before = asyncio.run(scenario())
    assert ran.text() == NUMBERS
    assert (status is None) == ignored
    assert (workers == [before]) == ignored


def test_the_folder_of_a_kernel_whose_end_nobody_could_sweep_up_is_removed_by_the_next_worker(house: House):
    ran = house.run("1")
    for name in (f"{ran.run_id}.1", "20200101-000000-nobody.1", f"{ran.run_id}.2.gone"):
        (house.store.runtime / "k" / name).mkdir()

    async def scenario():
        going_on = house.submit("import time; time.sleep(0.5); print(open('ok', 'w').write('x'))")
        async with house.working():
            await until(lambda: len(list((house.store.runtime / "k").iterdir())) == 1, "only one is left")
            return await house.end(going_on)

    assert asyncio.run(scenario()).ending == ("succeeded", None)
    assert list((house.store.runtime / "k").iterdir()) == []
