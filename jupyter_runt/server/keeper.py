"""What a server sees to by itself: its store is open, dead workers' runs are free, waiting runs and due times have a worker, and
while runs are active the server counts as active too.

Schedules do not make it count as active: due times need a worker, which goes on without any server, and a server that is kept
for what is due tomorrow would be kept for ever. One slow task, woken by changes of status. Everything that blocks is done in
threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from logging import Logger
from time import monotonic
from typing import Any

from jupyter_runt.client import spawn
from jupyter_runt.errors import RuntError
from jupyter_runt.server.context import Context
from jupyter_runt.server.feeds.bell import cancelled, happens
from jupyter_runt.server.opening import Opening
from jupyter_runt.store.base import DRIVEN, RunFilter, RunRow

INTERVAL_SECONDS = 5.0
OPEN_SECONDS = 2.0
"""Between two attempts to open a store that cannot be used."""
PAUSE_SECONDS = 1.0
"""Between two rounds, however often runs change their status."""
LAST_ACTIVITY = "runt_last_activity"
"""jupyter_server takes the latest of all settings whose names end so for the time of its last activity."""
LOOKED_AT = 1000
SETTLED_LOOKS = 3
"""A worker that lives at so many looks in a row was worth its start."""


class Backoff:
    """When a worker may be started again, on a clock in seconds: each start without effect doubles the time until the next."""

    FIRST, LONGEST = 5.0, 300.0
    _pause: float
    _until: float

    def __init__(self) -> None:
        self.reset()

    def permits(self, now: float) -> bool:
        return now >= self._until

    def started(self, now: float) -> None:
        self._pause = min(max(self.FIRST, 2 * self._pause), self.LONGEST)
        self._until = now + self._pause

    def reset(self) -> None:
        """It was of use."""
        self._pause, self._until = 0.0, float("-inf")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the server's configuration says: see the traits of RuntApp."""

    start_worker: bool
    keep_alive: bool


class Keeper:
    """`start` and `close` belong to the server's event loop. `settings` are tornado's."""

    def __init__(self, opening: Opening, wishes: Wishes, settings: MutableMapping[str, Any], log: Logger) -> None:
        self._opening, self._wishes, self._settings, self._log = opening, wishes, settings, log
        self._backoff = Backoff()
        self._seen_alive = 0
        """Looks in a row at which a worker lived."""
        self._told = ""
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, on_open: Callable[[Context], None]) -> None:
        """`on_open` is called in the event loop once the store is open."""
        self._task = asyncio.create_task(self._run(on_open), name="jupyter-runt keeper")
        self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        await cancelled(self._task)

    def status_changed(self, row: RunRow, before: str | None) -> None:
        """Looks soon."""
        self._wake.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A defect of ours is told at once; the server goes on without what is kept here."""
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._log.error("runt: the keeper failed", exc_info=failure)

    async def _run(self, on_open: Callable[[Context], None]) -> None:
        while not await asyncio.to_thread(self._opening.open):
            self._tell(str(self._opening.trouble))
            await asyncio.sleep(OPEN_SECONDS)
        context = self._opening.context
        on_open(context)
        while True:
            self._wake.clear()
            try:
                if await context.call(self._look, context):
                    self._settings[LAST_ACTIVITY] = datetime.now(UTC)
            except (RuntError, OSError) as error:
                self._tell(str(error))
            else:
                self._told = ""
            await asyncio.sleep(PAUSE_SECONDS)
            await happens(self._wake, INTERVAL_SECONDS - PAUSE_SECONDS)

    def _tell(self, trouble: str) -> None:
        """Once, however often it is met."""
        if trouble != self._told:
            self._log.error("runt: the store cannot be used: %s", trouble)
            self._told = trouble

    # -- in a thread -------------------------------------------------------------------------------------------------

    def _look(self, context: Context) -> bool:
        """One round; whether the server is to count as active."""
        context.client.tend()
        counts = context.store.counts()
        if self._wishes.start_worker:
            waiting = bool(counts.get("queued")) and _anybody_may_take_one(context)
            self._see_to_a_worker(context, waiting=waiting, scheduled=context.client.is_expecting())
        return self._wishes.keep_alive and any(counts.get(each) for each in DRIVEN) and _is_driven(context)

    def _see_to_a_worker(self, context: Context, *, waiting: bool, scheduled: bool) -> None:
        """`waiting`: runs that a worker may take; `scheduled`: due times, and what is still to be told, for which
        there has to be one all the time."""
        lives = (waiting or scheduled) and spawn.worker_lives(context.store)
        self._seen_alive = self._seen_alive + 1 if lives else 0
        if not waiting and (not scheduled or self._seen_alive >= SETTLED_LOOKS):
            self._backoff.reset()
        elif not lives and self._backoff.permits(monotonic()):
            words = spawn.last_words(context.store)
            pid = spawn.start_worker(context.store, context.settings.idle_exit)
            if pid is not None:
                self._backoff.started(monotonic())
                why = "runs wait" if waiting else "schedules are active, or somebody is to be notified,"
                self._log.info("runt: %s and no worker lived: one was started (pid %d)", why, pid)
                self._log.debug("runt: the log of the workers ended with: %s", words)


def _anybody_may_take_one(context: Context) -> bool:
    """Whether a queued run does not wait for a certain worker, as those of `execute` do as long as that lives."""
    known = {worker.worker_id for worker in context.store.workers()}
    queued = context.store.runs(RunFilter(status=["queued"], limit=LOOKED_AT))
    return any(row.needs_worker not in known for row in queued)


def _is_driven(context: Context) -> bool:
    """Whether somebody goes on with an active run: one that nobody drives must not keep a server for ever."""
    active = context.store.runs(RunFilter(status=DRIVEN, limit=LOOKED_AT))
    return any(context.client.why_undriven(row) is None for row in active)
