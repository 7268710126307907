"""A worker: claims runs, drives many at once, keeps its leases, and lets go of everything cleanly when asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import SystemRandom
from typing import Any

from jupyter_runt import ids
from jupyter_runt._version import __version__
from jupyter_runt.errors import RunNotFound, RuntError, StaleEpoch, StoreError, StoreTooNew
from jupyter_runt.kernel.leftovers import remove_left_folders
from jupyter_runt.kernel.place import here
from jupyter_runt.store.base import RENEW_SECONDS, Claim, Clock, Store, WorkerRow
from jupyter_runt.store.life import LifeLock, bury_the_dead
from jupyter_runt.store.retention import Limits
from jupyter_runt.worker import mailbox
from jupyter_runt.worker.commits import PATIENCE, RETRY
from jupyter_runt.worker.context import Context
from jupyter_runt.worker.firing import Firing
from jupyter_runt.worker.notifying import Notifying
from jupyter_runt.worker.performer import Performer
from jupyter_runt.worker.prepare import Private
from jupyter_runt.worker.upkeep import keep_tidy

log = logging.getLogger(__name__)

LOOK_INTERVAL = 0.02
"""At most one look at the queue in this time, however often the bell rings: a hundred submissions are one look."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a worker behaves. `idle_exit` is in seconds; None: it stays. An `exclusive` worker drives only
    the runs that were entrusted to it."""

    name: str = ""
    concurrency: int = 4
    until_empty: bool = False
    idle_exit: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    exclusive: bool = False
    limits: Limits = field(default_factory=Limits)
    """What retention keeps."""


class Worker:
    """One worker of one store. `serve` is its life."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        options: Options,
        firing: Firing | None = None,
        notifying: Notifying | None = None,
    ) -> None:
        """`firing`: schedules; None: it fires none. `notifying`: likewise, it tells nobody of anything."""
        self._store, self._clock, self.options = store, clock, options
        self.worker_id = f"{options.name or 'worker'}-{ids.token(SystemRandom(), 6)}"
        folder = store.runtime / "w"
        folder.mkdir(mode=0o700, exist_ok=True)
        self._lock = LifeLock(folder / f"{ids.token(SystemRandom(), 8)}.lock")
        self._socket = self._lock.path.with_suffix(".sock")
        self._context = Context(store, clock, self.worker_id, here(), str(self._lock.path))
        self._performers: dict[str, Performer] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._private: dict[str, Private] = {}
        self._unreleased: dict[str, int] = {}
        """Runs whose driver gave up: their epochs, until the store has taken them back."""
        self._stuck_since: float | None = None
        self._look = asyncio.Event()
        self._draining = False
        self._outdated: StoreTooNew | None = None
        self._idle_since = clock.now().mono
        self._firing, self._notifying = firing, notifying
        self.failures: dict[str, RuntError] = {}
        self.handed_over = False
        """Whether it let go of runs that have not ended."""

    # -- from outside ----------------------------------------------------------------------------------------------

    def entrust(self, run_id: str, private: Private) -> None:
        """Leaves with this worker what no table may hold of a run that it is going to drive."""
        self._private[run_id] = private

    def performer(self, run_id: str) -> Performer | None:
        """Who drives this run here, now."""
        return self._performers.get(run_id)

    def drain(self) -> None:
        """Stop claiming and hand every run over with its kernel alive; `serve` returns then."""
        self._draining = True
        with contextlib.suppress(StoreError):  # then a new worker is started a little later
            self.register(draining=True)
        for performer in self._performers.values():
            performer.hand_over()
        if self._firing is not None:
            self._firing.stop()
        if self._notifying is not None:
            self._notifying.hurry()
        self._look.set()

    def register(self, *, draining: bool = False) -> None:
        """Makes this worker known: its lock, its socket, the names of its variables. One that is `draining` takes no more
        runs: it is no reason not to start another."""
        self._store.register(
            WorkerRow(
                worker_id=self.worker_id,
                name=self.options.name or "worker",
                pid=os.getpid(),
                place=self._context.place,
                host=os.uname().nodename,
                started_at=self._clock.now().wall,
                concurrency=self.options.concurrency,
                lock=str(self._lock.path),
                socket=str(self._socket),
                version=__version__,
                labels=dict(self.options.labels),
                variables=sorted(os.environ),
                draining=draining,
                exclusive=self.options.exclusive,
            )
        )

    def end_when_idle(self, seconds: float) -> None:
        """Nobody looks after this worker any more: it serves on, and ends after so long without work."""
        if self.options.idle_exit is None:
            self.options = replace(self.options, idle_exit=seconds)
            self._idle_since = self._clock.now().mono
            self._look.set()

    async def abandon(self) -> None:
        """Ends a worker that never served."""
        await self._end()

    # -- its life ----------------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Drives runs until it is drained, is empty (if asked to end then) or idle for too long. StoreTooNew when it had to let
        go of them because a newer release has taken over the store."""
        listener = self._store.listen(queue_only=True)
        loop = asyncio.get_running_loop()

        def rung() -> None:
            listener.drain()
            self._look.set()
            self._ring_services()

        loop.add_reader(listener.fileno(), rung)
        server = await mailbox.serve(self._socket, self)
        beside = [asyncio.create_task(each) for each in self._beside()]
        try:
            if not self.options.exclusive:
                # Before the first look: else `--until-empty` would find nothing to do, and end.
                bury_the_dead(self._store, self._context.place)
            while True:
                self._look.clear()
                for performer in self._performers.values():
                    performer.wake_for_signals()
                if not self._draining:
                    self._claim_patiently()
                if self._finished() and self._nothing_came():
                    break
                await self._until_next_look()
        finally:
            if self._firing is not None:
                self._firing.stop()
            if self._notifying is not None:
                await self._notifying.close(in_haste=self._draining)
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            loop.remove_reader(listener.fileno())
            listener.close()
            server.close()
            await self._end()
        if self._outdated is not None:
            raise self._outdated

    def _beside(self) -> Iterator[Coroutine[Any, Any, None]]:
        """What goes on all the time beside the runs."""
        yield self._sweep()
        if not self.options.exclusive:
            yield keep_tidy(self._store, self._clock, self.options.limits)
        if self._firing is not None:
            yield self._firing.run()
        if self._notifying is not None:
            yield self._notifying.run(self.worker_id)

    async def _until_next_look(self) -> None:
        wait = None
        if self.options.idle_exit is not None and not self._tasks and not self._is_expecting():
            wait = max(0.0, self._idle_since + self.options.idle_exit - self._clock.now().mono)
        if self._stuck_since is not None:
            wait = RETRY
        try:
            await asyncio.wait_for(self._look.wait(), wait)
        except TimeoutError:
            return
        if not self.options.exclusive:
            await asyncio.sleep(LOOK_INTERVAL)

    def _finished(self) -> bool:
        if self._tasks or (self._stuck_since is not None and not self._draining):
            return False
        idle = self._clock.now().mono - self._idle_since
        out_of_time = self.options.idle_exit is not None and idle >= self.options.idle_exit and not self._is_expecting()
        return self._draining or self.options.until_empty or out_of_time

    def _is_expecting(self) -> bool:
        """Whether schedules keep it, or what is still to be told. A store that cannot be asked now is no reason to end."""
        try:
            return not self._draining and any(each is not None and each.has_work() for each in self._services())
        except StoreError:
            return True

    def _services(self) -> tuple[Firing | None, Notifying | None]:
        return self._firing, self._notifying

    def _ring_services(self) -> None:
        for each in self._services():
            if each is not None:
                each.ring()

    def _nothing_came(self) -> bool:
        """The last look before the end. Whoever submits after it sees that this worker takes no more; what was submitted
        before it is taken here."""
        if self._draining or self.options.exclusive:
            return True
        self.register(draining=True)
        self._claim()
        if self._tasks:
            self.register()
        return not self._tasks

    def _claim_patiently(self) -> None:
        """A store that cannot be written for a while is asked again; StoreError when it stays so and nothing is driven."""
        now = self._clock.now().mono
        try:
            self._claim()
            self._stuck_since = None
        except StoreTooNew as error:
            self._give_way(error)
        except StoreError as error:
            self._stuck_since = self._stuck_since or now
            if now - self._stuck_since > PATIENCE and not self._tasks:
                raise
            log.warning("no run can be claimed: %s", error)

    def _claim(self) -> None:
        """Takes what it may: an exclusive worker only the runs that were left with it, in their order."""
        entrusted = (
            [run_id for run_id in self._private if run_id not in self._tasks] if self.options.exclusive else [None]
        )
        for run_id in entrusted:
            while len(self._tasks) < self.options.concurrency:
                claim = self._store.claim(self.worker_id, self._context.place, run_id=run_id)
                if claim is None:
                    break
                self._start(claim)

    def _start(self, claim: Claim) -> None:
        performer = Performer(self._context, claim, self._private.get(claim.run_id))
        self._performers[claim.run_id] = performer
        self._tasks[claim.run_id] = asyncio.create_task(self._drive(performer), name=claim.run_id)
        log.info("claimed %s (epoch %d)", claim.run_id, claim.epoch)

    async def _drive(self, performer: Performer) -> None:
        run_id = performer.run_id
        try:
            state = await performer.drive()
            log.info("%s is %s", run_id, state.status)
            self.handed_over = self.handed_over or not state.ended
        except (StaleEpoch, asyncio.CancelledError):
            log.warning("%s is driven by another worker now", run_id)
        except StoreTooNew as error:
            self.failures[run_id], self.handed_over = error, True
            self._give_way(error)
        except StoreError as error:
            self.failures[run_id] = error
            self._unreleased[run_id] = performer.epoch
            log.warning("%s: %s", run_id, error)
        except Exception as error:  # the outermost loop: one run's defect must not take the others down
            self.failures[run_id] = RuntError(f"Run {run_id} met a defect of jupyter-runt: {error!r}")
            log.exception("%s: a defect of jupyter-runt", run_id)
            performer.give_up(self.failures[run_id].message)
        finally:
            del self._performers[run_id], self._tasks[run_id]
            if run_id not in self._unreleased:  # else this worker may claim it again
                self._private.pop(run_id, None)
            self._idle_since = self._clock.now().mono
            self._look.set()

    def _give_way(self, error: StoreTooNew) -> None:
        """A newer release writes to the store: it is for one of its workers to go on."""
        if self._outdated is None:
            log.warning("%s", error)
            self._outdated = error
            self.drain()

    async def _sweep(self) -> None:
        """Renews leases and looks for dead workers; a slow round, since death of a neighbour is also seen by others, and
        the one look of this worker that needs no bell."""
        while True:
            try:
                mine = set(self._store.renew(self.worker_id))
                for run_id in set(self._tasks) - mine:
                    self._tasks[run_id].cancel()  # it may wait for a bell that rings for its successor by now
                self._give_back()
                bury_the_dead(self._store, self._context.place)
                remove_left_folders(self._store.runtime, self._is_over)
            except StoreTooNew as error:
                self._give_way(error)
            except (RuntError, OSError) as error:  # without this round the leases would end
                log.warning("the round through leases and workers failed: %s", error)
            for performer in self._performers.values():
                performer.tidy()
            self._look.set()
            self._ring_services()  # the clock on the wall may have been set, or the machine has slept
            await asyncio.sleep(RENEW_SECONDS)

    def _is_over(self, run_id: str) -> bool:
        try:
            return run_id not in self._tasks and self._store.run(run_id).ended
        except RunNotFound:
            return True

    def _give_back(self) -> None:
        for run_id, epoch in list(self._unreleased.items()):
            self._store.release(run_id, epoch)
            del self._unreleased[run_id]

    async def _end(self) -> None:
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        try:
            self._give_back()
            self._store.unregister(self.worker_id)
        except StoreError as error:
            log.warning("the store does not know that this worker ends: %s", error)
        finally:
            self._socket.unlink(missing_ok=True)
            self._lock.release()
