"""Notifications: a worker sends what runs have left in the store's outbox, whichever worker drove them.

look ──► claim what is due (a lease, an attempt, a place within the rate) ──► send ──► note what came of it
                                                                           └──► again later, ever more slowly, or never

What is to be told is written in the transaction that holds the event which it tells of, so a worker that is killed loses none: the
next one looks. Sent and noted are two steps, and a target cannot tell a message from its repetition. So a worker that is killed, or
is asked to end and cannot wait, between a delivery and its note has the message sent a second time. Otherwise each is sent once.
Nothing here is in a run's way: the run has ended before, or waits, and sending is the work of other processes.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from jupyter_runt.errors import ParameterError, RunNotFound, StoreError
from jupyter_runt.notebook import references
from jupyter_runt.run import notifications
from jupyter_runt.run.notifications import Message
from jupyter_runt.store.base import Clock, Store
from jupyter_runt.store.notifications import (
    DROPPED,
    FAILED,
    HELD_BACK,
    PENDING,
    SENT,
    UNTIL,
    NotificationRow,
    Rate,
    Settled,
)
from jupyter_runt.worker import targets
from jupyter_runt.worker.alarm import Alarm
from jupyter_runt.worker.targets import Failure

log = logging.getLogger(__name__)

DELAYS = (2.0, 10.0, 60.0, 300.0, 900.0, 1800.0)
"""Seconds before the second attempt and each one after it; then it is given up, after some fifty minutes."""
AT_ONCE = 4
"""Processes that send."""
EACH = 2
"""Of these to one target: one that never answers leaves room for the others."""
RETRY_SECONDS = 5.0
"""Between two attempts at a store that cannot be written."""
SETTLING = 5
"""Attempts to note what came of a message, before its lease is over."""
REST_SECONDS = 15.0
"""So long a worker that ends by itself waits for what it has begun to tell."""
GRACE_SECONDS = 5.0
"""The same of one that was asked to end."""

Send = Callable[[str, Message], Awaitable[Failure | None]]


class Desk(Protocol):
    """What telling of a run needs of a client."""

    def link(self, run_id: str) -> str | None:
        """Where the run can be looked at; None when no server shows it."""
        ...


class Notifying:
    """Belongs to one worker. `run` is its life; `ring` makes it look at clock and store again."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        desk: Desk,
        rate: Rate,
        *,
        driven: bool = False,
        send: Send = targets.send,
        delays: Sequence[float] = DELAYS,
    ) -> None:
        """`driven`: it sends only what the runs left that its own worker drove."""
        self._store, self._clock, self._desk, self._rate = store, clock, desk, rate
        self._driven, self._send, self._delays = driven, send, delays
        self._worker_id = ""
        self._alarm: Alarm | None = None
        self._tasks: dict[asyncio.Task[None], str] = {}
        """What is being sent, and to which targets."""
        self._left: set[str] = set()
        """Targets whose variables another worker has, and this one has not."""
        self._ending = False

    def ring(self) -> None:
        """There may be something to tell."""
        if self._alarm is not None:
            self._alarm.ring()

    def has_work(self) -> bool:
        """Whether anything is to be sent, now or later: a worker stays for that. StoreError."""
        return bool(self._tasks) or self._next() is not None

    async def run(self, worker_id: str) -> None:
        """Until it is cancelled."""
        self._worker_id, self._alarm = worker_id, Alarm()
        while True:
            wait: float | None = RETRY_SECONDS
            try:
                wait = self._look()
            except StoreError as error:
                log.warning("notifications cannot be looked at: %s", error)
            except Exception:  # nobody would be told of anything any more, and nobody would know
                log.exception("notifications: a defect of jupyter-runt")
            await self._alarm.wait(wait)

    async def rest(self, seconds: float = REST_SECONDS) -> None:
        """Before a worker ends: until what is due now has been tried once, or the time is over."""
        give_up = self._clock.now().mono + seconds
        while (left := give_up - self._clock.now().mono) > 0:
            self._look()
            if not self._tasks:
                break
            await asyncio.wait(self._tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    def hurry(self) -> None:
        """The worker was asked to end: nothing more is begun, and what goes on has a moment left."""
        self._ending = True
        if self._tasks:
            asyncio.get_running_loop().call_later(GRACE_SECONDS, self._cancel)

    def _cancel(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()

    async def close(self, *, in_haste: bool) -> None:
        """Begins nothing more and ends what goes on; what was not sent is another worker's. `in_haste`: the worker was asked to end."""
        self._ending = self._ending or in_haste
        try:
            await self.rest(GRACE_SECONDS if in_haste else REST_SECONDS)
        except StoreError as error:
            log.warning("notifications cannot be looked at: %s", error)
        self._ending = True
        self._cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- one at a time -----------------------------------------------------------------------------------------------

    def _next(self) -> float | None:
        return self._store.next_notification(self._worker_id if self._driven else None, besides=self._besides())

    def _besides(self) -> set[str]:
        """Targets that nothing is begun for now."""
        self._left = {each for each in self._left if self._is_elsewhere(each)}
        return self._left | {target for target, places in Counter(self._tasks.values()).items() if places >= EACH}

    def _look(self) -> float | None:
        """Begins to send what is due; the seconds until there is more to do."""
        while not self._ending and len(self._tasks) < AT_ONCE:
            claimed = self._store.claim_notifications(
                self._worker_id, self._rate, 1, driven=self._driven, besides=self._besides()
            )
            if not claimed:
                due = self._next()
                return None if due is None else max(0.0, due - self._clock.now().wall)
            for row in claimed:
                task = asyncio.create_task(self._tell(row), name=f"notification {row.number}")
                self._tasks[task] = row.target
                task.add_done_callback(self._told)
        return None  # who has sent one rings

    def _told(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        self.ring()

    async def _tell(self, row: NotificationRow) -> None:
        try:
            settled = await self._tried(row)
        except asyncio.CancelledError:
            self._settle(row, Settled(PENDING, "its worker ended before it was sent"))
            raise
        except StoreError as error:  # the lease ends by itself
            log.warning("notification %d of %s: %s", row.number, row.run_id, error)
            return
        except Exception as error:  # one message's defect must not keep the others from being sent
            log.exception("notification %d of %s: a defect of jupyter-runt", row.number, row.run_id)
            settled = Settled(FAILED, f"it met a defect of jupyter-runt: {type(error).__name__}")
        log.info("notification of %s to %s: %s %s", row.run_id, row.target, settled.status, settled.error)
        for _ in range(SETTLING):
            if self._settle(row, settled):
                return
            await asyncio.sleep(RETRY_SECONDS)  # it was sent, say: who tried again would send it again

    async def _tried(self, row: NotificationRow) -> Settled:
        if row.attempts > len(self._delays) + 1:
            return Settled(FAILED, "every worker that tried to send it has ended meanwhile")
        try:
            if row.occasion != notifications.END and self._store.run(row.run_id).status != "waiting":
                return Settled(DROPPED, "it was answered meanwhile")
            url = await asyncio.to_thread(targets.url_of, self._store, row.run_id, row.target)
            if not url:
                return Settled(DROPPED, "its variable is empty or not set, and may be")
            failure = await self._send(url, self._message(row))
        except ParameterError as error:
            told = f"{error.message}: {targets.REMEDY}" if error.remedy else error.message
            if not self._is_elsewhere(row.target) or row.attempts > len(self._delays):
                return Settled(FAILED, told)
            self._left.add(row.target)
            return Settled(PENDING, told)
        except RunNotFound as error:
            return Settled(FAILED, error.message)
        if failure is None:
            return Settled(SENT)
        if failure.lasting or row.attempts > len(self._delays):
            return Settled(FAILED, failure.error)
        return Settled(PENDING, failure.error, self._delays[row.attempts - 1])

    def _is_elsewhere(self, target: str) -> bool:
        """Whether another worker has the variable that is missing here. One in a file is the same for all."""
        others = [each for each in self._store.workers() if each.worker_id != self._worker_id]
        takes = [each for each in others if not each.exclusive and not each.draining]
        return bool(references.missing(target, ())) and any(
            not references.missing(target, each.variables) for each in takes
        )

    def _message(self, row: NotificationRow) -> Message:
        held_back, until = row.told.get(HELD_BACK, 0), row.told.get(UNTIL)
        link = self._desk.link(row.run_id)
        return notifications.message(row.run_id, row.words, row.told, link=link, held_back=held_back, until=until)

    def _settle(self, row: NotificationRow, settled: Settled) -> bool:
        """False when the store does not take it now."""
        try:
            if not self._store.settle_notification(row, self._worker_id, settled):
                log.warning("notification %d of %s is another worker's by now", row.number, row.run_id)
        except StoreError as error:
            log.warning("notification %d of %s: %s: %s", row.number, row.run_id, settled.status, error)
            return False
        return True
