"""A kernel without the agent does not stay behind for ever when its worker has died."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_runt.kernel import watchdog
from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.kernel.identity import Identity
from jupyter_runt.kernel.oom import Victims
from tests.guards.source import ROOT
from tests.worker.house import House, Ran, until


def watchdogs(folder: Path) -> list[int]:
    """The processes that watch a kernel below this folder."""
    found = []
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"kernel.watchdog" in line and str(folder).encode() in line:
            found.append(pid)
    return found


def test_it_is_ended_with_all_that_it_started_once_nobody_has_driven_it_for_too_long(house: House):
    run_id = house.submit("print begun\nsleep 60", runtime="echo", orphan_timeout=0.5)
    worker = house.start_worker()
    stray = subprocess.Popen(["sleep", "60"], env={"JUPYTER_RUNT_RUN_ID": run_id}, start_new_session=True)

    async def scenario() -> None:
        await house.printed(run_id, "begun")
        await until(lambda: watchdogs(house.folder), "it is watched")
        assert stray.poll() is None
        worker.kill()
        worker.wait()
        await asyncio.to_thread(stray.wait, 20)
        await until(lambda: not house.processes(run_id), "the kernel is gone")
        await until(lambda: not watchdogs(house.folder), "and so is who watched it")

    asyncio.run(scenario())


def test_it_is_left_alone_while_a_worker_drives_it_and_the_next_one_is_told_from_the_first(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("print begun\nsleep 2", runtime="echo", orphan_timeout=1.0)
        first = house.start_worker()
        await house.printed(run_id, "begun")
        before = await until(lambda: watchdogs(house.folder), "it is watched")
        first.kill()
        first.wait()
        async with house.working():
            await house.seen(run_id, "run.adopted")
            await until(lambda: watchdogs(house.folder) == before, "a second one has left it to the first")
            ran = await house.end(run_id)
            await until(lambda: not watchdogs(house.folder), "its kernel is gone")
        return ran

    assert asyncio.run(scenario()).ending == ("succeeded", None)


def test_it_calls_for_a_worker(tmp_path, monkeypatch):
    folder, called = KernelFolder(tmp_path, "r", 1), tmp_path / "called"
    folder.create()
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        kernel = Identity.of(process.pid)
        assert kernel is not None
        folder.note_process(kernel, Victims())
        folder.note_driver("/no/such/lock", 0.4, ["touch", str(called)], 0.1)

        async def scenario() -> None:
            watchdog.start(folder)
            await until(called.exists, "it has called")

        asyncio.run(scenario())
        assert process.wait(20) == -signal.SIGTERM, "and nobody came"


@pytest.mark.parametrize("gone", [True, False], ids=["its kernel is gone", "nobody noted a kernel"])
def test_it_ends_at_once_where_there_is_nothing_to_watch(tmp_path, gone):
    folder = KernelFolder(tmp_path, "r", 1)
    folder.create()
    if gone:
        folder.note_process(Identity(2**22 + 1, 1), Victims())
    code = f"from jupyter_runt.kernel.watchdog import main; main({str(folder.path)!r})"
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}, timeout=20, check=True)


def test_it_is_light():
    code = "import sys, jupyter_runt.kernel.watchdog, jupyter_runt.kernel.exits; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert not {"asyncio", "zmq", "jupyter_client", "sqlite3", "ssl"} & set(loaded.stdout.split())
