"""`jupyter_runt_*` in the server's /metrics: gauges that are read when somebody scrapes, and how late followers hear.

A process has one registry, and may have several servers: what they count in different stores is added up.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from typing import Any, Protocol

from prometheus_client import REGISTRY, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from jupyter_runt.store.base import STATUSES, Clock, RunFilter, Store

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds that a scrape waits for all stores: it holds up the server's event loop."""
PAGE, PAGES = 1000, 10
"""The oldest queued run is looked for among so many."""

EVENT_LAG = Histogram(
    "jupyter_runt_event_lag_seconds",
    "From when a run's event happened to when it was handed to a follower that was up to date.",
    buckets=(0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.25, 2.5, 5.0, 10.0),
)


class Source(Protocol):
    """What a server must have to be counted."""

    @property
    def store(self) -> Store: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def followers(self) -> int:
        """Connections that follow a run or the list of runs."""
        ...

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Runs a blocking function in a thread."""
        ...


class Runs(Collector):
    """All servers of this process."""

    def __init__(self) -> None:
        self._sources: list[Source] = []

    def add(self, source: Source) -> None:
        self._sources.append(source)

    def remove(self, source: Source) -> None:
        self._sources = [each for each in self._sources if each is not source]

    def describe(self) -> list[GaugeMetricFamily]:
        """Said without reading a store, so that registering costs nothing."""
        return list(_families({}, 0.0, 0))

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """A store that cannot be read now counts nothing; the scrape goes on."""
        counts: Counter[str] = Counter(dict.fromkeys(STATUSES, 0))
        age = 0.0
        for counted, oldest in self._read():
            counts.update(counted)
            age = max(age, oldest)
        yield from _families(counts, age, sum(source.followers for source in self._sources))

    def _read(self) -> list[tuple[Mapping[str, int], float]]:
        asked = {source.store.url: source for source in self._sources}
        reading = [source.submit(look_at, source.store, source.clock) for source in asked.values()]
        done, _ = wait(reading, PATIENCE)
        for future in done:
            if (failure := future.exception()) is not None:
                log.info("a store could not be read for its metrics: %s", failure)
        return [future.result() for future in done if future.exception() is None]


def look_at(store: Store, clock: Clock) -> tuple[Mapping[str, int], float]:
    """How many runs there are of each status, and the seconds for which the oldest queued one waits."""
    counts = store.counts()
    now = clock.now().wall
    submitted = now
    where = RunFilter(status=["queued"], limit=PAGE)
    for _ in range(PAGES if counts.get("queued") else 0):
        page = store.runs(where)
        submitted = min([submitted, *(row.submitted_at for row in page)])
        if len(page) < PAGE:
            break
        where = RunFilter(status=["queued"], limit=PAGE, before=page[-1].run_id)
    return counts, max(0.0, now - submitted)


def _families(counts: Mapping[str, int], age: float, followers: int) -> Iterator[GaugeMetricFamily]:
    runs = GaugeMetricFamily("jupyter_runt_runs", "Runs in the store, by status.", labels=["status"])
    for status in counts:
        runs.add_metric([status], counts[status])
    yield runs
    yield GaugeMetricFamily("jupyter_runt_queue_length", "Runs that wait for a worker.", value=counts.get("queued", 0))
    yield GaugeMetricFamily("jupyter_runt_queue_age_seconds", "How long the oldest queued run waits.", value=age)
    yield GaugeMetricFamily("jupyter_runt_followers", "Connections that follow a run or the list.", value=followers)


RUNS = Runs()
REGISTRY.register(RUNS)
