"""Retention: ended runs go when they are too old, then the oldest first until the rest is small enough. Pinned runs stay.

Any number of processes may do this at once. It may be stopped at any moment: what a deleted run left is found by whoever
comes next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic, sleep

from jupyter_runt.errors import Refused, RunNotFound
from jupyter_runt.settings import Settings
from jupyter_runt.store.base import RunFilter, RunRow, Store

BREATH_SECONDS = 0.01
"""After so much work at most, others get as much time: SQLite's lock has no queue, and who waits for it only tries now and then."""

FRESH_SECONDS = 3600.0
"""For so long after its end a run is kept whatever its size: somebody wants to see it."""

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept; None: no limit."""

    age: float | None = None
    """Seconds since a run's end."""
    size: int | None = None
    """Bytes of all runs together."""

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """As configured: 0 is no limit."""
        return cls(settings.retention_days * DAY or None, settings.retention_bytes or None)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, or would be."""

    runs: int = 0
    bytes: int = 0
    usage: int = 0
    """Bytes that the rest uses."""


def prune(
    store: Store,
    now: float,
    limits: Limits,
    *,
    dry_run: bool = False,
    told: Callable[[RunRow, Pruned], None] = lambda row, so_far: None,
    pause: Callable[[float], bool | None] = sleep,
) -> Pruned:
    """Removes what is beyond the limits at the time `now`.

    `told` hears of each run that is removed, and what is done so far. `pause` lets others work for so many seconds; True from
    it ends the pruning. A dry run removes nothing, and estimates sizes.
    """
    done, breath = Pruned(), _Breath(pause)
    try:
        if not dry_run:
            _sweep(store, breath)  # before anything is measured: another process may be at it
        begin = usage = store.usage()
        done = Pruned(usage=usage)
        for row in _oldest_first(store):
            assert row.finished_at is not None  # as `removable` has it
            old = now - row.finished_at
            too_old = limits.age is not None and old > limits.age
            too_much = limits.size is not None and usage > limits.size and old > FRESH_SECONDS
            if not too_old and not too_much:
                break
            if dry_run:
                usage -= store.size(row.run_id)
            elif not _delete(store, row.run_id):
                continue
            else:
                _sweep(store, breath)
                usage = store.usage()
            done = Pruned(done.runs + 1, max(0, begin - usage), max(0, usage))
            told(row, done)
    except _Stopped:
        pass
    return done


def prune_a_little(store: Store, now: float, limits: Limits) -> Pruned:
    """What can be removed in a moment: for processes that do not live long. Each of them adds little, too."""
    return prune(store, now, limits, pause=lambda seconds: True)


def remove(store: Store, run_id: str, *, force: bool = False) -> None:
    """Deletes one run to its last byte; see `Store.delete`."""
    store.delete(run_id, force=force)
    _sweep(store, _Breath(sleep))


def pinned(store: Store) -> int:
    """How many runs are pinned. By hand, so there are not very many."""
    return len(store.runs(RunFilter(pinned=True, limit=1_000_000)))


def _oldest_first(store: Store) -> Iterator[RunRow]:
    rows = store.removable()
    while rows:
        yield from rows
        rows = store.removable(after=rows[-1])


def _delete(store: Store, run_id: str) -> bool:
    try:
        store.delete(run_id)
    except (RunNotFound, Refused):  # somebody was quicker, or has just pinned it
        return False
    return True


def _sweep(store: Store, breath: _Breath) -> None:
    breath.take()
    while store.sweep():
        breath.take()


class _Stopped(Exception):
    """Somebody wants the pruning to end."""


class _Breath:
    """Work and pauses in turn, as long as each other."""

    def __init__(self, pause: Callable[[float], bool | None]) -> None:
        self._pause, self._since = pause, monotonic()

    def take(self) -> None:
        worked = monotonic() - self._since
        if worked >= BREATH_SECONDS:
            if self._pause(worked):
                raise _Stopped
            self._since = monotonic()
