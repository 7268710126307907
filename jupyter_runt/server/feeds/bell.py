"""The store's bell in an event loop, and waiting that ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from jupyter_runt.store.base import Store

Call = Callable[..., Awaitable[Any]]
"""Runs a blocking function with its arguments in a thread."""

SWEEP_SECONDS = 5.0
"""A lost wake-up costs a follower at most this."""


@contextmanager
def listening(store: Store, rung: Callable[[], None]) -> Iterator[None]:
    """Calls `rung` in this event loop whenever the store's bell rings."""
    loop, listener = asyncio.get_running_loop(), store.listen()

    def heard() -> None:
        listener.drain()
        rung()

    loop.add_reader(listener.fileno(), heard)
    try:
        yield
    finally:
        loop.remove_reader(listener.fileno())
        listener.close()


async def happens(event: asyncio.Event, seconds: float) -> None:
    """Waits for it, or until the time is over."""
    if event.is_set():
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def cancelled(task: asyncio.Task[None] | None) -> None:
    """Cancels it and waits for its end, whatever that is: who began the task is told of it by a callback."""
    if task is not None:
        task.cancel()
        await asyncio.wait([task])
