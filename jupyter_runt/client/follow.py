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


def follow(store: Store, run_id: str, after: int = 0, *, on_quiet: Callable[[], None] | None = None) -> Iterator[Event]:
    """Yields events, blobs put back, until `run.finished`; blocks this thread in between. `on_quiet` is called at each
    sweep in which nothing came. RunNotFound when there is no such run, also when it is removed meanwhile."""
    listener = store.listen()
    try:
        while True:
            looked = monotonic()
            listener.drain()
            while page := store.read(run_id, after):
                for event in page:
                    yield codec.inline(event, store.blob)
                    after = event.seq
                    if event.type == "run.finished":
                        return
            if store.run(run_id).status in TERMINAL and not store.read(run_id, after, 1):
                return
            if listener.wait(SWEEP_SECONDS):
                sleep(max(0.0, looked + PAUSE_SECONDS - monotonic()))
            elif on_quiet is not None:
                on_quiet()
    finally:
        listener.close()


async def follow_async(store: Store, run_id: str, after: int = 0) -> AsyncIterator[Event]:
    """The same inside an event loop."""
    listener, rang, loop = store.listen(), asyncio.Event(), asyncio.get_running_loop()

    def rung() -> None:
        listener.drain()
        rang.set()

    loop.add_reader(listener.fileno(), rung)
    try:
        while True:
            rang.clear()
            while page := store.read(run_id, after):
                for event in page:
                    yield codec.inline(event, store.blob)
                    after = event.seq
                    if event.type == "run.finished":
                        return
            if store.run(run_id).status in TERMINAL and not store.read(run_id, after, 1):
                return
            try:
                await asyncio.wait_for(rang.wait(), SWEEP_SECONDS)
            except TimeoutError:
                continue
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        loop.remove_reader(listener.fileno())
        listener.close()
