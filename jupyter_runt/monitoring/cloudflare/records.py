"""What was read of an account, as plain records. A figure that was not told is None: it is never taken for 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

State = Literal["complete", "partial", "missing"]
Hours = tuple[tuple[datetime, float], ...]

SUCCESS = "success"
DISCONNECTS = frozenset({"clientDisconnected", "responseStreamDisconnected"})
"""Whoever asked went away. Cloudflare's dashboard does not count these as errors, and neither do we."""


@dataclass(frozen=True, slots=True)
class Part:
    """What came of reading one thing. `partial`: some of it is missing, so sums are too small. `message` says why, `remedy`
    what to do. `minor`: without it all that is judged is still known."""

    name: str
    state: State = "complete"
    message: str = ""
    remedy: str = ""
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Database:
    """A D1 database: its queries in the window, and its size on each day that is told, oldest first."""

    id: str
    name: str = ""
    reads: float | None = None
    writes: float | None = None
    rows_read: float | None = None
    rows_written: float | None = None
    response_bytes: float | None = None
    average_ms: float | None = None
    p50_ms: float | None = None
    p90_ms: float | None = None
    p99_ms: float | None = None
    hours: Hours = ()
    sizes: tuple[tuple[date, float], ...] = ()

    @property
    def label(self) -> str:
        """Its name or, where no name is known, the beginning of its id."""
        return self.name or f"{self.id[:8]}…"

    @property
    def queries(self) -> float | None:
        """Reads and writes."""
        told = [count for count in (self.reads, self.writes) if count is not None]
        return sum(told) if told else None

    @property
    def last_hour(self) -> datetime | None:
        """The beginning of the last hour with a query."""
        return max((hour for hour, count in self.hours if count), default=None)

    @property
    def size_bytes(self) -> float | None:
        """On the last day that is told."""
        return self.sizes[-1][1] if self.sizes else None

    @property
    def growth_a_day(self) -> float | None:
        """Bytes a day from the first to the last day; None with less than two days."""
        if len(self.sizes) < 2:
            return None
        (first, before), (last, after) = self.sizes[0], self.sizes[-1]
        return (after - before) / (last - first).days

    def days_until(self, limit_bytes: float) -> float | None:
        """When it reaches this size if it goes on growing so; None when it does not, or nobody can tell."""
        size, growth = self.size_bytes, self.growth_a_day
        return None if size is None or growth is None or growth <= 0 else max(0.0, (limit_bytes - size) / growth)


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL text that cost time; bound values are not in it."""

    database_id: str
    text: str
    count: float | None
    total_ms: float | None
    average_ms: float | None
    p95_ms: float | None
    rows_read: float | None


@dataclass(frozen=True, slots=True)
class Script:
    """A Worker: its invocations by how they ended (None: nobody knows whether there were any), and its CPU time in
    microseconds, as Cloudflare tells it."""

    name: str
    statuses: Mapping[str, float] | None = None
    subrequests: float | None = None
    cpu_us_p50: float | None = None
    cpu_us_p99: float | None = None

    @property
    def requests(self) -> float | None:
        """All invocations."""
        return None if self.statuses is None else sum(self.statuses.values())

    @property
    def failures(self) -> dict[str, float]:
        """Those that count as errors, by status. The set of statuses is open: one that nobody knows counts."""
        return {
            status: count
            for status, count in (self.statuses or {}).items()
            if count and status != SUCCESS and status not in DISCONNECTS
        }

    @property
    def disconnects(self) -> float:
        """Invocations whose client went away."""
        return sum(count for status, count in (self.statuses or {}).items() if status in DISCONNECTS)

    @property
    def error_rate(self) -> float | None:
        """Percent; None without a single request."""
        return 100 * sum(self.failures.values()) / self.requests if self.requests else None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A cron expression of a script and what came of it in the window.

    `due` is how often it had to fire while it held and firings are known; None where that cannot be told.
    """

    script: str
    cron: str
    fired: int = 0
    failed: int = 0
    due: int | None = None
    last: datetime | None = None

    @property
    def state(self) -> Literal["fired", "never fired", "not due", "unknown"]:
        """`never fired` only where it is known that it had to."""
        if self.fired:
            return "fired"
        if self.due is None:
            return "unknown"
        return "never fired" if self.due else "not due"


@dataclass(frozen=True, slots=True)
class D1:
    """What is known of the account's databases. `hours` are queries of all of them."""

    databases: tuple[Database, ...] = ()
    statements: tuple[Statement, ...] = ()
    hours: Hours = ()
    parts: tuple[Part, ...] = ()

    def label(self, database_id: str) -> str:
        """What a database is called."""
        return next((each.label for each in self.databases if each.id == database_id), Database(database_id).label)

    @property
    def last_hour(self) -> datetime | None:
        """The beginning of the last hour with a query to any of them."""
        return max((each.last_hour for each in self.databases if each.last_hour), default=None)


@dataclass(frozen=True, slots=True)
class Workers:
    """What is known of the account's scripts. `hours` are requests of all of them, `failed_hours` those that were errors."""

    scripts: tuple[Script, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    hours: Hours = ()
    failed_hours: Hours = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when was asked."""

    since: datetime
    until: datetime

    @property
    def hours(self) -> float:
        return (self.until - self.since) / timedelta(hours=1)
