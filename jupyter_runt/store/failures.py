"""What SQLite and the disk report, as our own errors with the path and what to do about it."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from jupyter_runt.errors import StoreBusy, StoreCorrupt, StoreError, StoreFull, StoreReadOnly

ANOTHER = "Choose another store with --store sqlite:///PATH or JUPYTER_RUNT_STORE."

# Less than this free, and an I/O error of a write is taken for what it most likely is (a quota, or the -shm file that
# could not grow: SQLite reports neither as SQLITE_FULL).
_NEARLY_FULL_BYTES = 1 << 20

_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)


def from_sqlite(error: sqlite3.Error, path: Path) -> StoreError:
    """The store error that says what `error` means for the store at `path`."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(
            f"Another process kept the store {path} locked for too long.",
            remedy="Try again; if it stays locked, see which process holds it: fuser " + str(path),
        )
    if primary == sqlite3.SQLITE_NOTADB:
        return damaged(path, "is no SQLite database, or is damaged")
    if primary == sqlite3.SQLITE_CORRUPT or (primary == sqlite3.SQLITE_ERROR and "no such" in str(error)):
        return damaged(path, f"is damaged ({error})")
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return read_only(path, str(error))
    if primary == sqlite3.SQLITE_CANTOPEN:
        return read_only(path, "it, or the -wal or -shm file beside it, cannot be opened for writing")
    if primary == sqlite3.SQLITE_FULL or (primary == sqlite3.SQLITE_IOERR and _nearly_full(path)):
        return full(path)
    if isinstance(error, sqlite3.OperationalError) and "decode" in str(error):
        return damaged(path, f"is damaged ({error})")
    return StoreError(f"The store {path} cannot be used: {error}.", remedy=ANOTHER)


def from_os(error: OSError, path: Path) -> StoreError:
    """The same for a failed call of the file system."""
    if error.errno in _FULL_ERRNOS:
        return full(path)
    return read_only(path, error.strerror or str(error))


def not_ours(path: Path, why: str) -> StoreCorrupt:
    """The file cannot be read as a store."""
    return StoreCorrupt(
        f"The store {path} {why}.", remedy=f"Restore it from a backup, or move it away (nothing was changed). {ANOTHER}"
    )


def damaged(path: Path, why: str) -> StoreCorrupt:
    """The file is, or was, a store, but not all of it can be read any more."""
    return StoreCorrupt(
        f"The store {path} {why}.",
        remedy=f"Save what it still holds: jupyter runt doctor --fix (so far nothing was changed). {ANOTHER}",
    )


def read_only(path: Path, why: str) -> StoreReadOnly:
    """The file or its folder cannot be written."""
    return StoreReadOnly(
        f"The store {path} cannot be written: {why}.",
        remedy=f"Make the file and its folder writable for you: SQLite keeps its log beside the file. {ANOTHER}",
    )


def full(path: Path) -> StoreFull:
    """No room for the write; what was committed before stays."""
    return StoreFull(
        f"No space left for the store {path}; nothing of this write was kept.",
        remedy=f"Free some space (df {path.parent}), or remove old runs: jupyter runt rm RUN. {ANOTHER}",
    )


def _nearly_full(path: Path) -> bool:
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _NEARLY_FULL_BYTES
