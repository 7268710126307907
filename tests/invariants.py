"""What holds for every log, whatever happened to its run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from jupyter_runt.events import Event
from jupyter_runt.store.base import RunFilter, Store

TERMINAL = "run.finished"


def check_log(events: Sequence[Event]) -> None:
    """One run's whole log: numbered without gaps, of one run, nothing after its end, epochs grow."""
    assert [event.seq for event in events] == list(range(1, len(events) + 1)), "seq has a gap"
    assert len({event.run_id for event in events}) <= 1, "events of several runs"
    ends = [event.seq for event in events if event.type == TERMINAL]
    assert ends in ([], [len(events)]), f"the terminal event is not the one last event: {ends} of {len(events)}"
    epochs = [event.data["epoch"] for event in events if event.type in ("run.claimed", "run.adopted")]
    assert all(before < after for before, after in pairwise(epochs)), f"epochs do not grow: {epochs}"


def whole_log(store: Store, run_id: str, *, limit: int = 100) -> list[Event]:
    """All events of a run, read page by page as a follower does."""
    events: list[Event] = []
    while page := store.read(run_id, after=len(events), limit=limit):
        events += page
    return events


def check_store(store: Store) -> None:
    """Every run's log, and its row's agreement with it."""
    before: str | None = None
    while page := store.runs(RunFilter(before=before)):
        for row in page:
            events = whole_log(store, row.run_id)
            check_log(events)
            assert row.seq == len(events), "the row's seq is not the log's length"
            assert not row.ended or not store.signals(row.run_id), "signals are left after the end"
        before = page[-1].run_id
