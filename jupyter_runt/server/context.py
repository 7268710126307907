"""What all handlers of one server share: the client, a few threads for its blocking calls, and the feeds."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from jupyter_runt import settings as configuration
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.request import os_user
from jupyter_runt.settings import Settings
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.open import open_store

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
"""Calls of the store that may wait at once; each is short, and the event loop serves everybody else meanwhile."""
KEY = "runt_context"
"""Where tornado's settings keep it."""


class Context:
    """One server's use of one store. `start` and `close` are called in the event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.store = open_store(settings.store, self.clock)
        self.client = LocalClient(self.store, self.clock, os_user(), idle_exit=settings.idle_exit)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="jupyter-runt")

    @classmethod
    def of_store(cls, url: str) -> Context:
        """For the store of this URL; '' is the one that every command of this user finds. StoreError and its kinds."""
        return cls(configuration.load(os.environ, store=url or None))

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a blocking call in a thread: a store may keep it waiting for seconds, a notebook may take long to parse."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """Ends the threads, then the store."""
        self._threads.shutdown(cancel_futures=True)
        self.store.close()
