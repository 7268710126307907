"""What a run's life tells the server's event bus (jupyter_events): each change of its status, never an output."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from jupyter_events import EventLogger

from jupyter_runt.events.codec import iso
from jupyter_runt.store.base import RunRow

log = logging.getLogger(__name__)

SCHEMA = Path(__file__).parent / "event_schemas" / "run_status" / "v1.yaml"
SCHEMA_ID = "https://events.jupyter.org/jupyter_runt/run_status/v1"


class Lifecycle:
    """One server's event bus, with our schema registered there."""

    def __init__(self, bus: EventLogger) -> None:
        self._bus = bus
        if SCHEMA_ID not in bus.schemas:
            bus.register_event_schema(SCHEMA)

    def status_changed(self, row: RunRow, before: str | None) -> None:
        """Emits one event; `before` is None for a run that was not there before."""
        try:
            self._bus.emit(schema_id=SCHEMA_ID, data=told(row, before))
        except Exception:  # the bus calls what users have plugged in, and hands on whatever that raises
            log.exception("the event of run %s, which is %s now, was not taken", row.run_id, row.status)


def told(row: RunRow, before: str | None) -> dict[str, Any]:
    """A change of status, as the schema describes it."""
    return {
        "run_id": row.run_id,
        "status": row.status,
        "previous_status": before,
        "reason": row.reason,
        "name": row.name,
        "requested_by": row.requested_by,
        "parent_run": row.parent_run,
        "cells_total": row.cells_total,
        "cells_failed": row.cells_failed,
        **{name: _time(getattr(row, name)) for name in ("submitted_at", "started_at", "finished_at")},
    }


def _time(at: float | None) -> str | None:
    return None if at is None else iso(at)
