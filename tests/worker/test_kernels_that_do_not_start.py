"""Every way not to start ends the run, says why, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zmq

from tests.cli.runt import until
from tests.worker.conftest import kernelspec
from tests.worker.house import House, Ran

LAUNCHER = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


def failed_to_start(house: House, runtime: str, before: Callable[[], None] = lambda: None) -> Ran:
    async def scenario() -> Ran:
        async with house.working():
            return await house.end(run_id)

    run_id = house.submit("1", runtime=runtime)
    before()
    # What ZeroMQ opens for a process's first sockets it keeps for the next ones.
    first: list[zmq.Socket[bytes]] = [zmq.Context.instance().socket(zmq.DEALER) for _ in range(8)]
    for each in first:
        each.close()
    descriptors = len(os.listdir("/proc/self/fd"))
    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "kernel_start_failed")
    assert ran.cell("c1")[0] == "cancelled"
    assert list((house.store.runtime / "k").iterdir()) == []
    # A thread of ZeroMQ's own closes what its sockets had open.
    until(lambda: len(os.listdir("/proc/self/fd")) <= descriptors, "every descriptor is closed")
    assert not house.processes()
    return ran


@pytest.mark.parametrize("as_agent", [True, False], ids=["with agent", "without"])
def test_a_kernel_that_exits_at_once_is_quoted(house: House, as_agent):
    code = "import sys; print('no licence found', file=sys.stderr); sys.exit(3)"
    if as_agent:
        Path("broken").mkdir()
        Path("broken/sitecustomize.py").write_text(code)
        kernelspec(
            house.folder, "broken", [sys.executable, *LAUNCHER], env={"PYTHONPATH": str(house.folder / "broken")}
        )
    else:
        kernelspec(house.folder, "broken", [sys.executable, "-c", code, "{connection_file}"])
    ran = failed_to_start(house, "broken")
    assert "no licence found" in ran.state.message


@pytest.mark.parametrize("as_agent", [True, False], ids=["with agent", "without"])
def test_a_program_that_went_missing_since_the_submission_is_named(house: House, as_agent):
    program = house.folder / "python-gone"
    program.symlink_to(sys.executable)
    kernelspec(house.folder, "gone", [str(program), *(LAUNCHER if as_agent else ["{connection_file}"])])
    ran = failed_to_start(house, "gone", before=program.unlink)
    assert "python-gone" in ran.state.message


def test_an_ipykernel_that_is_too_old_is_named_with_its_version(house: House):
    package = house.folder / "old" / "ipykernel"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "_version.py").write_text("__version__ = '6.28.0'\nversion_info = (6, 28, 0)\n")
    kernelspec(house.folder, "ancient", [sys.executable, *LAUNCHER], env={"PYTHONPATH": str(package.parent)})
    ran = failed_to_start(house, "ancient")
    assert "ipykernel 6.29 or newer is needed" in ran.state.message
    assert "6.28.0" in ran.state.message


def test_a_kernel_that_never_gets_ready_is_given_up(house: House, impatient):
    kernelspec(house.folder, "silent", [sys.executable, "-c", "import time; time.sleep(60)", "{connection_file}"])
    ran = failed_to_start(house, "silent")
    assert ran.of("kernel.interrupted")[0].data["stage"] == "kill"
