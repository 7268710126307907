"""What becomes of the due times that have come: pure and total, so that the worker only has to write it down and do it.

    a due time …                                        misfire: skip   once        all
    of the last minute (there is one at most)                    fires  fires       fires
    missed, the newest, not older than the window                —      fires (*)   fires
    missed, not older than the window                            —      —           fires, the newest MOST of them
    missed for longer                                            —      —           —
                                                        (*) unless one of the last minute fires anyway

    of those that would fire …                         overlap: skip    queue       cancel_running
    while the schedule's run before goes on                     none    each waits  that one is cancelled, the newest fires
    several at once                                             the first starts, each other waits for the one before it;
                                                                with cancel_running the newest alone

Several at once are those that `misfire: all` makes up for. Under `skip` they wait for each other, too: nothing overlaps, and
who asks for all of them gets them. Beyond `ends_at` nothing is due, so nothing is passed over there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from jupyter_runt.schedules.calendar import Calendar
from jupyter_runt.schedules.definition import Definition

ON_TIME_SECONDS = 60.0
"""A due time that is less old has not been missed: workers may be busy for a moment, and are started again."""
MOST = 100
"""At most so many missed due times are made up for at once."""

FIRED = "fired"
MISSED = "missed"
"""Nobody was there, and the misfire policy, its window or MOST passes over it."""
OVERLAP = "overlap"
"""The run before went on, or a newer due time takes its place."""


@dataclass(frozen=True, slots=True)
class Firing:
    """One due time that fires; or several in a row that are passed over for one reason, from `due_at` to `last_at`."""

    due_at: float
    outcome: str
    last_at: float
    count: int = 1
    waits: bool = False
    """Its run must not start before the schedule's run before it has ended."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now. The firings are in order of time, and name every due time since the last plan."""

    firings: tuple[Firing, ...]
    next_at: float | None
    """When to ask again; None: it is never due again."""
    cancel_running: bool = False
    """The schedule's runs that go on are to be cancelled."""

    @property
    def fired(self) -> tuple[Firing, ...]:
        """Those that make a run."""
        return tuple(each for each in self.firings if each.outcome == FIRED)


def plan(definition: Definition, next_at: float, now: float, running: bool) -> Plan:
    """What fires at the time `now`, which is wall-clock time.

    `next_at` is what the last plan said, or for a new schedule its calendar's first time; `running` is whether a run of
    this schedule has not ended, one that still waits in the queue included. A clock that was put back fires nothing again.
    """
    calendar = definition.calendar()
    end = math.inf if definition.ends_at is None else definition.ends_at
    # Due times are whole seconds. What the calendar says now counts, not `next_at`: the rules of zones change.
    since, until = math.ceil(next_at) - 1, min(now, end)
    coming = calendar.after(max(now, since))
    next_one = coming if coming is not None and coming <= end else None

    wanted = _wanted(definition, calendar, since, until, now)
    missed = _passed(calendar, since, wanted[0] - 1 if wanted else until, MISSED)
    if not wanted:
        return Plan(missed, next_one)
    if running and definition.overlap == "skip":
        return Plan(missed + _passed(calendar, wanted[0] - 1, until, OVERLAP), next_one)
    if definition.overlap == "cancel_running":
        newest = wanted[-1]
        replaced = _passed(calendar, wanted[0] - 1, newest - 1, OVERLAP)
        return Plan((*missed, *replaced, Firing(newest, FIRED, newest)), next_one, cancel_running=running)
    fired = (Firing(at, FIRED, at, waits=running or at != wanted[0]) for at in wanted)
    return Plan((*missed, *fired), next_one)


def still_holds(planned: Plan, due_at: float, now: float) -> bool:
    """Whether what was planned ahead, for `due_at` as the time with nothing running, is what `plan` says now, if nothing runs."""
    return due_at <= now < min(due_at + ON_TIME_SECONDS, math.inf if planned.next_at is None else planned.next_at)


def _wanted(definition: Definition, calendar: Calendar, since: float, until: float, now: float) -> list[float]:
    """The due times that the misfire policy lets fire, in order. They are always the newest ones."""
    on_time = [at for at in calendar.between(since, until, 1) if now - at < ON_TIME_SECONDS]
    if definition.misfire == "skip" or (on_time and definition.misfire == "once"):
        return on_time
    made_up = calendar.between(max(since, math.ceil(now - definition.window) - 1), until, MOST)
    if definition.misfire == "once":
        return made_up[-1:]
    return made_up or on_time


def _passed(calendar: Calendar, since: float, until: float, outcome: str) -> tuple[Firing, ...]:
    """All due times in (since, until] as one."""
    last = calendar.between(since, until, 1)
    if not last:
        return ()
    first = calendar.after(since)
    assert first is not None
    return (Firing(first, outcome, last[0], calendar.count(since, until)),)
