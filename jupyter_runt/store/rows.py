"""Rows: how a submission becomes one, and how SQLite's tables hold them."""

from __future__ import annotations

from typing import Any

from jupyter_runt.store.base import RunFilter, RunRow, Submission, WorkerRow
from jupyter_runt.store.encoding import clean, decode, encode, searchable


def queued(submission: Submission, at: float) -> RunRow:
    """A new run's row."""
    return RunRow(
        run_id=submission.run_id,
        seq=1,
        status="queued",
        reason=None,
        name=clean(submission.name),
        title=clean(submission.title),
        priority=submission.priority,
        labels={clean(label): clean(value) for label, value in submission.labels.items()},
        requested_by=clean(submission.requested_by),
        parent_run=submission.parent_run,
        submitted_at=at,
        started_at=None,
        finished_at=None,
        cells_total=submission.cells_total,
        cells_done=0,
        cells_failed=0,
        current_cell=None,
        worker=None,
        epoch=0,
        place=submission.place,
        needs_worker=submission.needs_worker or None,
        after_run=submission.after_run,
    )


def columns_of(row: RunRow) -> dict[str, Any]:
    """A new run's columns, by name."""
    names = (
        "run_id", "name", "title", "priority", "requested_by", "parent_run", "submitted_at", "cells_total", "place",
        "needs_worker", "after_run",
    )  # fmt: skip
    made = {name: getattr(row, name) for name in names}
    return made | {"labels": encode(dict(row.labels)), "search": searchable(f"{row.name}\n{row.title}")}


def matches(row: RunRow, where: RunFilter) -> bool:
    """Whether the filter lets the row through; `listing.py` says the same in SQL."""
    named = searchable(f"{row.name}\n{row.title}")
    text = searchable(where.text)
    return (
        (not where.status or row.status in where.status)
        and (row.pinned or not where.pinned)
        and row.run_id.startswith(clean(where.id))
        and (where.since is None or row.submitted_at >= where.since)
        and (where.until is None or row.submitted_at < where.until)
        and searchable(where.name) in named
        and any(text in part for part in (named, searchable(row.run_id), *map(searchable, row.labels.values())))
        and all(row.labels.get(clean(key)) == clean(value) for key, value in where.labels.items())
    )


def run_row(columns: tuple[Any, ...]) -> RunRow:
    """A row that `run_row` of the SQL, or any statement with its columns, has read."""
    values = list(columns)
    values[7] = decode(values[7])
    values[21] = bool(values[21])
    return RunRow(*values)


def worker_row(columns: tuple[Any, ...]) -> WorkerRow:
    """A row that `all_workers` has read."""
    values = list(columns)
    values[10:12] = map(decode, values[10:12])
    values[14:16] = map(bool, values[14:16])
    return WorkerRow(*values)
