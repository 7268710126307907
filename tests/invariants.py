"""What holds for every log, whatever happened to its run: the fixtures that hand out a store check it when a test is over."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import pairwise
from typing import Any

from jupyter_runt.events import Event, codec
from jupyter_runt.run.document import Document
from jupyter_runt.run.state import RunState, apply, summary
from jupyter_runt.run.view import view
from jupyter_runt.store.base import RunFilter, RunRow, Store
from jupyter_runt.store.reports import Monitor, ReportFilter, ReportRow, changes

TERMINAL = "run.finished"
CLAIMS = ("run.claimed", "run.adopted")


def check_log(events: Sequence[Event]) -> None:
    """One run's whole log: numbered without gaps, of one run, nothing after its end, epochs grow."""
    assert [event.seq for event in events] == list(range(1, len(events) + 1)), "seq has a gap"
    assert len({event.run_id for event in events}) <= 1, "events of several runs"
    ends = [event.seq for event in events if event.type == TERMINAL]
    assert ends in ([], [len(events)]), f"the terminal event is not the one last event: {ends} of {len(events)}"
    epochs = [event.data["epoch"] for event in events if event.type in CLAIMS]
    assert all(before < after for before, after in pairwise(epochs)), f"epochs do not grow: {epochs}"


def whole_log(store: Store, run_id: str, *, limit: int = 100) -> list[Event]:
    """All events of a run, read page by page as a follower does."""
    events: list[Event] = []
    while page := store.read(run_id, after=len(events), limit=limit):
        events += page
    return events


def check_store(store: Store) -> None:
    """Every run's log, and what the store says beside it."""
    for row in every_run(store):
        check_run(store, row)


def every_run(store: Store) -> Iterator[RunRow]:
    """All rows, read page by page."""
    before: str | None = None
    while page := store.runs(RunFilter(before=before)):
        yield from page
        before = page[-1].run_id


def _reports(store: Store) -> dict[str, dict[str, tuple[Monitor, ReportRow]]]:
    """By run and result, with their failing checks."""
    found: dict[str, dict[str, tuple[Monitor, ReportRow]]] = {}
    for monitor, subject, count in map(astuple, store.monitors()):
        asked = ReportFilter(monitor, subject, limit=count + 1)
        rows, failing = store.reports(asked), store.reports(replace(asked, failing=True))
        assert len(rows) == count, "monitors count other reports than there are"
        for each in (*rows, *failing):
            found.setdefault(each.run_id, {})[each.result] = (monitor, subject), each
    return found


def check_run(store: Store, row: RunRow) -> None:
    """One run's log, and that its row, reports, blobs, signals and snapshot agree with it."""
    events = whole_log(store, row.run_id)
    check_log(events)
    assert row.seq == len(events), "the row's seq is not the log's length"
    assert not row.ended or not store.signals(row.run_id), "signals are left after the end"
    assert max((event.data["epoch"] for event in events if event.type in CLAIMS), default=0) <= row.epoch
    recorded: dict[str, tuple[Monitor, ReportRow]] = {}
    for change in changes(row.run_id, 0, events, 0.0):
        change.apply(recorded)
    told = _reports(store).get(row.run_id, {})
    assert recorded == told, f"the log has recorded {recorded}, the store tells {told}"
    for event in events:
        _check_blobs(store, event.data)
    if events and isinstance(events[0].data.get("notebook"), Mapping):  # else a test of the store alone made it
        _check_fold(store, row, [codec.inline(event, store.blob) for event in events[:1]] + events[1:])


def _check_blobs(store: Store, data: Any) -> None:
    """Everything the data refers to is there, also what a JSON blob refers to, and is what its name says."""
    for name in codec.references(data):
        content = store.blob(name)
        assert hashlib.sha256(content).hexdigest() == name, f"the blob {name} holds something else"
    codec.resolve(data, store.blob)


def _check_fold(store: Store, row: RunRow, events: Sequence[Event]) -> None:
    """Folding never fails, and everybody who folds sees what the row and the snapshot say."""
    state, document = RunState(row.run_id), Document()
    for event in events:
        apply(state, event)
        document.apply(event)
        if event.type == "stream.appended":
            grown = document._shown(event)[event.data["index"]]
            assert grown.name is not None, f"event {event.seq} appends text to what is no stream"
    told = {name: getattr(row, name) for name in summary(state)}
    assert told == dict(summary(state)), f"the row says {told}, the log {dict(summary(state))}"
    assert row.ended == (events[-1].type == TERMINAL), f"the row is {row.status}, the log ends with {events[-1].type}"
    if row.ended:
        begun = [cell.id for cell in state.code_cells if cell.status in ("pending", "running", "waiting")]
        assert not begun, f"the run has ended, but not the cells {begun}"
    shot = store.snapshot(row.run_id)
    assert shot is None or json.loads(shot) == json.loads(codec.encode(view(state, document))), "the snapshot differs"


# -- numbered lines ----------------------------------------------------------------------------------------------------


def numbered(count: int) -> str:
    """What a cell prints that counts."""
    return "".join(f"{number}\n" for number in range(count))


@dataclass(frozen=True, slots=True)
class Difference:
    """How a text differs from the numbered lines that were printed."""

    lost: Sequence[int]
    duplicated: Sequence[int]
    disordered: bool
    foreign: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.lost or self.duplicated or self.disordered or self.foreign)

    def __str__(self) -> str:
        found = [(name, getattr(self, name)) for name in ("lost", "duplicated", "foreign")]
        said = [f"{len(items)} {name}: {_few(items)}" for name, items in found if items]
        return "; ".join([*said, *(["not in order"] if self.disordered else [])]) or "no difference"


def difference(text: str, count: int) -> Difference:
    """Compares a text with `numbered(count)`."""
    lines = text.split("\n")
    foreign = [line for line in lines[:-1] if not line.isdigit() or int(line) >= count] + [
        line for line in lines[-1:] if line
    ]
    numbers = [int(line) for line in lines[:-1] if line.isdigit() and int(line) < count]
    seen = Counter(numbers)
    return Difference(
        lost=[number for number in range(count) if number not in seen],
        duplicated=[number for number, times in seen.items() if times > 1],
        disordered=any(after < before for before, after in pairwise(numbers)),
        foreign=foreign,
    )


def check_numbered(text: str, count: int) -> None:
    """Every printed line exactly once, in order, and nothing else."""
    found = difference(text, count)
    assert not found, f"of {count} lines: {found}"
    assert text == numbered(count)


def _few(items: Sequence[object]) -> str:
    return ", ".join(map(repr, items[:8])) + (" …" if len(items) > 8 else "")
