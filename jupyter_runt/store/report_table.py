"""Reports of health in SQLite's table: written beside the facts, read by one walk of an index."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

from jupyter_runt.events import Draft, Event
from jupyter_runt.store.encoding import clean, decode, encode
from jupyter_runt.store.queries import SQL
from jupyter_runt.store.reports import ReportFilter, ReportRow, changes


def note_reports(db: Connection, run: int, run_id: str, after: int, facts: Sequence[Draft | Event], now: float) -> None:
    """Writes what these facts change."""
    for change in changes(run_id, after, facts, now):
        if change.result is None:
            db.execute(SQL["delete_reports"], {"run": run})
        elif change.row is None:
            db.execute(SQL["delete_report"], {"run": run, "result": change.result})
        else:
            row, (monitor, subject) = change.row._asdict(), change.monitor
            row |= {"run": run, "monitor": monitor, "subject": subject, "failing": encode(change.row.failing)}
            db.execute(SQL["insert_report"], row)


def page_of_reports(where: ReportFilter) -> tuple[str, list[Any]]:
    """SQL and its parameters: one walk of an index, as a rule from its newest end."""
    conditions = ["monitor = ?", "subject = ?"]
    values: list[Any] = [clean(where.monitor), clean(where.subject)]
    for condition, value in (
        ("at >= ?", where.since), ("at < ?", where.until), ("r.status = ?", where.status or None),
        ("r.status <> ?", where.other_than or None),
    ):  # fmt: skip
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if where.failing:
        conditions.append("failing <> '[]'")
    order = "" if where.oldest_first else " DESC"
    # (S608: nothing but this module's own text goes into the statement.)
    statement = (
        "SELECT run_id, result, r.seq, at, r.status, score"  # noqa: S608
        f"{', failing' if where.failing else ''} FROM reports AS r CROSS JOIN runs USING (run)"
        f" WHERE {' AND '.join(conditions)} ORDER BY at{order}, run{order}, result{order} LIMIT ?"
    )
    return statement, [*values, where.limit]


def report_rows(found: Sequence[tuple[Any, ...]], where: ReportFilter) -> list[ReportRow]:
    """What `page_of_reports` has read."""
    if where.failing:
        return [ReportRow(*row)._replace(failing=tuple(decode(row[-1]))) for row in found]
    return [ReportRow(*row) for row in found]
