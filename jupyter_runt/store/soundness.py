"""Whether a store's file is sound: its structure, as SQLite checks it, and what it holds, which SQLite does not look at."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from jupyter_runt.store import queries

_SQL = queries.load((queries.SQL_FOLDER / "salvage.sql").read_text())
_COUNTED = {
    "broken_runs": "runs that lack events",
    "broken_events": "unreadable events",
    "broken_lines": "unreadable runs",
    "broken_snapshots": "unreadable snapshots",
    "lost_blobs": "lost outputs",
}
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def faults(path: Path) -> str:
    """What is wrong with the file at `path`; '' when nothing is. It reads all of the file, but is in nobody's way.

    Raises sqlite3.Error when that cannot be found out now (a lock, say).
    """
    with closing(_opened(path)) as db:
        try:
            structure = [str(row[0]) for row in db.execute("PRAGMA quick_check(5)")]
            if structure != ["ok"]:
                return "; ".join(line for row in structure for line in row.splitlines() if not line.startswith("***"))
            counted = {what: int(db.execute(_SQL[name]).fetchone()[0]) for name, what in _COUNTED.items()}
            blobs = db.execute(_SQL["every_blob"])
            counted["unreadable outputs"] = sum(hashlib.sha256(held).hexdigest() != name for name, held in blobs)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE or "decode" in str(error):
                return str(error)
            raise
    return ", ".join(f"{what}: {number}" for what, number in counted.items() if number)


def host(path: Path) -> str:
    """The host that uses this store on a network file system; '' when none has yet."""
    with closing(_opened(path)) as db:
        row = db.execute(_SQL["host"]).fetchone()
    return "" if row is None else str(row[0])


def _opened(path: Path) -> sqlite3.Connection:
    """For reading only: nothing is made, migrated or recovered that nobody asked for."""
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5.0)
