"""What all handlers of one server share: the client, a few threads for its blocking calls, and the feeds."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from jupyter_runt import settings as configuration
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.request import os_user
from jupyter_runt.run.policy import Notify
from jupyter_runt.server import metrics
from jupyter_runt.server.feeds.listing import ListFeed
from jupyter_runt.server.feeds.runs import RunFeeds
from jupyter_runt.server.starter import Starter
from jupyter_runt.settings import Settings
from jupyter_runt.store.base import RunRow
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.open import open_store

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
"""Calls of the store that may wait at once; each is short, and the event loop serves everybody else meanwhile."""


class Context:
    """One server's use of one store. `start` and `close` are called in the event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.store = open_store(settings.store, self.clock)
        self.client = LocalClient(
            self.store,
            self.clock,
            os_user(),
            idle_exit=settings.idle_exit,
            orphan_timeout=settings.orphan_timeout,
            template_folders=settings.template_folders,
            notify=Notify(settings.notify_on, settings.notify_to),
        )
        self.client.starts_for_schedules = False
        self.starter = Starter(self.client)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="jupyter-runt")
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="jupyter-runt-slow")
        self._watching = ThreadPoolExecutor(1, thread_name_prefix="jupyter-runt-feeds")
        self.feeds = RunFeeds(self.store, self._watch, metrics.EVENT_LAG.observe)
        self.status_observers: list[Callable[[RunRow, str | None], None]] = []
        self.listing = ListFeed(self.store, self._watch, self._status_changed)

    @classmethod
    def of_store(cls, url: str) -> Context:
        """For the store of this URL; '' is the one that every command of this user finds. StoreError and its kinds."""
        return cls(configuration.load(os.environ, store=url or None))

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a blocking call in a thread: a store may keep it waiting for seconds, a notebook may take long to parse."""
        return await asyncio.wrap_future(self._threads.submit(function, *args, **kwargs))

    async def slow(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for what takes seconds of work and much memory: one at a time, and no other call waits for it."""
        return await asyncio.wrap_future(self._slow.submit(function, *args, **kwargs))

    async def _watch(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for the feeds: whoever follows does not wait for who asks for much."""
        return await asyncio.wrap_future(self._watching.submit(function, *args, **kwargs))

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The same for those who cannot await, and must not wait long."""
        return self._threads.submit(function, *args, **kwargs)

    @property
    def followers(self) -> int:
        """Connections that follow a run or the list of runs."""
        return self.feeds.followers + self.listing.watchers

    async def close(self) -> None:
        """Lets the followers go, ends the threads, then the store."""
        await self.feeds.close()
        await self.listing.close()
        await self.starter.close()
        for threads in (self._threads, self._slow, self._watching):  # what they do now may take seconds
            await asyncio.to_thread(threads.shutdown, cancel_futures=True)
        self.store.close()

    def _status_changed(self, row: RunRow, before: str | None) -> None:
        for observe in self.status_observers:
            observe(row, before)
