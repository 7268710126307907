"""A run driven by hand: the pure core with a clock that is set and a kernel that is played."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jupyter_runt.events import Draft, Event, codec, schema
from jupyter_runt.run import instructions as do
from jupyter_runt.run.decide import step
from jupyter_runt.run.instructions import Instruction, Stimulus
from jupyter_runt.run.parts import CellState
from jupyter_runt.run.policy import Policy
from jupyter_runt.run.state import RunState, apply

WALL = 1_795_000_000.0
"""Seconds since the epoch at second 0 of the played monotonic clock."""

RUNTIME = {
    "runtime": "python3",
    "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "cwd": "/srv",
    "env": {},
    "language": "python",
    "display_name": "Python 3",
    "agent": True,
    "interrupt_mode": "signal",
    "resource_dir": "",
}
OK = {"status": "ok", "execution_count": 1}
ERROR = {"status": "error", "execution_count": 1, "ename": "ValueError", "evalue": "no", "traceback": []}
INTERRUPTED = {"status": "error", "execution_count": 1, "ename": "KeyboardInterrupt", "evalue": "", "traceback": []}
ABORTED = {"status": "aborted"}


def code(cell_id: str, **plan: Any) -> dict[str, Any]:
    return {"id": cell_id, "type": "code", **plan}


def markdown(cell_id: str) -> dict[str, Any]:
    return {"id": cell_id, "type": "markdown"}


def submitted(*cells: Mapping[str, Any], policy: Policy | None = None) -> Draft:
    return Draft(
        "run.submitted",
        {
            "notebook": {"cells": [], "source_path": "report.yml", "format": "yaml"},
            "name": "report",
            "title": "Report",
            "path": "/srv/report.yml",
            "cells": [dict(cell) for cell in cells],
            "parameters": {"year": 2026},
            "secrets": ["token"],
            "parameters_cell": None,
            "runtime": RUNTIME,
            "requested_by": "jo",
            "labels": {"team": "a"},
            "priority": 0,
            "policy": json.loads(json.dumps((policy or Policy()).to_json())),
            "parent_run": None,
            "version": "1",
        },
        at=WALL,
    )


class Driver:
    """Keeps the log as a store would, and judges each event by the schema."""

    def __init__(self, *cells: Mapping[str, Any], policy: Policy | None = None) -> None:
        self.now, self.wall = 1000.0, WALL
        self.state = RunState("r1")
        self.log: list[Event] = []
        self.instructions: list[Instruction] = []
        self.wake_at: float | None = None
        self.record(submitted(*cells, policy=policy))
        self.record(Draft("run.claimed", {"worker": "w1", "epoch": 1}, at=WALL + self.now))
        self.send()

    def record(self, draft: Draft, *, known: bool = False) -> None:
        """Numbers a fact; applies it too unless the state knows it."""
        event = Event("r1", len(self.log) + 1, draft.at, draft.type, draft.data, draft.cell_id, draft.attempt)
        faults = schema.validate(json.loads(codec.encode(codec.to_json(event))))
        assert not faults, f"{event}: {faults}"
        self.log.append(event)
        if known:
            self.state.seq = event.seq
        else:
            apply(self.state, event)

    def send(self, *stimuli: Stimulus) -> list[Instruction]:
        """One step; returns its instructions."""
        decision = step(self.state, stimuli, self.now, self.wall + self.now)
        for draft in decision.events:
            self.record(draft, known=True)
        self.instructions += decision.instructions
        self.wake_at = decision.wake_at
        return decision.instructions

    def wait(self, seconds: float) -> list[Instruction]:
        """Lets time pass without anything happening, waking whenever the run wants it."""
        end, given = self.now + seconds, []
        while self.wake_at is not None and self.wake_at <= end:
            self.now = max(self.now, self.wake_at)
            given += self.send()
        self.now = end
        return given

    # -- the played kernel -------------------------------------------------------------------------------------------

    def ready(self) -> list[Instruction]:
        return self.send(do.KernelReady({"pid": 7, "banner": "hi"}))

    def reply(self, content: dict[str, Any] = OK) -> list[Instruction]:
        return self.send(do.Replied(self.msg_id, content))

    def ask(self, prompt: str = "name? ", *, password: bool = False) -> list[Instruction]:
        return self.send(do.InputAsked(self.msg_id, prompt, password))

    def exit(self, status: int | None = None, signal: int | None = None) -> list[Instruction]:
        return self.send(do.KernelExited(status, signal))

    def signal(self, kind: str) -> list[Instruction]:
        return self.send(do.Signalled(kind, "jo"))

    @property
    def msg_id(self) -> str:
        assert self.state.current is not None
        return self.state.cells[self.state.current].msg_id

    # -- what came of it ---------------------------------------------------------------------------------------------

    def cell(self, cell_id: str) -> CellState:
        return self.state.cells[cell_id]

    @property
    def statuses(self) -> dict[str, str]:
        return {cell.id: cell.status for cell in self.state.code_cells}

    @property
    def outcome(self) -> tuple[str, str | None]:
        return self.state.status, self.state.reason

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.log]

    def last(self, kind: str) -> Event:
        return next(event for event in reversed(self.log) if event.type == kind)
