"""What monitors found: how everything is that is watched, one monitor's history, and the reports that a new one is compared with.

A monitor is known by its name and its subject. Light to import: kernels do, in the middle of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from jupyter_runt.errors import NotFound, RunNotFound
from jupyter_runt.events import codec
from jupyter_runt.run.health import HEALTHY, MIME, STATUSES
from jupyter_runt.store.base import Store
from jupyter_runt.store.open import open_store
from jupyter_runt.store.reports import MonitorRow, ReportFilter, ReportRow

SHOWN = 60
"""Points of each monitor in a list."""
FAILED, LOOKED_THROUGH = 20, 100
"""Checks that are told of as having failed, from so many reports with such."""
RECENT, SPREAD = 16, 8
"""A report is compared with so many of the newest in a row, and so many of those before them, evenly spread: they show where values
come from, and cost as little."""
PAGE = 1000
"""Reports that are looked through for these."""

NONE_YET = "No run has recorded health yet: `jupyter runt execute simple-health-check` does."

Found = tuple[str, Mapping[str, Any]]
"""A run's id and the report that it recorded."""


# -- how it is and was -------------------------------------------------------------------------------------------------


def listed(store: Store) -> list[dict[str, Any]]:
    """Every monitor as openapi.yaml's `Monitor`, the worst first."""
    return _by_status(filter(None, (_now(store, row) for row in store.monitors())))


def history(
    store: Store, name: str, *, subject: str | None = None, since: float | None = None, until: float | None = None,
    limit: int = 1000,
) -> dict[str, Any]:  # fmt: skip
    """How the monitors of that name were, of each subject at most `limit` points: the answer of `GET runt/api/monitors/{name}`.
    Times are in seconds since the epoch. NotFound."""
    subjects = []
    for row in store.monitors(name):
        if subject in (None, row.subject) and (found := _now(store, row)) is not None:
            where = ReportFilter(row.monitor, row.subject, since=since, until=until, limit=limit)
            found["points"] = _points(store.reports(where))
            found["failed"] = _failed(store.reports(replace(where, failing=True, limit=LOOKED_THROUGH)), found)
            subjects.append(found)
    if not subjects:
        raise _unknown(store, name, subject)
    return {"monitor": name, "subjects": _by_status(subjects)}


def _now(store: Store, row: MonitorRow) -> dict[str, Any] | None:
    """None when its runs have just been removed."""
    where = ReportFilter(row.monitor, row.subject, limit=1)
    reports = store.reports(replace(where, limit=SHOWN))
    try:
        newest = reports[0]
        notebook = store.run(newest.run_id).name
    except (IndexError, RunNotFound):
        return None
    other = store.reports(replace(where, other_than=newest.status))
    alike = replace(where, status=newest.status, since=other[0].at if other else None, oldest_first=True)
    healthy = store.reports(replace(where, status=HEALTHY))
    failing = store.reports(replace(where, failing=True, since=newest.at))
    return {
        "monitor": row.monitor,
        "subject": row.subject,
        "status": newest.status,
        "score": newest.score,
        "at": codec.iso(newest.at),
        "run_id": newest.run_id,
        "result": newest.result,
        "notebook": notebook,
        "since": codec.iso(next((each.at for each in store.reports(alike)), newest.at)),
        "began": bool(other),
        "healthy_at": codec.iso(healthy[0].at) if healthy else None,
        "failing": [check for each in failing if _same(each, newest) for check in each.failing],
        "reports": row.reports,
        "recent": _points(reports),
    }


def _same(report: ReportRow, other: ReportRow) -> bool:
    return (report.run_id, report.result) == (other.run_id, other.result)


def _points(reports: Sequence[ReportRow]) -> list[dict[str, Any]]:
    return [
        {"at": codec.iso(each.at), "status": each.status, "score": each.score, "run_id": each.run_id}
        for each in reversed(reports)
    ]


def _failed(reports: Sequence[ReportRow], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each check that is not well in any of these reports, as the newest of them has it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for report in reports:
        for check in report.failing:
            key = (check["group"], check["name"])
            if key in found:
                found[key]["times"] += 1
                continue
            is_now = (report.run_id, report.result) == (now["run_id"], now["result"])
            found[key] = {**check, "at": codec.iso(report.at), "run_id": report.run_id, "times": 1, "now": is_now}
    return list(found.values())[:FAILED]


def _by_status(monitors: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(monitors, key=lambda each: STATUSES.index(each["status"]))


def _unknown(store: Store, name: str, subject: str | None) -> NotFound:
    rows = store.monitors()
    subjects = [row.subject for row in rows if row.monitor == name]
    if subjects:
        return NotFound(
            f"The monitor {name!r} has recorded nothing about {subject!r:.80}.",
            remedy=f"It watches {', '.join(map(repr, subjects))}.",
        )
    known = ", ".join(dict.fromkeys(row.monitor for row in rows))
    return NotFound(f"There is no monitor {name!r:.80}.", remedy=f"Known monitors: {known}." if known else NONE_YET)


# -- what a report is compared with ------------------------------------------------------------------------------------


def earlier(url: str, run_id: str, monitor: str, subject: str) -> tuple[list[Found], int]:
    """The reports of that monitor in other runs, newest first, and how many of them, from the newest on, have no other one between
    them. StoreError; RunNotFound: this is not the store that the run is in."""
    store = open_store(url)
    try:
        store.run(run_id)
        rows = [row for row in store.reports(ReportFilter(monitor, subject, limit=PAGE)) if row.run_id != run_id]
        recent, before = rows[:RECENT], rows[RECENT:]
        # Nothing is left out between the last recent one and the first of the others where all of them are looked at.
        in_a_row = RECENT if len(before) > SPREAD else len(rows)
        return [(row.run_id, _report(store, row)) for row in (*recent, *_spread(before))], in_a_row
    finally:
        store.close()


def _spread(rows: Sequence[ReportRow]) -> Sequence[ReportRow]:
    if len(rows) <= SPREAD:
        return rows
    return [rows[number * (len(rows) - 1) // (SPREAD - 1)] for number in range(SPREAD)]


def _report(store: Store, row: ReportRow) -> Mapping[str, Any]:
    """Empty when the run has just been removed."""
    try:
        (event,) = store.read(row.run_id, row.seq - 1, 1)
        report: Mapping[str, Any] = codec.resolve(event.data["data"][MIME], store.blob)
    except RunNotFound:
        return {}
    return report
