"""Notifications as stores keep them: an outbox. The part of the port that is about it, and its rows.

pending ─► sent
   ├─────► failed    given up: nobody will try it again
   ├─────► held      one of too many about the same: a later message counts it
   └─────► dropped   there was nothing to tell any more
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from jupyter_runt.run.notifications import Past

PENDING, SENT, HELD, DROPPED = "pending", "sent", "held", "dropped"
FAILED = "failed"
LEASE_SECONDS = 60.0
"""Longer than any attempt takes."""
HELD_BACK, UNTIL = "held_back", "until"
"""What `told` also holds of a message that tells of others, or after which none is sent for a while."""


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """One occasion and one target. Times are in seconds since the epoch; `due_at` is that of the next attempt."""

    number: int
    run_id: str
    occasion: str
    target: str
    words: Sequence[str]
    told: Mapping[str, Any]
    status: str
    attempts: int
    at: float
    due_at: float
    error: str = ""
    history: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Rate:
    """`most` messages about the same to one target `within` so many seconds."""

    most: int = 10
    within: float = 3600.0


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of an attempt. A pending one is tried again after `delay` seconds."""

    status: str
    error: str = ""
    delay: float = 0.0


class Notifications(Protocol):
    """All methods are as those of `Store`, whose `append` writes what is to be told."""

    def earlier(self, run_id: str, limit: int = 100) -> list[Past]:
        """The ended runs of the same schedule that were submitted before, newest first; of one that no schedule made, those of the
        same notebook's name. RunNotFound."""
        ...

    def claim_notifications(
        self, worker_id: str, rate: Rate, limit: int, *, driven: bool = False, besides: Collection[str] = ()
    ) -> list[NotificationRow]:
        """Takes what is due, for an attempt each, which counts from now on. What is too much is held back until the rate allows
        for it, and then told of by the newest alone. `driven`: only of runs that this worker drove; `besides`: targets to be
        left alone."""
        ...

    def settle_notification(self, row: NotificationRow, worker_id: str, settled: Settled) -> bool:
        """Notes what came of the attempt; False when it is not this worker's any more."""
        ...

    def next_notification(self, driver: str | None = None, *, besides: Collection[str] = ()) -> float | None:
        """When the next one is due that nobody is at; `driver`: of the runs that this worker drove. None when there is none."""
        ...

    def notifications(self, run_id: str) -> list[NotificationRow]:
        """All of a run, in the order in which they came up. None of a run that is not there."""
        ...

    def troubled_notifications(self, since: float, limit: int = 100) -> list[NotificationRow]:
        """Those that have failed since then, for good or so far; newest first."""
        ...


def attempted(row: NotificationRow, settled: Settled, now: float) -> list[Mapping[str, Any]]:
    """The row's history with this attempt."""
    return [*row.history, {"at": now, "status": settled.status, "error": settled.error}]
