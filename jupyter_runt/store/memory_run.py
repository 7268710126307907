"""A run in the memory store."""

from __future__ import annotations

from dataclasses import dataclass, field

from jupyter_runt.store.base import Instant, RunRow, SignalRow
from jupyter_runt.store.reports import Monitor, ReportRow


@dataclass(slots=True)
class MemoryRun:
    """Everything that belongs to one run; the store's lock guards it."""

    row: RunRow
    number: int
    facts: list[tuple[float, str, str | None, int | None, str]] = field(default_factory=list)
    """at, type, cell, attempt and the data as text, so that nobody shares a mutable value with the log."""
    blobs: set[str] = field(default_factory=set)
    signals: list[tuple[SignalRow, str]] = field(default_factory=list)
    reports: dict[str, tuple[Monitor, ReportRow]] = field(default_factory=dict)
    """By the name of the result; with their failing checks."""
    cursor: str | None = None
    snapshot: bytes | None = None
    lease: Instant | None = None
    """When the lease ends; None: there is none."""

    @property
    def weight(self) -> int:
        """About how many bytes go with it."""
        return sum(len(data) for *_, data in self.facts) + len(self.snapshot or b"")

    @property
    def last_report(self) -> ReportRow | None:
        """The newest one."""
        found = [(row.at, row.result, row) for _, row in self.reports.values()]
        return max(found)[-1] if found else None
