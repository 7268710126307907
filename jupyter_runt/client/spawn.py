"""Starting a worker for runs that wait: detached, one for each store and user, with nothing that ties it to its starter."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys

from jupyter_runt.kernel.place import here
from jupyter_runt.kernel.process import environment
from jupyter_runt.store.base import Store
from jupyter_runt.store.life import is_held


def worker_lives(store: Store) -> bool:
    """Whether a worker of this place takes runs from the queue."""
    place = here()
    return any(
        worker.place == place and not worker.exclusive and not worker.draining and is_held(worker.lock)
        for worker in store.workers()
    )


def start_worker(store: Store, idle_exit: float) -> int | None:
    """Starts a worker in a session of its own; returns its pid. It ends itself after `idle_exit` seconds without work.

    None when another one is just being started: it takes a moment until the store knows it. The lock that says so passes
    to the new process and is let go with it (`flock`, unlike the life lock, belongs to the open file).
    """
    starting = os.open(store.runtime / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(starting, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return _start(store, idle_exit, starting)
    except BlockingIOError:
        return None
    finally:
        os.close(starting)


def _start(store: Store, idle_exit: float, lock: int) -> int:
    log_path = store.runtime / "worker.log"
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    if os.fstat(log).st_size > 1 << 20:
        os.ftruncate(log, 0)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_runt.cli", "worker", "--store", store.url, "--idle-exit", f"{idle_exit:g}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=environment(),
            cwd="/",
            start_new_session=True,
            pass_fds=(lock,),
        )
    finally:
        os.close(log)
    process.returncode = 0  # it is nobody's child to wait for: no warning when this object goes
    return process.pid
