"""What followers and callers of the server wait for. Each sample has a server, a worker and a store of its own."""

from __future__ import annotations

import asyncio
import io
import json
import re
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.process import Failed, Sample
from tests.benchmarks.scratch import Scratch
from tests.server.crowd import Crowd, Follower, events, printed
from tests.server.live import LiveServer, serving

TRIVIAL = {"cells": [{"source": "x = 1"}]}
STAMPS = (
    "input()\nimport time\nfor _ in range(100):\n    print('@%.6f' % time.time(), flush=True)\n    time.sleep(0.05)"
)
STAMP = re.compile(rb"@(\d+\.\d+)")
LINES = 10_000
PRINTING = f"input()\nimport time\nfor n in range({LINES}):\n    print('line', n, flush=True)\n    time.sleep(0.0002)"
MISSED = "for number in range(100_000): print(f'{number:0100}')"
SECONDS = 120.0


def rest(scratch: Scratch) -> Sample:
    """From the first byte of the POST until a follower is told that the run has ended."""
    with quietly_serving() as live:
        live.worker()
        for number in range(3):  # the first ones load what the server and the worker load when it is first needed
            begin = time.perf_counter()
            answer = live.post("runt/api/runs", json={"notebook": json.dumps(TRIVIAL), "name": f"{number}.yml"})
            if answer.status != 201:
                raise Failed(answer.text)
            asyncio.run(_to_the_end(live, answer.json()["run_id"]))
            taken = time.perf_counter() - begin
        return Sample(taken)


@contextmanager
def quietly_serving(**options: Any) -> Iterator[LiveServer]:
    """Without the server's log, which tests show beside a failure."""
    with redirect_stdout(io.StringIO()), serving(**options) as live:
        yield live


async def _to_the_end(live: LiveServer, run_id: str) -> Follower:
    crowd = Crowd(live.url, live.token)
    (follower,) = await crowd.join(f"/runt/api/runs/{run_id}/follow?after=0&inline=true")
    async with asyncio.timeout(SECONDS):
        await crowd.ended()
    return follower


def lag_of(followers: int) -> Callable[[Scratch], Sample]:
    """From a print in the kernel until each of the followers has it: the median; the 99th percentile is counted in µs."""

    def measured(scratch: Scratch) -> Sample:
        with quietly_serving() as live:
            crowd, _ = _crowd(live, STAMPS, followers)
        lags = sorted(
            at - float(stamp)
            for follower in crowd.members
            for payload, at in zip(follower.received.payloads, follower.received.times, strict=True)
            for stamp in STAMP.findall(payload)
        )
        if len(lags) != 100 * followers:
            raise Failed(f"{len(lags)} of {100 * followers} lines came")
        return Sample(median(lags), counts={"p99": round(1e6 * lags[int(0.99 * len(lags))])})

    return measured


def crowd_of(followers: int) -> Callable[[Scratch], Sample]:
    """From the run's end until the last follower has its last line; the server's memory for each of them is counted in bytes."""

    def measured(scratch: Scratch) -> Sample:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        with quietly_serving() as live:
            crowd, grown = _crowd(live, PRINTING, followers)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        decoded: dict[bytes, list[dict[str, Any]]] = {}
        for follower in crowd.members:
            if printed(seen := events(follower.received, decoded)).count("\n") != LINES:
                raise Failed("a follower has not seen every line")
        end = datetime.fromisoformat(next(each["at"] for each in seen if each["type"] == "run.finished")).timestamp()
        last = max(follower.received.times[-1] for follower in crowd.members)
        return Sample(last - end, counts={"bytes": 1024 * grown // followers})

    return measured


def reconnect(scratch: Scratch) -> Sample:
    """From the connection's first byte until 10 MB of missed lines are there."""
    with quietly_serving() as live:
        live.worker()
        run_id = live.submit(MISSED)
        live.ended(run_id)
        begin = time.perf_counter()
        follower = asyncio.run(_to_the_end(live, run_id))
        taken = time.perf_counter() - begin
    if printed(events(follower.received, {})).count("\n") != 100_000:
        raise Failed("lines are missing")
    return Sample(taken)


def _crowd(live: LiveServer, source: str, followers: int) -> tuple[Crowd, int]:
    """Everybody follows a run that waits for its start; returns them after its end, and by how many KiB the server grew."""
    live.worker()
    run_id = live.submit(source, input="wait")

    async def play() -> tuple[Crowd, int]:
        crowd, path = Crowd(live.url, live.token), f"/runt/api/runs/{run_id}/follow?after=0&inline=true"
        first = Crowd(live.url, live.token)
        await _asked(await first.join(path, 10))
        before = _memory(live)
        await _asked(await crowd.join(path, followers))
        grown = _memory(live) - before
        first.leave()
        await asyncio.to_thread(live.client.reply, run_id, "go")
        async with asyncio.timeout(SECONDS):
            await crowd.ended()
        return crowd, grown

    return asyncio.run(play())


async def _asked(followers: list[Follower]) -> None:
    async with asyncio.timeout(SECONDS):
        for follower in followers:
            await follower.told(b"input.requested")


def _memory(live: LiveServer) -> int:
    assert live.process is not None
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{live.process.pid}/status").read_text())[0])
