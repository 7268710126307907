"""The driver of a kernel with the agent, without a worker: what it sends, what it reads, what it takes over."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_runt.errors import KernelError
from jupyter_runt.kernel import launch as launching
from jupyter_runt.kernel import specs
from jupyter_runt.kernel.base import Driver, Exit, Launch, Message, Record, Request, Text
from jupyter_runt.kernel.folder import KernelFolder
from tests.kernel.test_agent import PYTHONS

TIMEOUT = 15.0


class Hand:
    """Drives one kernel by hand."""

    def __init__(self, runtime: Path, python: str) -> None:
        self.folder = KernelFolder(runtime, "r1", 1)
        self.launch = Launch(
            "py", [python, str(specs.AGENT), "-f", "{connection_file}"], str(runtime), {}, "python", "", agent=True
        )
        self.rang = asyncio.Event()
        self.drivers: list[Driver] = []

    def start(self) -> Driver:
        self.folder.create()
        self.folder.note_driver("", 3600)
        self.drivers.append(launching.start(self.folder, self.launch, dict(os.environ), "r1", self.rang.set))
        return self.drivers[-1]

    def adopt(self, cursor: Any) -> Driver:
        driver = launching.adopt(self.folder, self.launch, "r1", cursor, self.rang.set)
        assert not isinstance(driver, Exit)
        self.drivers.append(driver)
        return driver

    async def until(
        self, driver: Driver, found: Callable[[Record], bool], *, only_control: bool = False
    ) -> list[Record]:
        records: list[Record] = []
        while not any(map(found, records)):
            self.rang.clear()
            records += (fresh := driver.read())
            if not fresh and not driver.rest(only_control=only_control):
                await asyncio.wait_for(self.rang.wait(), TIMEOUT)
        return records


def said(kind: str, parent: str = "") -> Callable[[Record], bool]:
    return lambda record: isinstance(record, Message) and record.type == kind and parent in ("", record.parent)


def request(msg_id: str, code: str, epoch: int = 1, **more: Any) -> Request:
    return Request(msg_id, code, "c1", epoch, True, True, **more)


def text(records: list[Record]) -> str:
    return "".join(record.text for record in records if isinstance(record, Text))


@pytest.fixture(params=PYTHONS, ids=["newest", "oldest"][: len(PYTHONS)])
def by_hand(request: pytest.FixtureRequest) -> Iterator[Callable[[Callable[[Hand], Coroutine[Any, Any, None]]], None]]:
    runtime = Path(tempfile.mkdtemp(prefix="rt-"))

    def run(scenario: Callable[[Hand], Coroutine[Any, Any, None]]) -> None:
        async def scene() -> None:
            hand = Hand(runtime, request.param)
            try:
                await scenario(hand)
            finally:
                for driver in hand.drivers:
                    driver.process.stop("kill")
                    await asyncio.wait_for(driver.process.exited, TIMEOUT)
                    driver.close()

        asyncio.run(scene())

    yield run
    shutil.rmtree(runtime)


def test_a_cell_its_output_and_the_end(by_hand):
    async def scenario(hand: Hand) -> None:
        driver = hand.start()
        ready = await hand.until(driver, said("runt_ready"))
        assert [record.content["pid"] for record in ready if isinstance(record, Message)] == [
            driver.process.identity.pid
        ]
        driver.connect()
        driver.execute(request("m1", "print('a'); x = 1"))
        records = await hand.until(driver, said("execute_reply", "m1"))
        assert text(records) == "a\n"
        driver.shutdown()
        assert (await asyncio.wait_for(driver.process.exited, TIMEOUT)).status == 0
        assert driver.settled()

    by_hand(scenario)


def test_while_only_replies_matter_prints_ring_nobody(by_hand):
    async def scenario(hand: Hand) -> None:
        driver = hand.start()
        await hand.until(driver, said("runt_ready"))
        driver.connect()
        driver.execute(request("m1", "import time\nfor n in range(50): print(n); time.sleep(0.002)"))
        wakes = 0

        def count() -> None:
            nonlocal wakes
            wakes += 1
            hand.rang.set()

        driver._wake = count  # type: ignore[attr-defined]
        records: list[Record] = []
        while not any(map(said("execute_reply", "m1"), records)):
            hand.rang.clear()
            if not driver.rest(only_control=True):
                await asyncio.wait_for(hand.rang.wait(), TIMEOUT)
            records += driver.read()
        assert text(records) == "".join(f"{n}\n" for n in range(50))
        assert wakes <= 5

    by_hand(scenario)


def test_the_next_driver_goes_on_from_the_cursor_while_the_first_is_still_connected(by_hand):
    async def scenario(hand: Hand) -> None:
        first = hand.start()
        await hand.until(first, said("runt_ready"))
        first.connect()
        first.execute(request("m1", "print('one')"))
        await hand.until(first, said("execute_reply", "m1"))
        cursor = first.cursor()
        first.execute(request("m2", "print('two'); name = input('?'); print(name)"))

        second = hand.adopt(cursor)  # the first is neither closed nor asked
        asked = await hand.until(second, said("input_request"))
        assert text(asked) == "two\n"
        second.execute(request("m2", "raise Exception('twice')", epoch=2))
        second.answer("Ada")
        records = await hand.until(second, said("runt_refused", "m2"))
        assert any(map(said("execute_reply", "m2"), records))
        assert text(records) == "Ada\n"

        first.execute(request("m3", "print('stale')", epoch=1))
        second.execute(request("m4", "print('new')", epoch=2))
        records = await hand.until(second, said("execute_reply", "m4"))
        if not any(map(said("runt_refused", "m3"), records)):
            records += await hand.until(second, said("runt_refused", "m3"))
        assert text(records) == "new\n"

    by_hand(scenario)


def test_the_journal_of_a_dead_kernel_is_read_to_its_end(by_hand):
    async def scenario(hand: Hand) -> None:
        first = hand.start()
        await hand.until(first, said("runt_ready"))
        first.connect()
        cursor = first.cursor()
        first.execute(request("m1", "for n in range(3000): print(n)\nimport os; os._exit(1)"))
        await asyncio.wait_for(first.process.exited, TIMEOUT)
        second = hand.adopt(cursor)
        assert second.process.exited.done()
        records: list[Record] = []
        while fresh := second.read():
            records += fresh
        assert text(records) == "".join(f"{n}\n" for n in range(3000))

    by_hand(scenario)


def test_without_a_journal_or_a_process_there_is_nothing_to_adopt(by_hand):
    async def scenario(hand: Hand) -> None:
        hand.folder.create()
        assert launching.adopt(hand.folder, hand.launch, "r1", None, hand.rang.set) == Exit()

    by_hand(scenario)


def test_a_driver_that_cannot_start_its_kernel_leaves_no_descriptor(by_hand):
    async def scenario(hand: Hand) -> None:
        hand.launch = Launch("py", ["/no/such/python", "{connection_file}"], "/", {}, "python", "", agent=True)
        gc.collect()  # what earlier tests left for the collector does not count
        before = len(os.listdir("/proc/self/fd"))
        with pytest.raises(KernelError, match="/no/such/python"):
            hand.start()
        assert len(os.listdir("/proc/self/fd")) == before

    by_hand(scenario)
