"""What is left of a run's log when a part of it was lost: the facts that still make sense, and a `gap` where others are missing.

Pure. An ended run keeps all that can be read, up to its end. One that had not ended cannot be driven on, for what was lost may be
that a cell was started: it is ended as failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

from jupyter_runt.events import Draft, Event
from jupyter_runt.run.decide import surrender
from jupyter_runt.run.document import Document
from jupyter_runt.run.state import RunState, apply

REASON = "store_damaged"
# What an event from a damaged place may bring about: it makes no sense here, lacks a key, or holds something else than it should.
_NONSENSE = (LookupError, TypeError, ValueError, AttributeError, AssertionError)
_SHOWN = ("output.", "stream.", "outputs.", "display.", "comm.", "result.", "truncated", "gap")


@dataclass(slots=True)
class Mended:
    """A log numbered anew, with both of its folds. `lost` counts the events that were not there or made no sense any more."""

    run_id: str
    events: list[Event] = field(default_factory=list)
    lost: int = 0
    told: int = 0
    """Of the lost ones, those that a `gap` tells of."""
    state: RunState = field(init=False)
    document: Document = field(default_factory=Document)

    def __post_init__(self) -> None:
        self.state = RunState(self.run_id)


def mend(run_id: str, events: Sequence[Event], length: int, *, was: str, at: float) -> Mended:
    """Takes what could be read of a log, in its order and from `run.submitted` on; `length` is how long it was.

    `was` is the status in the list of runs; '' when that is lost, too. `at`: the time of an end that has to be made up.
    """
    mended = Mended(run_id)
    expected = 1
    for event in events:
        mended.lost += event.seq - expected
        expected = event.seq + 1
        if not _take(mended, event):
            mended.lost += 1
    if not mended.state.ended:
        mended.lost += max(0, length + 1 - expected)
        if mended.lost or not was:
            _end(mended, was, at)
    return mended


def _take(mended: Mended, event: Event) -> bool:
    """Adds the event, unless it makes no sense behind those that are there. In a log that is whole, each does."""
    facts: list[Event | Draft] = [event]
    try:
        if mended.lost:
            facts = [*_gap(mended, event.at), *_bridge(mended.state, event), event]
            _check(mended, facts)
        for fact in facts:
            _add(mended, fact)
    except _NONSENSE:
        return False
    mended.told = mended.lost
    return True


def _check(mended: Mended, facts: Sequence[Event | Draft]) -> None:
    """Raises what adding them would. Outputs alone change no state; that is copied for the few others."""
    event = facts[-1]
    if any(fact.type == "cell.started" for fact in facts[:-1]):  # it shows nothing yet
        fits = event.type != "stream.appended" and not event.data.get("index")
    else:
        fits = mended.document.fits(event)
    if not fits:
        raise ValueError("what it belongs to is lost")
    if len(facts) > 1 or not event.type.startswith(_SHOWN):
        state = deepcopy(mended.state)
        for fact in facts:
            apply(state, fact)


def _add(mended: Mended, fact: Event | Draft) -> None:
    numbered = Event(mended.run_id, len(mended.events) + 1, fact.at, fact.type, fact.data, fact.cell_id, fact.attempt)
    apply(mended.state, numbered)
    mended.document.apply(numbered)
    mended.events.append(numbered)


# -- what was lost -----------------------------------------------------------------------------------------------------


def _gap(mended: Mended, at: float) -> list[Draft]:
    untold = mended.lost - mended.told
    return [Draft("gap", {"reason": _words(untold)}, at=at)] if untold else []


def _words(lost: int) -> str:
    return f"the store was damaged: {'1 event was' if lost == 1 else f'{lost} events were'} lost"


def _bridge(state: RunState, event: Event) -> Iterator[Draft]:
    """What must have happened since the facts that there are, for this event to happen."""
    kind, waiting = event.type, state.order[state.position :]
    succeeded = kind == "run.finished" and event.data["status"] == "succeeded"
    begun = event.cell_id in waiting and not event.data.get("late") and event.data.get("status") != "skipped"
    if state.status == "starting" and (succeeded or begun):
        yield Draft("run.started", {"attempt": state.attempt}, at=event.at)
    if (begun or kind == "run.finished") and state.current not in (None, event.cell_id):
        lost = {"status": "failed", "reason": REASON}
        yield Draft("cell.finished", lost, state.current, state.attempt, at=event.at)
    passed: Sequence[str] = waiting[: waiting.index(event.cell_id)] if begun and event.cell_id else []
    if succeeded and event.data.get("reason") != "early_exit":
        passed = waiting
    for cell_id in passed:
        if cell_id != state.current and state.cells[cell_id].status == "pending":
            yield Draft("cell.finished", {"status": "skipped", "reason": REASON}, cell_id, state.attempt, at=event.at)
    if begun and kind != "cell.started":
        begin = {"msg_id": f"{state.run_id}.{state.attempt}.?", "clock": _clock(state, event.at)}
        yield Draft("cell.started", begin, event.cell_id, state.attempt, at=event.at)


def _end(mended: Mended, was: str, at: float) -> None:
    """Ends a run whose end, or whose way there, nobody can tell."""
    state, message = mended.state, _words(mended.lost) if mended.lost else "the store was damaged"
    if was:
        message += f"; the run was {was}"
    for gap in _gap(mended, at):
        _add(mended, gap)
    while not state.ended:
        _add(mended, replace(surrender(state, REASON, message, _clock(state, at)), at=at))


def _clock(state: RunState, at: float) -> float:
    return at - state.clock_zero if state.clock_zero is not None else 0.0
