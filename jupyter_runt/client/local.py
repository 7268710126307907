"""The client at hand: one object over one store that this process opened."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from jupyter_runt import ids
from jupyter_runt._version import __version__
from jupyter_runt.client import catalogue, contents, monitors, notifications, orders, rows, servers, spawn
from jupyter_runt.client.base import OpenQuestion, Order, Queued, Tell, the_one
from jupyter_runt.client.follow import follow
from jupyter_runt.client.request import Prepared, Request, prepare
from jupyter_runt.client.unattended import end_unattended
from jupyter_runt.errors import Refused, RunNotFound, UsageError
from jupyter_runt.events import Event
from jupyter_runt.kernel.place import here
from jupyter_runt.run.decide import refusal
from jupyter_runt.run.policy import Notify
from jupyter_runt.run.state import RunState, apply
from jupyter_runt.store import history, retention
from jupyter_runt.store.base import DRIVEN, STATUSES, Clock, Listener, RunFilter, RunRow, Store
from jupyter_runt.store.life import bury_the_dead, worker_is_dead

if TYPE_CHECKING:
    from jupyter_runt.client.schedules import Wanted

REPLY_SECONDS = 10.0
SIGNALS = ("cancel", "interrupt", "kill", "pause", "resume")


class LocalClient:
    """Everything faces ask. Raises UsageError and its kinds for what makes no sense, StoreError for what cannot be done."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        user: str,
        *,
        idle_exit: float = 300.0,
        orphan_timeout: float = 3600.0,
        template_folders: Sequence[str] = (),
        notify: Notify | None = None,
    ) -> None:
        """`idle_exit`: seconds without work after which a worker that this client starts ends itself. The others are as in
        Settings, for what `queue` submits."""
        self.store, self._clock, self._user, self._idle_exit = store, clock, user, idle_exit
        self.orphan_timeout, self._template_folders = orphan_timeout, template_folders
        self.notify = notify or Notify()
        self.start_workers = True
        """Whether `tend` may."""
        self.starts_for_schedules = True
        """Whether it may also when no more than due times need one. A server's keeper does that, ever more seldom if it is of no use."""

    @property
    def where(self) -> str:
        return self.store.url

    # -- submitting --------------------------------------------------------------------------------------------------

    def queue(self, order: Order) -> Queued:
        return orders.queue(self, order, self._template_folders, self.orphan_timeout)

    def rerun(self, run_id: str, order: Order) -> Queued:
        return orders.rerun(self, run_id, order)

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._clock.now().wall

    def new_id(self) -> str:
        """A fresh run id."""
        return ids.run_id(self._clock.now().wall, SystemRandom())

    def submit(self, request: Request) -> tuple[str, bool, Prepared]:
        """Queues a run. The id, whether it is new (an idempotency key may name an earlier one), and what was prepared."""
        prepared = prepare(replace(request, notify=self.notify))
        run_id, created = self.store.submit(prepared.submission)
        return run_id, created, prepared

    def ensure_worker(self) -> int | None:
        """Starts a worker when none lives at this place; returns its supervisor's pid, or None when there was one."""
        return spawn.ensure_worker(self.store, self._idle_exit)

    def status(self) -> dict[str, Any]:
        """One look: version, store, living workers, and how many runs there are of each status."""
        self.tend()
        workers = [each for each in self.store.workers() if not worker_is_dead(self.store, each, here())]
        counts = self.store.counts()
        return {
            "version": __version__,
            "store": self.store.url,
            "runtime": str(self.store.runtime),
            "workers": len(workers),
            "runs": {status: counts.get(status, 0) for status in STATUSES},
        }

    # -- reading -----------------------------------------------------------------------------------------------------

    def find(self, name: str) -> str:
        """The run's id from an id, a unique beginning of one, or `last`."""
        if name == "last":
            newest = self.store.match("", 1)
            if not newest:
                raise RunNotFound("There are no runs yet.", remedy="`jupyter runt execute NOTEBOOK` makes one.")
            return newest[0]
        return the_one(name, self.store.match(name) if name else [])

    def state(self, run_id: str) -> RunState:
        """The run's state, folded from its whole log."""
        state = RunState(run_id)
        for event in history.events(self.store, run_id):
            apply(state, event)
        return state

    def view(self, run_id: str) -> dict[str, Any]:
        """The run as faces show it: one read when it has ended, else folded."""
        return contents.view(self.store, run_id)

    def cell(self, run_id: str, cell_id: str) -> dict[str, Any]:
        """See `client.contents.cell`."""
        return contents.cell(self.store, run_id, cell_id)

    def result(self, run_id: str, name: str) -> dict[str, Any]:
        """See `client.contents.result`."""
        return contents.result(self.store, run_id, name)

    def show(self, run_id: str) -> dict[str, Any]:
        """The view, with what only the store or a look at its workers tells: pinned, and why nothing happens if nothing does."""
        self.tend()
        shown, row = self.view(run_id), self.store.run(run_id)
        shown["pinned"] = row.pinned
        shown.setdefault("via", "")  # a snapshot of an earlier release lacks what was added since
        shown.setdefault("results", [])
        shown["notifications"] = notifications.listed(self.store, run_id)
        if row.status == "queued":
            shown["why_queued"] = self.why_queued(row)
        elif (why := self.why_undriven(row)) is not None:
            shown["why_undriven"] = why
        return shown

    def rows(self, where: RunFilter) -> list[RunRow]:
        return self.store.runs(where)

    def row(self, run_id: str) -> RunRow:
        return self.store.run(run_id)

    def question(self, run_id: str) -> OpenQuestion | None:
        asked = self.state(run_id).question
        return None if asked is None or asked.answered else OpenQuestion(asked.id, asked.prompt, asked.password)

    def events(self, run_id: str, after: int = 0) -> Iterator[Event]:
        return history.events(self.store, run_id, after)

    def blob(self, sha256: str) -> bytes:
        return self.store.blob(sha256)

    def follow(self, run_id: str, after: int = 0, *, tell: Tell | None = None) -> Iterator[Event]:
        """See `client.follow.follow`; while it waits, a run whose worker died is freed for another one."""
        return follow(self.store, run_id, after, on_quiet=self.tend)

    def listen(self, run_id: str | None = None) -> Listener:
        return self.store.listen()

    def workers(self) -> list[dict[str, Any]]:
        return rows.workers_json(self.store)

    def runtimes(self) -> list[dict[str, Any]]:
        return catalogue.runtimes()

    def templates(self) -> list[dict[str, Any]]:
        return catalogue.templates(self._template_folders)

    def template(self, name: str) -> dict[str, Any]:
        return catalogue.template(name, self._template_folders)

    def monitors(self) -> list[dict[str, Any]]:
        return monitors.listed(self.store)

    def monitor(
        self, name: str, *, subject: str | None = None, since: float | None = None, until: float | None = None,
        limit: int = 1000,
    ) -> dict[str, Any]:  # fmt: skip
        return monitors.history(self.store, name, subject=subject, since=since, until=until, limit=limit)

    def schedules(self) -> list[dict[str, Any]]:
        from jupyter_runt.client import schedules

        return schedules.listed(self)

    def schedule(self, schedule_id: str) -> dict[str, Any]:
        from jupyter_runt.client import schedules

        return schedules.shown(self, schedule_id)

    def page_url(self, run_id: str) -> str | None:
        return servers.page_url(self.store, run_id)

    def tend(self) -> None:
        """Frees the runs of dead workers of this place; when that freed any, a schedule is active or somebody is to be notified, starts
        a worker if none lives."""
        freed = bury_the_dead(self.store, here())
        if self.start_workers and (freed or (self.starts_for_schedules and self.is_expecting())):
            spawn.ensure_worker(self.store, self._idle_exit, patient=False)

    def is_expecting(self) -> bool:
        """Whether something is to be done in time, by whichever worker lives then: schedules, notifications."""
        return self.store.next_due() is not None or self.store.next_notification() is not None

    def why_queued(self, row: RunRow) -> str:
        """Why a queued run does not run yet, in words."""
        workers = [worker for worker in self.store.workers() if not worker.exclusive]
        if row.needs_worker:
            return f"it waits for the process that submitted it ({row.needs_worker})"
        if row.after_run and not self._has_ended(row.after_run):
            return f"it waits for the end of {row.after_run}, the run before it"
        if not workers:
            words = spawn.last_words(self.store)
            told = f" (its log ends with: {words})" if words and not words.endswith("has ended") else ""
            return f"no worker lives: `jupyter runt workers --start` starts one{told}"
        ahead = [
            other
            for other in self.store.runs(RunFilter(status=["queued"], limit=1000))
            if (-other.priority, other.submitted_at) < (-row.priority, row.submitted_at)
        ]
        running = self.store.counts()
        busy = sum(running.get(status, 0) for status in DRIVEN)
        slots = sum(worker.concurrency for worker in workers)
        if busy >= slots:
            return f"all {slots} places of {len(workers)} worker(s) are taken; {len(ahead)} run(s) are ahead of it"
        return "a worker is about to take it"

    def _has_ended(self, run_id: str) -> bool:
        try:
            return self.store.run(run_id).ended
        except RunNotFound:
            return True

    def why_undriven(self, row: RunRow) -> str | None:
        """Why nobody drives a run that has begun, in words; None while somebody does."""
        if row.ended or row.status == "queued":
            return None
        driver = next((each for each in self.store.workers() if each.worker_id == row.worker), None)
        if driver is not None and not driver.draining and not worker_is_dead(self.store, driver, here()):
            return None
        if row.place not in ("", here()):
            return (
                "its kernel is at another place, where a worker has to go on with it; `jupyter runt kill` gives it up"
            )
        return "nobody drives it now; its kernel goes on: `jupyter runt workers --start` starts a worker that takes it over"

    # -- asking ------------------------------------------------------------------------------------------------------

    def signal(self, run_id: str, kind: str, by: str | None = None, data: Mapping[str, Any] | None = None) -> None:
        """Asks something of a run: cancel, interrupt, kill, pause or resume. Refused, with the reason, where it makes no
        sense. A run that no worker has is ended here and now."""
        if kind not in SIGNALS:
            raise UsageError(f"There is no signal {kind!r}.", remedy=f"Signals are {', '.join(SIGNALS)}.")
        state = self.state(run_id)
        if kind in ("pause", "resume"):  # judged by what is about to be so
            asked = [each.kind for each in self.store.signals(run_id) if each.kind in ("pause", "resume")]
            state.paused = asked[-1] == "pause" if asked else state.paused
        why_not = refusal(state, kind)
        if why_not is not None:
            raise Refused(f"Run {run_id} cannot take {kind!r}: {why_not}.")
        self.store.signal(run_id, kind, by or self._user, data)
        if kind in ("cancel", "kill"):
            self.end_unattended(run_id)

    def end_unattended(self, run_id: str) -> None:
        """Carries out the cancel or kill that was asked of a run which nobody drives; who drives one heeds it. RunNotFound, StoreError."""
        ended = end_unattended(self.store, self._clock, run_id)
        if ended and self.store.next_notification() is not None:
            self.tend()

    def reply(self, run_id: str, text: str, input_id: str | None = None, by: str | None = None) -> str:
        """Answers the run's open question; returns its input_id once the worker has taken the reply. Refused says why not."""
        row = self.store.run(run_id)
        if row.ended:
            raise Refused(f"Run {run_id} has ended: it is {row.status}.")
        worker = next((each for each in self.store.workers() if each.worker_id == row.worker), None)
        if worker is None:
            raise Refused(f"Run {run_id} has no worker now: it is {row.status}.")
        request = {"run_id": run_id, "input_id": input_id, "text": text, "by": by or self._user}
        try:
            with socket.socket(socket.AF_UNIX) as channel:
                channel.settimeout(REPLY_SECONDS)
                channel.connect(worker.socket)
                channel.sendall(json.dumps(request).encode() + b"\n")
                answer = json.loads(
                    channel.makefile().readline() or '{"refused": "the worker ended before it answered"}'
                )
        except OSError as error:
            raise Refused(f"The worker {worker.worker_id} of run {run_id} cannot be reached: {error}") from error
        if "refused" in answer:
            raise Refused(answer["refused"])
        return str(answer["input_id"])

    def pin(self, run_id: str, pinned: bool) -> None:
        self.store.pin(run_id, pinned)

    def delete(self, run_id: str, *, force: bool = False) -> None:
        """Removes an ended run with everything that belongs to it alone; a pinned one only by `force`."""
        retention.remove(self.store, run_id, force=force)

    def add_schedule(self, wanted: Wanted) -> dict[str, Any]:
        from jupyter_runt.client import schedules

        return schedules.add(self, wanted, self._template_folders, self._user)

    def pause_schedule(self, schedule_id: str, *, paused: bool) -> dict[str, Any]:
        from jupyter_runt.client import schedules

        return schedules.pause(self, schedule_id, paused)

    def run_schedule(self, schedule_id: str) -> Queued:
        from jupyter_runt.client import schedules

        return schedules.run_now(self, schedule_id, self._template_folders, self._user)

    def remove_schedule(self, schedule_id: str) -> None:
        self.store.remove_schedule(schedule_id)
