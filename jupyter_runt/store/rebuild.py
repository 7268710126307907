"""A new store from the rows of a damaged one. What can be derived (projections, snapshots, labels, who refers to a blob) is."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_runt.events import Draft, Event, codec, lost
from jupyter_runt.run import damage, transitions
from jupyter_runt.run.notifications import occasions
from jupyter_runt.run.state import summary
from jupyter_runt.run.view import view
from jupyter_runt.store import queries
from jupyter_runt.store.base import Submission
from jupyter_runt.store.encoding import clean, encode
from jupyter_runt.store.migrate import migrate
from jupyter_runt.store.notification_table import note_occasions
from jupyter_runt.store.pages import Row
from jupyter_runt.store.report_table import note_reports
from jupyter_runt.store.rows import columns_of, queued

_SQL = queries.SQL | queries.load((queries.SQL_FOLDER / "salvage.sql").read_text())
_SIGNALS = ("cancel", "interrupt", "kill", "pause", "resume")
_KIND = re.compile(r"[a-z]+(\.[a-z]+)?")
_TYPES: Mapping[str, tuple[type, ...]] = {"INTEGER": (int,), "REAL": (int, float), "TEXT": (str,), "BLOB": (bytes,)}

_TABLES = ("runs", "events", "signals", "blobs", "schedules", "firings", "notifications")
"""Those whose rows cannot be derived from others."""

Columns = Sequence[tuple[str, str, int]]


@dataclass(slots=True)
class Kept:
    """What was kept and what was lost. `mended` runs are those that lost a part, `dropped` ones all."""

    runs: int = 0
    mended: int = 0
    dropped: int = 0
    events_lost: int = 0
    outputs_lost: int = 0


def rebuild(rows: Iterator[Row], target: Path, now: float) -> Kept:
    """Makes the store `target`, a new file, from `rows`. `now` is when a run ends whose end has to be made up."""
    db = sqlite3.connect(target, isolation_level=None)
    try:
        migrate(db, 0)
        db.execute("PRAGMA synchronous = OFF")  # nobody reads the file before it is whole
        db.execute("BEGIN")
        filling = _Filling(db)
        for row in rows:
            filling.take(row)
        filling.finish()
        kept = Kept()
        for (number,) in db.execute(_SQL["all_numbers"]).fetchall():
            _Mending(db, number, now, kept).carry_out()
        db.execute(_SQL["drop_idle_signals"])
        db.execute(_SQL["drop_idle_blobs"])
        db.execute(_SQL["drop_idle_firings"])
        db.execute(_SQL["drop_idle_notifications"])
        db.execute("COMMIT")
        return kept
    finally:
        db.close()


# -- taking the rows ---------------------------------------------------------------------------------------------------


class _Filling:
    """Sorts rows into the tables that they are of, by their columns; what fits none is passed over."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._columns = {table: self._columns_of(table) for table in _TABLES}
        self._doomed: list[int] = []
        self._last: dict[str, int] = {}

    def _columns_of(self, table: str) -> Columns:
        return self._db.execute(_SQL["table_columns"], (table,)).fetchall()

    def take(self, row: Row) -> None:
        """Keeps the row if it is one of ours."""
        values = row.values
        if len(values) == 6 and values[2] in _SIGNALS and self._fits("signals", values):
            self._db.execute(_SQL["add_signal"], (row.key, *values[1:]))
        elif len(values) == 6 and self._fits("events", values) and _is_event(row):
            self._db.execute(_SQL["add_event"], (row.key, *values[1:]))
        elif len(values) == 3 and self._fits("blobs", values) and hashlib.sha256(values[2]).hexdigest() == values[1]:  # type: ignore[arg-type]
            self._db.execute(_SQL["insert_blob"], values[1:])
        elif len(values) == 6 and self._fits("schedules", values) and isinstance(_json(str(values[2])), dict):
            self._db.execute(_SQL["add_schedule"], (row.key, *values[1:]))
        elif len(values) == 9 and self._fits("firings", values):
            self._db.execute(_SQL["add_firing"], (row.key, *values[1:]))
        elif len(values) == 18 and self._fits("notifications", values) and _is_notification(values):
            self._db.execute(_SQL["add_notification"], (row.key, *values[1:]))
        elif len(values) > 6 and self._fits("runs", values):
            self._run(row)
        elif values == (None,):
            self._doomed.append(row.key)
        elif (
            len(values) == 2
            and values[0] in ("runs", "signals", "schedules", "notifications")
            and isinstance(values[1], int)
        ):
            self._last[values[0]] = values[1]

    def finish(self) -> None:
        """After the last row: what deleted runs left goes, and no number of theirs comes back."""
        for number in self._doomed:
            self._db.execute(_SQL["drop_events"], {"run": number})
        for table, last in self._last.items():
            (highest,) = self._db.execute(_SQL["last_number"], (table,)).fetchone()
            self._db.execute(_SQL["forget_last_number"], (table,))
            self._db.execute(_SQL["keep_last_number"], (table, max(last, highest)))

    def _fits(self, table: str, values: Sequence[Any]) -> bool:
        """Whether the values are of the columns' types. An older release's rows may lack the last ones."""
        columns = self._columns[table]
        if len(values) > len(columns) or values[0] is not None:
            return False
        return all(
            isinstance(value, _TYPES[kind]) if value is not None else not needed
            for value, (_, kind, needed) in zip(values[1:], columns[1:], strict=False)
        )

    def _run(self, row: Row) -> None:
        names = [name for name, *_ in self._columns["runs"]]
        found = dict(zip(names, (row.key, *row.values[1:]), strict=False))
        if found["status"] in transitions.RUN and isinstance(_json(str(found["labels"])), dict):
            # (S608: the names are those of the new store's own schema.)
            marks = ", ".join("?" * len(found))
            self._db.execute(f"INSERT OR IGNORE INTO runs ({', '.join(found)}) VALUES ({marks})", list(found.values()))  # noqa: S608


