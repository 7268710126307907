"""Runs whose kernel is, or was, where this process cannot see it: another PID namespace (as a container is), another boot."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from jupyter_runt.kernel.place import here
from jupyter_runt.kernel.processes import command_of, pids
from jupyter_runt.store.life import bury_the_dead
from tests.worker.house import House, Ran, until
from tests.worker.test_adoption import COUNTING, NUMBERS

APART = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


def can_be_apart() -> bool:
    return (
        bool(shutil.which("unshare"))
        and subprocess.run([*APART, "true"], capture_output=True, check=False).returncode == 0
    )


apart = pytest.mark.skipif(not can_be_apart(), reason="no PID namespace can be made here (it takes root)")


@contextmanager
def container(house: House) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a PID namespace of its own; killing the process ends everything in there."""
    with (house.folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [*APART, "sh", "-c", '"$@"; sleep 100', "sh", *house.worker_command()], env=house.worker_env(), stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def kill_worker(house: House) -> None:
    """Kills the worker in the container alone; in there its pid is another one."""
    for pid in pids():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            words = command_of(pid)
            if words[0] == sys.executable.encode() and house.url.encode() in words:
                os.kill(pid, signal.SIGKILL)


@apart
def test_what_a_container_left_is_found_by_the_next_one_and_ends_by_its_policy(house: House):
    async def scenario() -> tuple[Ran, Ran]:
        once, again = (
            house.submit(COUNTING),
            house.submit(COUNTING, notebook={"metadata": {"retry": {"attempts": 2, "on": ["kernel_died"]}}}),
        )
        with container(house) as process:
            await house.printed(once, "\n300\n")
            await house.printed(again, "\n300\n")
            assert house.store.run(once).place != here()
            process.kill()
            process.wait()
        async with house.working():
            return await house.end(once), await house.end(again)

    once, again = asyncio.run(scenario())
    assert once.ending == ("failed", "kernel_died")
    printed = once.text().splitlines()
    assert len(printed) > 300
    assert printed == [str(n) for n in range(len(printed))]
    assert again.ending == ("succeeded", None)
    assert again.text() == NUMBERS
    assert again.state.attempt == 2


@apart
def test_a_run_is_not_run_again_while_its_kernel_lives_elsewhere_and_can_be_given_up(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("print('begun'); import time; time.sleep(1000)")
        with container(house):
            await house.printed(run_id, "begun")
            kill_worker(house)
            await until(lambda: bury_the_dead(house.store, here()), "its worker is found dead")
            async with house.working():
                assert bury_the_dead(house.store, here()) == []
                assert house.store.run(run_id).status == "running"
                assert "another place" in str(house.client.why_undriven(house.store.run(run_id)))
                house.client.signal(run_id, "kill")
                return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("cancelled", "cancelled_by_user")
    assert len(ran.of("kernel.starting")) == 1


@pytest.mark.parametrize("drained", [False, True])
def test_after_a_new_boot_the_runs_of_the_last_one_are_found_and_end_by_their_policy(house: House, drained):
    """Everything was killed at once; only the store and the runtime folder are left. A boot cannot be had here, so the place in
    the store is made that of another one."""

    async def scenario() -> Ran:
        run_id = house.submit(COUNTING)
        worker = house.start_worker()
        await house.printed(run_id, "\n300\n")
        worker.send_signal(signal.SIGTERM if drained else signal.SIGKILL)
        await asyncio.to_thread(worker.wait)
        for pid in house.processes(run_id):
            os.kill(pid, signal.SIGKILL)
        earlier = here().replace(here().split("/")[1], "0000-boot")
        row = house.store.run(run_id)
        for left in house.store.workers():
            house.store.register(dataclasses.replace(left, place=earlier))
        with house.store._database.write() as db:
            db.execute("UPDATE runs SET place = ?, lease_boot = ? WHERE run_id = ?", (earlier, "0000-boot", row.run_id))
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "kernel_died")
    printed = ran.text().splitlines()
    assert len(printed) > 300
    assert printed == [str(n) for n in range(len(printed))]
