"""Following a run: everything behind a cursor, then everything new, until the run's end."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator
from time import monotonic, sleep

from jupyter_runt.events import Event, codec
from jupyter_runt.kernel.place import here
from jupyter_runt.run.transitions import TERMINAL
from jupyter_runt.store.base import Listener, Store
from jupyter_runt.store.life import is_held

SWEEP_SECONDS = 5.0
"""A lost wake-up costs a follower at most this."""
PAUSE_SECONDS = 0.015
"""Between two looks. A run that says much is read in pages, not event by event; nobody sees the difference."""


class Cursor:
    """A follower's place in a run's log. `ended`: there is nothing more to come. `worker`: who drives the run, as far as read."""

    def __init__(self, store: Store, run_id: str, after: int = 0) -> None:
        self._store, self._run_id, self._after = store, run_id, after
        self.ended = False
        self.worker: str | None = None

    def fresh(self) -> Iterator[Event]:
        """What came since, blobs put back. RunNotFound when there is no such run, also when it was removed meanwhile."""
        row = self._store.run(self._run_id)  # asked first: what was committed before it is read now
        ended, self.worker = row.status in TERMINAL, row.worker
        while page := self._store.read(self._run_id, self._after):
            for event in page:
                self._after = event.seq
                ended = ended or event.type == "run.finished"
                yield codec.inline(event, self._store.blob)
        self.ended = ended


class DeathWatch:
    """Tells the death of the worker that drives a run, where that is a process of this place."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._worker: str | None = None
        self._pidfd = -1

    def fileno(self) -> int:
        """Readable when it is dead; -1 while there is nothing to watch."""
        return self._pidfd

    def turn_to(self, worker: str | None) -> None:
        """Watches this worker from now on."""
        if worker == self._worker:
            return
        self.close()
        self._worker = worker
        row = next((each for each in self._store.workers() if each.worker_id == worker and each.place == here()), None)
        if row is None:
            return
        try:
            self._pidfd = os.pidfd_open(row.pid)
        except (OSError, AttributeError):  # dead already, or a system without such descriptors: the next sweep finds it
            return
        if not is_held(row.lock):  # the pid may be another process's by now
            self.close()

    def close(self) -> None:
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1


def follow(store: Store, run_id: str, after: int = 0, *, on_quiet: Callable[[], None] | None = None) -> Iterator[Event]:
    """Yields events until the run's end; blocks this thread in between. `on_quiet` is called when the run's worker dies, and at
    each sweep in which nothing came. RunNotFound as `Cursor.fresh`."""
    listener, cursor, watch = store.listen(), Cursor(store, run_id, after), DeathWatch(store)
    try:
        while True:
            looked = monotonic()
            listener.drain()
            yield from cursor.fresh()
            if cursor.ended:
                return
            watch.turn_to(cursor.worker)
            if _rang(listener, watch):
                sleep(max(0.0, looked + PAUSE_SECONDS - monotonic()))
            elif on_quiet is not None:
                watch.close()
                on_quiet()
    finally:
        listener.close()
        watch.close()


def _rang(listener: Listener, watch: DeathWatch) -> bool:
    """Waits for a ring; False when it was quiet for a whole sweep, or the worker died."""
    poll = select.poll()
    for source in (listener.fileno(), watch.fileno()):
        if source >= 0:
            poll.register(source, select.POLLIN)
    ready = dict(poll.poll(SWEEP_SECONDS * 1000))
    return bool(ready) and watch.fileno() not in ready
