"""Who is there: which processes use a store, and whether one lives behind a lock or socket. Asking disturbs nobody."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from pathlib import Path

from jupyter_runt.store.life import SUPERVISOR_LOCK, is_held


def somebody_lives(runtime: Path) -> bool:
    """Whether there is a worker, a supervisor that will bring one up, or a listener: also one in another PID namespace."""
    if any(is_held(str(lock)) for lock in (runtime / "w").glob("*.lock")):
        return True
    return is_flocked(runtime / SUPERVISOR_LOCK) or any(answers(each) for each in (runtime / "bell").glob("*"))


def users(path: Path) -> list[int]:
    """The processes that have this file open, as far as this one may see them."""
    if not os.path.isdir("/proc/self/fd"):
        return _users_without_proc(path)
    found = []
    here = path.stat()
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with contextlib.suppress(OSError):  # somebody else's, or ended meanwhile
            if any(_is(here, folder / name) for name in os.listdir(folder)):
                found.append(int(folder.parent.name))
    return [pid for pid in found if pid != os.getpid()]


def _users_without_proc(path: Path) -> list[int]:
    import psutil  # ipykernel brings it

    found, name = [], os.path.realpath(path)
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # somebody else's, or ended meanwhile
            if process.pid != os.getpid() and any(each.path == name for each in process.open_files()):
                found.append(process.pid)
    return found


def _is(file: os.stat_result, descriptor: Path) -> bool:
    try:
        return os.path.samestat(descriptor.stat(), file)
    except OSError:
        return False


def is_flocked(path: Path) -> bool:
    """Whether somebody holds a `flock` on the file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def answers(path: Path) -> bool:
    """Whether a socket lives behind this file, of whichever kind: asking disturbs none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:  # one that takes streams, say
            return True
        return True
