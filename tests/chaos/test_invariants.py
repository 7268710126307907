"""The checker itself: each fault that it is there for is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from jupyter_runt.errors import RuntError
from jupyter_runt.events import Draft, Event
from jupyter_runt.run.state import fold, summary
from jupyter_runt.run.transitions import IllegalMoveError
from jupyter_runt.store.base import Blob, Submission, Summary
from jupyter_runt.store.memory import MemoryStore
from tests.invariants import check_log, check_numbered, check_store, difference, numbered
from tests.manual_clock import ManualClock
from tests.run.driving import Driver, code

RUN = "r1"
SHOWN = {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}


@pytest.fixture
def log() -> list[Event]:
    """A run of one cell."""
    driver = Driver(code("c1"))
    driver.ready()
    driver.reply()
    driver.exit(status=0)
    return driver.log


def stored(
    log: Sequence[Event], *, more: Sequence[Draft] = (), blobs: Sequence[Blob] = (), **wrong: Any
) -> MemoryStore:
    """A store with this log, `more` before its last event, and a row that is right but for `wrong`."""
    store = MemoryStore(ManualClock())
    drafts = [Draft(event.type, event.data, event.cell_id, event.attempt, event.at) for event in log]
    store.submit(Submission(RUN, drafts[0], name="report", cells_total=1))
    claim = store.claim("w1", "here")
    assert claim is not None
    right = Summary(**summary(fold(RUN, log)))
    facts = [*drafts[1:-1], *more, drafts[-1]]
    store.append(RUN, claim.epoch, facts, summary=replace(right, **wrong), blobs=blobs)
    return store


def test_a_sound_store_is_sound(log):
    check_store(stored(log))


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"cells_failed": 1}, "the row says"),
        ({"status": "failed"}, "the row says"),
        ({"more": [Draft("output.added", {"index": 0, "output": {"$blob": "0" * 64, "size": 1}}, "c1")]}, "0000"),
        ({"more": [Draft("stream.appended", {"index": 0, "text": "x"}, "c1")]}, "list index"),
        (
            {
                "more": [
                    Draft("output.added", {"index": 0, "output": SHOWN}, "c1"),
                    Draft("stream.appended", {"index": 0, "text": "x"}, "c1"),
                ]
            },
            "no stream",
        ),
        ({"more": [Draft("run.finished", {"status": "succeeded"})]}, "terminal"),
        ({"more": [Draft("cell.started", {"msg_id": "m", "clock": 1.0}, "c1", 1)]}, "cell.started"),
    ],
)
def test_a_store_with_a_fault_is_not(log, wrong, complaint):
    with pytest.raises((AssertionError, IndexError, RuntError, IllegalMoveError), match=complaint):
        check_store(stored(log, **wrong))


def test_a_blob_that_is_not_what_its_name_says_is_found(log):
    added = Draft("output.added", {"index": 0, "output": {"$blob": "0" * 64, "size": 1}}, "c1")
    with pytest.raises(AssertionError, match="something else"):
        check_store(stored(log, more=[added], blobs=[Blob("0" * 64, b"x")]))


def test_a_snapshot_that_differs_is_found(log):
    store = stored(log)
    store.save_snapshot(RUN, b"{}")
    with pytest.raises(AssertionError, match="snapshot"):
        check_store(store)


def test_faults_of_the_numbering_are_found(log):
    check_log(log)
    claimed = [replace(event, seq=number) for number, event in enumerate([log[1], log[1]], 1)]
    for bad in (log[1:], [*log, log[-1]], claimed, [log[0], replace(log[1], run_id="other")]):
        with pytest.raises(AssertionError):
            check_log(bad)


def test_lines_that_are_lost_doubled_out_of_order_or_foreign_are_told():
    check_numbered(numbered(20), 20)
    found = difference("0\n1\n1\n4\n3\nx\n5", 6)
    assert (found.lost, found.duplicated, found.disordered, found.foreign) == ([2, 5], [1], True, ["x", "5"])
    assert str(found) == "2 lost: 2, 5; 1 duplicated: 1; 2 foreign: 'x', '5'; not in order"
    for text in ("", "0\n", "0\n1\n2\n", "1\n0\n", "0\n1", "00\n1\n"):
        with pytest.raises(AssertionError):
            check_numbered(text, 2)
