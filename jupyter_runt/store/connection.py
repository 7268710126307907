"""One SQLite file opened safely: created privately, migrated, and used in short transactions by any thread.

One connection behind one lock serves all threads of a process: a statement costs some 10 µs, and every page is short.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from jupyter_runt.errors import StoreError
from jupyter_runt.store.base import Clock
from jupyter_runt.store.encoding import searchable
from jupyter_runt.store.failures import ANOTHER, damaged, from_os, from_sqlite, read_only
from jupyter_runt.store.migrate import VERSION, migrate, refuse_newer, version
from jupyter_runt.store.queries import SQL

BUSY_SECONDS = 10.0
WAL_LIMIT_BYTES = 64 << 20
# What a restarted log's file is cut back to, and by how much it grows between two tries while readers are in the way.
WAL_KEEP_BYTES = 4 << 20
# Two hosts cannot compare their monotonic clocks, so a host that was not heard of for so long has left.
HOST_AWAY_SECONDS = 600.0
HOST_SEEN_SECONDS = 60.0


class Database:
    """The file at `path` (resolved; made if missing). `network`: no shared memory there, so no WAL and one host only."""

    def __init__(self, path: Path, clock: Clock, *, network: bool, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self.network = network
        self._clock = clock
        self._busy_ms = int(busy_seconds * 1000)
        # Reentrant for Ctrl-C alone: it may come when the lock is taken and nobody is there yet to let go of it.
        self._lock = threading.RLock()
        self._wal = path.with_name(f"{path.name}-wal")
        self._wal_next = WAL_LIMIT_BYTES
        self._seen = float("-inf")
        _make_file(path)
        with self._translated():
            self._connection = sqlite3.connect(
                path, timeout=busy_seconds, isolation_level=None, check_same_thread=False, cached_statements=256
            )
            try:
                self._set_up()
            except BaseException:
                self._connection.close()
                raise

    def _set_up(self) -> None:
        connection = self._connection
        connection.create_function("searchable", 1, searchable, deterministic=True)
        mode = "truncate" if self.network else "wal"
        # WAL is kept in the file's header. A file may come from another kind of disk, or from a process that was killed
        # between the two steps.
        if version(connection, self.path) < VERSION or connection.execute("PRAGMA journal_mode").fetchone()[0] != mode:
            with _folder_lock(self.path.parent):
                migrate(connection, version(connection, self.path))
                connection.execute(f"PRAGMA journal_mode = {mode}")
        if self.network:
            with self.write():
                pass  # takes the store for this host, or refuses
        else:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_KEEP_BYTES}")

    @contextlib.contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction, all or nothing. `durable`: on disk before this returns, not merely safe from our own death."""
        with self._lock, self._translated():
            connection = self._connection
            # Only the commit's own setting counts, and it cannot be changed inside a transaction. Without WAL the
            # default is FULL already.
            full = durable and not self.network
            if full:
                connection.execute("PRAGMA synchronous = FULL")
            try:
                connection.execute("BEGIN IMMEDIATE")
                refuse_newer(connection.execute("PRAGMA user_version").fetchone()[0], self.path)
                if self.network:
                    self._keep_host()
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back already after some errors (disk full, I/O).
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                if full:
                    connection.execute("PRAGMA synchronous = NORMAL")
            if not self.network:
                self._bound_wal()

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection for a few short reads, with no transaction around them."""
        with self._lock, self._translated():
            yield self._connection

    def vacuum(self) -> None:
        """Rewrites the file without its unused pages."""
        with self._lock, self._translated():
            refuse_newer(self._connection.execute("PRAGMA user_version").fetchone()[0], self.path)
            self._connection.execute("VACUUM")
            if not self.network:  # the new file stands in the log until then
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Closes the file; the last process to do so also folds the log into it."""
        if (
            sys.is_finalizing()
        ):  # a thread that was stopped amid a query holds the lock for ever; the system closes the file
            return
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path) from error
        except json.JSONDecodeError as error:
            raise damaged(self.path, f"is damaged ({error})") from error

    def _bound_wal(self) -> None:
        """Restarts the log once it is large. SQLite's own checkpoints do not when there is always some reader."""
        try:
            size = self._wal.stat().st_size
        except OSError:
            return
        if size < self._wal_next:
            return
        busy = True
        # The data is committed, so neither wait for readers long nor fail when the disk is full: try again later.
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA busy_timeout = 100")
            busy = self._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0]
        self._connection.execute(f"PRAGMA busy_timeout = {self._busy_ms}")
        # The next commit cuts the file back to journal_size_limit.
        self._wal_next = size + WAL_KEEP_BYTES if busy else WAL_LIMIT_BYTES

    def _keep_host(self) -> None:
        """Inside a transaction: this host may write when it is the one recorded, or that one has been away for long."""
        now = self._clock.now().wall
        own = socket.gethostname()
        host, seen = self._connection.execute(SQL["read_host"]).fetchone()
        if host not in (None, own) and now - seen < HOST_AWAY_SECONDS:
            raise StoreError(
                f"The store {self.path} lies on a network file system and is in use by the host {host}; this is {own}.",
                remedy=f"Stop jupyter-runt there and wait {HOST_AWAY_SECONDS / 60:.0f} minutes, or use a local disk. {ANOTHER}",
            )
        if host != own or now - self._seen > HOST_SEEN_SECONDS:
            self._connection.execute(SQL["write_meta"], ("host", own))
            self._connection.execute(SQL["write_meta"], ("host_seen", now))
            self._seen = now


def _make_file(path: Path) -> None:
    """An empty private file where there is none.

    One that exists is never opened here: closing any descriptor of it would drop the locks that this process's other
    connections hold (POSIX locks belong to the process).
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            with contextlib.suppress(FileExistsError):  # another process was quicker
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        if not path.is_file():
            what = "folder" if path.is_dir() else "special file"
            raise StoreError(f"The store {path} is a {what}; an ordinary file is needed.", remedy=ANOTHER)
        for needed in (path, path.parent):
            if not os.access(needed, os.W_OK, effective_ids=True):
                # SQLite would open it all the same, and fail at the first write.
                raise read_only(path, f"no permission to write {needed}, or its disk is read-only")
    except OSError as error:
        raise from_os(error, path) from error


@contextlib.contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    """Lets one process at a time make or migrate a store in `folder`; the lock ends with the process."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise from_os(error, folder) from error
    try:
        # Some network file systems cannot lock a folder; there SQLite's own lock alone has to do.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
