"""What faces show of a run: its state and its outputs as one JSON value, folded from the events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from jupyter_runt.events import Event
from jupyter_runt.events.codec import iso
from jupyter_runt.run.document import Document
from jupyter_runt.run.parts import CellState
from jupyter_runt.run.state import RunState, apply


def view_of(run_id: str, events: Iterable[Event]) -> dict[str, Any]:
    """Folds the events into a view."""
    state, document = RunState(run_id), Document()
    for event in events:
        apply(state, event)
        document.apply(event)
    return view(state, document)


def view(state: RunState, document: Document) -> dict[str, Any]:
    """The run as JSON. Large outputs are references (`{"$blob": sha256}`); the texts of a stream stay in pieces."""
    shown: dict[str, Any] = {
        "run_id": state.run_id,
        "seq": state.seq,
        "status": state.status,
        "reason": state.reason,
        "message": state.message,
        "name": state.name,
        "title": state.title,
        "requested_by": state.requested_by,
        "via": state.via,
        "parent_run": state.parent_run,
        "labels": state.labels,
        "parameters": state.parameters,
        "runtime": {key: state.runtime.get(key) for key in ("runtime", "display_name", "language", "cwd", "agent")},
        "attempt": state.attempt,
        "past_attempts": [{**asdict(each), "ended_at": _time(each.ended_at)} for each in state.past],
        "worker": state.worker,
        "paused": state.paused,
        "submitted_at": _time(state.submitted_at),
        "started_at": _time(state.started_at),
        "finished_at": _time(state.finished_at),
        "duration": state.duration,
        "counts": state.counts(),
        "cells": [_cell(cell, document) for cell in state.cells.values()],
        "results": [result.to_json() for result in document.results.values()],
    }
    if state.question is not None and not state.question.answered:
        question = state.question
        shown["input"] = {
            "input_id": question.id,
            "cell_id": question.cell_id,
            "prompt": question.prompt,
            "password": question.password,
            "deadline": _time(question.deadline_at),
        }
    return shown


def _cell(cell: CellState, document: Document) -> dict[str, Any]:
    return {
        "id": cell.id,
        "type": cell.type,
        "line": cell.line,
        "status": cell.status,
        "reason": cell.reason,
        "attempt": cell.attempt,
        "started_at": _time(cell.started_at),
        "finished_at": _time(cell.finished_at),
        "duration": cell.duration,
        "execution_count": cell.execution_count,
        "error": cell.error,
        "outputs": [output.to_json() for output in document.cells.get(cell.id, [])],
    }


def _time(at: float | None) -> str | None:
    return None if at is None else iso(at)
