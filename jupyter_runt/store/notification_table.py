"""Notifications in SQLite: the part of the store that is an outbox."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from sqlite3 import Connection
from typing import Any

from jupyter_runt.run.notifications import SCHEDULE, Occasion, Past
from jupyter_runt.store import refusals
from jupyter_runt.store.base import Clock, Instant
from jupyter_runt.store.connection import Database
from jupyter_runt.store.encoding import clean, decode, encode
from jupyter_runt.store.notifications import (
    HELD_BACK,
    LEASE_SECONDS,
    PENDING,
    UNTIL,
    NotificationRow,
    Rate,
    Settled,
    attempted,
)
from jupyter_runt.store.queries import SQL


def note_occasions(db: Connection, run: int, occasions: Iterable[Occasion], now: float) -> None:
    """Writes what is to be told, a row for each target."""
    for each in occasions:
        row = {"run": run, "occasion": clean(each.name), "series": clean(each.series), "now": now}
        row |= {"words": encode(list(each.on)), "told": encode(dict(each.data))}
        db.executemany(SQL["insert_notification"], [{**row, "target": clean(target)} for target in each.to])


class SqliteNotifications:
    """A part of `SqliteStore`, which has what this needs."""

    _database: Database
    _clock: Clock

    def earlier(self, run_id: str, limit: int = 100) -> list[Past]:
        with self._database.read() as db:
            row = db.execute(SQL["run_in_line"], (run_id,)).fetchone()
            if row is None:
                raise refusals.unknown(run_id)
            run, name, labels = row
            asked = {"run": run, "name": name, "schedule": decode(labels).get(SCHEDULE), "limit": limit}
            query = "earlier_of_name" if asked["schedule"] is None else "earlier_of_schedule"
            rows = db.execute(SQL[query], asked).fetchall()
        found: dict[str, Past] = {}
        for past, status, *report in rows:
            known = found.get(past, Past(past, status))
            found[past] = known if report[0] is None else Past(past, status, (*known.reports, tuple(report)))
        return list(found.values())

    def claim_notifications(
        self, worker_id: str, rate: Rate, limit: int, *, driven: bool = False, besides: Collection[str] = ()
    ) -> list[NotificationRow]:
        now = self._clock.now()
        asked = {**_free(now, worker_id if driven else None, besides), "now": now.wall, "limit": limit}
        # A look first, as in `claim`.
        with self._database.read() as db:
            if db.execute(SQL["due_notifications"], asked).fetchone() is None:
                return []
        claimed = []
        with self._database.write() as db:
            for row in db.execute(SQL["due_notifications"], asked).fetchall():
                found = _admitted(db, row, rate, now.wall)
                if found is not None:
                    number, told = found
                    lease = {"worker": worker_id, "until": now.mono + LEASE_SECONDS, "boot": now.boot, "now": now.wall}
                    db.execute(SQL["claim_notification"], {**lease, "notification": number, "told": encode(told)})
                    claimed.append(_row(db.execute(SQL["notification_row"], (number,)).fetchone()))
        return claimed

    def settle_notification(self, row: NotificationRow, worker_id: str, settled: Settled) -> bool:
        now = self._clock.now().wall
        values = {
            "status": settled.status, "now": now, "error": clean(settled.error), "history": encode(attempted(row, settled, now)),
            "due_at": now + settled.delay if settled.status == PENDING else row.due_at,
            "notification": row.number, "worker": worker_id, "attempts": row.attempts,
        }  # fmt: skip
        with self._database.write() as db:
            return db.execute(SQL["settle_notification"], values).rowcount == 1

    def next_notification(self, driver: str | None = None, *, besides: Collection[str] = ()) -> float | None:
        asked = _free(self._clock.now(), driver, besides)
        with self._database.read() as db:
            found: float | None = db.execute(SQL["next_notification"], asked).fetchone()[0]
            return found

    def notifications(self, run_id: str) -> list[NotificationRow]:
        with self._database.read() as db:
            return [_row(row) for row in db.execute(SQL["notifications_of_run"], (run_id,)).fetchall()]

    def troubled_notifications(self, since: float, limit: int = 100) -> list[NotificationRow]:
        with self._database.read() as db:
            return [_row(row) for row in db.execute(SQL["troubled_notifications"], (since, limit)).fetchall()]


def _free(now: Instant, driver: str | None, besides: Collection[str]) -> dict[str, Any]:
    return {"mono": now.mono, "boot": now.boot, "driver": driver, "besides": encode(list(besides))}


def _admitted(db: Connection, row: tuple[Any, ...], rate: Rate, now: float) -> tuple[int, dict[str, Any]] | None:
    """What may be sent in place of a row that is due, and what it tells; None when nothing may."""
    number, series, target, told, held, spent_at = row
    if spent_at is not None:  # it counts already
        return number, decode(told)
    used, first = db.execute(SQL["spent_notifications"], (series, target, now - rate.within)).fetchone()
    if used >= rate.most:
        db.execute(SQL["hold_notification"], (first + rate.within, number))
        return None
    more: dict[str, Any] = {}
    if held:
        newest = db.execute(SQL["newest_held"], (series, target)).fetchone()
        if newest is None:  # it was told of a moment ago, by another row of this claim
            return None
        number, told = newest
        more[HELD_BACK] = db.execute(SQL["close_held"], (now, series, target, number)).rowcount
    if used == rate.most - 1:
        more[UNTIL] = (now if first is None else first) + rate.within
    return number, decode(told) | {name: value for name, value in more.items() if value}


def _row(columns: tuple[Any, ...]) -> NotificationRow:
    known = NotificationRow(*columns)
    return replace(known, words=decode(columns[4]), told=decode(columns[5]), history=decode(columns[-1]))
