"""A store with 10,000 runs: a real one, copied through the store's own methods. 1,000,000 events, or one monitor's reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from statistics import median

from jupyter_runt.client.base import Client
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.remote import RemoteClient
from jupyter_runt.events import Draft
from jupyter_runt.ids import run_id
from jupyter_runt.store.base import RunFilter, Store, Submission, Summary
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.open import open_store
from tests.benchmarks.process import Failed, Sample, run
from tests.benchmarks.scratch import Scratch, script
from tests.benchmarks.served import quietly_serving

RUNS = 10_000
# Four control facts a run, and three for each cell that prints: about 100 events.
CELLS = 31
REPEATS = 50
MONITOR = """\
from jupyter_runt.monitoring import Health
health = Health("disk-check", subject="here")
health.check("disk", 90, warn=80, critical=95, unit="%")
health.record()
"""


@cache
def opened(url: str) -> Store:
    """One connection for the whole measurement, as a server has it."""
    return open_store(url)


def build(scratch: Scratch) -> None:
    """Runs of many cells that print."""
    _copies(scratch, [f"print({number})" for number in range(CELLS)])


def build_monitored(scratch: Scratch) -> None:
    """Runs of one monitor, a minute apart."""
    _copies(scratch, [MONITOR])


def _copies(scratch: Scratch, cells: Sequence[str]) -> None:
    """Executes a notebook once and copies its events and snapshot under new ids until there are RUNS runs."""
    notebook = scratch.notebook("pattern", cells)
    run([*script("jupyter-runt"), "execute", str(notebook)], scratch.environment, scratch.folder)
    store = opened(scratch.url)
    pattern = store.runs(RunFilter(limit=1))[0]
    events = store.read(pattern.run_id, limit=10_000)
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
        facts = [Draft(e.type, e.data, e.cell_id, e.attempt, e.at - 60 * number) for e in events]
        total, labels = pattern.cells_total, {"n": str(number % 10)}
        store.submit(Submission(name, facts[0], pattern.name, pattern.title, labels=labels, cells_total=total))
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


def history(scratch: Scratch) -> Sample:
    """All reports of the one monitor."""
    client = LocalClient(opened(scratch.url), SystemClock(), "benchmark")
    return _timed(lambda: _whole(client))


def history_by_rest(scratch: Scratch) -> Sample:
    """The same by a server, as `--server` has it."""
    with quietly_serving(config={"RuntApp": {"store": scratch.url, "start_worker": False}}) as live:
        client = RemoteClient(live.url, live.token)
        try:
            return _timed(lambda: _whole(client))
        finally:
            client.close()


def _whole(client: Client) -> None:
    (found,) = client.monitor("disk-check", limit=RUNS)["subjects"]
    if len(found["points"]) != RUNS:
        raise Failed(f"{len(found['points'])} of {RUNS} reports came")


def _timed(read: Callable[[], object]) -> Sample:
    read()
    times = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        read()
        times.append(time.perf_counter() - begin)
    return Sample(median(times))
