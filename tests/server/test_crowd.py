"""Many followers, slow ones, and a server and a worker that are killed: everybody sees every line once."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.crowd import Crowd, Follower, events, printed
from tests.server.following import following, seqs, to_the_end
from tests.server.live import PATIENCE, LiveServer

FOLLOWERS, LINES = 1000, 10_000
KIB_EACH = 40
SECONDS = 6
PRINTING = f"input()\nimport time\nfor number in range({LINES}):\n    print('line', number, flush=True)\n    time.sleep(0.0002)"
ALL_LINES = [f"line {number}" for number in range(LINES)]


@pytest.fixture(autouse=True)
def room_for_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def memory(live: LiveServer) -> int:
    """Resident KiB of the server."""
    assert live.process is not None
    status = Path(f"/proc/{live.process.pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0])


def path_of(run_id: str, query: str = "") -> str:
    return f"/runt/api/runs/{run_id}/follow?after=0&inline=true{query}"


async def asked(followers: list[Follower]) -> None:
    """Until everybody has seen the question."""
    async with asyncio.timeout(PATIENCE):
        for follower in followers:
            await follower.told(b"input.requested")


def check_lines(follower: Follower, decoded: dict[bytes, list[Any]]) -> None:
    seen = events(follower.received, decoded)
    assert seqs(seen) == list(range(1, len(seen) + 1))
    assert printed(seen).splitlines() == ALL_LINES
    assert follower.received.close_code == 1000


def test_a_thousand_followers_see_every_line_once(live: LiveServer):
    live.worker()
    run_id = live.submit(PRINTING, input="wait")

    async def scenario() -> tuple[list[Follower], int]:
        crowd = Crowd(live.url, live.token)
        await asked(await crowd.join(path_of(run_id), 20))  # what the first ones cost is paid
        before = memory(live)
        followers = await crowd.join(path_of(run_id), FOLLOWERS)
        await asked(followers)
        grown = memory(live) - before
        await asyncio.to_thread(live.client.reply, run_id, "go")
        async with asyncio.timeout(60):
            await crowd.ended()
        return followers, grown

    followers, grown = asyncio.run(scenario())
    decoded: dict[bytes, list[Any]] = {}
    for follower in followers:
        check_lines(follower, decoded)
    assert grown / FOLLOWERS <= KIB_EACH


def test_who_does_not_read_slows_nobody_and_costs_one_frame(live: LiveServer):
    live.worker()
    much = "input()\nimport os\nfor _ in range(400): print(os.urandom(25_000).hex())"  # 20 MB that do not compress or repeat
    run_id = live.submit(much, input="wait")

    async def scenario() -> int:
        crowd = Crowd(live.url, live.token)
        await asked(await crowd.join(path_of(run_id), 2))
        before = memory(live)
        lazy = await crowd.join(path_of(run_id), 20, paused=True)
        await asyncio.to_thread(live.client.reply, run_id, "go")
        reading = crowd.members[:2]
        async with asyncio.timeout(PATIENCE):
            await crowd.ended(reading)
        grown = memory(live) - before
        for follower in reading:
            assert seqs(events(follower.received, {})) == list(range(1, live.store.run(run_id).seq + 1))
        assert not any(follower.closed.done() for follower in lazy)
        for follower in lazy:
            follower.transport.resume_reading()
        async with asyncio.timeout(PATIENCE):
            await crowd.ended(lazy)
        for follower in lazy:
            assert seqs(events(follower.received, {})) == list(range(1, live.store.run(run_id).seq + 1))
        return grown

    assert asyncio.run(scenario()) < 64 << 10


def test_ten_megabytes_that_were_missed_come_whole(live: LiveServer):
    live.worker()
    run_id = live.submit("for number in range(100_000): print(f'{number:0100}')")
    live.ended(run_id)
    with following(live, run_id, 5, "&inline=true") as opened:
        seen, code, _ = to_the_end(opened)
    assert code == 1000
    assert seqs(seen) == list(range(6, live.store.run(run_id).seq + 1))
    assert printed(seen).splitlines() == [f"{number:0100}" for number in range(100_000)]


def logged(live: LiveServer, run_id: str, words: bytes) -> None:
    """Until the run's log holds these words."""
    listener, after = live.store.listen(), 0
    try:
        while True:
            for event in live.store.read(run_id, after, 1 << 20, 1 << 26):
                after = event.seq
                if words in json.dumps([event.type, event.data]).encode():
                    return
            assert listener.wait(PATIENCE), f"{words!r} never came"
    finally:
        listener.close()


