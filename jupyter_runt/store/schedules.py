"""Schedules as stores keep them: the part of the port that is about due times, and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from jupyter_runt.store.base import Submission

FIRED, BY_HAND, FAILED = "fired", "by hand", "failed"
"""Outcomes of a firing: a run was submitted, in time or made up for; because somebody asked for it; its notebook could not be run."""

KEPT = 1000
"""Firings of one schedule: the latest ones."""


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule. `next_at` is in seconds since the epoch; None while it is paused, and when nothing will come any more."""

    schedule_id: str
    definition: Mapping[str, Any]
    next_at: float | None
    paused: bool = False
    revision: int = 1


@dataclass(frozen=True, slots=True)
class FiringRow:
    """What came of a due time, or of `count` of them that were passed over alike, the last one at `last_at`."""

    schedule_id: str
    due_at: float
    outcome: str
    run_id: str | None = None
    message: str = ""
    at: float = 0.0
    """When it was decided; the store fills it in."""
    count: int = 1
    last_at: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A firing with what became of its run: None where there is none, or it has been removed. `health` and `score` are those of the
    run's last report."""

    firing: FiringRow
    status: str | None = None
    reason: str | None = None
    started_at: float | None = None
    finished_at: float | None = None
    health: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Fire:
    """What is to become of a schedule's due times up to now: the runs are submitted, the firings noted, and the next due time set,
    all or nothing, and only while the schedule is as it was (`revision`, `next_at`)."""

    schedule: ScheduleRow
    next_at: float | None
    firings: Sequence[FiringRow] = ()
    submissions: Sequence[Submission] = field(default_factory=tuple)
    replaces: Sequence[str] = ()
    """Runs that are to end for those: a cancel is asked of each, in the same transaction, if any is submitted."""


class Schedules(Protocol):
    """All methods are as those of `Store`."""

    def add_schedule(self, row: ScheduleRow) -> None:
        """Refused when there is one of that id."""
        ...

    def change_schedule(self, row: ScheduleRow) -> bool:
        """Replaces it, with a revision that is one higher, and rings; False when it has changed since `row.revision` was read. NotFound."""
        ...

    def remove_schedule(self, schedule_id: str) -> None:
        """Its firings go with it; its runs stay. NotFound."""
        ...

    def schedule(self, schedule_id: str) -> ScheduleRow:
        """One schedule; NotFound when there is none."""
        ...

    def schedules(self) -> list[ScheduleRow]:
        """All of them, in the order of their ids."""
        ...

    def due(self, until: float) -> list[ScheduleRow]:
        """Those whose next due time is not after `until`, the earliest first."""
        ...

    def next_due(self) -> float | None:
        """When the next one is due; None when nothing will come."""
        ...

    def fire(self, fires: Sequence[Fire]) -> list[bool]:
        """Carries out each that still holds, in one transaction, and rings. Whatever else may happen, a due time fires once: one that
        has fired already (the clock was put back, and the schedule changed) makes no other run. Of the firings KEPT stay."""
        ...

    def firings(self, schedule_id: str, *, limit: int = 50) -> list[Outcome]:
        """What came of its due times, the latest first; those that still come are not there."""
        ...

    def last_firings(self, *, limit: int = 1) -> dict[str, list[Outcome]]:
        """The same of every schedule that has any, by their ids; so many of each."""
        ...

    def open_runs(self) -> dict[str, list[str]]:
        """Ids of the runs that have not ended, the oldest first, of each schedule that has any. A schedule's runs bear its label, so
        those of one that was removed count for another one of its id."""
        ...
