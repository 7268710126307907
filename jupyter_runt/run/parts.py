"""The parts of a run's state. `state.apply` alone changes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class CellState:
    """One cell of a run. `clock` is the worker's monotonic second at which it started; other times are seconds since
    the epoch. `status` is '' for cells that are never executed (markdown, raw)."""

    id: str
    type: str
    status: str
    line: int = 0
    timeout: float | None = None
    allow_errors: bool = False
    skip: bool = False
    reason: str | None = None
    attempt: int = 0
    msg_id: str = ""
    clock: float = 0.0
    started_at: float | None = None
    finished_at: float | None = None
    duration: float | None = None
    execution_count: int | None = None
    error: dict[str, Any] | None = None


@dataclass(slots=True)
class Question:
    """An `input()` of the running cell. `deadline` is on the monotonic clock; None means that it waits for ever."""

    id: str
    cell_id: str
    prompt: str
    password: bool
    deadline: float | None
    deadline_at: float | None
    answered: bool = False


@dataclass(slots=True)
class Stopping:
    """Work is being ended for `reason`; `stage` is interrupt, terminate or kill, reached at monotonic `since`."""

    reason: str
    stage: str
    since: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """How an attempt ended that another one followed; `cell` is the one that failed, if any."""

    attempt: int
    reason: str
    message: str
    cell: str | None
    ended_at: float
