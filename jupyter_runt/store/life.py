"""A worker's life, as others on its machine can see it: a file that it keeps locked.

`lockf`, not `flock`: a forked child would keep the latter after the worker's death. A POSIX lock ends with its process,
whatever killed it, and everybody can ask about it without taking it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
from pathlib import Path

from jupyter_runt.errors import StaleEpoch
from jupyter_runt.store.base import RunRow, Store, WorkerRow

SUPERVISOR_LOCK = "supervisor.lock"
"""In the runtime folder: locked as long as a supervisor lives, which brings up worker after worker. This one is a `flock`, for it
is handed from the process that starts a supervisor to the supervisor."""
SUPERVISOR_LOCK_VARIABLE = "JUPYTER_RUNT_SUPERVISOR_LOCK"
"""Tells a new supervisor which of its descriptors holds that lock already."""

KERNEL_LOCK = "alive"
"""In a kernel's folder: locked by the kernel as long as it lives."""

# struct flock that asks for a writer's lock on all of a file, and where the answer's type stands in it: on 64-bit Linux type, whence,
# start, length, pid; on macOS and the BSDs start, length, pid, type, whence.
if os.uname().sysname == "Linux":
    _ASKED, _TYPE = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0), 0
else:
    _ASKED, _TYPE = struct.pack("qqihhi4x", 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET, 0), 20

# A process cannot ask about a lock of its own: the answer is that nobody is in its way, and closing any descriptor of the
# file, as asking does, gives the lock up.
_ours: set[str] = set()


class LifeLock:
    """Held as long as this process lives or until `release`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _ours.add(str(path))

    def release(self) -> None:
        _ours.discard(str(self.path))
        self.path.unlink(missing_ok=True)
        os.close(self._descriptor)


def is_held(path: str) -> bool:
    """Whether somebody holds the lock. A missing file is a lock that nobody holds."""
    if path in _ours:
        return True
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # no descriptor is left, say: nobody is declared dead on a guess
    try:
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, _ASKED)
        return bool(struct.unpack_from("h", answer, _TYPE)[0] != fcntl.F_UNLCK)
    finally:
        os.close(descriptor)


def bury_the_dead(store: Store, place: str) -> list[str]:
    """Frees the runs of workers that are dead for certain, and the runs whose kernel is, wherever that was; returns them.

    What cannot be known from `place` (a machine that this one cannot see into) stays as it is.
    """
    freed: list[str] = []
    for worker in store.workers():
        if worker_is_dead(store, worker, place):
            freed += store.expire(worker.worker_id)
            for left in (worker.lock, worker.socket):
                (store.runtime / "w" / Path(left).name).unlink(missing_ok=True)
    for run in store.runs_elsewhere(place):
        if _kernel_is_gone(store, run, place):
            with contextlib.suppress(StaleEpoch):  # somebody else found it, too
                store.set_place(run.run_id, run.epoch, "")
                freed.append(run.run_id)
    return freed


def worker_is_dead(store: Store, worker: WorkerRow, place: str) -> bool:
    """Whether it is for certain, as far as can be known from `place`."""
    if worker.place == place:
        return not is_held(worker.lock)
    if _same_boot(worker.place, place):
        # Another container of this machine, perhaps an earlier one. It may have the folder mounted at another path; a lock that
        # is not in ours says nothing.
        lock = store.runtime / "w" / Path(worker.lock).name
        return lock.exists() and not is_held(str(lock))
    return _ended_with_its_boot(store, worker.place, place)


def _kernel_is_gone(store: Store, run: RunRow, place: str) -> bool:
    if not _same_boot(run.place, place):
        return _ended_with_its_boot(store, run.place, place)
    locks = [str(path) for path in store.runtime.glob(f"k/{run.run_id}.*/{KERNEL_LOCK}")]
    return bool(locks) and not any(is_held(lock) for lock in locks)


def _same_boot(one: str, other: str) -> bool:
    """A boot id is a machine's own: nobody else has it, and it never comes back."""
    return one.split("/")[1] == other.split("/")[1]


def _ended_with_its_boot(store: Store, theirs: str, ours: str) -> bool:
    """Of a place of another boot: this machine's own earlier ones are over, and where no other machine can write to the store,
    there was none."""
    return theirs.partition("/")[0] == ours.partition("/")[0] or not store.shared
