"""Due times: a worker fires the schedules of its store, each due time once, however many workers there are.

look ──► prepare what is due soon ──► sleep until it is due ──► plan ──► fire: one transaction for all that is due
          (reading a notebook takes longer than a due time may wait)      whoever was quicker has it, the others' is void
"""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import replace
from typing import Protocol

from jupyter_runt.errors import RuntError, StoreError
from jupyter_runt.schedules.definition import Definition
from jupyter_runt.schedules.plan import FIRED, Plan, plan, still_holds
from jupyter_runt.store.base import Clock, Store, Submission
from jupyter_runt.store.schedules import FAILED, Fire, FiringRow, ScheduleRow
from jupyter_runt.worker.alarm import Alarm

log = logging.getLogger(__name__)

LEAD_SECONDS = 5.0
"""So long before it is due a schedule's run is prepared. Two hundred take a third of a second, and much longer on a busy machine."""
RETRY_SECONDS = 1.0
"""Between two attempts at a store that cannot be written."""
AT_ONCE = 50
"""Schedules that are fired in one transaction: others wait for it."""

_Key = tuple[str, int, float]
"""A schedule, its revision and the due time."""


class Desk(Protocol):
    """What firing needs of a client."""

    def prepare(self, definition: Definition, due_at: float) -> Submission:
        """The run of a due time, with an id of its own. RuntError when its notebook cannot be run."""
        ...

    def failed(self, definition: Definition, due_at: float, error: RuntError) -> Submission | None:
        """The run that tells of it where there is none that could be prepared; None: there can be none."""
        ...

    def end(self, run_id: str) -> None:
        """Ends a run that was asked to, if nobody drives it; else its worker does. StoreError."""
        ...


