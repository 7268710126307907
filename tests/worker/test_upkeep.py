"""Retention by itself."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_runt.errors import StoreFull
from jupyter_runt.store import removal, retention
from jupyter_runt.store.base import Summary
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.retention import DAY, Limits
from jupyter_runt.store.sqlite import SqliteStore
from jupyter_runt.worker import upkeep
from jupyter_runt.worker.upkeep import keep_tidy
from tests.invariants import check_store
from tests.store.making import FINISHED, driven, line
from tests.worker.house import until

LIMITS = Limits(age=DAY)


@pytest.fixture
def store(tmp_path: Path, monkeypatch) -> Iterator[SqliteStore]:
    monkeypatch.setattr(upkeep, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(upkeep, "INTERVAL_SECONDS", 0.01)
    monkeypatch.setattr(removal, "EVENTS_AT_ONCE", 10)
    made = SqliteStore(tmp_path / "store.sqlite", SystemClock())
    yield made
    check_store(made)
    made.close()


def old(store: SqliteStore, run_id: str) -> None:
    epoch = driven(store, run_id)
    summary = Summary("succeeded", finished_at=SystemClock().now().wall - 2 * DAY)
    store.append(run_id, epoch, [*map(line, range(50)), FINISHED], summary=summary)


async def gone(store: SqliteStore) -> None:
    await until(lambda: not store.match(""), "the run is removed")


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


def test_what_is_too_old_goes_by_itself_again_and_again(store, caplog):
    caplog.set_level(logging.INFO)

    async def scenario() -> None:
        task = asyncio.create_task(keep_tidy(store, SystemClock(), LIMITS))
        for run_id in ("r1", "r2"):
            old(store, run_id)
            await gone(store)
        await ended(task)

    asyncio.run(scenario())
    assert "retention removed 1 runs" in caplog.text


def test_a_store_that_fails_is_logged_and_tried_again(store, monkeypatch, caplog):
    real = store.delete
    failed: list[str] = []

    def delete(run_id: str, *, force: bool = False) -> None:
        if not failed:
            failed.append(run_id)
            raise StoreFull("no space left")
        real(run_id, force=force)

    monkeypatch.setattr(store, "delete", delete)

    async def scenario() -> None:
        old(store, "r1")
        task = asyncio.create_task(keep_tidy(store, SystemClock(), LIMITS))
        await gone(store)
        await ended(task)

    asyncio.run(scenario())
    assert failed == ["r1"]
    assert "retention failed: no space left" in caplog.text


def test_a_worker_that_ends_does_not_wait_for_a_long_removal(store, monkeypatch):
    monkeypatch.setattr(retention, "BREATH_SECONDS", 0.0)
    began, real = threading.Event(), store.sweep

    def sweep() -> bool:
        began.set()
        real()
        return True  # there is always more to do

    async def scenario() -> None:
        old(store, "r1")
        monkeypatch.setattr(store, "sweep", sweep)
        task = asyncio.create_task(keep_tidy(store, SystemClock(), LIMITS))
        await asyncio.to_thread(began.wait, 10)
        await ended(task)

    asyncio.run(scenario())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("asyncio_")]
