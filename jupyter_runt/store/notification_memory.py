"""Notifications in memory: the part of the store that is an outbox."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from jupyter_runt.run.notifications import SCHEDULE, Occasion, Past
from jupyter_runt.store import refusals
from jupyter_runt.store.base import Clock, Instant, WorkerRow
from jupyter_runt.store.encoding import clean, decode, encode
from jupyter_runt.store.memory_run import MemoryRun
from jupyter_runt.store.notifications import (
    FAILED,
    HELD,
    HELD_BACK,
    LEASE_SECONDS,
    PENDING,
    UNTIL,
    NotificationRow,
    Rate,
    Settled,
    attempted,
)


@dataclass(slots=True, eq=False)
class _Kept:
    row: NotificationRow
    series: str
    held: bool = False
    spent_at: float | None = None
    worker: str | None = None
    lease: Instant | None = None

    @property
    def waits(self) -> bool:
        """For the rate to allow for it."""
        return self.row.status == PENDING and self.held and self.spent_at is None


class MemoryNotifications:
    """A part of `MemoryStore`, which has what this needs."""

    _clock: Clock
    _lock: threading.RLock
    _runs: dict[str, MemoryRun]
    _workers: dict[str, WorkerRow]

    def __init__(self) -> None:
        super().__init__()
        self._notifications: list[_Kept] = []
        self._notified = 0

    def _note_occasions(self, run_id: str, occasions: Iterable[Occasion], now: float) -> None:
        known = {(each.row.run_id, each.row.occasion, each.row.target) for each in self._notifications}
        for each in occasions:
            for target in map(clean, each.to):
                key = (run_id, clean(each.name), target)
                if key in known:
                    continue
                known.add(key)
                self._notified += 1
                words, told = decode(encode(list(each.on))), decode(encode(dict(each.data)))
                row = NotificationRow(self._notified, *key, words, told, PENDING, 0, now, now, "", [])
                self._notifications.append(_Kept(row, clean(each.series)))

    def _forget_notifications(self, run_id: str) -> None:
        self._notifications = [each for each in self._notifications if each.row.run_id != run_id]

    def earlier(self, run_id: str, limit: int = 100) -> list[Past]:
        with self._lock:
            own = self._runs.get(run_id)
            if own is None:
                raise refusals.unknown(run_id)
            schedule = own.row.labels.get(SCHEDULE)
            before = [
                run
                for run in reversed(self._runs.values())
                if run.number < own.number
                and run.row.ended
                and run.row.labels.get(SCHEDULE) == schedule
                and (schedule is not None or run.row.name == own.row.name)
            ]
            return [
                Past(
                    run.row.run_id,
                    run.row.status,
                    tuple((*monitor, row.status) for monitor, row in run.reports.values()),
                )
                for run in before[:limit]
            ]

    def claim_notifications(
        self, worker_id: str, rate: Rate, limit: int, *, driven: bool = False, besides: Collection[str] = ()
    ) -> list[NotificationRow]:
        now = self._clock.now()
        with self._lock:
            free = self._free(now, worker_id if driven else None, besides)
            due = sorted(
                (each for each in free if each.row.due_at <= now.wall),
                key=lambda each: (each.row.due_at, each.row.number),
            )
            found: list[_Kept] = []
            for each in due[:limit]:
                # One that has told of the others is in somebody's hands by now, and these are closed.
                settled = each.row.status != PENDING or each in found
                kept = None if settled else self._admitted(each, rate, now.wall)
                if kept is None:
                    continue
                found.append(kept)
                kept.worker, kept.lease = worker_id, replace(now, mono=now.mono + LEASE_SECONDS)
                kept.spent_at = now.wall if kept.spent_at is None else kept.spent_at
                kept.row = replace(kept.row, attempts=kept.row.attempts + 1)
            return [_copy(kept.row) for kept in found]

    def _free(self, now: Instant, driver: str | None, besides: Collection[str]) -> list[_Kept]:
        return [
            each
            for each in self._notifications
            if each.row.status == PENDING
            and each.row.target not in besides
            and (
                each.lease is None
                or each.lease.boot != now.boot
                or each.lease.mono <= now.mono
                or each.worker not in self._workers
            )
            and driver in (None, self._runs[each.row.run_id].row.worker)
        ]

    def _admitted(self, kept: _Kept, rate: Rate, now: float) -> _Kept | None:
        if kept.spent_at is not None:
            return kept
        alike = [
            each for each in self._notifications if (each.series, each.row.target) == (kept.series, kept.row.target)
        ]
        spent = [each.spent_at for each in alike if each.spent_at is not None and each.spent_at > now - rate.within]
        if len(spent) >= rate.most:
            kept.held, kept.row = True, replace(kept.row, due_at=min(spent) + rate.within)
            return None
        more: dict[str, float] = {}
        if kept.held:
            waiting = [each for each in alike if each.waits]
            if not waiting:
                return None
            *others, kept = waiting
            for each in others:
                each.row = replace(each.row, status=HELD, at=now)
            more[HELD_BACK] = len(others)
        if len(spent) == rate.most - 1:
            more[UNTIL] = min(spent, default=now) + rate.within
        kept.row = replace(kept.row, told={**kept.row.told, **{name: value for name, value in more.items() if value}})
        return kept

    def settle_notification(self, row: NotificationRow, worker_id: str, settled: Settled) -> bool:
        now = self._clock.now().wall
        with self._lock:
            kept = next((each for each in self._notifications if each.row.number == row.number), None)
            if (
                kept is None
                or kept.row.status != PENDING
                or (kept.worker, kept.row.attempts) != (worker_id, row.attempts)
            ):
                return False
            kept.worker = kept.lease = None
            kept.row = replace(
                kept.row,
                status=settled.status,
                at=now,
                due_at=now + settled.delay if settled.status == PENDING else row.due_at,
                error=clean(settled.error),
                history=attempted(row, settled, now),
            )
            return True

    def next_notification(self, driver: str | None = None, *, besides: Collection[str] = ()) -> float | None:
        with self._lock:
            return min((each.row.due_at for each in self._free(self._clock.now(), driver, besides)), default=None)

    def notifications(self, run_id: str) -> list[NotificationRow]:
        with self._lock:
            return [_copy(each.row) for each in self._notifications if each.row.run_id == run_id]

    def troubled_notifications(self, since: float, limit: int = 100) -> list[NotificationRow]:
        with self._lock:
            rows = [each.row for each in reversed(self._notifications)]
            found = [row for row in rows if row.status in (PENDING, FAILED) and row.error and row.at >= since]
            return [_copy(row) for row in found[:limit]]


def _copy(row: NotificationRow) -> NotificationRow:
    return replace(row, told=decode(encode(dict(row.told))), history=decode(encode(list(row.history))))
