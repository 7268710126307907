"""A folder for a store that is gone with its process, and what a killed process left of one."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jupyter_runt.store.life import LifeLock, is_held

DISK = "/var/tmp"  # noqa: S108 - the names in it are not to be foreseen, and each folder is ours alone
PREFIX = "jupyter-runt-"
LOCK = "owner.lock"
STORE = "store.sqlite"
STARTING_SECONDS = 60.0
"""As long as this may pass between the folder's making and its lock's, at the very most."""

_NAME = re.compile(re.escape(PREFIX) + r"[a-z0-9_]{8}")


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """On disk, for /tmp may be memory. The lock in it says that this process lives."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=DISK if os.access(DISK, os.W_OK) else None))
    try:
        lock = LifeLock(folder / LOCK)
        try:
            yield folder
        finally:
            lock.release()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def abandoned(now: float) -> Iterator[Path]:
    """The scratch folders of this user's processes that were killed; `now` is the wall clock."""
    for disk in {DISK, tempfile.gettempdir()}:
        with suppress(OSError):
            for folder in sorted(Path(disk).iterdir()):
                if _NAME.fullmatch(folder.name) and _is_abandoned(folder, now):
                    yield folder


def _is_abandoned(folder: Path, now: float) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or is_held(str(folder / LOCK)):
        return False
    # The store is made when the lock is held. Before, it may be about to be.
    return (folder / STORE).exists() or now - found.st_mtime > STARTING_SECONDS
