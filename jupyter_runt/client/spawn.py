"""Starting a worker for runs that wait: detached, one for each store and user, with nothing that ties it to its starter."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from jupyter_runt.client.systemd import System, scope
from jupyter_runt.kernel.place import here
from jupyter_runt.kernel.process import environment
from jupyter_runt.store.base import Store
from jupyter_runt.store.life import SUPERVISOR_LOCK, SUPERVISOR_LOCK_VARIABLE, is_held

PATIENCE = 10.0
"""Seconds for which a supervisor that lives may take to bring up its next worker, or to end."""
LOOK_AGAIN = 0.02
LOG_BYTES = 1 << 20


def worker_lives(store: Store) -> bool:
    """Whether a worker of this place takes runs from the queue."""
    place = here()
    return any(
        worker.place == place and not worker.exclusive and not worker.draining and is_held(worker.lock)
        for worker in store.workers()
    )


def ensure_worker(store: Store, idle_exit: float, *, patient: bool = True) -> int | None:
    """Starts a supervised worker in a session of its own unless one takes runs already; returns the supervisor's pid, or None.

    Where a supervisor lives whose worker does not, it is bringing up the next one or it is about to end: a `patient` caller
    waits for one or the other, since it has a run that somebody must take.
    """
    give_up = time.monotonic() + (PATIENCE if patient else 0.0)
    while not worker_lives(store):
        pid = start_worker(store, idle_exit)
        if pid is not None or time.monotonic() >= give_up:
            return pid
        time.sleep(LOOK_AGAIN)
    return None


def start_worker(store: Store, idle_exit: float) -> int | None:
    """Starts a supervisor, whose workers end themselves after `idle_exit` seconds without work; returns its pid.

    None when one lives already. The lock that says so passes to the new process and is let go with it (`flock`, unlike the
    life lock of a worker, belongs to the open file).
    """
    lock = os.open(store.runtime / SUPERVISOR_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return _start(store, idle_exit, lock)
    except BlockingIOError:
        return None
    finally:
        os.close(lock)


def last_words(store: Store) -> str:
    """The last line of the log of the workers that were started so; '' when there is none."""
    try:
        with open(log_path(store), "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4000))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def log_path(store: Store) -> Path:
    """Where workers that were started in the background write to."""
    return store.runtime / "worker.log"


def _start(store: Store, idle_exit: float, lock: int) -> int:
    log = os.open(log_path(store), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    if os.fstat(log).st_size > LOG_BYTES:
        os.ftruncate(log, 0)
    command = [
        sys.executable,
        "-m",
        "jupyter_runt.cli",
        "worker",
        "--store",
        store.url,
        "--idle-exit",
        f"{idle_exit:g}",
    ]
    try:
        process = subprocess.Popen(
            [*scope(System(os.environ)), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env={**environment(), SUPERVISOR_LOCK_VARIABLE: str(lock)},
            cwd="/",
            start_new_session=True,
            pass_fds=(lock,),
        )
    finally:
        os.close(log)
    # It outlives its starter as a rule, but a server may see it end, and should have no zombies.
    threading.Thread(target=process.wait, name="jupyter-runt worker", daemon=True).start()
    return process.pid