class Firing:
    """Belongs to one worker. `run` is its life; `ring` makes it look at clock and store again."""

    def __init__(self, store: Store, clock: Clock, desk: Desk) -> None:
        self._store, self._clock, self._desk = store, clock, desk
        self._alarm: Alarm | None = None
        self._task: asyncio.Task[None] | None = None
        self._prepared: dict[_Key, Submission | RuntError] = {}
        self._expected: dict[_Key, Plan] = {}
        """Of what is prepared, if it fires in time: of two hundred that are due at once, planning would keep the last ones waiting."""
        self._not_ours: set[_Key] = set()
        """What cannot be planned here, since the zone is not known on this machine, say: another worker may."""

    def ring(self) -> None:
        """Schedules may have changed, or the time."""
        if self._alarm is not None:
            self._alarm.ring()

    def has_work(self) -> bool:
        """Whether anything will be due: a worker stays for that. StoreError."""
        return self._store.next_due() is not None

    def stop(self) -> None:
        """Its worker takes no more runs: what is due is for the next one to fire, or to pass over."""
        if self._task is not None:
            self._task.cancel()

    async def run(self) -> None:
        """Until it is stopped."""
        self._alarm, self._task = Alarm(), asyncio.current_task()
        while True:
            wait: float | None = RETRY_SECONDS
            try:
                wait = await self._round()
            except StoreError as error:
                log.warning("schedules cannot be looked at: %s", error)
            except Exception:  # it would be over with all schedules, and nobody would know
                log.exception("schedules: a defect of jupyter-runt")
            await self._alarm.wait(wait)

    async def _round(self) -> float | None:
        """Prepares what is due soon and fires what is due; the seconds until there is more to do."""
        soon = self._due(self._clock.now().wall + LEAD_SECONDS)
        await self._prepare(soon)
        now = self._clock.now().wall
        due = [row for row in soon if row.next_at is not None and row.next_at <= now]
        for begin in range(0, len(due), AT_ONCE):
            await self._fire(due[begin : begin + AT_ONCE], now)
        if due:
            return 0.0  # each has a next time, and others may have come meanwhile
        wanted = {_key(row) for row in soon}
        self._prepared = {key: found for key, found in self._prepared.items() if key in wanted}
        self._expected = {key: planned for key, planned in self._expected.items() if key in wanted}
        first, lead = (soon[0].next_at, 0.0) if soon else (self._following(), LEAD_SECONDS)
        return None if first is None else max(0.0, first - lead - self._clock.now().wall)

    def _due(self, until: float) -> list[ScheduleRow]:
        return [row for row in self._store.due(until) if _key(row) not in self._not_ours]

    def _following(self) -> float | None:
        if not self._not_ours:
            return self._store.next_due()
        return next((row.next_at for row in self._due(math.inf)), None)

    async def _prepare(self, soon: list[ScheduleRow]) -> None:
        new = [row for row in soon if _key(row) not in self._prepared]
        if new:  # all in one go: where processors are busy, each change of threads waits for one
            for row, (found, expected) in zip(new, await asyncio.to_thread(self._ahead, new), strict=True):
                self._prepared[_key(row)] = found
                if expected is not None:
                    self._expected[_key(row)] = expected

    def _ahead(self, rows: list[ScheduleRow]) -> list[tuple[Submission | RuntError, Plan | None]]:
        return [(self._submission(row, _key(row)[2]), _expected(row)) for row in rows]

    def _submission(self, row: ScheduleRow, due_at: float) -> Submission | RuntError:
        try:
            return self._desk.prepare(Definition.of_json(row.definition), due_at)
        except StoreError:  # that is not its notebook's fault
            raise
        except RuntError as error:
            return error
        except Exception as error:  # one schedule's defect must not keep the others from firing
            log.exception("%s: a defect of jupyter-runt", row.schedule_id)
            return _defect(error)

    # -- what is due -------------------------------------------------------------------------------------------------

    async def _fire(self, due: list[ScheduleRow], now: float) -> None:
        fires: list[Fire] = []
        open_runs = self._store.open_runs()
        for row in due:
            running = open_runs.get(row.schedule_id, [])
            try:
                planned = self._planned(row, now, bool(running))
            except Exception as error:  # noqa: BLE001 - nor may one that cannot be understood
                log.warning("%s cannot be fired here: %s", row.schedule_id, error)
                self._not_ours.add(_key(row))
                continue
            fires.append(await self._carried_out(row, planned, running))
        for fire in self._fired(fires):
            self._tell(fire)
            for run_id in fire.replaces:
                self._desk.end(run_id)

    def _planned(self, row: ScheduleRow, now: float, running: bool) -> Plan:
        expected, due_at = self._expected.pop(_key(row), None), _key(row)[2]
        if expected is not None and not running and still_holds(expected, due_at, now):
            return expected
        return plan(Definition.of_json(row.definition), due_at, now, running)

    def _fired(self, fires: list[Fire]) -> list[Fire]:
        """Those that were this worker's. One that the store cannot take is noted as failed: it must not keep the others from firing."""
        try:
            return [fire for fire, fired in zip(fires, self._store.fire(fires), strict=True) if fired]
        except StoreError:
            raise
        except Exception as error:
            if len(fires) > 1:
                return [each for fire in fires for each in self._fired([fire])]
            (fire,) = fires
            log.exception("%s: a defect of jupyter-runt", fire.schedule.schedule_id)
            if fire.submissions:
                return self._fired([_without_runs(fire, error)])
            self._not_ours.add(_key(fire.schedule))
            return []

    async def _carried_out(self, row: ScheduleRow, planned: Plan, running: list[str]) -> Fire:
        firings, submissions = [], []
        before = running[-1] if running else None
        for each in planned.firings:
            if each.outcome != FIRED:
                firings.append(
                    FiringRow(row.schedule_id, each.due_at, each.outcome, None, "", 0.0, each.count, each.last_at)
                )
                continue
            key = (row.schedule_id, row.revision, each.due_at)
            found = self._prepared.pop(key, None)
            if not isinstance(found, Submission):  # it was not read yet, or somebody was saving it then
                found = await asyncio.to_thread(self._submission, row, each.due_at)
            if isinstance(found, RuntError):
                told = self._told(row, each.due_at, found)
                submissions += [told] if told else []
                firings.append(_failed(row, each.due_at, found, told))
                continue
            if each.waits or planned.cancel_running:
                found = replace(found, after_run=before)
            submissions.append(found)
            firings.append(FiringRow(row.schedule_id, each.due_at, FIRED, found.run_id))
            before = found.run_id
        replaces = running if planned.cancel_running and any(each.outcome == FIRED for each in firings) else ()
        return Fire(row, planned.next_at, firings, submissions, replaces)

    def _told(self, row: ScheduleRow, due_at: float, error: RuntError) -> Submission | None:
        try:
            return self._desk.failed(Definition.of_json(row.definition), due_at, error)
        except RuntError:  # a definition that cannot be understood either
            return None

    def _tell(self, fire: Fire) -> None:
        for each in fire.firings:
            log.info(
                "%s: %s %s", each.schedule_id, each.outcome, each.run_id or each.message or f"{each.count} due times"
            )


def _key(row: ScheduleRow) -> _Key:
    return row.schedule_id, row.revision, row.next_at or 0.0


def _expected(row: ScheduleRow) -> Plan | None:
    """What is planned if it fires in time; None when nothing can be, which is met again and told when it is due."""
    due_at = _key(row)[2]
    try:
        return plan(Definition.of_json(row.definition), due_at, due_at, running=False)
    except Exception:  # noqa: BLE001 - see above
        return None


def _defect(error: Exception) -> RuntError:
    return RuntError(f"It met a defect of jupyter-runt: {error!r}")


def _without_runs(fire: Fire, error: Exception) -> Fire:
    firings = [_failed(fire.schedule, each.due_at, _defect(error)) if each.run_id else each for each in fire.firings]
    return Fire(fire.schedule, fire.next_at, firings)


def _failed(row: ScheduleRow, due_at: float, error: RuntError, told: Submission | None = None) -> FiringRow:
    return FiringRow(row.schedule_id, due_at, FAILED, told.run_id if told else None, str(error))
