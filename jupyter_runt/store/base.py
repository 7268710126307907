"""The port to the store: what every implementation (memory, SQLite, later PostgreSQL) does alike.

All methods are synchronous and short (one transaction, one page at most); any of them may be called from any thread.
Errors: `StoreError` and its kinds; `StaleEpoch` where an epoch is given and is no longer the run's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from jupyter_runt.events import Draft, Event
from jupyter_runt.run.notifications import Occasion
from jupyter_runt.store.notifications import Notifications
from jupyter_runt.store.reports import Reports
from jupyter_runt.store.schedules import Schedules

LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0

ENDED = ("succeeded", "failed", "cancelled")
"""The statuses after which nothing can be appended."""
DRIVEN = ("starting", "running", "waiting")
"""Those of a run that a worker has, or had when it died."""
STATUSES = ("queued", *DRIVEN, *ENDED)


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment on both clocks. `mono` only compares with instants of the same `boot`."""

    wall: float
    mono: float
    boot: str


class Clock(Protocol):
    """The source of time, an argument wherever time matters."""

    def now(self) -> Instant: ...


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes under the hex SHA-256 of themselves."""

    sha256: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """A run to be queued. `submitted` is its `run.submitted` event; the other fields are what lists and claims look at."""

    run_id: str
    submitted: Draft
    name: str
    title: str = ""
    priority: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    requested_by: str = ""
    parent_run: str | None = None
    idempotency_key: str | None = None
    cells_total: int = 0
    place: str = ""
    needs_worker: str | None = None
    """May be claimed only by the worker of that id (`execute` keeps its own run) until it is dead; '' or None: by any."""
    blobs: Sequence[Blob] = ()
    after_run: str | None = None
    """Nobody may claim it before that run has ended."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The projection of a run that lists show; folded by `run.state`, stored beside the events in the same transaction."""

    status: str
    reason: str | None = None
    cells_done: int = 0
    cells_failed: int = 0
    current_cell: str | None = None
    started_at: float | None = None
    finished_at: float | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One line of the list of runs."""

    run_id: str
    seq: int
    status: str
    reason: str | None
    name: str
    title: str
    priority: int
    labels: Mapping[str, str]
    requested_by: str
    parent_run: str | None
    submitted_at: float
    started_at: float | None
    finished_at: float | None
    cells_total: int
    cells_done: int
    cells_failed: int
    current_cell: str | None
    worker: str | None
    """Who drives it, or drove it last; whether it still does is a matter of the lease."""
    epoch: int
    place: str
    needs_worker: str | None
    pinned: bool = False
    after_run: str | None = None

    @property
    def ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a list shows, newest first: any of `status`, all of `labels`, and every other condition that is given.

    `before` is the run id where the page before ended; RunNotFound when that run has been deleted since.
    """

    status: Sequence[str] = ()
    name: str = ""
    """A substring of the notebook's name or the run's title, case-insensitive."""
    text: str = ""
    """The same of the name, the title, the run's id or any label's value."""
    id: str = ""
    """The beginning of the run's id."""
    since: float | None = None
    until: float | None = None
    """Submitted at or after the one and before the other, in seconds since the epoch."""
    labels: Mapping[str, str] = field(default_factory=dict)
    pinned: bool = False
    """Pinned runs only."""
    before: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to drive one run, until its lease ends. `previous` is the worker that drove it before, if any."""

    run_id: str
    epoch: int
    previous: str | None
    status: str


@dataclass(frozen=True, slots=True)
class SignalRow:
    """What somebody asks of a run: cancel, interrupt, kill, pause or resume."""

    number: int
    run_id: str
    kind: str
    requested_by: str
    at: float
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker as others see it. `lock` and `socket` are paths on its own machine; `variables` are names, never values."""

    worker_id: str
    name: str
    pid: int
    place: str
    host: str
    started_at: float
    concurrency: int
    lock: str
    socket: str
    version: str
    labels: Mapping[str, str] = field(default_factory=dict)
    variables: Sequence[str] = ()
    lease_until: float = 0.0
    boot: str = ""
    draining: bool = False
    exclusive: bool = False
    """Drives only the runs that name it (`execute`); it is no reason to start no other worker."""


