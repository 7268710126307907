"""The store in one SQLite file: the default one, shared by every process of a user on one machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from jupyter_runt.errors import StoreError
from jupyter_runt.events import Draft, Event
from jupyter_runt.run.notifications import Occasion
from jupyter_runt.store import refusals
from jupyter_runt.store.base import (
    ENDED,
    LEASE_SECONDS,
    Blob,
    Claim,
    Clock,
    Listener,
    RunFilter,
    RunRow,
    SignalRow,
    Submission,
    Summary,
    WorkerRow,
)
from jupyter_runt.store.bell import FolderBell
from jupyter_runt.store.connection import BUSY_SECONDS, Database
from jupyter_runt.store.encoding import clean, decode, encode
from jupyter_runt.store.listing import REMOVABLE_ROWS, ROWS_ELSEWHERE, page_of_runs
from jupyter_runt.store.notification_table import SqliteNotifications, note_occasions
from jupyter_runt.store.places import on_network, runtime_folder
from jupyter_runt.store.queries import SQL
from jupyter_runt.store.removal import doom, take_piece
from jupyter_runt.store.report_table import note_reports, page_of_reports, report_rows
from jupyter_runt.store.reports import MonitorRow, ReportFilter, ReportRow
from jupyter_runt.store.rows import columns_of, queued, run_row, worker_row
from jupyter_runt.store.schedule_table import SqliteSchedules

_LAST_SEQ = 0xFFFFFFFF


class SqliteStore(SqliteSchedules, SqliteNotifications):
    """The store in the file at `path`, made if missing. Its sockets and locks go to the folder `runtime`."""

    def __init__(
        self, path: Path, clock: Clock, *, network: bool | None = None, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        self.path = Path(os.path.realpath(path))
        self.url = f"sqlite:///{self.path}"
        self._clock = clock
        if network is None:
            network = on_network(self.path.parent)
        self.shared = network
        self._database = Database(self.path, clock, network=network, busy_seconds=busy_seconds)
        try:
            self.runtime = runtime_folder(self.path, network=network)
        except StoreError:
            self._database.close()
            raise
        self._bell = FolderBell(self.runtime / "bell")

    # -- the log -----------------------------------------------------------------------------------------------------

    def submit(self, submission: Submission) -> tuple[str, bool]:
        with self._database.write() as db:
            run_id, created = self._submit(db, submission, self._clock.now().wall)
        if created:
            self._bell.ring()
        return run_id, created

    def _submit(self, db: Connection, submission: Submission, now: float) -> tuple[str, bool]:
        if submission.idempotency_key is not None:
            known = db.execute(SQL["run_of_key"], (submission.idempotency_key,)).fetchone()
            if known:
                return known[0], False
        if db.execute(SQL["find_run"], (submission.run_id,)).fetchone():
            raise refusals.taken(submission.run_id)
        draft = submission.submitted
        at = draft.at or now
        row = queued(submission, at)
        columns = columns_of(row) | {"idempotency_key": submission.idempotency_key}
        run = db.execute(SQL["insert_run"], columns).lastrowid
        assert run is not None
        db.executemany(SQL["insert_label"], [(key, value, run) for key, value in row.labels.items()])
        _keep_blobs(db, run, submission.blobs)
        fact = (run << 32 | 1, at, draft.type, draft.cell_id, draft.attempt, encode(draft.data))
        db.execute(SQL["append_event"], fact)
        return submission.run_id, True

    def append(
        self,
        run_id: str,
        epoch: int,
        drafts: Sequence[Draft],
        *,
        summary: Summary | None = None,
        cursor: Mapping[str, Any] | None = None,
        blobs: Iterable[Blob] = (),
        signals: Sequence[int] = (),
        occasions: Sequence[Occasion] = (),
        durable: bool = False,
    ) -> int:
        now = self._clock.now().wall
        facts = [(draft.at or now, draft.type, draft.cell_id, draft.attempt, encode(draft.data)) for draft in drafts]
        position = None if cursor is None else encode(cursor)
        blobs = list(blobs)
        with self._database.write(durable=durable) as db:
            run, seq, status, current, leased, _ = _find(db, run_id)
            refusals.check_epoch(run_id, status, current, epoch)
            refusals.check_leased(run_id, leased)
            _keep_blobs(db, run, blobs)
            first = (run << 32 | seq) + 1
            db.executemany(SQL["append_event"], [(first + index, *fact) for index, fact in enumerate(facts)])
            note_reports(db, run, run_id, seq, drafts, now)
            seq += len(facts)
            db.execute(SQL["advance_run"], {"run": run, "seq": seq, "cursor": position})
            if summary is not None:
                _summarise(db, run, status, summary)
            if signals:
                db.executemany(SQL["delete_signal"], [(number, run) for number in signals])
            note_occasions(db, run, occasions, now)
        self._bell.ring(appended=not occasions)
        return seq

    def read(self, run_id: str, after: int = 0, limit: int = 1000, max_bytes: int = 1 << 20) -> list[Event]:
        page: list[Event] = []
        size = 0
        with self._database.read() as db:
            asked = {"run_id": run_id, "after": min(after, _LAST_SEQ), "limit": limit}
            # An unfinished statement would keep its read transaction open, and the log from restarting.
            with closing(db.execute(SQL["read_events"], asked)) as rows:
                for seq, at, kind, cell_id, attempt, data in rows:
                    page.append(Event(run_id, seq, at, kind, decode(data), cell_id, attempt))
                    size += len(data)
                    if size >= max_bytes:
                        break
            if not page:
                _find(db, run_id)
        return page

    def run(self, run_id: str) -> RunRow:
        with self._database.read() as db:
            row = db.execute(SQL["run_row"], (run_id,)).fetchone()
            if row is None:
                raise refusals.unknown(run_id)
            return run_row(row)

    def runs(self, where: RunFilter) -> list[RunRow]:
        with self._database.read() as db:
            before = None if where.before is None else _find(db, where.before)[0]
            return [run_row(row) for row in db.execute(*page_of_runs(where, before)).fetchall()]

    def match(self, prefix: str, limit: int = 6) -> list[str]:
        prefix = clean(prefix)
        # No character sorts behind this one.
        values = {"low": prefix, "high": prefix + "\U0010ffff", "limit": limit}
        with self._database.read() as db:
            return [row[0] for row in db.execute(SQL["match_runs" if prefix else "newest_runs"], values).fetchall()]

    def cursor(self, run_id: str) -> Mapping[str, Any] | None:
        with self._database.read() as db:
            row = db.execute(SQL["read_cursor"], (run_id,)).fetchone()
            if row is None:
                raise refusals.unknown(run_id)
            found: Mapping[str, Any] | None = None if row[0] is None else decode(row[0])
            return found

    def counts(self) -> Mapping[str, int]:
        with self._database.read() as db:
            return dict(db.execute(SQL["count_runs"]).fetchall())

    # -- health ------------------------------------------------------------------------------------------------------

    def monitors(self, name: str | None = None) -> list[MonitorRow]:
        with self._database.read() as db:
            asked = {"name": None if name is None else clean(name)}
            return [MonitorRow(*row) for row in db.execute(SQL["all_monitors"], asked).fetchall()]

    def reports(self, where: ReportFilter) -> list[ReportRow]:
        with self._database.read() as db:
            return report_rows(db.execute(*page_of_reports(where)).fetchall(), where)

    # -- blobs and snapshots -----------------------------------------------------------------------------------------

    def blob(self, sha256: str) -> bytes:
        with self._database.read() as db:
            row = db.execute(SQL["read_blob"], (sha256,)).fetchone()
        if row is None:
            raise refusals.no_blob(sha256)
        content: bytes = row[0]
        return content

    def blob_runs(self, sha256: str, limit: int = 100) -> list[str]:
        with self._database.read() as db:
            return [row[0] for row in db.execute(SQL["runs_of_blob"], (sha256, limit)).fetchall()]

    def save_snapshot(self, run_id: str, snapshot: bytes) -> None:
        with self._database.write() as db:
            db.execute(SQL["save_snapshot"], (_find(db, run_id)[0], snapshot))

    def snapshot(self, run_id: str) -> bytes | None:
        with self._database.read() as db:
            row = db.execute(SQL["read_snapshot"], (run_id,)).fetchone()
            if row is None:
                _find(db, run_id)
                return None
            content: bytes = row[0]
            return content

    # -- retention ---------------------------------------------------------------------------------------------------

    def pin(self, run_id: str, pinned: bool) -> None:
        with self._database.write() as db:
            db.execute(SQL["pin_run"], (int(pinned), _find(db, run_id)[0]))
        self._bell.ring()

    def delete(self, run_id: str, *, force: bool = False) -> None:
        with self._database.write() as db:
            run, _, status, _, _, pinned = _find(db, run_id)
            refusals.check_deletable(run_id, status, pinned, force)
            doom(db, run)
            take_piece(db, run)
        self._bell.ring()

    def sweep(self) -> bool:
        # A look first, as in `claim`.
        with self._database.read() as db:
            if db.execute(SQL["next_doomed"]).fetchone() is None:
                return False
        with self._database.write() as db:
            doomed = db.execute(SQL["next_doomed"]).fetchone()
            if doomed is not None:
                take_piece(db, doomed[0])
        return True

    def removable(self, *, after: RunRow | None = None, limit: int = 100) -> list[RunRow]:
        finished_at, run_id = (float("-inf"), "") if after is None else (after.finished_at, after.run_id)
        asked = {"finished_at": finished_at, "run_id": run_id, "limit": limit}
        with self._database.read() as db:
            return [run_row(row) for row in db.execute(REMOVABLE_ROWS, asked).fetchall()]

    def usage(self) -> int:
        with self._database.read() as db:
            pages, free, size = (
                db.execute(f"PRAGMA {fact}").fetchone()[0] for fact in ("page_count", "freelist_count", "page_size")
            )
            return int((pages - free) * size)

    def size(self, run_id: str) -> int:
        with self._database.read() as db:
            return int(db.execute(SQL["size_of_run"], {"run": _find(db, run_id)[0]}).fetchone()[0])

    def vacuum(self) -> None:
        self._database.vacuum()

    # -- queue and leases --------------------------------------------------------------------------------------------

    def claim(self, worker_id: str, place: str, *, run_id: str | None = None) -> Claim | None:
        now = self._clock.now()
        asked = {"worker": worker_id, "place": place, "run_id": run_id, "boot": now.boot, "now": now.mono}
        # A look first: with nothing to take, a waking worker does not queue for the write lock.
        with self._database.read() as db:
            if db.execute(SQL["claimable_run"], asked).fetchone() is None:
                return None
        with self._database.write() as db:
            row = db.execute(SQL["claimable_run"], asked).fetchone()
            if row is None:
                return None
            run, taken, epoch, previous, status = row
            lease = {"worker": worker_id, "until": now.mono + LEASE_SECONDS, "boot": now.boot, "run": run}
            db.execute(SQL["take_lease"], lease)
        return Claim(taken, epoch + 1, previous, status)

    def renew(self, worker_id: str) -> list[str]:
        now = self._clock.now()
        lease = {"worker": worker_id, "until": now.mono + LEASE_SECONDS, "boot": now.boot}
        with self._database.write() as db:
            db.execute(SQL["renew_worker"], lease)
            db.execute(SQL["renew_leases"], lease)
            return [row[0] for row in db.execute(SQL["leases_of_worker"], {"worker": worker_id}).fetchall()]

    def release(self, run_id: str, epoch: int) -> None:
        with self._database.write() as db:
            db.execute(SQL["release_lease"], (run_id, epoch))
        self._bell.ring()

    def expire(self, worker_id: str) -> list[str]:
        worker = {"worker": worker_id}
        with self._database.write() as db:
            freed = [row[0] for row in db.execute(SQL["leases_of_worker"], worker).fetchall()]
            db.execute(SQL["end_leases_of_worker"], worker)
            db.execute(SQL["forget_worker"], worker)
        self._bell.ring()
        return freed

    def set_place(self, run_id: str, epoch: int, place: str) -> None:
        with self._database.write() as db:
            run, _, status, current, *_ = _find(db, run_id)
            refusals.check_epoch(run_id, status, current, epoch)
            db.execute(SQL["set_place"], (place, run))
        self._bell.ring()

    def runs_elsewhere(self, place: str) -> list[RunRow]:
        now = self._clock.now()
        asked = {"place": place, "boot": now.boot, "now": now.mono}
        with self._database.read() as db:
            return [run_row(row) for row in db.execute(ROWS_ELSEWHERE, asked).fetchall()]

    # -- workers -----------------------------------------------------------------------------------------------------

    def register(self, worker: WorkerRow) -> None:
        now = self._clock.now()
        row = (
            worker.worker_id, clean(worker.name), worker.pid, worker.place, worker.host, worker.started_at, worker.concurrency,
            worker.lock, worker.socket, worker.version, encode(dict(worker.labels)), encode(list(worker.variables)),
            now.mono + LEASE_SECONDS, now.boot, int(worker.draining), int(worker.exclusive),
        )  # fmt: skip
        with self._database.write() as db:
            db.execute(SQL["register_worker"], row)
        self._bell.ring()

    def unregister(self, worker_id: str) -> None:
        with self._database.write() as db:
            db.execute(SQL["forget_worker"], {"worker": worker_id})
        self._bell.ring()

    def workers(self) -> list[WorkerRow]:
        with self._database.read() as db:
            return [worker_row(row) for row in db.execute(SQL["all_workers"]).fetchall()]

    # -- signals -----------------------------------------------------------------------------------------------------

    def signal(self, run_id: str, kind: str, requested_by: str, data: Mapping[str, Any] | None = None) -> int:
        at, text = self._clock.now().wall, encode(dict(data or {}))
        with self._database.write() as db:
            run, _, status, *_ = _find(db, run_id)
            refusals.check_open(run_id, status)
            number = db.execute(SQL["insert_signal"], (run, kind, clean(requested_by), at, text)).lastrowid
            assert number is not None
        self._bell.ring()
        return number

    def signals(self, run_id: str) -> list[SignalRow]:
        with self._database.read() as db:
            rows = db.execute(SQL["read_signals"], (_find(db, run_id)[0],)).fetchall()
            return [SignalRow(number, run_id, kind, by, at, decode(data)) for number, kind, by, at, data in rows]

    # -- wake-ups ----------------------------------------------------------------------------------------------------

    def listen(self, *, queue_only: bool = False) -> Listener:
        return self._bell.listen(queue_only=queue_only)

    def check(self) -> str:
        with self._database.read() as db:
            found = [str(row[0]) for row in db.execute("PRAGMA quick_check(5)")]
        return "" if found == ["ok"] else "; ".join(found)

    def close(self) -> None:
        self._bell.close()
        self._database.close()


def _find(db: Connection, run_id: str) -> tuple[int, int, str, int, bool, bool]:
    """The run's number, seq, status and epoch, and whether it has a lease, and is pinned."""
    row: tuple[int, int, str, int, bool, bool] | None = db.execute(SQL["find_run"], (run_id,)).fetchone()
    if row is None:
        raise refusals.unknown(run_id)
    return row


def _summarise(db: Connection, run: int, before: str, summary: Summary) -> None:
    db.execute(
        SQL["summarise_run"],
        {
            "run": run,
            "reason": summary.reason,
            "cells_done": summary.cells_done,
            "cells_failed": summary.cells_failed,
            "current_cell": summary.current_cell,
            "started_at": summary.started_at,
            "finished_at": summary.finished_at,
        },
    )
    if summary.status != before:
        db.execute(SQL["change_status"], (summary.status, run))
        if summary.status in ENDED:
            db.execute(SQL["end_lease_of_run"], (run,))
            db.execute(SQL["delete_signals"], {"run": run})


def _keep_blobs(db: Connection, run: int, blobs: Iterable[Blob]) -> None:
    for blob in blobs:
        db.execute(SQL["insert_blob"], (blob.sha256, blob.content))
        db.execute(SQL["refer_to_blob"], (run, blob.sha256))
