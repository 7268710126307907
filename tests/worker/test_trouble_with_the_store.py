"""A store that cannot be written for a while delays a run and loses nothing; one that never can again ends it clearly."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from jupyter_runt.errors import StoreBusy, StoreFull
from tests.worker.conftest import built
from tests.worker.house import House, Ran, until

LINES = "import time\nfor n in range(3000):\n    print(n)\n    if n % 100 == 0: time.sleep(0.01)\n"
NUMBERS = "".join(f"{n}\n" for n in range(3000))
BIG = """
import random, time
print('begun')
for n in range(200):
    print(random.randbytes(5000).hex())
    time.sleep(0.005)
print('end')"""


@pytest.fixture
def house() -> Iterator[House]:
    """Its store gives up waiting for a lock after a fifth of a second."""
    with built(busy_seconds=0.2) as made:
        yield made


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Somebody else's write transaction."""
    other = sqlite3.connect(house.store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def full(house: House) -> Iterator[None]:
    """No page more."""
    connection = house.store._database._connection
    connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0]}")
    yield
    connection.execute("PRAGMA max_page_count = 1073741823")


def test_a_lock_in_the_middle_of_a_cell_loses_nothing(house: House):
    async def scenario() -> Ran:
        run_id = house.submit(LINES, "print('next')")
        async with house.working():
            await house.printed(run_id, "\n100\n")
            with locked(house):
                await asyncio.sleep(2.5)  # long enough for several attempts
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert (ran.text("c1"), ran.text("c2")) == (NUMBERS, "next\n")
    assert len(ran.of("run.claimed")) == 1


def test_a_lock_while_a_run_waits_for_its_worker_does_not_end_the_worker(house: House):
    async def scenario() -> Ran:
        async with house.working(until_empty=False):
            run_id = house.submit("print('claimed after all')")
            with locked(house):
                await asyncio.sleep(0.5)
            return await house.end(run_id)

    assert asyncio.run(scenario()).text() == "claimed after all\n"


def test_a_full_disk_that_gets_room_again_loses_nothing(house: House):
    async def scenario() -> Ran:
        run_id = house.submit(BIG, "print('next')")
        async with house.working():
            await house.seen(run_id, "cell.started")
            with full(house):
                await asyncio.sleep(1.5)
                assert "end" not in house.read(run_id).text()
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert len(ran.text().splitlines()) == 202
    assert ran.text().endswith("end\n")
    assert ran.text("c2") == "next\n"


def test_a_disk_that_stays_full_ends_the_kernel_and_later_the_run_says_so(house: House, monkeypatch):
    monkeypatch.setattr("jupyter_runt.worker.commits.PATIENCE", 1.0)
    monkeypatch.setattr("jupyter_runt.worker.loop.RENEW_SECONDS", 0.2)

    async def scenario() -> Ran:
        run_id = house.submit(BIG + "\nimport time; time.sleep(60)")
        async with house.working() as worker:
            await house.seen(run_id, "cell.started")
            with full(house):
                await until(lambda: run_id in worker.failures, "the worker gives up")
                await until(lambda: not house.processes(run_id), "the kernel is gone")
            assert isinstance(worker.failures.pop(run_id), StoreFull)
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "kernel_died")
    assert ran.text().startswith("begun\n")


def test_a_worker_that_drains_while_the_store_is_locked_leaves_the_kernel_alive(house: House):
    async def scenario() -> Ran:
        run_id = house.submit(LINES, "print('next')")
        async with house.working() as worker:
            await house.printed(run_id, "\n100\n")
            with locked(house):
                worker.drain()
                await until(lambda: worker.performer(run_id) is None, "it has let go")
        house.store.release(run_id, house.store.run(run_id).epoch)
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert (ran.text("c1"), ran.text("c2")) == (NUMBERS, "next\n")


def test_signals_that_cannot_be_read_now_are_heeded_later(house: House, monkeypatch):
    async def scenario() -> Ran:
        run_id = house.submit("print('begun'); import time; time.sleep(60)")
        async with house.working():
            await house.printed(run_id, "begun")
            with monkeypatch.context() as patch:
                asked = asyncio.Event()

                def busy(run_id: str) -> None:
                    asked.set()
                    raise StoreBusy("locked")

                patch.setattr(house.store, "signals", busy)
                house.client.signal(run_id, "cancel")
                await asked.wait()
            house.store._bell.ring()
            return await house.end(run_id)

    assert asyncio.run(scenario()).ending == ("cancelled", "cancelled_by_user")


def test_an_idle_worker_gives_up_on_a_store_that_stays_locked(house: House, monkeypatch):
    monkeypatch.setattr("jupyter_runt.worker.loop.PATIENCE", 0.5)
    monkeypatch.setattr("jupyter_runt.worker.loop.RETRY", 0.1)

    async def scenario() -> None:
        async with house.working():
            house.submit("1")
            with locked(house):
                await asyncio.sleep(2)

    with pytest.raises(StoreBusy):
        asyncio.run(scenario())


def test_a_defect_of_ours_ends_its_run_and_no_other(house: House, monkeypatch):
    from jupyter_runt.run.outputs import OutputStage

    text = OutputStage.text

    def defective(stage: OutputStage, name: str, said: str, *more: object) -> object:
        assert "boom" not in said
        return text(stage, name, said, *more)  # type: ignore[arg-type]

    async def scenario() -> tuple[Ran, Ran]:
        run_id, other = house.submit("print('boom')", "2"), house.submit("print('fine')")
        async with house.working() as worker:
            monkeypatch.setattr(OutputStage, "text", defective)
            broken, whole = await house.end(run_id), await house.end(other)
            await until(lambda: run_id in worker.failures, "it is told")
            worker.failures.clear()
            return broken, whole

    broken, whole = asyncio.run(scenario())
    assert broken.ending == ("failed", "internal_error")
    assert "AssertionError" in broken.state.message
    assert [broken.cell(name)[0] for name in ("c1", "c2")] == ["failed", "cancelled"]
    assert not house.processes(broken.run_id)
    assert whole.ending == ("succeeded", None)
