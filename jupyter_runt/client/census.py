"""A store at one moment, in numbers: what waits, who works, how it went of late. Only looks: nothing is freed, started or mended."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_runt.kernel.place import here
from jupyter_runt.run.health import REASONS
from jupyter_runt.store.base import DRIVEN, Clock, RunFilter, RunRow, Store, WorkerRow
from jupyter_runt.store.life import worker_is_dead

PAGE, PAGES = 1000, 10
"""More runs than that are not looked at one by one."""
DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Census:
    """Times are in seconds. Of failed runs those do not count whose notebook found something else to be ill (`fail_on`)."""

    store: str
    queued: int
    oldest_queued: float
    """How long the run waits that waits longest; 0 when none does."""
    running: int
    undriven: Sequence[str]
    """Ids of runs that have begun, and that nobody drives."""
    workers: int
    """That live and take runs from the queue."""
    dead_workers: int
    """That are known, and dead for certain."""
    places: int
    busy: int
    """How many runs all workers drive at once, at most, and now."""
    ended_of_late: int
    failed_of_late: int
    """Of those that were submitted within a day."""
    size: int
    """Bytes that its data use."""
    disk_free: int | None
    """Bytes that are left on its disk; None for a store that is on none."""
    partial: bool
    """Whether there are too many runs to have looked at each."""


def census(store: Store, clock: Clock) -> Census:
    """StoreError and its kinds."""
    now, counts, workers = clock.now().wall, store.counts(), store.workers()
    alive = [each for each in workers if not worker_is_dead(store, each, here())]
    takers = [each for each in alive if not each.exclusive and not each.draining]
    queued, all_queued = _rows(store, RunFilter(status=["queued"], limit=PAGE))
    driven, all_driven = _rows(store, RunFilter(status=DRIVEN, limit=PAGE))
    ended, all_ended = _rows(store, RunFilter(status=["succeeded", "failed"], since=now - DAY, limit=PAGE))
    return Census(
        store=store.url,
        queued=counts.get("queued", 0),
        oldest_queued=max((now - row.submitted_at for row in queued), default=0.0),
        running=sum(counts.get(status, 0) for status in DRIVEN),
        undriven=[row.run_id for row in driven if not _is_driven(row, alive)],
        workers=len(takers),
        dead_workers=len(workers) - len(alive),
        places=sum(each.concurrency for each in takers),
        busy=sum(row.worker in {each.worker_id for each in takers} for row in driven),
        ended_of_late=len(ended),
        failed_of_late=sum(row.status == "failed" and row.reason not in REASONS.values() for row in ended),
        size=store.usage(),
        disk_free=_disk_free(store.url),
        partial=not (all_queued and all_driven and all_ended),
    )


def _rows(store: Store, where: RunFilter) -> tuple[list[RunRow], bool]:
    """The newest rows, and whether these are all."""
    found: list[RunRow] = []
    for _ in range(PAGES):
        page = store.runs(where)
        found += page
        if len(page) < where.limit:
            return found, True
        where = replace(where, before=page[-1].run_id)
    return found, False


def _is_driven(row: RunRow, alive: Sequence[WorkerRow]) -> bool:
    return any(each.worker_id == row.worker and not each.draining for each in alive)


def _disk_free(url: str) -> int | None:
    scheme, _, path = url.partition(":///")
    return shutil.disk_usage(Path(path).parent).free if scheme == "sqlite" else None
