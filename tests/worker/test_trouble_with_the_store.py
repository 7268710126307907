"""A store that cannot be written for a while delays a run and loses nothing; one that never can again ends it clearly."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from jupyter_runt.errors import StoreBusy, StoreFull, StoreTooNew
from jupyter_runt.worker.loop import Worker
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


def test_a_disk_that_stays_full_leaves_the_kernel_to_whoever_adopts_it_when_there_is_room(house: House, monkeypatch):
    monkeypatch.setattr("jupyter_runt.worker.commits.PATIENCE", 1.0)
    monkeypatch.setattr("jupyter_runt.worker.loop.RENEW_SECONDS", 0.2)

    async def scenario() -> Ran:
        run_id = house.submit(BIG, "print('next')")
        async with house.working() as worker:
            await house.seen(run_id, "cell.started")
            kernel = house.kernel(run_id)
            with full(house):
                await until(lambda: run_id in worker.failures, "the worker gives up")
                assert kernel in house.processes(run_id)
            assert isinstance(worker.failures.pop(run_id), StoreFull)
            ran = await house.end(run_id)
            worker.failures.clear()  # it may have tried more than once
            return ran

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert len(ran.text().splitlines()) == 202
    assert ran.text("c2") == "next\n"
    assert len(ran.of("cell.started")) == 2
    assert ran.of("run.adopted")


def test_a_disk_that_stays_full_ends_the_kernel_of_a_run_that_is_to_end_with_its_worker(house: House, monkeypatch):
    monkeypatch.setattr("jupyter_runt.worker.commits.PATIENCE", 1.0)
    monkeypatch.setattr("jupyter_runt.worker.loop.RENEW_SECONDS", 0.2)

    async def scenario() -> Ran:
        async with house.working() as worker:
            run_id = house.submit(BIG + "\nimport time; time.sleep(60)", survive=False, needs_worker=worker.worker_id)
            await house.seen(run_id, "cell.started")
            with full(house):
                await until(lambda: run_id in worker.failures, "the worker gives up")
                await until(lambda: not house.processes(run_id), "the kernel is gone")
            assert isinstance(worker.failures.pop(run_id), StoreFull)
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "kernel_died")
    assert ran.text().startswith("begun\n")


@pytest.mark.parametrize("broken", ["append", "signals"])
def test_a_store_that_a_newer_release_writes_is_left_at_once_and_the_kernel_to_its_worker(
    house: House, monkeypatch, broken
):
    async def scenario() -> tuple[str, Ran]:
        run_id = house.submit(LINES, "print('next')")
        async with house.working() as worker:
            await house.printed(run_id, "\n100\n")
            performer = worker.performer(run_id)
            assert performer is not None

            def refuse(*_: object, **__: object) -> None:
                raise StoreTooNew("A newer release wrote this store.")

            with monkeypatch.context() as patch:
                patch.setattr(house.store, broken, refuse)
                performer.wake_for_signals()
                await until(lambda: worker.performer(run_id) is None, "it has let go")
            assert house.kernel(run_id) in house.processes(run_id)
            assert isinstance(worker.failures.pop(run_id), StoreTooNew)
            house.store.release(run_id, house.store.run(run_id).epoch)
        async with house.working():
            return run_id, await house.end(run_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worker, "_give_way", lambda *_: None)
        _, ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert (ran.text("c1"), ran.text("c2")) == (NUMBERS, "next\n")


def test_a_full_runtime_folder_starts_no_kernel_that_nobody_knows_of(house: House, monkeypatch):
    def full_folder(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("jupyter_runt.kernel.folder.KernelFolder.note_process", full_folder)
    ran = house.run("1")
    assert ran.ending == ("failed", "kernel_start_failed")
    assert "No space left" in ran.state.message
    assert house.processes(ran.run_id) == []
    assert list((house.store.runtime / "k").iterdir()) == []


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


def test_a_store_that_was_put_back_to_an_earlier_state_does_not_run_cells_twice_unsaid(house: House):
    """A backup from before the run began: its kernel lives, and the log knows nothing of it."""

    async def scenario() -> Ran:
        run_id = house.submit("print('begun'); import time; time.sleep(60)")
        with (
            sqlite3.connect(house.store.path) as now,
            contextlib.closing(sqlite3.connect(house.folder / "backup")) as backup,
        ):
            now.backup(backup)
        worker = house.start_worker()
        await house.printed(run_id, "begun")
        worker.kill()
        await asyncio.to_thread(worker.wait)
        with (
            contextlib.closing(sqlite3.connect(house.folder / "backup")) as backup,
            sqlite3.connect(house.store.path) as now,
        ):
            backup.backup(now)
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "unknown_outcome")
    assert "knows nothing" in ran.state.message
    assert house.processes() == []
