"""How late schedules fire, and what a worker takes that waits for them. Each sample has a store, notebooks and a worker of its own.

Five fields name minutes. For due times at any second there are 60 time zones whose clocks differ by seconds, made here and found by
PYTHONTZPATH; everything else is as users have it: `jupyter runt worker`, the system's clock, notebooks that are read when they
are due.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import struct
import subprocess
import time
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest

from jupyter_runt.client.base import Order
from jupyter_runt.client.schedules import Wanted
from jupyter_runt.store import history
from tests.benchmarks.process import Failed, Sample
from tests.benchmarks.scratch import ROOT, Scratch
from tests.worker.conftest import built
from tests.worker.house import House, until

SCHEDULES = 200
ALONE = 15
"""Due times of one sample that come alone, so many seconds apart; the other schedules are due when it is over."""
APART = 2
AHEAD = 20
"""Seconds before the first due time: a worker has started then and sleeps, before it prepares what is due."""
LATER = 3600
SETTLE_SECONDS = 4.0
"""A worker's supervisor still loads what the next worker would need, two seconds after the start."""
IDLE_SECONDS = 30.0

FIRED = re.compile(r"^(\S+ \S+),(\d{3}) INFO \S+firing: (s\d+): fired ", re.MULTILINE)
"""A worker's line about a firing. It is written after the commit, by the same clock on the wall."""


def alone(scratch: Scratch) -> Sample:
    """From a due time until its run is committed; until its first cell begins is counted apart. Fifteen of the schedules are due
    within the sample, one every two seconds, while the run before is executed."""
    with _scheduled(scratch) as house:
        first = math.ceil(time.time()) + AHEAD
        due = [first + APART * number for number in range(ALONE)]
        _define(scratch, house, [*due, *(first + LATER + number for number in range(SCHEDULES - ALONE))])
        with _working(house):
            lags = _lags(house, due)
            begun = [_begun(house, f"s{number}") - at for number, at in enumerate(due)]
    return _sample(lags, {"until the first cell begins": median(begun)})


def at_once(scratch: Scratch) -> Sample:
    """The same of 200 schedules that are due at one instant."""
    with _scheduled(scratch) as house:
        due = [math.ceil(time.time()) + AHEAD] * SCHEDULES
        _define(scratch, house, due)
        with _working(house):
            lags = _lags(house, due)
    return _sample(lags, {})


def idle(schedules: int) -> Callable[[Scratch], Sample]:
    """The processor's seconds that a worker and its supervisor take in half a minute without anything due; how often they wake."""

    def measured(scratch: Scratch) -> Sample:
        with _scheduled(scratch) as house:
            first = math.ceil(time.time()) + LATER
            _define(scratch, house, [first + number for number in range(schedules)])
            with _working(house) as process:
                time.sleep(SETTLE_SECONDS)
                before = _taken(process.pid)
                time.sleep(IDLE_SECONDS)
                after = _taken(process.pid)
        return Sample((after[0] - before[0]) / 1e9, counts={"wakes": after[1] - before[1]})

    return measured


# -- schedules ---------------------------------------------------------------------------------------------------------


@contextmanager
def _scheduled(scratch: Scratch) -> Iterator[House]:
    """A house in which time zones differ by seconds."""
    zones = scratch.folder / "zones" / "Seconds"
    if not zones.exists():
        zones.mkdir(parents=True)
        for ahead in range(60):
            zones.joinpath(f"Ahead{ahead}").write_bytes(_zone(ahead))
    searched = (str(zones.parent), *(each for each in zoneinfo.TZPATH if each != str(zones.parent)))
    zoneinfo.reset_tzpath(searched)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONTZPATH", os.pathsep.join(searched))
        with built() as house:
            house.client.start_workers = False
            yield house


def _zone(ahead: int) -> bytes:
    """A time zone's file (RFC 9636, version 1): one offset for ever, of so many seconds."""
    counts = struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    return b"TZif\0" + bytes(15) + counts + struct.pack(">lBB", ahead, 0, 0) + b"SEC\0"


