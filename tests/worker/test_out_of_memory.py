"""A real control group with little memory, a real worker in it, and a cell that wants more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.house import House, Ran

MEMORY = 200 << 20
GREEDY = f"print('greedy')\nhoard = bytearray({5 * MEMORY})\nfor at in range(0, len(hoard), 4096): hoard[at] = 1"
JOIN = "import os, sys; open(sys.argv[1], 'w').write(str(os.getpid())); os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group inside our own (version 1, where a group may hold both processes and groups), removed afterwards."""
    groups = Path("/proc/self/cgroup").read_text().splitlines()
    ours = next((line.split(":", 2)[2] for line in groups if "memory" in line.split(":")[1].split(",")), None)
    if ours is None:
        pytest.skip("no control group of version 1 governs memory here")
    made = Path(f"/sys/fs/cgroup/memory/{ours}/jupyter-runt-{os.getpid()}")
    try:
        made.mkdir()
        (made / "memory.limit_in_bytes").write_text(str(MEMORY))
    except OSError as error:
        with contextlib.suppress(OSError):
            made.rmdir()
        pytest.skip(f"no control group can be made here: {error}")
    with contextlib.suppress(OSError):  # else the kernel would be swapped out, not killed; not every system counts swap
        (made / "memory.memsw.limit_in_bytes").write_text(str(MEMORY))
    yield made
    for _ in range(500):
        with contextlib.suppress(OSError):  # its last process is not gone for a moment
            made.rmdir()
            return
        time.sleep(0.01)
    raise AssertionError(f"{made} cannot be removed")


def worker_in(group: Path, house: House) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", JOIN, str(group / "cgroup.procs"), *house.worker_command()[1:]]
    with (house.folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(command, env=house.worker_env(), stderr=log)
    house.workers.append(process)
    return process


def test_the_run_says_that_its_kernel_ran_out_of_memory_and_its_worker_lives(house: House, group: Path):
    async def scenario() -> Ran:
        worker = worker_in(group, house)
        ran = await house.end(house.submit(GREEDY, "2"))
        after = await house.end(house.submit("print('the next run')"))
        assert after.text() == "the next run\n"
        assert worker.poll() is None
        worker.terminate()
        worker.wait(20)
        return ran

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "kernel_died")
    (died,) = ran.of("kernel.died")
    assert (died.data["signal"], died.data["oom"]) == (9, True)
    assert ran.state.message == "the kernel died: killed by the out-of-memory killer"
    assert ran.text() == "greedy\n"


def test_a_kill_by_somebody_is_not_laid_at_its_door(house: House):
    ran = house.run("import os; os.kill(os.getpid(), 9)")
    assert ran.state.message == "the kernel died: killed by signal 9 (SIGKILL)"
    assert "oom" not in ran.of("kernel.died")[0].data
