"""A store with 10,000 runs and 1,000,000 events: one real run, copied through the store's own methods."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from random import Random
from statistics import median

from jupyter_runt.client.local import LocalClient
from jupyter_runt.events import Draft
from jupyter_runt.ids import run_id
from jupyter_runt.store.base import RunFilter, Store, Submission, Summary
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.open import open_store
from tests.benchmarks.process import Sample, run
from tests.benchmarks.scratch import Scratch, script

RUNS = 10_000
# Four control facts a run, and three for each cell that prints: about 100 events.
CELLS = 31
REPEATS = 50


@cache
def opened(url: str) -> Store:
    """One connection for the whole measurement, as a server has it."""
    return open_store(url)


def build(scratch: Scratch) -> None:
    """Executes a notebook once and copies its events and snapshot under new ids until there are RUNS runs."""
    notebook = scratch.notebook("pattern", [f"print({number})" for number in range(CELLS)])
    run([*script("jupyter-runt"), "execute", str(notebook)], scratch.environment, scratch.folder)
    store = opened(scratch.url)
    pattern = store.runs(RunFilter(limit=1))[0]
    facts = [Draft(e.type, e.data, e.cell_id, e.attempt, e.at) for e in store.read(pattern.run_id, limit=10_000)]
    snapshot = store.snapshot(pattern.run_id)
    summary = Summary(
        pattern.status,
        pattern.reason,
        pattern.cells_done,
        pattern.cells_failed,
        None,
        pattern.started_at,
        pattern.finished_at,
    )
    random = Random(0)
    for number in range(1, RUNS):
        name = run_id(pattern.submitted_at - 60 * number, random)
        store.submit(
            Submission(name, facts[0], pattern.name, pattern.title, labels={"n": str(number % 10)}, cells_total=CELLS)
        )
        claim = store.claim("benchmark", "", run_id=name)
        if claim is None:
            raise RuntimeError(f"nobody else works on this store, yet {name} could not be claimed")
        store.append(name, claim.epoch, facts[1:], summary=summary)
        if snapshot is not None:
            store.save_snapshot(name, snapshot)


def list_page(scratch: Scratch) -> Sample:
    """The page that `ls` shows, from the middle of the list, and the newest one with a filter."""
    store = opened(scratch.url)
    middle = store.match("", limit=RUNS // 2)[-1]
    return _timed(lambda: store.runs(RunFilter(before=middle, limit=50)))


def open_run(scratch: Scratch) -> Sample:
    """What a face asks for to show a finished run: its row and its view, as `show` does."""
    store = opened(scratch.url)
    client = LocalClient(store, SystemClock(), "benchmark")
    names = iter(store.match("", limit=REPEATS + 10))

    def read() -> object:
        name = next(names)
        return store.run(name), client.view(name)

    return _timed(read)


def _timed(read: Callable[[], object]) -> Sample:
    read()
    times = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        read()
        times.append(time.perf_counter() - begin)
    return Sample(median(times))
