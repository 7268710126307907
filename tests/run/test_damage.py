"""A log that lost a part still folds, says so, and lies about nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_runt.events import Draft, Event, codec, schema
from jupyter_runt.run import instructions as do
from jupyter_runt.run.damage import REASON, Mended, mend
from jupyter_runt.run.document import Document
from jupyter_runt.run.policy import Input, Policy, Retry
from jupyter_runt.run.state import apply, fold
from tests.invariants import check_log
from tests.run.driving import WALL, Driver, code, markdown

LATER = WALL + 5000.0


def print_lines(run: Driver, count: int = 5) -> None:
    """Stream output, another output, and more of a stream."""
    cell = run.state.current
    stream = {"output_type": "stream", "name": "stdout", "text": "line 0\n"}
    shown = {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}
    at = run.wall + run.now
    run.record(Draft("output.added", {"index": 0, "output": stream}, cell, 1, at))
    for number in range(1, count):
        run.record(Draft("stream.appended", {"index": 0, "text": f"line {number}\n"}, cell, 1, at))
    run.record(Draft("output.added", {"index": 1, "output": shown}, cell, 1, at))
    run.record(Draft("output.added", {"index": 2, "output": {**stream, "name": "stderr"}}, cell, 1, at))
    run.record(Draft("stream.appended", {"index": 2, "text": "late\n"}, cell, 1, at))


def whole() -> list[Event]:
    """A run whose first attempt dies in its second cell, and whose second asks a question and succeeds."""
    retry = Retry(attempts=2, on=("kernel_died",))
    run = Driver(markdown("m"), *(code(f"c{n}") for n in range(1, 5)), policy=Policy(retry=retry, input=Input("wait")))
    for dies in (True, False):
        run.wait(1.0)
        run.ready()
        for cell in range(4):
            run.wait(1.0)
            print_lines(run)
            if dies and cell == 1:
                run.exit(signal=9)
                break
            if cell == 2:
                run.ask()
                assert run.state.question is not None
                run.send(do.InputGiven(run.state.question.id, "jo"))
                run.send(do.InputTaken())
            run.reply()
    run.exit(0)
    assert run.outcome == ("succeeded", None)
    return run.log


WHOLE = whole()


def no_blob(name: str) -> bytes:
    raise KeyError(name)


def told(events: Sequence[Event]) -> list[str]:
    return [event.data["reason"] for event in events if event.type == "gap"]


def check(mended: Mended) -> None:
    """The log is one, both of its folds are those that were made on the way, and everything in it has come to its end."""
    check_log(mended.events)
    assert fold("r1", mended.events) == mended.state
    document = Document()
    for event in mended.events:
        document.apply(event)
        if not any(event.data is known.data for known in WHOLE):
            assert schema.validate(codec.to_json(event)) == []
    assert document.cells == mended.document.cells
    assert mended.state.ended
    assert {cell.status for cell in mended.state.code_cells} <= {"succeeded", "failed", "cancelled", "skipped"}


def test_a_whole_log_stays_as_it_is():
    mended = mend("r1", WHOLE, len(WHOLE), was="succeeded", at=LATER)
    assert mended.events == WHOLE
    assert mended.lost == 0


def test_a_whole_log_of_a_run_that_goes_on_stays_as_it_is():
    begun = WHOLE[:20]
    assert mend("r1", begun, 20, was="running", at=LATER).events == begun


@settings(deadline=None, max_examples=60)
@given(st.sets(st.integers(2, len(WHOLE))))
def test_whatever_is_lost_the_rest_folds_and_the_gaps_say_how_much(lost):
    kept = [event for event in WHOLE if event.seq not in lost]
    mended = mend("r1", kept, len(WHOLE), was="succeeded", at=LATER)
    check(mended)
    assert mended.lost >= len(lost)
    numbers = [int(word) for reason in told(mended.events) for word in reason.split() if word.isdigit()]
    assert sum(numbers) == mended.lost


@settings(deadline=None, max_examples=20)
@given(st.integers(1, len(WHOLE) - 1))
def test_a_log_without_its_end_is_ended_as_damaged(length):
    mended = mend("r1", WHOLE[:length], len(WHOLE), was="succeeded", at=LATER)
    check(mended)
    assert (mended.state.status, mended.state.reason) == ("failed", REASON)
    assert "the run was succeeded" in mended.state.message
    assert mended.state.finished_at == LATER


def test_an_ended_run_keeps_what_came_after_the_hole_and_its_own_end():
    begun = [event.seq for event in WHOLE if event.type == "cell.started" and event.cell_id == "c2"][-1]
    kept = [event for event in WHOLE if not begun <= event.seq <= begun + 3]
    mended = mend("r1", kept, len(WHOLE), was="succeeded", at=LATER)
    check(mended)
    assert mended.state.status == "succeeded"
    assert [cell.status for cell in mended.state.code_cells] == ["succeeded"] * 4
    assert mended.document.outputs("c4", no_blob) == fold_outputs("c4")


def fold_outputs(cell_id: str) -> list[dict[str, object]]:
    document = Document()
    for event in WHOLE:
        document.apply(event)
    return document.outputs(cell_id, no_blob)


def test_a_run_that_had_not_ended_is_not_driven_on_over_a_hole():
    kept = [event for event in WHOLE[:20] if event.seq != 12]
    mended = mend("r1", kept, 20, was="running", at=LATER)
    check(mended)
    assert mended.state.reason == REASON


def test_a_run_that_only_its_log_knows_of_is_not_driven_on():
    mended = mend("r1", WHOLE[:20], 0, was="", at=LATER)
    check(mended)
    assert mended.lost == 0
    assert mended.state.reason == REASON


@pytest.mark.parametrize("data", [{}, {"index": "x"}, {"status": 5}, {"output": []}])
def test_an_event_that_is_read_but_makes_no_sense_counts_as_lost(data):
    broken = [replace(event, data=data) if event.seq in (14, 15) else event for event in WHOLE]
    mended = mend("r1", broken, len(WHOLE), was="succeeded", at=LATER)
    check_log(mended.events)
    apply_all = fold("r1", mended.events)
    assert apply_all.ended
    assert mended.lost >= 2


def test_nothing_can_be_added_behind_the_end():
    end = WHOLE[-1]
    state = fold("r1", WHOLE)
    with pytest.raises(ValueError, match="while succeeded"):
        apply(state, end)
