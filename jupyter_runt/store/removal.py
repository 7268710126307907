"""Deleting a run from the SQLite store without holding up its writers: a log of a million events would take seconds.

The run vanishes in one short transaction and its number is noted as doomed; what belongs to the number goes in pieces, a
transaction each, by whoever sweeps next. Numbers are never used twice, so nobody can inherit what is still there.
"""

from __future__ import annotations

from sqlite3 import Connection

from jupyter_runt.store.queries import SQL

# A piece takes some 10 ms: its rows, and bytes of blobs, whose pages SQLite visits one by one.
EVENTS_AT_ONCE = 4000
BLOBS_AT_ONCE = 200
BLOB_BYTES_AT_ONCE = 8 << 20


def doom(db: Connection, run: int) -> None:
    """Takes away everything by which a run can be found."""
    for part in (
        "doom_run", "delete_labels", "delete_snapshot", "delete_signals", "delete_reports", "delete_notifications", "delete_run",
    ):  # fmt: skip
        db.execute(SQL[part], {"run": run})


def take_piece(db: Connection, run: int) -> None:
    """Deletes some of what a doomed run left; the last piece takes the note along."""
    if _take_blobs(db, run) and _take_events(db, run):
        db.execute(SQL["forget_doomed"], {"run": run})


def _take_blobs(db: Connection, run: int) -> bool:
    """Whether none is left."""
    found = db.execute(SQL["next_blobs"], {"run": run, "limit": BLOBS_AT_ONCE}).fetchall()
    taken, size = 0, 0
    while taken < len(found) and size < BLOB_BYTES_AT_ONCE:
        size += found[taken][1]
        taken += 1
    if taken:
        piece = {"run": run, "last": found[taken - 1][0]}
        db.execute(SQL["delete_blobs"], piece)
        db.execute(SQL["delete_blob_references"], piece)
    return taken == len(found) < BLOBS_AT_ONCE


def _take_events(db: Connection, run: int) -> bool:
    """Whether none is left."""
    return db.execute(SQL["delete_events"], {"run": run, "limit": EVENTS_AT_ONCE}).rowcount < EVENTS_AT_ONCE
