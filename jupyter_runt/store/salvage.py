"""Saves what a damaged store still holds: a new file takes its place, and the damaged one is kept beside it.

Only while nobody uses the store. SQLite's own locks say so: who has a store with a write-ahead log open holds a shared one. On a
network file system, where there is no such log, the locks of workers and the sockets of followers tell.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jupyter_runt.errors import StoreBusy, StoreFull
from jupyter_runt.store.connection import BUSY_SECONDS
from jupyter_runt.store.failures import from_os, not_ours
from jupyter_runt.store.migrate import APPLICATION_ID
from jupyter_runt.store.pages import Pages
from jupyter_runt.store.presence import somebody_lives, users
from jupyter_runt.store.rebuild import Kept, rebuild

# Where SQLite locks a file: one byte each for whoever waits for all others and whoever will write, and 510 to be shared.
_FIRST_LOCK_BYTE, _LOCK_BYTES = 0x40000000, 512
_BESIDE = ("-wal", "-shm", "-journal")
_LOOK_AGAIN = 0.1


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What became of the store."""

    kept: Kept
    damaged: Path
    """Where the damaged file is now."""

    def __str__(self) -> str:
        kept = self.kept
        lost = [(kept.events_lost, "event"), (kept.outputs_lost, "large output"), (kept.dropped, "whole run")]
        told = ", ".join(f"{number:,} {what}{'s' if number != 1 else ''}" for number, what in lost if number)
        runs = f"{kept.runs:,} run{'s' if kept.runs != 1 else ''} kept"
        parts = f" ({kept.mended:,} of them in part)" if kept.mended else ""
        return f"{runs}{parts}; lost: {told or 'nothing'}. The damaged file is {self.damaged.name}, beside the new one."


def salvage(path: Path, runtime: Path, now: float) -> Salvaged:
    """Puts a new store with everything that can still be read in the place of the damaged one at `path` (resolved).

    Raises StoreBusy while somebody uses the store, StoreCorrupt when the file holds nothing of ours; nothing is changed then.
    """
    fresh = path.with_name(f"{path.name}.salvaged")
    damaged = _name(path, now)
    try:
        with _alone(path, runtime) as descriptor:
            _make_room(path, fresh)
            kept = _read(descriptor, path, fresh, now)
            _sync(fresh)
            os.link(path, damaged)
            for ending in _BESIDE:  # before the file itself: SQLite would lay the old log over the new file
                with contextlib.suppress(FileNotFoundError):
                    os.rename(f"{path}{ending}", f"{damaged}{ending}")
            os.replace(fresh, path)
            _sync(path.parent)
            _see_off(damaged)
    except OSError as error:
        raise from_os(error, path) from error
    finally:
        for ending in ("", *_BESIDE):
            Path(f"{fresh}{ending}").unlink(missing_ok=True)
    return Salvaged(kept, damaged)


def _name(path: Path, now: float) -> Path:
    """What the damaged file is called from now on."""
    found = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}")
    return _name(path, now + 1) if found.exists() else found


def _make_room(path: Path, fresh: Path) -> None:
    size = path.stat().st_size
    if shutil.disk_usage(path.parent).free < 2 * size:
        raise StoreFull(
            f"What the damaged store {path} holds is saved to a new file: {(2 * size >> 20) + 1} MB have to be free.",
            remedy=f"Free some space (df {path.parent}). Nothing was changed.",
        )
    fresh.unlink(missing_ok=True)  # of somebody who was killed at this: nobody else is at it now
    os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _read(descriptor: int, path: Path, fresh: Path, now: float) -> Kept:
    log = path.with_name(f"{path.name}-wal")
    pages = Pages(descriptor, log.read_bytes() if log.exists() else b"")
    if pages.application_id not in (None, APPLICATION_ID):
        raise not_ours(path, "is a database of another program")
    kept = rebuild(pages.rows(), fresh, now)
    if not kept.runs and pages.application_id is None:
        raise not_ours(path, "holds nothing that can be read as a run")
    return kept


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# -- being alone -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _alone(path: Path, runtime: Path) -> Iterator[int]:
    """Keeps all other processes from the store; the descriptor that does, which has to be the only one of this process.

    StoreBusy when somebody is there already.
    """
    pids = users(path)
    if pids or somebody_lives(runtime):
        raise _busy(path, pids)
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCK_BYTES, _FIRST_LOCK_BYTE)
        except BlockingIOError as error:
            raise _busy(path, users(path)) from error
        yield descriptor
    finally:
        os.close(descriptor)


def _busy(path: Path, pids: list[int]) -> StoreBusy:
    who = f" by {', '.join(f'process {pid}' for pid in pids)}" if pids else ""
    return StoreBusy(
        f"The damaged store {path} is in use{who}: what it holds can be saved only while nobody writes to it.",
        remedy=f"End its workers and followers{f' (kill {chr(32).join(map(str, pids))})' if pids else ''}, then try again.",
    )


def _see_off(damaged: Path) -> None:
    """Keeps the lock for whoever opened the file before it was replaced: they must give up, or their writes would be lost."""
    give_up = time.monotonic() + BUSY_SECONDS + 1
    while users(damaged) and time.monotonic() < give_up:
        time.sleep(_LOOK_AGAIN)
