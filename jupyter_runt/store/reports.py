"""Reports of health, as stores keep them: a projection of what runs record, written in the transaction that appends it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from jupyter_runt.events import Draft, Event
from jupyter_runt.store.encoding import clean


@dataclass(frozen=True, slots=True)
class MonitorRow:
    """A monitor, known by its name and its subject, and how many reports of it there are."""

    monitor: str
    subject: str
    reports: int


class ReportRow(NamedTuple):
    """A report of health in brief (`run.health.brief`). `seq` is the event that holds the whole of it, `at` when it was recorded.

    A tuple, for a history has thousands, and they are made five times as fast as the other rows.
    """

    run_id: str
    result: str
    seq: int
    at: float
    status: str
    score: float | None
    failing: Sequence[Mapping[str, Any]] = ()
    """The first checks that are not well; given only where they are asked for."""


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports of one monitor: those recorded at or after `since` and before `until`, with the status `status`, and
    with any other than `other_than`."""

    monitor: str
    subject: str
    since: float | None = None
    until: float | None = None
    status: str = ""
    other_than: str = ""
    failing: bool = False
    """Only reports with failing checks, and these with them."""
    oldest_first: bool = False
    limit: int = 1000


Monitor = tuple[str, str]
"""Its name and its subject."""


@dataclass(frozen=True, slots=True)
class Change:
    """Of a run's reports: that of `result` is `row` now, or is none any more; all are gone where there is no `result`."""

    result: str | None = None
    monitor: Monitor = ("", "")
    row: ReportRow | None = None

    def apply(self, reports: MutableMapping[str, tuple[Monitor, ReportRow]]) -> None:
        """To reports by the names of their results."""
        if self.result is None:
            reports.clear()
        elif self.row is None:
            reports.pop(self.result, None)
        else:
            reports[self.result] = self.monitor, self.row


class Reports(Protocol):
    """The part of the port that is about health. All methods are as those of `Store`."""

    def monitors(self, name: str | None = None) -> list[MonitorRow]:
        """Everything that is watched, in order; `name`: by the monitors of that name only."""
        ...

    def reports(self, where: ReportFilter) -> list[ReportRow]:
        """Health that runs recorded: of each its last attempt's, and the last report of a result's name."""
        ...


def changes(run_id: str, after: int, facts: Sequence[Draft | Event], now: float) -> Iterator[Change]:
    """What these facts, which follow the one numbered `after`, change in a run's reports; `run.state` folds them alike."""
    for seq, fact in enumerate(facts, after + 1):
        if fact.type == "run.retrying":
            yield Change()
        elif fact.type == "result.recorded":
            result, brief = clean(fact.data["name"]), fact.data.get("health")
            if brief is None:
                yield Change(result)
                continue
            found = brief["status"], brief["score"], tuple(brief["failing"])
            monitor = clean(brief["monitor"]), clean(brief["subject"])
            yield Change(result, monitor, ReportRow(run_id, result, seq, fact.at or now, *found))


def counted(monitors: Iterable[Monitor], name: str | None) -> list[MonitorRow]:
    """Each of them with how often it is there, in order; of that name only, if there is one."""
    found, wanted = Counter(monitors), None if name is None else clean(name)
    return [MonitorRow(*each, found[each]) for each in sorted(found) if wanted in (None, each[0])]


def chosen(runs: Iterable[Iterable[tuple[Monitor, ReportRow]]], where: ReportFilter) -> list[ReportRow]:
    """What the filter lets through of the reports of runs, the oldest run first; `report_table` says the same in SQL."""
    wanted = clean(where.monitor), clean(where.subject)
    found = [
        (row.at, number, row.result, row)
        for number, reports in enumerate(runs)
        for monitor, row in reports
        if monitor == wanted and _fits(row, where)
    ]
    rows = [row for *_, row in sorted(found, reverse=not where.oldest_first)[: where.limit]]
    return rows if where.failing else [row._replace(failing=()) for row in rows]


def _fits(row: ReportRow, where: ReportFilter) -> bool:
    return (
        (where.since is None or row.at >= where.since)
        and (where.until is None or row.at < where.until)
        and where.status in ("", row.status)
        and where.other_than != row.status
        and (not where.failing or bool(row.failing))
    )
