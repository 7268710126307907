"""Schedules in SQLite: the part of the store that is about due times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sqlite3 import Connection
from typing import Any

from jupyter_runt.run.notifications import SCHEDULE
from jupyter_runt.store import refusals
from jupyter_runt.store.base import Clock, Submission
from jupyter_runt.store.bell import FolderBell
from jupyter_runt.store.connection import Database
from jupyter_runt.store.encoding import clean, decode, encode
from jupyter_runt.store.queries import SQL
from jupyter_runt.store.schedules import KEPT, Fire, FiringRow, Outcome, ScheduleRow


class SqliteSchedules:
    """A part of `SqliteStore`, which has what this needs."""

    _database: Database
    _clock: Clock
    _bell: FolderBell
    _submit: Callable[[Connection, Submission, float], tuple[str, bool]]

    def add_schedule(self, row: ScheduleRow) -> None:
        with self._database.write() as db:
            if db.execute(SQL["find_schedule"], (row.schedule_id,)).fetchone():
                raise refusals.schedule_taken(row.schedule_id)
            db.execute(SQL["insert_schedule"], (*_columns(row), row.schedule_id))
        self._bell.ring()

    def change_schedule(self, row: ScheduleRow) -> bool:
        with self._database.write() as db:
            self._found(db, row.schedule_id)
            changed = db.execute(SQL["change_schedule"], (*_columns(row), row.schedule_id, row.revision)).rowcount == 1
        self._bell.ring()
        return changed

    def remove_schedule(self, schedule_id: str) -> None:
        with self._database.write() as db:
            self._found(db, schedule_id)
            db.execute(SQL["delete_firings"], (schedule_id,))
            db.execute(SQL["delete_schedule"], (schedule_id,))
        self._bell.ring()

    def schedule(self, schedule_id: str) -> ScheduleRow:
        with self._database.read() as db:
            return self._found(db, schedule_id)

    def schedules(self) -> list[ScheduleRow]:
        with self._database.read() as db:
            return [_schedule(row) for row in db.execute(SQL["all_schedules"]).fetchall()]

    def due(self, until: float) -> list[ScheduleRow]:
        with self._database.read() as db:
            return [_schedule(row) for row in db.execute(SQL["due_schedules"], (until,)).fetchall()]

    def next_due(self) -> float | None:
        with self._database.read() as db:
            found: float | None = db.execute(SQL["next_due"]).fetchone()[0]
            return found

    def fire(self, fires: Sequence[Fire]) -> list[bool]:
        with self._database.write() as db:
            now = self._clock.now().wall
            done = [self._fire(db, fire, now) for fire in fires]
        self._bell.ring()
        return done

    def _fire(self, db: Connection, fire: Fire, now: float) -> bool:
        was = fire.schedule
        values = (fire.next_at, was.schedule_id, was.revision, was.next_at)
        if db.execute(SQL["advance_schedule"], values).rowcount != 1:
            return False
        known = {each.run_id for each in fire.firings if not _insert_firing(db, each, now)}
        new = [each for each in fire.submissions if each.run_id not in known]
        for submission in new:
            self._submit(db, submission, now)
        for run_id in fire.replaces if new else ():
            db.execute(SQL["cancel_run"], (f"schedule {was.schedule_id}", now, run_id))
        db.execute(SQL["trim_firings"], {"schedule": was.schedule_id, "kept": KEPT})
        return True

    def firings(self, schedule_id: str, *, limit: int = 50) -> list[Outcome]:
        with self._database.read() as db:
            self._found(db, schedule_id)
            return _outcomes(db, schedule_id, limit)

    def last_firings(self, *, limit: int = 1) -> dict[str, list[Outcome]]:
        found: dict[str, list[Outcome]] = {}
        with self._database.read() as db:
            for each in _outcomes(db, None, limit):
                found.setdefault(each.firing.schedule_id, []).append(each)
        return found

    def open_runs(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        with self._database.read() as db:
            for schedule_id, run_id in db.execute(SQL["open_runs_of_schedules"], (SCHEDULE,)).fetchall():
                found.setdefault(schedule_id, []).append(run_id)
        return found

    def _found(self, db: Connection, schedule_id: str) -> ScheduleRow:
        row = db.execute(SQL["find_schedule"], (clean(schedule_id),)).fetchone()
        if row is None:
            raise refusals.no_schedule(schedule_id)
        return _schedule(row)


def _insert_firing(db: Connection, firing: FiringRow, now: float) -> bool:
    """False: there is one of that due time."""
    last_at = firing.due_at if firing.last_at is None else firing.last_at
    values = (
        firing.schedule_id,
        firing.due_at,
        now,
        firing.outcome,
        firing.run_id,
        firing.message,
        firing.count,
        last_at,
    )
    return db.execute(SQL["insert_firing"], values).rowcount == 1


def _outcomes(db: Connection, schedule_id: str | None, limit: int) -> list[Outcome]:
    rows = db.execute(SQL["firings"], {"schedule": schedule_id, "limit": limit}).fetchall()
    return [Outcome(FiringRow(*row[:8]), *row[8:]) for row in rows]


def _columns(row: ScheduleRow) -> tuple[Any, ...]:
    return encode(dict(row.definition)), int(row.paused), row.next_at


def _schedule(columns: tuple[Any, ...]) -> ScheduleRow:
    schedule_id, definition, next_at, paused, revision = columns
    return ScheduleRow(schedule_id, decode(definition), next_at, bool(paused), revision)