class Persistent:
    """A follower as a good client is: whenever its connection breaks, it comes back with its cursor."""

    def __init__(self, crowd: Crowd, run_id: str) -> None:
        self._crowd, self._run_id = crowd, run_id
        self.seen: list[dict[str, Any]] = []
        self.connections = 0

    async def follow(self) -> None:
        while not (self.seen and self.seen[-1]["type"] == "run.finished"):
            after = self.seen[-1]["seq"] if self.seen else 0
            try:
                (follower,) = await self._crowd.join(f"/runt/api/runs/{self._run_id}/follow?after={after}&inline=true")
            except OSError:
                await asyncio.sleep(0.05)
                continue
            self.connections += 1
            await follower.closed
            self.seen += events(follower.received, {})


def test_server_and_worker_killed_in_mid_run_lose_and_double_nothing(live: LiveServer):
    worker = live.worker()
    run_id = live.submit(PRINTING.replace("0.0002", "0.0005"), input="wait")

    async def scenario() -> list[Persistent]:
        crowd = Crowd(live.url, live.token)
        followers = [Persistent(crowd, run_id) for _ in range(10)]
        tasks = [asyncio.create_task(each.follow()) for each in followers]
        await asyncio.to_thread(logged, live, run_id, b"input.requested")
        await asyncio.to_thread(live.client.reply, run_id, "go")
        await asyncio.to_thread(logged, live, run_id, b"line 1500")
        live.kill()
        await asyncio.to_thread(live.start)
        await asyncio.to_thread(logged, live, run_id, b"line 4000")
        os.kill(worker.pid, signal.SIGKILL)
        await asyncio.to_thread(live.worker)
        live.kill()
        await asyncio.to_thread(live.start)
        async with asyncio.timeout(60):
            await asyncio.gather(*tasks)
        return followers

    followers = asyncio.run(scenario())
    for each in followers:
        assert seqs(each.seen) == list(range(1, len(each.seen) + 1))
        assert printed(each.seen).splitlines() == ALL_LINES
        assert each.connections >= 2
    assert live.ended(run_id) == ("succeeded", None)


def wake_ups(live: LiveServer) -> int:
    """How often the server's event loop has slept so far."""
    assert live.process is not None
    status = Path(f"/proc/{live.process.pid}/task/{live.process.pid}/status").read_text()
    return int(re.findall(r"\nvoluntary_ctxt_switches:\s+(\d+)", status)[0])


def test_an_idle_server_with_followers_sleeps(live: LiveServer):
    run_id = live.submit("input()", input="wait")

    async def scenario() -> int:
        crowd = Crowd(live.url, live.token)
        followers = await crowd.join(path_of(run_id), 20)
        (watcher,) = await crowd.join("/runt/api/follow")
        for each in (*followers, watcher):
            await each.told()
        await asyncio.sleep(1.5)  # what opening them made it do is done
        before = wake_ups(live)
        await asyncio.sleep(SECONDS)
        found = wake_ups(live) - before
        crowd.leave()
        return found

    found = asyncio.run(scenario())
    live.client.signal(run_id, "cancel")
    # Three sweeps, each of 5 s and with the answer of a thread; a timer of a second would double the sum.
    assert found <= 2 * SECONDS, f"{found} wake-ups in {SECONDS} s"
