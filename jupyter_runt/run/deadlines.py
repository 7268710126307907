"""What time alone brings about: limits of cell and run, an input's deadline, and ever harder measures. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from jupyter_runt.events import Draft
from jupyter_runt.run import instructions as do
from jupyter_runt.run.instructions import Decision
from jupyter_runt.run.state import RunState

Act = Callable[[RunState, float, Decision], None]
Timer = tuple[float, Act]

_STAGES = ("interrupt", "terminate", "kill")
_HARDER = dict(pairwise(_STAGES))


def act_on_deadlines(state: RunState, now: float, out: Decision) -> bool:
    """Does what the first passed deadline asks for; False when none has passed."""
    for at, act in sorted(_timers(state), key=lambda timer: timer[0]):
        if at <= now:
            act(state, now, out)
            return True
    return False


def wake_at(state: RunState) -> float | None:
    """The next deadline on the monotonic clock."""
    waits = [at for at, _ in _timers(state)]
    if state.kernel == "none" and state.not_before:
        waits.append(state.not_before)
    return min(waits, default=None)


def stop(state: RunState, reason: str, stage: str, now: float, out: Decision, message: str = "") -> None:
    """Begins, or hardens, the end of what runs. Every stage is a fact, so that an adopting worker goes on from it.

    What is as hard goes on undisturbed: code that swallows its interrupt and asks again must not begin its grace anew.
    """
    if state.stopping is not None and _STAGES.index(stage) <= _STAGES.index(state.stopping.stage):
        return
    said = {"message": message} if message else {}
    out.events.append(
        Draft("kernel.interrupted", {"reason": reason, "stage": stage, "clock": now, **said}, state.current)
    )
    out.instructions.append(do.Stop(stage))


def _timers(state: RunState) -> Iterator[Timer]:
    grace, stopping = state.policy.grace, state.stopping
    if stopping is not None:
        if stopping.stage in _HARDER:
            yield stopping.since + getattr(grace, stopping.stage), _harder
        return
    if state.kernel == "stopping":
        yield state.kernel_clock + grace.shutdown, _kill_what_will_not_end
        return
    if state.kernel == "starting":
        yield state.kernel_clock + grace.start, _give_up_starting
    if state.policy.timeout is not None and state.clock is not None and state.failure is None:
        yield state.clock + state.policy.timeout, _end_run
    if state.current is None:
        return
    cell = state.cells[state.current]
    limit = cell.timeout if cell.timeout is not None else state.policy.cell_timeout
    if limit is not None:
        yield cell.clock + limit, _end_cell
    question = state.question
    if question is not None and not question.answered and question.deadline is not None:
        yield question.deadline, _end_question


def _harder(state: RunState, now: float, out: Decision) -> None:
    assert state.stopping is not None
    stop(state, state.stopping.reason, _HARDER[state.stopping.stage], now, out)


def _kill_what_will_not_end(state: RunState, now: float, out: Decision) -> None:
    stop(state, "shutdown_timeout", "kill", now, out)


def _give_up_starting(state: RunState, now: float, out: Decision) -> None:
    stop(state, "kernel_start_failed", "kill", now, out)


def _end_run(state: RunState, now: float, out: Decision) -> None:
    if state.kernel in ("none", "dead"):
        out.events.append(Draft("kernel.failed", {"reason": "run_timeout", "message": ""}))
    else:
        stop(state, "run_timeout", "interrupt" if state.current else "kill", now, out)


def _end_cell(state: RunState, now: float, out: Decision) -> None:
    stop(state, "cell_timeout", "interrupt", now, out)


def _end_question(state: RunState, now: float, out: Decision) -> None:
    stop(state, "input_unavailable", "interrupt", now, out)