class Store(Reports, Schedules, Notifications, Protocol):
    """The log, the queue, the signals and the blobs of one installation."""

    url: str
    runtime: Path
    """A folder on a local disk, 0700 and the user's own: sockets, locks and journals of this store's workers. At least 45
    bytes of a socket's path are left below it."""
    shared: bool
    """Whether other machines may write to it, too."""

    # -- the log -----------------------------------------------------------------------------------------------------

    def submit(self, submission: Submission) -> tuple[str, bool]:
        """Queues a run: its row, blobs and first event in one transaction.

        Returns its id and True, or, when `idempotency_key` is known already, the earlier run's id and False.
        Refused when a run of that id is there already.
        """
        ...

    def append(
        self,
        run_id: str,
        epoch: int,
        drafts: Sequence[Draft],
        *,
        summary: Summary | None = None,
        cursor: Mapping[str, Any] | None = None,
        blobs: Iterable[Blob] = (),
        signals: Sequence[int] = (),
        occasions: Sequence[Occasion] = (),
        durable: bool = False,
    ) -> int:
        """Appends facts in one transaction and rings; returns the last `seq`.

        `cursor` is where the kernel's journal has been read to, stored with the facts that came from it: exactly once.
        `signals` are the numbers of the signals handled by these facts, `occasions` what these give to tell: it becomes a
        notification for each target, once. `durable` syncs to disk before it returns.
        A summary whose status is an end ends the lease and drops the signals nobody handled.
        Raises StaleEpoch, and writes nothing, when `epoch` is not the run's any more, its lease was ended (by `release` or
        `expire`) or the run has ended. A lease whose time is over, but which nobody took, still counts: the machine slept.
        """
        ...

    def read(self, run_id: str, after: int = 0, limit: int = 1000, max_bytes: int = 1 << 20) -> list[Event]:
        """The events behind `after`, in order; at most `limit`, and no more once `max_bytes` of data are read (at least one).
        RunNotFound."""
        ...

    def run(self, run_id: str) -> RunRow:
        """One run's row; RunNotFound when there is none."""
        ...

    def runs(self, where: RunFilter) -> list[RunRow]:
        """A page of runs, newest first."""
        ...

    def match(self, prefix: str, limit: int = 6) -> list[str]:
        """Ids that begin with `prefix`: first that very id, then the newest; '' gives the newest ones."""
        ...

    def cursor(self, run_id: str) -> Mapping[str, Any] | None:
        """Where the kernel's journal has been committed to; None when nothing was read from one."""
        ...

    def counts(self) -> Mapping[str, int]:
        """How many runs there are of each status."""
        ...

    # -- blobs and snapshots -----------------------------------------------------------------------------------------

    def blob(self, sha256: str) -> bytes:
        """A blob's bytes; RunNotFound when it is not there: the runs that referred to it have been removed."""
        ...

    def blob_runs(self, sha256: str, limit: int = 100) -> list[str]:
        """Ids of runs that refer to the blob, newest first; deleted ones do not count, whatever is left of them."""
        ...

    def save_snapshot(self, run_id: str, snapshot: bytes) -> None:
        """Keeps a finished run's folded state, so that opening it is one read."""
        ...

    def snapshot(self, run_id: str) -> bytes | None: ...

    # -- retention ---------------------------------------------------------------------------------------------------

    def pin(self, run_id: str, pinned: bool) -> None:
        """A pinned run is kept by retention, and by whoever does not insist."""
        ...

    def delete(self, run_id: str, *, force: bool = False) -> None:
        """Removes an ended run, its events and the blobs that no other run refers to. For everybody it is gone at once; of a
        large one `sweep` takes what is left. Refused while it has not ended, and while it is pinned, unless `force`."""
        ...

    def sweep(self) -> bool:
        """Takes a piece of what deleted runs left, in a short transaction; False when nothing is left."""
        ...

    def removable(self, *, after: RunRow | None = None, limit: int = 100) -> list[RunRow]:
        """Ended runs that are not pinned, in the order in which they finished; `after` is the page before's last."""
        ...

    def usage(self) -> int:
        """Bytes that the data use. Room inside the store that deleted runs left, and new ones will take, does not count."""
        ...

    def size(self, run_id: str) -> int:
        """About how many bytes go with a run when it is deleted. Reads its whole log."""
        ...

    def vacuum(self) -> None:
        """Gives unused room back to the disk. Takes long, and nobody can write meanwhile; StoreBusy when others do."""
        ...

    # -- queue and leases --------------------------------------------------------------------------------------------

    def claim(self, worker_id: str, place: str, *, run_id: str | None = None) -> Claim | None:
        """Takes the next run: highest priority first, then oldest; only `run_id` when given.

        A run can be taken when it is queued without a lease, or its lease has ended (its time is over, its boot is
        another, or `expire` ended it) and its kernel was at `place` or it never had one. `needs_worker` is respected
        while that worker is registered, `after_run` unless it is claimed by its id: who does that means to end it. The epoch grows by one. A worker's own lease is never over for itself: `renew`
        prolongs it, however late (the machine slept), and what it drives is not claimed again.
        """
        ...

    def renew(self, worker_id: str) -> list[str]:
        """Prolongs the worker's registration and all its leases; returns the ids of the runs that are still its own."""
        ...

    def release(self, run_id: str, epoch: int) -> None:
        """Ends the lease so that another worker may claim at once; nothing more can be appended before. A stale epoch is
        ignored."""
        ...

    def expire(self, worker_id: str) -> list[str]:
        """Ends all leases of a worker known to be dead, forgets the worker, rings; returns the runs that are free now."""
        ...

    def set_place(self, run_id: str, epoch: int, place: str) -> None:
        """Notes where the run's kernel lives; '' when it has none any more.

        StaleEpoch when `epoch` is not the run's any more or the run has ended. It needs no lease: whoever finds the kernel of
        a dead worker gone says so under the epoch that it found.
        """
        ...

    def runs_elsewhere(self, place: str) -> list[RunRow]:
        """The open runs, oldest first, whose kernel was at another place than `place` and whose lease is over."""
        ...

    # -- workers -----------------------------------------------------------------------------------------------------

    def register(self, worker: WorkerRow) -> None:
        """Makes a worker known, or replaces what is known of it; the store fills in `lease_until` and `boot`."""
        ...

    def unregister(self, worker_id: str) -> None:
        """Forgets a worker that ends in order. Its leases stay: release them, or `expire` it."""
        ...

    def workers(self) -> list[WorkerRow]:
        """All that registered and neither unregistered nor were expired, oldest first; some may be dead by now."""
        ...

    # -- signals -----------------------------------------------------------------------------------------------------

    def signal(self, run_id: str, kind: str, requested_by: str, data: Mapping[str, Any] | None = None) -> int:
        """Notes a signal for the run's worker and rings; returns its number, never used twice. Refused after the run's end."""
        ...

    def signals(self, run_id: str) -> list[SignalRow]:
        """Signals not handled yet, oldest first."""
        ...

    # -- wake-ups ----------------------------------------------------------------------------------------------------

    def listen(self, *, queue_only: bool = False) -> Listener:
        """A new listener to this store's bell; close it when done. `queue_only`: it does not hear of mere appends."""
        ...

    # -- care --------------------------------------------------------------------------------------------------------

    def check(self) -> str:
        """What is wrong with the stored data; '' when they are sound. May take long."""
        ...

    def close(self) -> None: ...


class Listener(Protocol):
    """Wakes when something in the store may have changed. It carries no data: read the store from your own cursor."""

    def fileno(self) -> int:
        """Readable when the bell rang: for `loop.add_reader`."""
        ...

    def drain(self) -> None:
        """Takes all rings that are waiting. Call it before reading the store, never after."""
        ...

    def wait(self, timeout: float) -> bool:
        """Blocks this thread until a ring (True) or until `timeout` seconds are over (False); drains."""
        ...

    def close(self) -> None: ...
