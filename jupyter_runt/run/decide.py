"""What happens next: pure, total, and the only place that knows.

`decide` answers one stimulus, or none, with facts and instructions; it changes nothing. `step` is the loop around it: the
facts are applied and `decide` is asked again until it has nothing more to say. The performer appends the facts of a whole
step in one transaction and carries the instructions out only then.

`now` is the monotonic clock in seconds, the one that deadlines in the state are kept on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jupyter_runt.events import Draft
from jupyter_runt.run import health
from jupyter_runt.run import instructions as do
from jupyter_runt.run.deadlines import act_on_deadlines, stop, wake_at
from jupyter_runt.run.endings import ending
from jupyter_runt.run.instructions import Decision, Stimulus
from jupyter_runt.run.parts import CellState
from jupyter_runt.run.state import INTERRUPTED, RunState, apply


def step(state: RunState, stimuli: Sequence[Stimulus], now: float, at: float) -> Decision:
    """Applies everything that follows from the stimuli, in their order; `at` is the wall clock that the facts will bear.
    `state` is changed by `apply` alone."""
    total = Decision()
    for stimulus in stimuli:
        _take(state, stimulus, now, at, total)
        while _take(state, None, now, at, total):
            pass
    while _take(state, None, now, at, total):
        pass
    return total


def _take(state: RunState, stimulus: Stimulus | None, now: float, at: float, total: Decision) -> bool:
    decision = decide(state, stimulus, now)
    for fact in decision.events:
        stamped = replace(fact, at=at)
        apply(state, stamped)
        total.events.append(stamped)
    total.instructions += decision.instructions
    total.wake_at = decision.wake_at
    return bool(decision.events)


def decide(state: RunState, stimulus: Stimulus | None, now: float) -> Decision:
    """Facts and instructions that answer this stimulus, or, without one, the next thing to do."""
    decision = Decision()
    if state.ended:
        return decision
    if stimulus is not None:
        _ANSWERS[type(stimulus)](state, stimulus, now, decision)
        return decision
    for rule in (_outcome, act_on_deadlines, _skip, _kernel, _next_cell):
        if rule(state, now, decision):
            return decision
    decision.wake_at = wake_at(state)
    return decision


# -- answers to stimuli ----------------------------------------------------------------------------------------------


def _kernel_ready(state: RunState, stimulus: do.KernelReady, now: float, out: Decision) -> None:
    if state.kernel == "starting":
        out.events.append(Draft("kernel.ready", dict(stimulus.info)))
        out.events.append(Draft("run.started", {"attempt": state.attempt}))


def _kernel_failed(state: RunState, stimulus: do.KernelFailed, now: float, out: Decision) -> None:
    if state.kernel == "starting":
        reason = _why(state, stimulus.reason)
        out.events.append(Draft("kernel.failed", {"reason": reason, "message": stimulus.message}))


def _why(state: RunState, otherwise: str) -> str:
    """The reason for which something ends now: ours, when we are ending it."""
    return state.cancelled or (state.stopping.reason if state.stopping else otherwise)


def _kernel_exited(state: RunState, stimulus: do.KernelExited, now: float, out: Decision) -> None:
    data: dict[str, Any] = {"status": stimulus.status, "signal": stimulus.signal}
    if stimulus.oom:
        data["oom"] = stimulus.oom
    if state.kernel in ("dead", "none"):
        return
    if state.kernel == "starting":
        # One that exits by itself would do so again; one that was killed is a kernel that died, and may be worth another attempt.
        reason = _why(state, "kernel_died" if stimulus.status is None else "kernel_start_failed")
        message = _message(state) or stimulus.message or f"the kernel ended before it was ready: {ending(data)}"
        out.events.append(Draft("kernel.failed", {"reason": reason, "message": message, **data}))
        return
    if state.kernel == "stopping":
        out.events.append(Draft("kernel.stopped", {"status": stimulus.status, "signal": stimulus.signal}))
        return
    reason = _why(state, "kernel_died")
    cell = state.cells.get(state.current or "")
    if cell is not None:
        out.events.append(_finished(state, cell, "cancelled" if state.cancelled else "failed", reason, now, fatal=True))
    message = _message(state) or f"the kernel died: {ending(data)}"
    out.events.append(Draft("kernel.died", {"reason": reason, "message": message, **data}))


def _message(state: RunState) -> str:
    """What there is to say of an end that is our own doing."""
    return state.stopping.message if state.stopping is not None and not state.cancelled else ""


def _surrendered(state: RunState, stimulus: do.Surrendered, now: float, out: Decision) -> None:
    if state.kernel in ("starting", "ready", "stopping"):
        stop(state, stimulus.reason, "kill", now, out, stimulus.message)


def _replied(state: RunState, stimulus: do.Replied, now: float, out: Decision) -> None:
    cell = state.cells.get(state.current or "")
    if cell is None or cell.msg_id != stimulus.msg_id:
        return
    content = stimulus.content
    if content.get("status") == "ok":
        count = content.get("execution_count")
        out.events.append(_finished(state, cell, "succeeded", None, now, count=count))
        return
    count = content.get("execution_count")
    error: dict[str, Any] = {key: content[key] for key in ("ename", "evalue") if key in content}
    reason = _why(state, _what_failed(state, error))
    if state.cancelled:
        finished = _finished(state, cell, "cancelled", reason, now, count=count, error=error)
    elif cell.allow_errors and reason == "cell_error":
        finished = _finished(state, cell, "succeeded", "error_allowed", now, count=count, error=error)
    elif reason == "cell_error" and _leaves(error):
        finished = _finished(state, cell, "succeeded", "early_exit", now, count=count)
    else:
        fatal = state.policy.stop_on_error or reason == "run_timeout"
        finished = _finished(state, cell, "failed", reason, now, count=count, error=error, fatal=fatal)
    out.events.append(finished)


def _what_failed(state: RunState, error: Mapping[str, Any]) -> str:
    """Who was interrupted on request may have caught that, and failed of something else later. Kernels of other languages
    call it by names that we do not know."""
    name = error.get("ename")
    if name == "StdinNotImplementedError":
        return "input_unavailable"
    by_name = name == "KeyboardInterrupt" or state.runtime.get("language") != "python"
    return "interrupted" if state.interrupted and by_name else "cell_error"


def _leaves(error: Mapping[str, Any]) -> bool:
    """Whether user code said `sys.exit()` or `sys.exit(0)`: it is done, as papermill reads it, too."""
    return error.get("ename") == "SystemExit" and error.get("evalue") in ("", "0", "None")


def _outcome_unknown(state: RunState, stimulus: do.OutcomeUnknown, now: float, out: Decision) -> None:
    cell = state.cells.get(state.current or "")
    if cell is not None and cell.msg_id == stimulus.msg_id:
        out.events.append(_finished(state, cell, "failed", "unknown_outcome", now, fatal=True))


def _input_asked(state: RunState, stimulus: do.InputAsked, now: float, out: Decision) -> None:
    cell = state.cells.get(state.current or "")
    if cell is None or cell.msg_id != stimulus.msg_id:
        return
    policy = state.policy.input
    index = state.questions
    input_id = f"{state.attempt}.{index + 1}"
    asked: dict[str, Any] = {"input_id": input_id, "prompt": stimulus.prompt, "password": stimulus.password}
    if policy.deadline is not None:
        asked |= {"deadline_clock": now + policy.deadline, "deadline_in": policy.deadline}
    out.events.append(Draft("input.requested", asked, cell.id))
    if policy.policy == "answer":
        if index < max(len(policy.answers), policy.answers_given):
            out.events.append(Draft("input.answered", {"input_id": input_id, "by": "policy"}, cell.id))
            out.instructions.append(do.Answer(input_id, index))
        else:
            stop(state, "input_unavailable", "interrupt", now, out)
    elif policy.policy == "fail":
        stop(state, "input_unavailable", "interrupt", now, out)


def _input_given(state: RunState, stimulus: do.InputGiven, now: float, out: Decision) -> None:
    question = state.question
    if question is not None and question.id == stimulus.input_id and not question.answered:
        data = {"input_id": question.id, "by": stimulus.by}
        out.events.append(Draft("input.answered", data, question.cell_id))
        out.instructions.append(do.Answer(question.id))


def _input_taken(state: RunState, stimulus: do.InputTaken, now: float, out: Decision) -> None:
    if state.question is not None:
        out.events.append(Draft("input.taken", {"input_id": state.question.id}, state.question.cell_id))


def refusal(state: RunState, kind: str) -> str | None:
    """Why this signal makes no sense now; None when it does."""
    if state.ended:
        return f"the run has ended: {state.status}"
    if kind == "interrupt" and state.current is None:
        return "no cell is running"
    if kind == "interrupt" and state.stopping is not None:
        return f"the cell is being ended already: {state.stopping.reason}"
    if kind == "pause" and state.paused:
        return "the run is paused already"
    if kind == "resume" and not state.paused:
        return "the run is not paused"
    if kind == "cancel" and state.cancelled:
        return "the run is being cancelled already"
    return None


def _signalled(state: RunState, stimulus: do.Signalled, now: float, out: Decision) -> None:
    why_not = refusal(state, stimulus.kind)
    data: dict[str, Any] = {"kind": stimulus.kind, "by": stimulus.by}
    if why_not:
        out.events.append(Draft("signal.handled", {**data, "refused": why_not}))
        return
    out.events.append(Draft("signal.handled", {**data, "reason": stimulus.reason}))
    if stimulus.kind == "kill" and state.kernel in ("starting", "ready", "stopping"):
        stop(state, stimulus.reason, "kill", now, out)
    elif stimulus.kind == "cancel" and state.current is not None:
        stop(state, stimulus.reason, "interrupt", now, out)
    elif stimulus.kind == "interrupt":
        # As Ctrl-C at a terminal, and no more: what the code makes of it is its own affair, and nothing harder follows.
        out.events.append(Draft("kernel.interrupted", {**INTERRUPTED, "clock": now}, state.current))
        out.instructions.append(do.Stop("interrupt"))


_ANSWERS: dict[type, Any] = {
    do.KernelReady: _kernel_ready,
    do.KernelFailed: _kernel_failed,
    do.KernelExited: _kernel_exited,
    do.Surrendered: _surrendered,
    do.Replied: _replied,
    do.OutcomeUnknown: _outcome_unknown,
    do.InputAsked: _input_asked,
    do.InputGiven: _input_given,
    do.InputTaken: _input_taken,
    do.Signalled: _signalled,
}

# -- rules without a stimulus: the first that has something to say is the answer --------------------------------------


def _outcome(state: RunState, now: float, out: Decision) -> bool:
    """Ends the run when its outcome is clear: first the kernel, then a new attempt or the end."""
    outcome = _clear_outcome(state)
    if outcome is None:
        return False
    status, reason = outcome
    if state.kernel == "ready" and state.stopping is None:
        out.events.append(Draft("kernel.stopping", {"clock": now}))
        out.instructions.append(do.Shutdown())
        return True
    if state.kernel == "starting" and state.stopping is None:
        stop(state, reason or "cancelled_by_user", "kill", now, out)
        return True
    if state.kernel in ("starting", "ready", "stopping"):
        return False
    retry = state.policy.retry
    if status == "failed" and reason in retry.on and state.attempt < retry.attempts:
        pause = retry.pause(state.attempt)
        data = {"attempt": state.attempt + 1, "reason": reason, "delay": pause, "not_before": now + pause}
        out.events.append(Draft("run.retrying", data))
        return True
    out.events.append(_run_finished(state, status, reason, now))
    return True


def _clear_outcome(state: RunState) -> tuple[str, str | None] | None:
    if state.current is not None:
        return None
    if state.cancelled:
        return "cancelled", state.cancelled
    if state.failure:
        return "failed", state.failure
    if state.position < len(state.order) and not state.left:
        return None
    if state.culprit:
        return "failed", state.cells[state.culprit].reason
    unhealthy = health.verdict(state.policy.fail_on, state.health.values())
    if unhealthy is not None:
        return "failed", unhealthy
    return "succeeded", "early_exit" if state.left else None


def _skip(state: RunState, now: float, out: Decision) -> bool:
    """Passes over a cell tagged `skip-execution`; this needs no kernel."""
    cell = _next(state)
    if cell is None or not cell.skip or state.current:
        return False
    out.events.append(_finished(state, cell, "skipped", "skip_execution", now))
    return True


def _kernel(state: RunState, now: float, out: Decision) -> bool:
    """Starts the kernel that this attempt needs."""
    if state.kernel != "none" or _next(state) is None or now < state.not_before:
        return False
    out.events.append(Draft("kernel.starting", {"clock": now, "attempt": state.attempt, **_kernel_shown(state)}))
    out.instructions.append(do.StartKernel(state.attempt))
    return True


def _kernel_shown(state: RunState) -> dict[str, Any]:
    return {key: state.runtime[key] for key in ("runtime", "display_name", "language", "agent") if key in state.runtime}


def _next_cell(state: RunState, now: float, out: Decision) -> bool:
    """Starts the next cell. The msg_id is made of what the log knows, so an adopting worker names the same request alike."""
    cell = _next(state)
    if cell is None or state.kernel != "ready" or state.current or state.paused or state.stopping:
        return False
    attempt = state.attempt
    msg_id = f"{state.run_id}.{attempt}.{state.position + 1}"
    out.events.append(Draft("cell.started", {"msg_id": msg_id, "clock": now}, cell.id, attempt))
    out.instructions.append(execution(state, cell, msg_id))
    return True


def execution(state: RunState, cell: CellState, msg_id: str) -> do.Execute:
    """The instruction that sends a cell, for the first time or, where nobody knows whether it was sent, once more."""
    stop_on_error = state.policy.stop_on_error and not cell.allow_errors
    return do.Execute(cell.id, msg_id, stop_on_error, state.policy.input.policy != "fail")


def _next(state: RunState) -> CellState | None:
    return state.cells[state.order[state.position]] if state.position < len(state.order) else None


def surrender(state: RunState, reason: str, message: str, now: float) -> Draft:
    """The next fact on the shortest way to the end of a run whose driver cannot go on."""
    cell = state.cells.get(state.current or "")
    if cell is not None:
        return _finished(state, cell, "failed", reason, now, fatal=True)
    end = _run_finished(state, "failed", reason, now)
    end.data["message"] = message
    return end


# -- facts -----------------------------------------------------------------------------------------------------------


def _finished(
    state: RunState,
    cell: CellState,
    status: str,
    reason: str | None,
    now: float,
    *,
    count: int | None = None,
    error: dict[str, Any] | None = None,
    fatal: bool = False,
) -> Draft:
    data: dict[str, Any] = {"status": status}
    if reason:
        data["reason"] = reason
    if cell.status != "pending":
        data |= {"duration": round(now - cell.clock, 6), "execution_count": count}
    if error:
        data["error"] = error
    if fatal:
        data["fatal"] = True
    return Draft("cell.finished", data, cell.id, state.attempt)


def _run_finished(state: RunState, status: str, reason: str | None, now: float) -> Draft:
    data: dict[str, Any] = {"status": status, "attempts": state.attempt, "counts": _final_counts(state)}
    if reason:
        data["reason"] = reason
    if state.culprit:
        data["cell"] = state.culprit
    if state.message:
        data["message"] = state.message
    elif reason in health.REASONS.values():
        data["message"] = health.message(state.health.values())
    data["duration"] = round(now - state.clock, 6) if state.clock is not None else 0.0
    return Draft("run.finished", data)


def _final_counts(state: RunState) -> dict[str, int]:
    counts = state.counts()
    never_ran = counts.pop("pending", 0)
    if never_ran:
        counts["cancelled"] = counts.get("cancelled", 0) + never_ran
    return counts
