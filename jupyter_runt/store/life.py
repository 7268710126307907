"""A worker's life, as others on its machine can see it: a file that it keeps locked.

`lockf`, not `flock`: a forked child would keep the latter after the worker's death. A POSIX lock ends with its process,
whatever killed it, and everybody can ask about it without taking it.
"""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path

from jupyter_runt.store.base import Store

# struct flock of 64-bit Linux: l_type, l_whence, l_start, l_len, l_pid, with the compiler's padding.
_FLOCK = "hhqqi4x"

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
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        answer = struct.unpack(_FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
        return bool(answer[0] != fcntl.F_UNLCK)
    finally:
        os.close(descriptor)


def bury_the_dead(store: Store, place: str) -> list[str]:
    """Frees the runs of this machine's dead workers: nobody holds their life lock, or they are of an earlier boot.

    Returns the runs. A kernel of an earlier boot is gone for certain, so its run may be claimed wherever this machine is.
    """
    freed: list[str] = []
    machine, boot = place.split("/")[:2]
    for worker in store.workers():
        theirs = worker.place.split("/")[:2]
        if worker.place == place and not is_held(worker.lock):
            freed += store.expire(worker.worker_id)
            for left in (worker.lock, worker.socket):
                Path(left).unlink(missing_ok=True)
        elif theirs[0] == machine and theirs[1:] != [boot]:
            for run_id in store.expire(worker.worker_id):
                store.set_place(run_id, store.run(run_id).epoch, "")
                freed.append(run_id)
    return freed
