"""What the system tells about processes: /proc where there is one, else psutil, which ipykernel brings. Light to import.

OSError: somebody else's, or there is no descriptor left. Nobody is declared dead on a guess.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import psutil

PROC = os.path.exists("/proc/self/stat")
"""Whether /proc is as Linux has it."""

# Fields of /proc/PID/stat as proc(5) numbers them, counted from the state (3), which follows the name in brackets.
_STATE, _SESSION, _START, _EXIT_CODE = 0, 6 - 3, 22 - 3, 52 - 3
_ENDED = ("Z", "X")


class Seen(NamedTuple):
    """A process: `born` is its start, in ticks of the system's own; `exit_code` is None while it lives, and where unknown."""

    ended: bool
    session: int
    born: int
    exit_code: int | None


def seen(pid: int) -> Seen | None:
    """The process of that pid, which may be a zombie; None when there is none."""
    if not PROC:
        return _seen_without_proc(pid)
    try:
        # The name may hold blanks and brackets itself.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if not fields:
        return None
    ended = fields[_STATE] in _ENDED
    code = os.waitstatus_to_exitcode(int(fields[_EXIT_CODE])) if ended else None
    return Seen(ended, int(fields[_SESSION]), int(fields[_START]), code)


def pids() -> list[int]:
    """Every process that can be seen."""
    if PROC:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    import psutil

    return psutil.pids()


def environment_of(pid: int) -> list[bytes]:
    """The environment of a process when it began, as `NAME=value`."""
    if PROC:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    with _found(pid) as process:
        return [os.fsencode(f"{name}={value}") for name, value in process.environ().items()]


def command_of(pid: int) -> list[bytes]:
    """The words of a process's command line."""
    if PROC:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    with _found(pid) as process:
        return [os.fsencode(word) for word in process.cmdline()]


def _seen_without_proc(pid: int) -> Seen | None:
    import psutil

    try:
        with _found(pid) as process:
            ended = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            return Seen(ended, os.getsid(pid), _born(process), None)
    except ProcessLookupError:
        return None


def _born(process: psutil.Process) -> int:
    """In milliseconds. psutil 7.1 and newer moves `create_time()` when the clock is set after its import, so that two
    processes do not agree on it; what it compares processes by itself stays as it is."""
    create_time = process._proc.create_time  # type: ignore[attr-defined]
    try:
        seconds: float = create_time(monotonic=True)
    except TypeError:
        seconds = create_time()
    return round(seconds * 1000)


@contextlib.contextmanager
def _found(pid: int) -> Iterator[psutil.Process]:
    """A process as psutil knows it, and psutil's errors as the system's own."""
    import psutil

    try:
        yield psutil.Process(pid)
    except psutil.NoSuchProcess as error:
        raise ProcessLookupError(pid) from error
    except psutil.Error as error:
        raise PermissionError(pid) from error
