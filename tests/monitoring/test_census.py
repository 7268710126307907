"""A store in numbers: what waits, who works, how it went."""

from __future__ import annotations

import os

import pytest

from jupyter_runt.client.census import census
from jupyter_runt.kernel.place import here
from jupyter_runt.monitoring.runs import look_at_runs
from jupyter_runt.store.base import Summary
from jupyter_runt.store.life import LifeLock
from jupyter_runt.store.sqlite import SqliteStore
from tests.manual_clock import ManualClock
from tests.store.making import FINISHED, driven, ended, submit, worker


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path, clock, monkeypatch):
    made = SqliteStore(tmp_path / "store.sqlite", clock)
    yield made
    made.close()


def test_an_empty_store_has_nothing_to_do_and_nobody_to_do_it(store, clock):
    found = census(store, clock)
    assert (found.queued, found.oldest_queued, found.running, found.workers, found.places, found.ended_of_late) == (
        0,
        0,
        0,
        0,
        0,
        0,
    )
    assert (found.undriven, found.partial, found.store) == ([], False, store.url)
    assert found.size > 0
    assert found.disk_free


def test_the_longest_wait_counts_wherever_the_run_stands_in_the_queue(store, clock):
    submit(store, "r1", priority=-5)
    clock.advance(100)
    submit(store, "r2", priority=5)
    clock.advance(20)
    assert (census(store, clock).queued, census(store, clock).oldest_queued) == (2, 120)


def test_workers_that_live_take_runs_and_those_that_do_not_are_dead(store, clock, tmp_path):
    alive, dead = LifeLock(tmp_path / "alive.lock"), tmp_path / "dead.lock"
    lock = str(alive.path)
    try:
        store.register(worker("w1", place=here(), lock=lock, concurrency=3))
        store.register(worker("w2", place=here(), lock=lock, exclusive=True))
        store.register(worker("w3", place=here(), lock=lock, draining=True))
        store.register(worker("w4", place=here(), lock=str(dead)))
        for run_id, name in (("r1", "w1"), ("r2", "w2"), ("r3", "w3"), ("r4", "w4"), ("r5", "gone")):
            epoch = driven(store, run_id, worker=name)
            store.append(run_id, epoch, [], summary=Summary("running"))
        found = census(store, clock)
    finally:
        alive.release()
    assert (found.workers, found.dead_workers, found.places, found.busy, found.running) == (1, 1, 3, 1, 5)
    assert sorted(found.undriven) == ["r3", "r4", "r5"]


def test_what_failed_of_late_does_not_count_illness_that_a_monitor_found(store, clock):
    ended(store, "r1", status="failed")
    clock.advance(2 * 86400)
    ended(store, "r2", status="failed")
    ended(store, "r3")
    ended(store, "r4", status="cancelled")
    epoch = driven(store, "r5")
    store.append("r5", epoch, [FINISHED], summary=Summary("failed", reason="health_critical"))
    found = census(store, clock)
    assert (found.ended_of_late, found.failed_of_late) == (3, 1)


def test_more_runs_than_are_looked_at_are_said_to_be(store, clock, monkeypatch):
    monkeypatch.setattr("jupyter_runt.client.census.PAGE", 2)
    monkeypatch.setattr("jupyter_runt.client.census.PAGES", 2)
    for number in range(4):
        submit(store, f"r{number}")
    found = census(store, clock)
    assert (found.queued, found.partial) == (4, True)


def test_a_notebook_looks_at_the_store_that_is_named_or_its_own(store, monkeypatch):
    submit(store, "r1")
    monkeypatch.setitem(os.environ, "JUPYTER_RUNT_STORE", store.url)
    assert look_at_runs().queued == look_at_runs(store.url).queued == 1
