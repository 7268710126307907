"""The fold: `apply(state, event)` alone changes a RunState, and every face gets its truth from it.

A RunState holds control facts only, never output text: what cells printed is folded by `run.document`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_runt.events import Draft, Event
from jupyter_runt.run import transitions
from jupyter_runt.run.parts import CellState, PastAttempt, Question, Stopping
from jupyter_runt.run.policy import Policy
from jupyter_runt.run.transitions import CELL, RUN, TERMINAL

Fact = Event | Draft

INTERRUPTED = {"reason": "interrupted", "stage": "interrupt"}
"""A `kernel.interrupted` that somebody asked for, as Ctrl-C would: it ends nothing by itself, and nothing harder follows."""


@dataclass(slots=True)
class RunState:
    """A run as its events tell it."""

    run_id: str
    seq: int = 0
    status: str = "queued"
    reason: str | None = None
    message: str = ""
    attempt: int = 1
    past: list[PastAttempt] = field(default_factory=list)
    """The attempts before this one."""
    epoch: int = 0
    worker: str | None = None
    name: str = ""
    title: str = ""
    requested_by: str = ""
    via: str = ""
    """What stood for the person, where no name did: `token`."""
    parent_run: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    runtime: dict[str, Any] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    cells: dict[str, CellState] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    """The ids of the code cells, in the order of their execution; those before `position` are not pending any more."""
    position: int = 0
    done: int = 0
    failed: int = 0
    current: str | None = None
    kernel: str = "none"
    """none, starting, ready, stopping or dead."""
    kernel_info: dict[str, Any] = field(default_factory=dict)
    kernel_clock: float = 0.0
    not_before: float = 0.0
    clock: float | None = None
    boot: str = ""
    """The boot of the machine whose monotonic clock all clocks in here are on; '' when unknown."""
    clock_zero: float | None = None
    """The wall time at that clock's second 0, by the newest fact that names both."""
    question: Question | None = None
    questions: int = 0
    stopping: Stopping | None = None
    interrupted: bool = False
    """Somebody interrupted the running cell; whether that ends it is up to its code."""
    paused: bool = False
    cancelled: str | None = None
    left: bool = False
    """A cell said that the notebook is done (`sys.exit(0)`): those behind it never run."""
    failure: str | None = None
    """Why no further cell of this attempt may start."""
    culprit: str | None = None
    """The first cell that failed."""
    health: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """By the name of the result, the brief of each report that this attempt recorded."""
    submitted_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    duration: float | None = None

    @property
    def ended(self) -> bool:
        return self.status in TERMINAL

    @property
    def code_cells(self) -> list[CellState]:
        """The cells that are executed, in order."""
        return [self.cells[name] for name in self.order]

    def counts(self) -> dict[str, int]:
        """How many code cells there are of each status."""
        counted: dict[str, int] = {}
        for cell in self.cells.values():
            if cell.status:
                counted[cell.status] = counted.get(cell.status, 0) + 1
        return counted


def fold(run_id: str, events: Iterable[Fact]) -> RunState:
    """The state after all these events."""
    state = RunState(run_id)
    for event in events:
        apply(state, event)
    return state


def apply(state: RunState, event: Fact) -> None:
    """Takes one fact into the state. Raises IllegalMoveError, with the state unchanged, where the tables forbid it."""
    outcome = str(event.data.get("status", "")) if event.type in ("run.finished", "cell.finished") else ""
    cell = state.cells.get(event.cell_id) if event.cell_id else None
    status = _run_after(state, event, outcome)
    if cell is not None and event.type in _MOVES_CELL:
        cell.status = transitions.move(CELL, cell.status, event.type, outcome)
    state.status = status
    _keep_time(state, event)
    handler = _HANDLERS.get(event.type)
    if handler is not None:
        handler(state, event, cell)
    if isinstance(event, Event):
        state.seq = event.seq


_MOVES_CELL = frozenset({"cell.started", "cell.finished", "input.requested", "input.answered", "input.taken"})
_MOVES_RUN = frozenset(event.split(":")[0] for moves in RUN.values() for event in moves)


def _run_after(state: RunState, event: Fact, outcome: str) -> str:
    if event.type in _MOVES_RUN:
        return transitions.move(RUN, state.status, event.type, outcome)
    if state.ended:
        raise transitions.IllegalMoveError(f"{event.type} after the end of the run")
    return state.status


