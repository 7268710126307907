"""Lines of lists as JSON: runs and workers, as every face gives them away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Any

from jupyter_runt.events.codec import iso, seconds
from jupyter_runt.kernel.place import here
from jupyter_runt.store.base import DRIVEN, RunFilter, RunRow, Store
from jupyter_runt.store.life import is_held

_MANY = 1000


def row_json(row: RunRow) -> dict[str, Any]:
    """A run's row as JSON; times in ISO 8601."""
    shown = asdict(row)
    shown["labels"] = dict(row.labels)
    for name in ("submitted_at", "started_at", "finished_at"):
        shown[name] = iso(shown[name]) if shown[name] is not None else None
    return shown


def row_of(shown: Mapping[str, Any]) -> RunRow:
    """The row that `row_json` wrote, also a newer release's with more in it, or an older one's with less. KeyError, TypeError,
    ValueError."""
    given = {each.name: shown[each.name] for each in fields(RunRow) if each.name in shown or each.default is MISSING}
    for name in ("submitted_at", "started_at", "finished_at"):
        given[name] = seconds(given[name]) if given[name] is not None else None
    return RunRow(**given)


def workers_json(store: Store) -> list[dict[str, Any]]:
    """All workers that are known, each with the runs that it drives and, where that can be seen from here, whether it lives."""
    driven: dict[str, list[str]] = {}
    for row in store.runs(RunFilter(status=DRIVEN, limit=_MANY)):
        driven.setdefault(row.worker or "", []).append(row.run_id)
    return [
        {
            **asdict(worker),
            "labels": dict(worker.labels),
            "variables": list(worker.variables),
            "started_at": iso(worker.started_at),
            "alive": is_held(worker.lock) if worker.place == here() else None,
            "runs": driven.get(worker.worker_id, []),
        }
        for worker in store.workers()
    ]
