"""Schedules in memory: the part of the store that is about due times."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from jupyter_runt.run.notifications import SCHEDULE
from jupyter_runt.store import refusals
from jupyter_runt.store.base import Clock, Submission
from jupyter_runt.store.bell import LocalBell
from jupyter_runt.store.encoding import decode, encode
from jupyter_runt.store.memory_run import MemoryRun
from jupyter_runt.store.schedules import KEPT, Fire, FiringRow, Outcome, ScheduleRow


@dataclass(slots=True)
class _Schedule:
    row: ScheduleRow
    firings: dict[float, FiringRow] = field(default_factory=dict)
    """By due time."""


class MemorySchedules:
    """A part of `MemoryStore`, which has what this needs."""

    _clock: Clock
    _lock: threading.RLock
    _bell: LocalBell
    _runs: dict[str, MemoryRun]
    submit: Callable[[Submission], tuple[str, bool]]
    signal: Callable[[str, str, str], int]

    def __init__(self) -> None:
        super().__init__()
        self._schedules: dict[str, _Schedule] = {}

    def add_schedule(self, row: ScheduleRow) -> None:
        with self._lock:
            if row.schedule_id in self._schedules:
                raise refusals.schedule_taken(row.schedule_id)
            self._schedules[row.schedule_id] = _Schedule(replace(_copy(row), revision=1))
        self._bell.ring()

    def change_schedule(self, row: ScheduleRow) -> bool:
        with self._lock:
            found = self._schedule(row.schedule_id)
            changed = found.row.revision == row.revision
            if changed:
                found.row = replace(_copy(row), revision=row.revision + 1)
        self._bell.ring()
        return changed

    def remove_schedule(self, schedule_id: str) -> None:
        with self._lock:
            self._schedule(schedule_id)
            del self._schedules[schedule_id]
        self._bell.ring()

    def schedule(self, schedule_id: str) -> ScheduleRow:
        with self._lock:
            return _copy(self._schedule(schedule_id).row)

    def schedules(self) -> list[ScheduleRow]:
        with self._lock:
            return [_copy(self._schedules[each].row) for each in sorted(self._schedules)]

    def due(self, until: float) -> list[ScheduleRow]:
        with self._lock:
            found = [(each.row.next_at, name) for name, each in self._schedules.items() if each.row.next_at is not None]
            return [_copy(self._schedules[name].row) for at, name in sorted(found) if at <= until]

    def next_due(self) -> float | None:
        with self._lock:
            return min(
                (each.row.next_at for each in self._schedules.values() if each.row.next_at is not None), default=None
            )

    def fire(self, fires: Sequence[Fire]) -> list[bool]:
        now = self._clock.now().wall
        with self._lock:
            done = [self._fire(fire, now) for fire in fires]
        self._bell.ring()
        return done

    def _fire(self, fire: Fire, now: float) -> bool:
        was, found = fire.schedule, self._schedules.get(fire.schedule.schedule_id)
        if found is None or (found.row.revision, found.row.next_at) != (was.revision, was.next_at):
            return False
        known = {each.run_id for each in fire.firings if each.due_at in found.firings}
        new = [each for each in fire.submissions if each.run_id not in known]
        for submission in new:
            self.submit(submission)
        for run_id in fire.replaces if new else ():
            if (run := self._runs.get(run_id)) is not None and not run.row.ended:
                self.signal(run_id, "cancel", f"schedule {was.schedule_id}")
        found.row = replace(found.row, next_at=fire.next_at)
        for each in fire.firings:
            last_at = each.due_at if each.last_at is None else each.last_at
            found.firings.setdefault(each.due_at, replace(each, at=now, last_at=last_at))
        for due_at in sorted(found.firings, reverse=True)[KEPT:]:
            del found.firings[due_at]
        return True

    def firings(self, schedule_id: str, *, limit: int = 50) -> list[Outcome]:
        with self._lock:
            return self._outcomes(self._schedule(schedule_id), limit)

    def last_firings(self, *, limit: int = 1) -> dict[str, list[Outcome]]:
        with self._lock:
            found = {name: self._outcomes(self._schedules[name], limit) for name in sorted(self._schedules)}
        return {name: outcomes for name, outcomes in found.items() if outcomes}

    def _outcomes(self, schedule: _Schedule, limit: int) -> list[Outcome]:
        latest = sorted(schedule.firings, reverse=True)[:limit]
        return [self._outcome(schedule.firings[due_at]) for due_at in latest]

    def _outcome(self, firing: FiringRow) -> Outcome:
        run = self._runs.get(firing.run_id or "")
        if run is None:
            return Outcome(firing)
        row, report = run.row, run.last_report
        health = (None, None) if report is None else (report.status, report.score)
        return Outcome(firing, row.status, row.reason, row.started_at, row.finished_at, *health)

    def open_runs(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        with self._lock:
            for run_id, run in self._runs.items():
                if SCHEDULE in run.row.labels and not run.row.ended:
                    found.setdefault(run.row.labels[SCHEDULE], []).append(run_id)
        return found

    def _schedule(self, schedule_id: str) -> _Schedule:
        if schedule_id not in self._schedules:
            raise refusals.no_schedule(schedule_id)
        return self._schedules[schedule_id]


def _copy(row: ScheduleRow) -> ScheduleRow:
    return replace(row, definition=decode(encode(dict(row.definition))))
