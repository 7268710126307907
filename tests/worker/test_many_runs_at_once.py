"""One worker, many runs: side by side, each in its own environment, leaving nothing behind."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

from tests.worker.house import House, Ran, until


def test_a_slow_run_does_not_hold_up_the_others(house: House):
    async def scenario() -> None:
        slow = house.submit("import time; time.sleep(30)")
        quick = [house.submit(f"for n in range(2000): print({number}, n)", "print('next')") for number in range(7)]
        async with house.working(concurrency=8):
            for number, run_id in enumerate(quick):
                ran = await house.end(run_id)
                assert ran.ending == ("succeeded", None)
                assert ran.text() == "".join(f"{number} {n}\n" for n in range(2000))
                assert ran.text("c2") == "next\n"
            assert house.store.run(slow).status == "running"
            house.client.signal(slow, "cancel")
            await house.end(slow)

    asyncio.run(scenario())


def test_no_more_runs_at_once_than_asked_and_the_oldest_first(house: House):
    async def scenario() -> list[Ran]:
        runs = [house.submit("1", priority=priority) for priority in (0, 0, 5)]
        async with house.working(concurrency=1):
            return [await house.end(run_id) for run_id in runs]

    first, second, urgent = asyncio.run(scenario())
    moments = [ran.of(kind)[0].at for ran in (urgent, first, second) for kind in ("run.claimed", "run.finished")]
    assert moments == sorted(moments)


def test_an_idle_worker_and_an_empty_one_end_by_themselves(house: House):
    from jupyter_runt.worker.loop import Options, Worker

    async def served(options: Options) -> float:
        worker, began = Worker(house.store, house.clock, options), monotonic()
        worker.register()
        await asyncio.wait_for(worker.serve(), 10)
        return monotonic() - began

    run_id = house.submit("1")
    asyncio.run(served(Options(until_empty=True)))
    assert house.read(run_id).ending == ("succeeded", None)
    assert 0.2 <= asyncio.run(served(Options(idle_exit=0.2))) < 3
    assert house.store.workers() == []


def test_each_run_executes_in_its_submitters_environment(house: House):
    """Two virtual environments, one worker that belongs to neither of them."""

    def environment(name: str) -> str:
        python = house.folder / name / "bin" / "python"
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", "--system-site-packages", house.folder / name], check=True
        )
        home = sys.prefix  # what is installed for the tests, as if it were installed here
        (site,) = Path(house.folder / name).glob("lib/python*/site-packages")
        (packages,) = Path(home).glob("lib/python*/site-packages")
        (site / "tests.pth").write_text(str(packages))
        notebook = house.folder / f"{name}.yml"
        notebook.write_text(
            '{"cells": [{"id": "c1", "source": "import sys, shutil; print(sys.prefix); print(shutil.which(\'python\'))"}]}'
        )
        command: list[Any] = [
            python,
            "-m",
            "jupyter_runt.cli",
            "submit",
            notebook,
            "--no-worker",
            "--store",
            house.url,
            "--json",
        ]
        path = f"{python.parent}:{os.environ['PATH']}"
        variables = {
            **os.environ,
            "PATH": path,
            "VIRTUAL_ENV": str(house.folder / name),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        variables["JUPYTER_PATH"] = str(Path(home) / "share" / "jupyter")
        subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)
        return str(python)

    async def scenario() -> list[Ran]:
        async with house.working():
            return [await house.end(run_id) for run_id in reversed(house.store.match("", 2))]

    pythons = [environment("one"), environment("two")]
    for python, ran in zip(pythons, asyncio.run(scenario()), strict=True):
        assert ran.ending == ("succeeded", None), ran.events[-1]
        assert ran.text().split() == [str(Path(python).parents[1]), python]


def test_many_runs_leave_nothing_behind(house: House):
    def held() -> tuple[int, list[str], list[str]]:
        gc.collect()
        runtime = house.store.runtime
        return len(os.listdir("/proc/self/fd")), os.listdir(runtime / "k"), os.listdir(runtime / "w")

    async def batch(count: int) -> None:
        for run_id in [house.submit("print hello", runtime="echo") for _ in range(count)]:
            assert (await house.end(run_id)).text() == "hello\n"

    async def scenario() -> None:
        async with house.working(concurrency=4):
            ran = await house.end(house.submit("print('hello')"))
            assert ran.text() == "hello\n"
            await batch(4)
            await asyncio.sleep(0)
            before, tasks = held(), len(asyncio.all_tasks())
            await batch(30)
            for run_id in [house.submit("print('hello')") for _ in range(8)]:
                await house.end(run_id)
            await until(lambda: len(asyncio.all_tasks()) == tasks, "no task is left")
            assert held() == before
            assert before[1] == []

    asyncio.run(scenario())
