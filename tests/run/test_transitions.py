from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from jupyter_runt.events import Draft
from jupyter_runt.run import transitions
from jupyter_runt.run.parts import Question
from jupyter_runt.run.state import apply, fold
from jupyter_runt.run.transitions import CELL, RUN, TERMINAL, IllegalMoveError, move
from tests.guards.source import ROOT
from tests.run.driving import code, submitted

EVENTS = {
    name: sorted({event for moves in table.values() for event in moves})
    for name, table in (("run", RUN), ("cell", CELL))
}
RUN_EVENTS = [(status, event) for status in RUN for event in EVENTS["run"]]
CELL_EVENTS = [(status, event) for status in CELL for event in EVENTS["cell"] if not event.startswith("run.")]

DATA: dict[str, dict[str, Any]] = {
    "kernel.starting": {"clock": 1.0, "attempt": 1},
    "run.started": {"attempt": 1},
    "run.retrying": {"attempt": 2, "reason": "kernel_died", "delay": 0.0, "not_before": 1.0},
    "run.finished": {"attempts": 1, "counts": {}, "duration": 1.0},
    "cell.started": {"msg_id": "m", "clock": 1.0},
    "input.requested": {"input_id": "1.1", "prompt": "", "password": False},
    "input.answered": {"input_id": "1.1", "by": "jo"},
    "input.taken": {"input_id": "1.1"},
}


def draft(event: str, cell_id: str | None = None) -> Draft:
    kind, _, outcome = event.partition(":")
    return Draft(kind, {**DATA.get(kind, {}), **({"status": outcome} if outcome else {})}, cell_id, 1)


def legal(table: dict[str, dict[str, str]], status: str, event: str) -> str | None:
    return table[status].get(event) or table[status].get(event.partition(":")[0])


def test_every_status_that_a_table_names_has_its_row_and_every_row_can_be_reached():
    for table, first in ((RUN, "queued"), (CELL, "pending")):
        named = {after for moves in table.values() for after in moves.values()}
        assert named <= set(table)
        assert set(table) == named | {first}


def test_a_run_has_no_way_out_of_an_end_and_one_out_of_everything_else():
    assert {status for status, moves in RUN.items() if not moves} == TERMINAL
    for status in set(RUN) - TERMINAL:
        assert TERMINAL & set(RUN[status].values())


@pytest.mark.parametrize(("status", "event"), RUN_EVENTS, ids=" then ".join)
def test_an_event_moves_the_run_as_the_table_says_or_raises_and_changes_nothing(status, event):
    state = fold("r", [submitted(code("a"), code("b"))])
    state.status, state.cells["a"].status = status, "running"
    fact = draft("cell.finished:succeeded", "a") if event == "cell.finished" else draft(event)
    before = deepcopy(state)
    after = legal(RUN, status, event)
    if after is None:
        with pytest.raises(IllegalMoveError, match=f"while {status}"):
            apply(state, fact)
        assert state == before
    else:
        apply(state, fact)
        assert state.status == after


@pytest.mark.parametrize(("status", "event"), CELL_EVENTS, ids=" then ".join)
def test_an_event_moves_the_cell_as_the_table_says_or_raises_and_changes_nothing(status, event):
    state = fold("r", [submitted(code("a"), code("b"))])
    state.status, state.cells["a"].status = "waiting", status
    state.question = Question("1.1", "a", "", False, None, None)
    fact = draft(event, "a")
    before = deepcopy(state)
    after = legal(CELL, status, event)
    if after is None:
        with pytest.raises(IllegalMoveError, match=f"while {status}"):
            apply(state, fact)
        assert state == before
    else:
        apply(state, fact)
        assert state.cells["a"].status == after


@pytest.mark.parametrize("status", sorted(TERMINAL))
@pytest.mark.parametrize("event", ["gap", "signal.handled", "kernel.stopped", "run.claimed", "output.added"])
def test_nothing_follows_an_end(status, event):
    state = fold("r", [submitted(code("a"))])
    state.status = status
    before = deepcopy(state)
    with pytest.raises(IllegalMoveError, match="after the end"):
        apply(state, Draft(event))
    assert state == before


def test_a_retry_makes_every_cell_pending_again_and_forgets_what_it_did():
    state = fold("r", [submitted(*(code(status) for status in CELL))])
    for status, cell in state.cells.items():
        cell.status, cell.reason, cell.duration, cell.error = status, "cell_error", 1.0, {"ename": "E"}
    state.status, state.questions, state.culprit, state.position = "running", 3, "failed", 4
    apply(state, draft("run.retrying"))
    assert (state.status, state.attempt, state.position, state.questions) == ("starting", 2, 0, 0)
    assert not state.culprit
    assert {cell.status for cell in state.cells.values()} == {"pending"}
    assert {cell.reason for name, cell in state.cells.items() if name != "pending"} == {None}


def test_the_error_names_the_event_the_status_and_what_would_be_legal():
    with pytest.raises(IllegalMoveError) as caught:
        move(CELL, "pending", "cell.finished", "succeeded")
    assert str(caught.value) == (
        "cell.finished:succeeded while pending; legal: cell.started, cell.finished:skipped, run.finished"
    )


def test_the_architecture_shows_the_diagram_that_the_tables_make():
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert f"```mermaid\n{transitions.diagram()}```" in text


def test_the_diagram_shows_every_move():
    shown = transitions.diagram()
    for name, table in (("Run", RUN), ("Cell", CELL)):
        for status, moves in table.items():
            for event, after in moves.items():
                arrow = f"{name}_{status} --> {name}_{after}: "
                line = next(line for line in shown.splitlines() if line.strip().startswith(arrow))
                assert event.split(":")[0] in line.split(": ", 1)[1].split(", ")
