"""Jupyter servers that show this store's runs: each notes itself beside the store, and whoever prints a run's page looks there.

A note is believed as long as its server holds the lock beside it. It never holds a token.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from jupyter_runt.store.base import Store
from jupyter_runt.store.life import LifeLock, is_held
from jupyter_runt.store.places import private_folder

FOLDER = "servers"
"""In the runtime folder."""
SWEEP_SECONDS = 60.0
"""A note this young without a lock may belong to a server that is about to lock it."""

# Several servers of one process, as tests have them, have a note each.
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Server:
    """A living server. Its URLs have the base URL and end with a slash."""

    url: str
    """How this machine reaches it; '' when it listens on a Unix socket."""
    public_url: str
    """How browsers are to reach it, as its configuration says; '' when it says nothing."""
    loopback: bool
    """Whether it listens on this machine's own address."""
    pid: int
    started_at: float
    info: str
    """The file in which jupyter_server itself keeps the token: 0600, and gone with the server."""

    def page(self, run_id: str | None = None, *, here: bool = False) -> str:
        """The live page of a run, or that of the list; `here`: as this machine reaches it."""
        base = self.url if here else self.public_url or self.url
        return f"{base}runt/{f'runs/{run_id}' if run_id else ''}"


class Notice:
    """A server's note: there from now until `remove`, or until its process ends. OSError when it cannot be written."""

    def __init__(self, store: Store, server: Server) -> None:
        name = f"{server.pid}-{next(_numbers)}"
        folder = private_folder(store.runtime / FOLDER)
        self._lock = LifeLock(folder / f"{name}.lock")
        self._note = folder / f"{name}.json"
        unfinished = folder / f"{name}.new"
        try:
            unfinished.touch(mode=0o600)
            unfinished.write_text(json.dumps(asdict(server)))
            unfinished.rename(self._note)
        except OSError:
            self._lock.release()
            raise

    def remove(self) -> None:
        self._note.unlink(missing_ok=True)
        self._lock.release()


def servers(store: Store) -> list[Server]:
    """The living servers of this store on this machine, newest first."""
    found = [_read(lock.with_suffix(".json")) for lock in _held(store.runtime / FOLDER)]
    return sorted((server for server in found if server is not None), key=lambda server: -server.started_at)


def best(store: Store) -> Server | None:
    """The newest server that browsers can reach; one that listens on this machine's own address is preferred, since its URL works
    here for certain."""
    known = [server for server in servers(store) if server.public_url or server.url]
    return next((server for server in known if server.loopback), known[0] if known else None)


def page_url(store: Store, run_id: str) -> str | None:
    """The URL of a run's live page at the best of the servers that show it; None when there is none. Never with a token."""
    server = best(store)
    return server.page(run_id) if server is not None else None


def _held(folder: Path) -> Iterator[Path]:
    """The locks of living servers; what killed ones left is removed."""
    if not folder.is_dir():
        return
    for lock in list(folder.glob("*.lock")):
        if is_held(str(lock)):
            yield lock
            continue
        with contextlib.suppress(OSError):  # gone by now, or somebody else's to remove
            if time.time() - lock.stat().st_mtime > SWEEP_SECONDS:
                for left in (lock.with_suffix(".json"), lock.with_suffix(".new"), lock):
                    left.unlink(missing_ok=True)


def _read(note: Path) -> Server | None:
    """None for what is no note (any more), or one of another release."""
    try:
        return Server(**json.loads(note.read_text()))
    except (OSError, ValueError, TypeError):
        return None
