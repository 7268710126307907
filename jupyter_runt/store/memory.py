"""The store in this process's memory, `memory:`: for tests, and for programs that keep nothing."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import count, islice
from pathlib import Path
from typing import Any

from jupyter_runt.events import Draft, Event
from jupyter_runt.run.notifications import Occasion
from jupyter_runt.store import refusals
from jupyter_runt.store.base import (
    LEASE_SECONDS,
    Blob,
    Claim,
    Clock,
    Instant,
    Listener,
    RunFilter,
    RunRow,
    SignalRow,
    Submission,
    Summary,
    WorkerRow,
)
from jupyter_runt.store.bell import LocalBell
from jupyter_runt.store.encoding import clean, decode, encode
from jupyter_runt.store.memory_run import MemoryRun
from jupyter_runt.store.notification_memory import MemoryNotifications
from jupyter_runt.store.reports import MonitorRow, ReportFilter, ReportRow, changes, chosen, counted
from jupyter_runt.store.rows import matches, queued
from jupyter_runt.store.schedule_memory import MemorySchedules


class MemoryStore(MemorySchedules, MemoryNotifications):
    """Gone with the process. `runtime` is a folder of its own below /var/tmp, removed on close."""

    url = "memory:"
    shared = False

    def __init__(self, clock: Clock) -> None:
        self.runtime = Path(tempfile.mkdtemp(prefix="jupyter-runt-memory-", dir="/var/tmp"))
        self._clock = clock
        self._bell = LocalBell()
        self._lock = threading.RLock()
        self._runs: dict[str, MemoryRun] = {}
        self._keys: dict[str, str] = {}
        self._blobs: dict[str, bytes] = {}
        self._workers: dict[str, WorkerRow] = {}
        self._run_numbers = count(1)
        self._signal_numbers = count(1)
        super().__init__()

    # -- the log -----------------------------------------------------------------------------------------------------

    def submit(self, submission: Submission) -> tuple[str, bool]:
        run_id, key, draft = submission.run_id, submission.idempotency_key, submission.submitted
        at = draft.at or self._clock.now().wall
        row = queued(submission, at)
        fact = (at, draft.type, draft.cell_id, draft.attempt, encode(draft.data))
        with self._lock:
            if key is not None and key in self._keys:
                return self._keys[key], False
            if run_id in self._runs:
                raise refusals.taken(run_id)
            run = self._runs[run_id] = MemoryRun(row, next(self._run_numbers), [fact])
            self._keep_blobs(run, submission.blobs)
            if key is not None:
                self._keys[key] = run_id
        self._bell.ring()
        return run_id, True

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
        now = self._clock.now().wall
        facts = [(draft.at or now, draft.type, draft.cell_id, draft.attempt, encode(draft.data)) for draft in drafts]
        position = None if cursor is None else encode(cursor)
        blobs = list(blobs)
        with self._lock:
            run = self._of_epoch(run_id, epoch)
            refusals.check_leased(run_id, run.lease is not None)
            self._keep_blobs(run, blobs)
            for change in changes(run_id, len(run.facts), drafts, now):
                change.apply(run.reports)
            run.facts += facts
            run.cursor = run.cursor if position is None else position
            run.row = replace(run.row, seq=len(run.facts), **(asdict(summary) if summary else {}))
            run.signals = [signal for signal in run.signals if signal[0].number not in signals]
            if run.row.ended:
                run.lease = None
                run.signals = []
            seq = run.row.seq
            self._note_occasions(run_id, occasions, now)
        self._bell.ring(appended=not occasions)
        return seq

    def read(self, run_id: str, after: int = 0, limit: int = 1000, max_bytes: int = 1 << 20) -> list[Event]:
        with self._lock:
            facts = self._find(run_id).facts[after : after + limit]
        page: list[Event] = []
        size = 0
        for seq, (at, kind, cell_id, attempt, data) in enumerate(facts, after + 1):
            page.append(Event(run_id, seq, at, kind, decode(data), cell_id, attempt))
            size += len(data)
            if size >= max_bytes:
                break
        return page

    def run(self, run_id: str) -> RunRow:
        with self._lock:
            return _copy(self._find(run_id).row)

    def runs(self, where: RunFilter) -> list[RunRow]:
        with self._lock:
            before = None if where.before is None else self._find(where.before).number
            found = (run.row for run in self._newest(before) if matches(run.row, where))
            return [_copy(row) for row in islice(found, where.limit)]

    def match(self, prefix: str, limit: int = 6) -> list[str]:
        prefix = clean(prefix)
        with self._lock:
            found = [run.row.run_id for run in self._newest() if run.row.run_id.startswith(prefix)]
        return sorted(found, key=lambda run_id: run_id != prefix)[:limit]

    def cursor(self, run_id: str) -> Mapping[str, Any] | None:
        with self._lock:
            text = self._find(run_id).cursor
        return None if text is None else dict(decode(text))

    def counts(self) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        with self._lock:
            for run in self._runs.values():
                counts[run.row.status] = counts.get(run.row.status, 0) + 1
        return counts

    # -- health ------------------------------------------------------------------------------------------------------

    def monitors(self, name: str | None = None) -> list[MonitorRow]:
        with self._lock:
            return counted((monitor for run in self._runs.values() for monitor, _ in run.reports.values()), name)

    def reports(self, where: ReportFilter) -> list[ReportRow]:
        with self._lock:
            return chosen((run.reports.values() for run in self._runs.values()), where)

    # -- blobs and snapshots -----------------------------------------------------------------------------------------

    def blob(self, sha256: str) -> bytes:
        with self._lock:
            if sha256 not in self._blobs:
                raise refusals.no_blob(sha256)
            return self._blobs[sha256]

    def blob_runs(self, sha256: str, limit: int = 100) -> list[str]:
        with self._lock:
            return list(islice((run.row.run_id for run in self._newest() if sha256 in run.blobs), limit))

    def save_snapshot(self, run_id: str, snapshot: bytes) -> None:
        with self._lock:
            self._find(run_id).snapshot = snapshot

    def snapshot(self, run_id: str) -> bytes | None:
        with self._lock:
            return self._find(run_id).snapshot

    # -- retention ---------------------------------------------------------------------------------------------------

    def pin(self, run_id: str, pinned: bool) -> None:
        with self._lock:
            run = self._find(run_id)
            run.row = replace(run.row, pinned=pinned)
        self._bell.ring()

    def delete(self, run_id: str, *, force: bool = False) -> None:
        with self._lock:
            run = self._find(run_id)
            refusals.check_deletable(run_id, run.row.status, run.row.pinned, force)
            del self._runs[run_id]
            self._forget_notifications(run_id)
            self._keys = {key: known for key, known in self._keys.items() if known != run_id}
            for sha256 in self._own_blobs(run):
                del self._blobs[sha256]
        self._bell.ring()

    def sweep(self) -> bool:
        return False

    def removable(self, *, after: RunRow | None = None, limit: int = 100) -> list[RunRow]:
        with self._lock:
            ended = [run.row for run in self._runs.values() if run.row.ended and not run.row.pinned]
        rows = sorted((row for row in ended if row.finished_at is not None), key=_finish)
        return [_copy(row) for row in rows if after is None or _finish(row) > _finish(after)][:limit]

    def usage(self) -> int:
        with self._lock:
            return sum(map(len, self._blobs.values())) + sum(run.weight for run in self._runs.values())

    def size(self, run_id: str) -> int:
        with self._lock:
            run = self._find(run_id)
            return run.weight + sum(len(self._blobs[sha256]) for sha256 in self._own_blobs(run))

    def vacuum(self) -> None:
        pass

    # -- queue and leases --------------------------------------------------------------------------------------------

    def claim(self, worker_id: str, place: str, *, run_id: str | None = None) -> Claim | None:
        now = self._clock.now()
        with self._lock:
            free = [
                run
                for run in self._runs.values()
                if run_id in (None, run.row.run_id)
                and self._claimable(run, worker_id, place, now)
                and (run_id is not None or not self._waits(run))
            ]
            if not free:
                return None
            run = min(free, key=lambda run: (-run.row.priority, run.number))
            previous = run.row.worker
            run.row = replace(run.row, worker=worker_id, epoch=run.row.epoch + 1)
            run.lease = _lease(now)
            return Claim(run.row.run_id, run.row.epoch, previous, run.row.status)

    def _claimable(self, run: MemoryRun, worker_id: str, place: str, now: Instant) -> bool:
        row = run.row
        return (
            not row.ended
            and (run.lease is None or (row.worker != worker_id and _is_over(run.lease, now)))
            and row.place in ("", place)
            and (row.needs_worker in (None, worker_id) or row.needs_worker not in self._workers)
        )

    def _waits(self, run: MemoryRun) -> bool:
        before = self._runs.get(run.row.after_run or "")
        return before is not None and not before.row.ended

    def renew(self, worker_id: str) -> list[str]:
        until = _lease(self._clock.now())
        with self._lock:
            worker = self._workers.get(worker_id)
            if worker is not None:
                self._workers[worker_id] = replace(worker, lease_until=until.mono, boot=until.boot)
            own = self._leased_to(worker_id)
            for run in own:
                run.lease = until
            return [run.row.run_id for run in own]

    def release(self, run_id: str, epoch: int) -> None:
        with self._lock:
            run = self._runs.get(run_id)
            if run is not None and run.row.epoch == epoch:
                run.lease = None
        self._bell.ring()

    def expire(self, worker_id: str) -> list[str]:
        with self._lock:
            freed = self._leased_to(worker_id)
            for run in freed:
                run.lease = None
            self._workers.pop(worker_id, None)
        self._bell.ring()
        return [run.row.run_id for run in freed]

    def set_place(self, run_id: str, epoch: int, place: str) -> None:
        with self._lock:
            run = self._of_epoch(run_id, epoch)
            run.row = replace(run.row, place=place)
        self._bell.ring()

    def runs_elsewhere(self, place: str) -> list[RunRow]:
        now = self._clock.now()
        with self._lock:
            lost = (run for run in self._runs.values() if not run.row.ended and run.row.place not in ("", place))
            return [_copy(run.row) for run in lost if run.lease is None or _is_over(run.lease, now)]

    # -- workers -----------------------------------------------------------------------------------------------------

    def register(self, worker: WorkerRow) -> None:
        until = _lease(self._clock.now())
        row = replace(
            worker,
            name=clean(worker.name),
            labels=dict(worker.labels),
            variables=list(worker.variables),
            lease_until=until.mono,
            boot=until.boot,
        )
        with self._lock:
            self._workers[worker.worker_id] = row
        self._bell.ring()

    def unregister(self, worker_id: str) -> None:
        with self._lock:
            self._workers.pop(worker_id, None)
        self._bell.ring()

    def workers(self) -> list[WorkerRow]:
        with self._lock:
            return sorted(self._workers.values(), key=lambda worker: (worker.started_at, worker.worker_id))

    # -- signals -----------------------------------------------------------------------------------------------------

    def signal(self, run_id: str, kind: str, requested_by: str, data: Mapping[str, Any] | None = None) -> int:
        at, text = self._clock.now().wall, encode(dict(data or {}))
        with self._lock:
            run = self._find(run_id)
            refusals.check_open(run_id, run.row.status)
            number = next(self._signal_numbers)
            run.signals.append((SignalRow(number, run_id, kind, clean(requested_by), at), text))
        self._bell.ring()
        return number

    def signals(self, run_id: str) -> list[SignalRow]:
        with self._lock:
            return [replace(signal, data=decode(text)) for signal, text in self._find(run_id).signals]

    # -- wake-ups ----------------------------------------------------------------------------------------------------

    def listen(self, *, queue_only: bool = False) -> Listener:
        return self._bell.listen(queue_only=queue_only)

    def check(self) -> str:
        return ""

    def close(self) -> None:
        shutil.rmtree(self.runtime, ignore_errors=True)

    # -- inside the lock ---------------------------------------------------------------------------------------------

    def _find(self, run_id: str) -> MemoryRun:
        run = self._runs.get(run_id)
        if run is None:
            raise refusals.unknown(run_id)
        return run

    def _of_epoch(self, run_id: str, epoch: int) -> MemoryRun:
        run = self._find(run_id)
        refusals.check_epoch(run_id, run.row.status, run.row.epoch, epoch)
        return run

    def _keep_blobs(self, run: MemoryRun, blobs: Iterable[Blob]) -> None:
        for blob in blobs:
            self._blobs.setdefault(blob.sha256, blob.content)
            run.blobs.add(blob.sha256)

    def _own_blobs(self, run: MemoryRun) -> set[str]:
        return run.blobs.difference(*(other.blobs for other in self._runs.values() if other.number != run.number))

    def _newest(self, before: int | None = None) -> Iterator[MemoryRun]:
        return (run for run in reversed(self._runs.values()) if before is None or run.number < before)

    def _leased_to(self, worker_id: str) -> list[MemoryRun]:
        return [run for run in self._runs.values() if run.row.worker == worker_id and run.lease and not run.row.ended]


def _lease(now: Instant) -> Instant:
    return replace(now, mono=now.mono + LEASE_SECONDS)


def _is_over(lease: Instant, now: Instant) -> bool:
    return lease.boot != now.boot or lease.mono <= now.mono


def _finish(row: RunRow) -> tuple[float, str]:
    return row.finished_at or 0.0, row.run_id


def _copy(row: RunRow) -> RunRow:
    return replace(row, labels=dict(row.labels))