def _is_event(row: Row) -> bool:
    _, _, kind, _, _, data = row.values
    return row.key >> 32 > 0 and bool(_KIND.fullmatch(str(kind))) and isinstance(_json(str(data)), dict)


def _is_notification(values: Sequence[Any]) -> bool:
    """Whether all that is JSON in it can be read: words, what is told, and the history."""
    kinds = [(4, list), (6, dict), (12, list)]
    return all(isinstance(_json(str(values[place])), kind) for place, kind in kinds)


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


# -- mending a run -----------------------------------------------------------------------------------------------------


class _Mending:
    """Makes one run's log, and everything derived from it, whole again, or drops the run."""

    def __init__(self, db: sqlite3.Connection, number: int, now: float, kept: Kept) -> None:
        self._db, self._number, self._now, self._kept = db, number, now, kept
        self._there: dict[str, bool] = {}

    def carry_out(self) -> None:
        """Counts what it does in `kept`."""
        row = self._db.execute(_SQL["row_of_number"], (self._number,)).fetchone()
        read = self._read("" if row is None else row[0])
        run_id = _run_id(read) if row is None else row[0]
        events = [self._without_lost(event) for event in read]
        submitted = self._submitted(events)
        if submitted is None or not run_id or (row is None and not self._list(run_id, submitted)):
            self._drop()
            self._kept.dropped += 1
            return
        length, was = (0, "") if row is None else (row[1], row[2])
        ended_at = row[5] if row is not None and row[5] is not None else self._now
        mended = damage.mend(run_id, [submitted, *events[1:]], length, was=was, at=ended_at)
        outputs = sum(after is not before for before, after in zip(read, events, strict=True))
        self._kept.runs += 1
        self._kept.events_lost += mended.lost
        self._kept.outputs_lost += outputs
        self._kept.mended += bool(mended.lost or outputs or row is None)
        mended.events[0] = events[0]
        if mended.events != read:
            self._write(mended.events)
        self._derive(mended, {} if row is None else _json(row[3]), was)

    def _read(self, run_id: str) -> list[Event]:
        rows = self._db.execute(_SQL["events_of_number"], {"run": self._number}).fetchall()
        return [
            Event(run_id, seq, at, kind, json.loads(data), cell_id, attempt)
            for seq, at, kind, cell_id, attempt, data in rows
        ]

    def _submitted(self, events: Sequence[Event]) -> Event | None:
        """The first event with its blobs put back; None when it is lost, or a blob that is more than a text of it."""
        if not events or events[0].seq != 1 or events[0].type != "run.submitted":
            return None
        if not all(map(self._is_there, lost.references(events[0].data))):
            return None
        return codec.inline(events[0], self._blob)

    def _without_lost(self, event: Event) -> Event:
        if event.type == "run.submitted" and any(
            reference.get("json") and not self._is_there(reference) for reference in lost.references(event.data)
        ):
            return event  # cells, say: no text can stand for them
        data = lost.without_lost(event.data, self._is_there)
        return event if data is event.data else replace(event, data=data)

    # -- blobs -------------------------------------------------------------------------------------------------------

    def _blob(self, name: str) -> bytes:
        content: bytes = self._db.execute(_SQL["read_blob"], (name,)).fetchone()[0]
        return content

    def _is_there(self, reference: lost.Reference) -> bool:
        """Whether a blob is, and all those that it refers to itself."""
        name = reference["$blob"]
        if name not in self._there:
            found = self._db.execute(_SQL["read_blob"], (name,)).fetchone()
            inner = lost.references(_json(found[0])) if found and reference.get("json") else []
            self._there[name] = found is not None and all(map(self._is_there, inner))
        return self._there[name]

    def _named(self, data: Any) -> Iterator[str]:
        for reference in lost.references(data):
            yield reference["$blob"]
            if reference.get("json"):
                yield from self._named(json.loads(self._blob(reference["$blob"])))

    # -- writing -----------------------------------------------------------------------------------------------------

    def _drop(self) -> None:
        for statement in ("drop_events", "drop_run"):
            self._db.execute(_SQL[statement], {"run": self._number})

    def _list(self, run_id: str, submitted: Event) -> bool:
        """Makes a line in the list for a run whose own was lost. False: what it says of itself is no run."""
        data = submitted.data
        try:
            made = Submission(
                run_id,
                Draft(submitted.type, data),
                name=data["name"],
                title=data.get("title", ""),
                priority=data.get("priority", 0),
                labels=data.get("labels", {}),
                requested_by=data.get("requested_by", ""),
                parent_run=data.get("parent_run"),
                cells_total=sum(cell["type"] == "code" for cell in data["cells"]),
            )
            self._db.execute(_SQL["insert_run"], columns_of(queued(made, submitted.at)) | {"idempotency_key": None})
        except (LookupError, TypeError, AttributeError, sqlite3.Error):
            return False
        self._db.execute(_SQL["give_number"], {"run": self._number, "run_id": run_id})
        return True

    def _write(self, events: Sequence[Event]) -> None:
        self._db.execute(_SQL["drop_events"], {"run": self._number})
        self._db.executemany(
            _SQL["append_event"],
            [
                (self._number << 32 | each.seq, each.at, each.type, each.cell_id, each.attempt, encode(each.data))
                for each in events
            ],
        )

    def _derive(self, mended: damage.Mended, labels: Mapping[str, str], was: str) -> None:
        state, run = mended.state, self._number
        seen = [event.data["epoch"] for event in mended.events if event.type in ("run.claimed", "run.adopted")]
        seq = {"run": run, "seq": len(mended.events), "epoch": max(seen, default=0)}
        self._db.execute(_SQL["project"], {**summary(state), **seq})
        labels = labels or state.labels
        self._db.executemany(_SQL["insert_label"], [(clean(key), clean(value), run) for key, value in labels.items()])
        note_reports(self._db, run, state.run_id, 0, mended.events, self._now)
        named = {name for event in mended.events for name in self._named(event.data)}
        self._db.executemany(_SQL["refer_to_blob"], [(run, name) for name in sorted(named)])
        if state.reason == damage.REASON and was not in transitions.TERMINAL:
            note_occasions(self._db, run, occasions(state, mended.events[-1:], lambda: False), self._now)
        if state.ended:
            shown = codec.encode(view(state, mended.document)).encode("ascii")
            self._db.execute(_SQL["save_snapshot"], (run, shown))


def _run_id(events: Sequence[Event]) -> str:
    """A run's id from the requests that it has sent, which are named after it; '' when it sent none."""
    for event in events:
        if event.type == "cell.started":
            return str(event.data.get("msg_id", "")).rsplit(".", 2)[0]
    return ""
