"""Brings a store's file to this release's schema: `sql/migrations/NNNN_*.sql`, each once, in order, in a transaction."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from jupyter_runt.errors import StoreTooNew
from jupyter_runt.store.failures import not_ours
from jupyter_runt.store.queries import SQL_FOLDER

VERSION = 5
"""The number of the last migration, kept in the file's `user_version`; a constant, so that opening lists no folder."""

APPLICATION_ID = 0x72756E74
"""Marks the file as ours ("runt"), so that another program's database is never migrated."""


def version(connection: sqlite3.Connection, path: Path) -> int:
    """The file's schema version; 0 for an empty file. Refuses another program's database and a newer store of ours."""
    # In one look: another process may be making the store, and half of what it did would look like somebody else's.
    connection.execute("BEGIN")
    try:
        found, mark, schema = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("user_version", "application_id", "schema_version")
        )
    finally:
        connection.rollback()
    empty = found == 0 and schema == 0
    if mark != APPLICATION_ID and not empty:
        raise not_ours(path, "is a database of another program")
    refuse_newer(found, path)
    return found


def refuse_newer(found: int, path: Path) -> None:
    """StoreTooNew when a newer release has migrated the file."""
    if found > VERSION:
        raise StoreTooNew(
            f"The store {path} has version {found}; this jupyter-runt knows versions up to {VERSION}.",
            remedy="Upgrade it (pip install --upgrade jupyter-runt), or choose another store with --store sqlite:///PATH.",
        )


def migrate(connection: sqlite3.Connection, found: int) -> None:
    """Applies the migrations after `found`. The caller keeps other processes from doing the same."""
    for script in sorted((SQL_FOLDER / "migrations").glob("*.sql")):
        number = int(script.name[:4])
        if number <= found:
            continue
        # One script with its own BEGIN and COMMIT: executescript would commit a transaction that is open already.
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{script.read_text()}\n"
                f"INSERT INTO migrations (version, name) VALUES ({number}, '{script.stem}');\n"
                f"PRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {number};\nCOMMIT;"
            )
        except sqlite3.Error:
            if connection.in_transaction:
                connection.rollback()
            raise
