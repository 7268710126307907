"""Following a run: everything behind a cursor, then everything new, until the run's end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from time import monotonic, sleep

from jupyter_runt.events import Event, codec
from jupyter_runt.run.transitions import TERMINAL
from jupyter_runt.store.base import Store

SWEEP_SECONDS = 5.0
"""A lost wake-up costs a follower at most this."""
PAUSE_SECONDS = 0.015
"""Between two looks. A run that says much is read in pages, not event by event; nobody sees the difference."""


class Cursor:
    """A follower's place in a run's log. `ended`: there is nothing more to come."""

    def __init__(self, store: Store, run_id: str, after: int = 0) -> None:
        self._store, self._run_id, self._after = store, run_id, after
        self.ended = False

    def fresh(self) -> Iterator[Event]:
        """What came since, blobs put back. RunNotFound when there is no such run, also when it was removed meanwhile."""
        ended = (
            self._store.run(self._run_id).status in TERMINAL
        )  # asked first: what was committed before it is read now
        while page := self._store.read(self._run_id, self._after):
            for event in page:
                self._after = event.seq
                ended = ended or event.type == "run.finished"
                yield codec.inline(event, self._store.blob)
        self.ended = ended


def follow(store: Store, run_id: str, after: int = 0, *, on_quiet: Callable[[], None] | None = None) -> Iterator[Event]:
    """Yields events until the run's end; blocks this thread in between. `on_quiet` is called at each sweep in which
    nothing came. RunNotFound as `Cursor.fresh`."""
    listener, cursor = store.listen(), Cursor(store, run_id, after)
    try:
        while True:
            looked = monotonic()
            listener.drain()
            yield from cursor.fresh()
            if cursor.ended:
                return
            if listener.wait(SWEEP_SECONDS):
                sleep(max(0.0, looked + PAUSE_SECONDS - monotonic()))
            elif on_quiet is not None:
                on_quiet()
    finally:
        listener.close()


async def follow_async(store: Store, run_id: str, after: int = 0) -> AsyncIterator[Event]:
    """The same inside an event loop."""
    listener, cursor, rang = store.listen(), Cursor(store, run_id, after), asyncio.Event()
    loop = asyncio.get_running_loop()

    def rung() -> None:
        listener.drain()
        rang.set()

    loop.add_reader(listener.fileno(), rung)
    try:
        while True:
            rang.clear()
            for event in cursor.fresh():
                yield event
            if cursor.ended:
                return
            try:
                await asyncio.wait_for(rang.wait(), SWEEP_SECONDS)
            except TimeoutError:
                continue
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        loop.remove_reader(listener.fileno())
        listener.close()