def _submitted(state: RunState, event: Fact, cell: CellState | None) -> None:
    data = event.data
    state.submitted_at = event.at
    state.name, state.title = data.get("name", ""), data.get("title", "")
    state.requested_by, state.parent_run = data.get("requested_by", ""), data.get("parent_run")
    state.via = data.get("via", "")
    state.labels, state.parameters = dict(data.get("labels", {})), dict(data.get("parameters", {}))
    state.runtime = dict(data.get("runtime", {}))
    state.policy = Policy.from_json(data.get("policy", {}))
    if "fault" in data:
        state.failure, state.message = "notebook_error", data["fault"]
    for plan in data.get("cells", []):
        code = plan["type"] == "code"
        state.cells[plan["id"]] = CellState(
            id=plan["id"],
            type=plan["type"],
            status="pending" if code else "",
            line=plan.get("line", 0),
            timeout=plan.get("timeout"),
            allow_errors=plan.get("allow_errors", False),
            skip=plan.get("skip", False),
        )
        if code:
            state.order.append(plan["id"])


def _claimed(state: RunState, event: Fact, cell: CellState | None) -> None:
    state.worker, state.epoch = event.data["worker"], event.data["epoch"]


def _keep_time(state: RunState, event: Fact) -> None:
    """Each fact with a clock says which wall time that is. One of another boot (the newest worker's) begins a new clock."""
    if "clock" not in event.data or not event.at:
        return
    zero, boot = event.at - event.data["clock"], event.data.get("boot", state.boot)
    if boot != state.boot and state.boot and state.clock_zero is not None:
        _shift_clocks(state, state.clock_zero - zero)
    state.boot, state.clock_zero = boot, zero


def _shift_clocks(state: RunState, seconds: float) -> None:
    """Moves what is timed by the monotonic clock of an earlier boot to the present one's: limits and pauses go on, by the
    wall clock, which is all that two boots have in common."""
    state.kernel_clock += seconds
    if state.clock is not None:
        state.clock += seconds
    if state.not_before:
        state.not_before += seconds
    for cell in state.cells.values():
        cell.clock += seconds
    if state.question is not None and state.question.deadline is not None:
        state.question.deadline += seconds
    if state.stopping is not None:
        state.stopping.since += seconds


def _released(state: RunState, event: Fact, cell: CellState | None) -> None:
    state.worker = None


def _kernel_starting(state: RunState, event: Fact, cell: CellState | None) -> None:
    state.kernel, state.kernel_clock = "starting", event.data["clock"]
    if state.clock is None:
        state.clock = event.data["clock"]


def _kernel_ready(state: RunState, event: Fact, cell: CellState | None) -> None:
    state.kernel, state.kernel_info = "ready", dict(event.data)


def _kernel_interrupted(state: RunState, event: Fact, cell: CellState | None) -> None:
    data = event.data
    if {"reason": data["reason"], "stage": data["stage"]} == INTERRUPTED:
        state.interrupted = True
    else:
        state.stopping = Stopping(data["reason"], data["stage"], data["clock"], data.get("message", ""))


def _kernel_stopping(state: RunState, event: Fact, cell: CellState | None) -> None:
    state.kernel, state.kernel_clock = "stopping", event.data["clock"]


def _kernel_gone(state: RunState, event: Fact, cell: CellState | None) -> None:
    state.kernel = "dead"
    if event.type != "kernel.stopped":
        state.failure = state.failure or event.data["reason"]
        state.message = event.data["message"]
    state.stopping = None


def _run_started(state: RunState, event: Fact, cell: CellState | None) -> None:
    state.started_at = state.started_at or event.at


def _cell_started(state: RunState, event: Fact, cell: CellState | None) -> None:
    assert cell is not None
    cell.attempt, cell.msg_id = event.attempt or 1, event.data["msg_id"]
    cell.clock, cell.started_at, cell.finished_at = event.data["clock"], event.at, None
    state.current, state.interrupted = cell.id, False
    _advance(state)