def _define(scratch: Scratch, house: House, due: Sequence[int]) -> None:
    """A schedule for each of these instants, s0, s1, …, each with a notebook of its own: every other one an .ipynb of 20 cells, the
    others copies of notebooks/example.yml."""
    example = (ROOT / "notebooks" / "example.yml").read_text()
    for number, at in enumerate(due):
        path = scratch.folder / f"n{number}.yml"
        if number % 2:
            path.write_text(example)
        else:
            path = scratch.notebook(f"n{number}", [f"x = {cell}" for cell in range(20)])
        ahead = -at % 60
        shown = datetime.fromtimestamp(at, UTC) + timedelta(seconds=ahead)
        house.client.add_schedule(
            Wanted(
                order=Order(notebook=str(path)),
                cron=_cron(shown, number),
                tz=f"Seconds/Ahead{ahead}",
                schedule_id=f"s{number}",
            )
        )
        if (found := house.store.schedule(f"s{number}").next_at) != at:
            raise Failed(f"a schedule is due at {found} instead of {at}")
    if due and due[0] - time.time() < AHEAD / 2:
        raise Failed("the schedules were not defined in time")


def _cron(shown: datetime, number: int) -> str:
    """Due at this time, and in other hours and months: no two are alike, for what is read once would be read for all."""
    hour, month = (shown.hour + 1 + number % 20) % 24, (shown.month + number // 20) % 12 + 1
    return f"{shown.minute} {shown.hour},{hour} * {shown.month},{month} *"


# -- workers -----------------------------------------------------------------------------------------------------------


@contextmanager
def _working(house: House) -> Iterator[subprocess.Popen[bytes]]:
    """`jupyter runt worker`. What is still queued or running at the end is cancelled, so that nothing is left."""
    process = house.start_worker("--log-level", "info")
    _wait(house.store.workers, "a worker is there")
    try:
        yield process
    finally:
        for run_id in (names := house.store.match("", 1000)):
            if not house.store.run(run_id).ended:
                house.client.signal(run_id, "cancel", "benchmark")
        _wait(lambda: all(house.store.run(run_id).ended for run_id in names), "all runs have ended")
        process.terminate()
        process.wait()


def _wait(holds: Callable[[], object], what: str) -> None:
    async def wait() -> None:
        await until(holds, what)

    asyncio.run(wait())


def _lags(house: House, due: Sequence[int]) -> list[float]:
    """Seconds from each due time to the line about its firing, which is written after the commit."""
    log = house.folder / "worker.log"
    time.sleep(max(due) - time.time())
    _wait(lambda: len(FIRED.findall(log.read_text())) == len(due), "all have fired")
    told = {
        name: datetime.strptime(at, "%Y-%m-%d %H:%M:%S").astimezone().timestamp() + int(thousandths) / 1000
        for at, thousandths, name in FIRED.findall(log.read_text())
    }
    for number, at in enumerate(due):
        (found,) = house.store.firings(f"s{number}")
        if found.firing.due_at != at or not at <= found.firing.at <= told[f"s{number}"] + 0.001:
            raise Failed(f"s{number} was due at {at}: {found.firing}")
    return [told[f"s{number}"] - at for number, at in enumerate(due)]


def _begun(house: House, name: str) -> float:
    """When the first cell of a schedule's run began, as its log says."""
    (found,) = house.store.firings(name)
    run_id = found.firing.run_id or ""
    _wait(lambda: house.store.run(run_id).ended, "the run has ended")
    return next(event.at for event in history.events(house.store, run_id) if event.type == "cell.started")


def _sample(lags: list[float], counts: dict[str, float]) -> Sample:
    ordered = sorted(lags)
    spread = {"p95": ordered[int(0.95 * len(ordered))], "max": ordered[-1]}
    return Sample(median(lags), counts={name: round(1e6 * value) for name, value in (spread | counts).items()})


def _taken(supervisor: int) -> tuple[int, int]:
    """Nanoseconds on a processor and voluntary context switches of a process and its children, threads included."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    spent = wakes = 0
    for pid in (supervisor, *children):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            spent += int((thread / "schedstat").read_text().split()[0])
            wakes += int(
                re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", (thread / "status").read_text(), re.MULTILINE)[0]
            )
    return spent, wakes
