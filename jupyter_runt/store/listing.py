"""The query for one page of the list of runs: each filter walks an index from its newest end, so a page costs its length."""

from __future__ import annotations

from typing import Any

from jupyter_runt.store.base import RunFilter
from jupyter_runt.store.encoding import clean, searchable
from jupyter_runt.store.queries import SQL

_COLUMNS = SQL["run_row"].partition("FROM")[0]

ROWS_ELSEWHERE = _COLUMNS + "FROM runs WHERE run IN (" + SQL["open_elsewhere"] + ") ORDER BY run"
"""The rows of `open_elsewhere`."""

REMOVABLE_ROWS = _COLUMNS + "FROM runs WHERE run IN (" + SQL["removable_runs"] + ") ORDER BY finished_at, run_id"
"""The rows of `removable_runs`."""


_ANYWHERE = (
    "(instr(search, ?) OR instr(lower(run_id), ?)"
    " OR EXISTS (SELECT 1 FROM labels AS t WHERE t.run = runs.run AND instr(searchable(t.value), ?)))"
)


def page_of_runs(where: RunFilter, before: int | None) -> tuple[str, list[Any]]:
    """SQL and its parameters. `before` is the number of the run named in the filter."""
    source, order = "runs", "runs.run"
    conditions: list[str] = []
    values: list[Any] = []
    labels = [(clean(key), clean(value)) for key, value in where.labels.items()]
    if labels and not where.status:
        # The label's index has its runs in order: walk that, and look each run up.
        source, order = "labels CROSS JOIN runs ON runs.run = labels.run", "labels.run"
        conditions.append("labels.key = ? AND labels.value = ?")
        values.extend(labels.pop())
    for pair in labels:
        conditions.append("EXISTS (SELECT 1 FROM labels AS l WHERE l.key = ? AND l.value = ? AND l.run = runs.run)")
        values.extend(pair)
    if before is not None:
        conditions.append(f"{order} < ?")
        values.append(before)
    if where.pinned:
        conditions.append("pinned")
    _more(where, conditions, values)
    if not where.status:
        condition = f"WHERE {' AND '.join(conditions)} " if conditions else ""
        return f"{_COLUMNS}FROM {source} {condition}ORDER BY {order} DESC LIMIT ?", [*values, where.limit]
    # One walk of the index per status, then the newest of all of them: `status IN (…)` would read and sort every run.
    statuses = sorted(set(where.status))
    condition = " AND ".join(["status = ?", *conditions])
    # (S608: nothing but this module's own text goes into the statement.)
    walk = f"SELECT * FROM (SELECT run FROM runs WHERE {condition} ORDER BY run DESC LIMIT ?)"  # noqa: S608
    numbers = " UNION ALL ".join([walk] * len(statuses))
    parameters = [value for status in statuses for value in (status, *values, where.limit)]
    return f"{_COLUMNS}FROM runs WHERE run IN ({numbers}) ORDER BY run DESC LIMIT ?", [*parameters, where.limit]


def _more(where: RunFilter, conditions: list[str], values: list[Any]) -> None:
    """What is looked at run by run, on the way from the newest."""
    if where.id:
        # No index: the beginning that many ids share (a day) would be sorted whole. (Ids are ASCII.)
        conditions.append("substr(run_id, 1, ?) = ?")
        values.extend((len(where.id), clean(where.id)))
    if where.since is not None:
        conditions.append("submitted_at >= ?")
        values.append(where.since)
    if where.until is not None:
        conditions.append("submitted_at < ?")
        values.append(where.until)
    if where.name:
        conditions.append("instr(search, ?)")
        values.append(searchable(where.name))
    if where.text:
        conditions.append(_ANYWHERE)
        values.extend([searchable(where.text)] * 3)