def _cell_finished(state: RunState, event: Fact, cell: CellState | None) -> None:
    assert cell is not None
    data = event.data
    cell.reason, cell.duration, cell.error = data.get("reason"), data.get("duration"), data.get("error")
    cell.execution_count, cell.finished_at = data.get("execution_count"), event.at
    state.done += cell.status != "cancelled"
    state.failed += cell.status == "failed"
    if state.current == cell.id:
        state.current, state.question, state.interrupted = None, None, False
        if state.stopping is not None and state.stopping.stage == "interrupt":
            state.stopping = None  # after anything harder the kernel is lost, whatever it still said
    if cell.status == "failed" and state.culprit is None:
        state.culprit = cell.id
    state.left = state.left or cell.reason == "early_exit"
    if data.get("fatal"):
        state.failure = cell.reason
    _advance(state)


def _advance(state: RunState) -> None:
    while state.position < len(state.order) and state.cells[state.order[state.position]].status != "pending":
        state.position += 1


def _run_retrying(state: RunState, event: Fact, cell: CellState | None) -> None:
    state.past.append(PastAttempt(state.attempt, event.data["reason"], state.message, state.culprit, event.at))
    state.attempt, state.not_before = event.data["attempt"], event.data["not_before"]
    state.kernel, state.failure, state.message = "none", None, ""
    state.position = state.done = state.failed = state.questions = 0
    state.stopping = state.question = state.current = state.culprit = None
    state.left = state.interrupted = False
    state.health = {}
    for each in state.cells.values():
        if each.status and each.status != "pending":
            each.status = transitions.move(CELL, each.status, "run.retrying")
            each.reason = each.started_at = each.finished_at = each.duration = each.execution_count = each.error = None


def _input_requested(state: RunState, event: Fact, cell: CellState | None) -> None:
    data = event.data
    state.questions += 1
    state.question = Question(
        id=data["input_id"],
        cell_id=event.cell_id or "",
        prompt=data["prompt"],
        password=data["password"],
        deadline=data.get("deadline_clock"),
        deadline_at=event.at + data["deadline_in"] if "deadline_in" in data else None,
    )


def _input_answered(state: RunState, event: Fact, cell: CellState | None) -> None:
    if state.question is not None:
        state.question.answered = True


def _input_taken(state: RunState, event: Fact, cell: CellState | None) -> None:
    if state.question is not None and state.question.id == event.data["input_id"]:
        state.question = None


def _result_recorded(state: RunState, event: Fact, cell: CellState | None) -> None:
    name, found = event.data["name"], event.data.get("health")
    if found is not None:
        state.health[name] = found
    else:
        state.health.pop(name, None)  # the last result of a name is the result, and this one tells of something else


def _signal_handled(state: RunState, event: Fact, cell: CellState | None) -> None:
    kind = event.data["kind"]
    if event.data.get("refused"):
        return
    if kind in ("cancel", "kill"):
        state.cancelled = event.data["reason"]
    elif kind in ("pause", "resume"):
        state.paused = kind == "pause"


def _run_finished(state: RunState, event: Fact, cell: CellState | None) -> None:
    state.reason, state.message = event.data.get("reason"), event.data.get("message", "")
    state.finished_at, state.duration = event.at, event.data.get("duration")
    state.current = state.question = state.stopping = None
    for each in state.cells.values():
        if each.status == "pending":
            each.status = transitions.move(CELL, each.status, "run.finished")


_HANDLERS = {
    "run.submitted": _submitted,
    "run.claimed": _claimed,
    "run.adopted": _claimed,
    "run.released": _released,
    "kernel.starting": _kernel_starting,
    "kernel.ready": _kernel_ready,
    "kernel.interrupted": _kernel_interrupted,
    "kernel.stopping": _kernel_stopping,
    "kernel.failed": _kernel_gone,
    "kernel.stopped": _kernel_gone,
    "kernel.died": _kernel_gone,
    "run.started": _run_started,
    "cell.started": _cell_started,
    "cell.finished": _cell_finished,
    "run.retrying": _run_retrying,
    "input.requested": _input_requested,
    "input.answered": _input_answered,
    "input.taken": _input_taken,
    "result.recorded": _result_recorded,
    "signal.handled": _signal_handled,
    "run.finished": _run_finished,
}


def summary(state: RunState) -> Mapping[str, Any]:
    """The fields that lists show, as `store.base.Summary` takes them."""
    return {
        "status": state.status,
        "reason": state.reason,
        "cells_done": state.done,
        "cells_failed": state.failed,
        "current_cell": state.current,
        "started_at": state.started_at,
        "finished_at": state.finished_at,
    }
